"""The client of one home: trains the model that it is sent on its own shards, and sends back weights and losses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from torch import Tensor

from worldfactory.federate._flower import (
    ArrayRecord,
    ClientApp,
    ConfigRecord,
    Context,
    Message,
    MetricRecord,
    MetricRecordValues,
    RecordDict,
)
from worldfactory.federate._homes import ShardReader
from worldfactory.lineage import generator
from worldfactory.model import VideoModel, blank
from worldfactory.spec import FederationSpec, ModelSpec
from worldfactory.train import (
    Footage,
    Position,
    Trainer,
    Windows,
    batches,
    evaluate,
    held_out_windows,
    of_ids,
    split,
)

ARRAYS = "arrays"
METRICS = "metrics"
EXAMPLES = "num-examples"
WINDOWS = "windows"
LOSS_BEFORE = "loss-before"
LOSS_AFTER = "loss-after"
LOSS = "loss"
PSNR = "psnr-db"
OPTIMIZER = "optimizer"
CURSOR = "cursor"


class HomeData:
    """The windows of one home: those to train on, without end, and the fixed ones that measure the loss.

    Clips are held out by id; of a home with a single clip none is, and its loss is measured on that clip.
    """

    def __init__(self, home: ShardReader, spec: ModelSpec) -> None:
        self._home = home
        self._spec = spec
        self._key = f"seed {spec.seed}"
        clips = [clip for shard in home.shards for clip in shard.parents]
        self.training, self.held_out = split(clips, spec.held_out, self._key)

    def windows(self, start: Position | None = None) -> Windows:
        """Training windows from `start` on; the order of the shards is drawn anew each epoch."""
        return Windows(self._epoch, self._spec, self._key, start)

    @cached_property
    def evaluation(self) -> Tensor:
        """[N, 3, T, S, S]: always the same windows."""
        ids = self.held_out or self.training
        shards = [shard for shard in self._home.shards if ids.intersection(shard.parents)]
        return held_out_windows(of_ids(self._home.clips(shards), ids), len(ids), self._spec, self._key)

    def _epoch(self, epoch: int) -> Iterable[Footage]:
        shards = [shard for shard in self._home.shards if self.training.intersection(shard.parents)]
        order = generator(self._key, f"shards of epoch {epoch}").permutation(len(shards))
        return of_ids(self._home.clips([shards[row] for row in order]), self.training)


def client_app(home: ShardReader, spec: ModelSpec, federation: FederationSpec) -> ClientApp:
    """The app of one home's client. It holds `home` and nothing of any other.

    Adam's moments and the place in the stream of windows stay with the client, in its Flower context, from round to
    round (as the inner optimizers do in Douillard et al. 2023, "DiLoCo", arXiv:2311.08105, algorithm 1). So rounds
    of one client are the same steps as plain training.
    """
    app = ClientApp()
    data = HomeData(home, spec)

    @app.train()
    def _train(message: Message, context: Context) -> Message:  # pyright: ignore[reportUnusedFunction]
        model = _received(message, spec)
        before = evaluate(model, data.evaluation, spec.batch)
        trainer = Trainer(model, spec)
        position = _resume(trainer, context)
        walk = data.windows(position).walk()

        def windows() -> Iterable[Tensor]:
            nonlocal position
            for position, window in walk:  # noqa: B007
                yield window

        trainer.run(batches(windows(), spec.batch), federation.steps_per_round)
        after = evaluate(model, data.evaluation, spec.batch)
        metrics: dict[str, MetricRecordValues] = {
            EXAMPLES: len(data.training),
            WINDOWS: before.windows,
            LOSS_BEFORE: before.loss,
            LOSS_AFTER: after.loss,
        }
        reply = Message(
            RecordDict({ARRAYS: ArrayRecord(model.state_dict()), METRICS: MetricRecord(metrics)}), reply_to=message
        )
        # Last: a client that fails before this point is as it was before the round.
        context.state[OPTIMIZER] = ArrayRecord(trainer.state())
        context.state[CURSOR] = ConfigRecord(
            {"steps": trainer.steps, "epoch": position.epoch, "window": position.window}
        )
        return reply

    @app.evaluate()
    def _evaluate(message: Message, context: Context) -> Message:  # pyright: ignore[reportUnusedFunction]
        found = evaluate(_received(message, spec), data.evaluation, spec.batch)
        metrics: dict[str, MetricRecordValues] = {EXAMPLES: found.windows, LOSS: found.loss, PSNR: found.psnr_db}
        return Message(RecordDict({METRICS: MetricRecord(metrics)}), reply_to=message)

    return app


def _received(message: Message, spec: ModelSpec) -> VideoModel:
    """The model that came with a message."""
    model = blank(spec)
    model.load_state_dict(message.content.array_records[ARRAYS].to_torch_state_dict())
    return model


def _resume(trainer: Trainer, context: Context) -> Position:
    """Put back what the client's context holds of earlier rounds; the place in its stream of windows."""
    if CURSOR not in context.state:
        return Position()
    cursor = {key: int(str(value)) for key, value in context.state.config_records[CURSOR].items()}
    trainer.restore(context.state.array_records[OPTIMIZER].to_torch_state_dict(), cursor["steps"])
    return Position(cursor["epoch"], cursor["window"])
