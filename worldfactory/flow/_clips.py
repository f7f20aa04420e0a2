"""Drawing and measuring clips: one single-threaded process per core, one clip at a time in each.

A clip's folder appears whole or not at all, so a killed run repeats only the clips that were being drawn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TypeVar

from worldfactory import caption, prompt, scene
from worldfactory.errors import RenderError, StoreError, WorldfactoryError
from worldfactory.files import write_file
from worldfactory.flow._factory import Factory
from worldfactory.flow._looks import clip_sheet, write_sheet
from worldfactory.flow._report import Progress, StageReport, silent
from worldfactory.lineage import digest, record_id
from worldfactory.records import Cell, Clip, Measurement, Prompt, Scene
from worldfactory.spec import CellSpec

A = TypeVar("A")
T = TypeVar("T")

CLIP_JSON = "clip.json"
CAPTIONS_JSON = "captions.json"


@dataclass(frozen=True)
class Cost:
    """What a clip cost to make. Measured, so never part of a record."""

    clip: str
    cpu_ms_per_frame: float
    """Process CPU time of drawing, encoding and compressing a frame, the median over the frames: what a process pays
    once (compiling the kernels, setting a clip up) is not a frame's."""


def clip_id(cell: CellSpec, built: Scene) -> str:
    """The id of the clip that a scene gives under a cell's size and encoding."""
    return record_id("clip", (built.id,), cell.digest, built.index)


def draw_clip(cell: CellSpec, wanted: Prompt, built: Scene, folder: Path) -> tuple[Clip, Cost]:
    """Draw one clip into `folder`, which must be empty: video, ground truth, geometry, captions; and its manifest row.

    Raises RenderError, VideoError, StoreError.
    """
    from worldfactory.render import RenderConfig, Renderer
    from worldfactory.truth import TruthWriter, write_geometry
    from worldfactory.video import Encoder

    size = cell.factory
    renderer = Renderer(built, RenderConfig(width=size.width, height=size.height))
    fps = Fraction(*built.fps)
    sightings = caption.Sightings(renderer.geometry, float(fps))
    encoding = size.encoding
    with ExitStack() as stack:
        video = folder / "video.mp4"
        encoder = stack.enter_context(
            Encoder(video, size.width, size.height, fps, preset=encoding.preset, crf=encoding.crf)
        )
        writers = {
            name: stack.enter_context(TruthWriter(folder / f"{name}.zst", level=encoding.zstd_level))
            for name in size.modalities
        }
        spent: list[float] = []
        before = time.process_time()
        for frame in renderer.frames():
            encoder.add(frame.rgb)
            for name, writer in writers.items():
                writer.add(getattr(frame, name))
            sightings.add(frame.index, frame.bodies)
            now = time.process_time()
            spent.append(now - before)
            before = now
    write_geometry(folder / "geometry.npz", renderer.geometry)
    told = caption.captions(cell, wanted, built, sightings)
    write_file(folder / CAPTIONS_JSON, told.model_dump_json(indent=1).encode() + b"\n")
    files = {file.name: digest(file.read_bytes()) for file in sorted(folder.iterdir())}
    clip = Clip(
        id=clip_id(cell, built),
        parents=(built.id,),
        cell=built.cell,
        index=built.index,
        decor=wanted.decor,
        weather=wanted.weather,
        hour=wanted.hour,
        camera=wanted.camera,
        caption=wanted.text,
        width=size.width,
        height=size.height,
        fps=built.fps,
        frames=built.frames,
        modalities=size.modalities,
        files=files,
        bytes=sum(file.stat().st_size for file in folder.iterdir()),
    )
    return clip, Cost(clip.id, 1000 * median(spent))


def _draw_into_store(factory: Factory, cell: Cell, wanted: Prompt, built: Scene) -> tuple[Clip, Cost]:
    spec = factory.cell(cell)
    final = factory.store.clip_folder(cell, clip_id(spec, built))
    with factory.store.write_folder(final) as folder:
        clip, cost = draw_clip(spec, wanted, built, folder)
        (folder / CLIP_JSON).write_text(clip.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return clip, cost


def make_one(factory: Factory, cell: Cell, index: int, folder: Path) -> tuple[Clip, Cost]:
    """Make any one clip from its coordinates, without the others: its files, manifest row and contact sheet.

    Raises StoreError if `folder` holds anything but an earlier clip, UnknownNameError for a cell that there is not.
    """
    spec = factory.cell(cell)
    wanted = prompt.prompt(spec, index)
    return _write_one(factory, spec, wanted, scene.build(spec, wanted), folder)


def make_variants(
    factory: Factory, cell: Cell, index: int, folder: Path, *, rig: bool = False, counterfactuals: int = 0
) -> dict[str, tuple[Clip, Cost]]:
    """The clip, its scene from the six cameras of the vehicle if `rig`, and so many times with other actions, each in

    a folder of its own in `folder`: `clip`, `rig-front` and so on, `counterfactual-1` and so on. Raises what
    `make_one` does, and SceneError for a scene whose camera is on no vehicle or has no actions to choose.
    """
    spec = factory.cell(cell)
    wanted = prompt.prompt(spec, index)
    built = scene.build(spec, wanted)
    scenes = {"clip": built}
    if rig:
        scenes |= {f"rig-{name}": one for name, one in scene.rig(built).items()}
    scenes |= {f"counterfactual-{k}": one for k, one in enumerate(scene.counterfactuals(built, counterfactuals), 1)}
    return {name: _write_one(factory, spec, wanted, one, folder / name) for name, one in scenes.items()}


def _write_one(factory: Factory, spec: CellSpec, wanted: Prompt, built: Scene, folder: Path) -> tuple[Clip, Cost]:
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / CLIP_JSON).is_file())):
        raise StoreError(f"{folder}: holds other things; give a folder that is empty or not there yet")
    with factory.store.write_folder(folder) as part:
        clip, cost = draw_clip(spec, wanted, built, part)
        (part / CLIP_JSON).write_text(clip.model_dump_json(indent=1) + "\n", encoding="utf-8")
        write_sheet(clip_sheet(part, clip), part / "sheet.png")
    return clip, cost


def make_clips(factory: Factory, cell: Cell, workers: int, progress: Progress = silent) -> StageReport[Clip]:
    """Draw the clips of a cell that do not stand yet, and write the manifest.

    A clip that fails costs the others nothing: they are drawn, and stay, before RenderError names the failed ones.
    """
    spec = factory.cell(cell)
    store = factory.store
    prompts = {one.id: one for one in store.read(Prompt, cell)}
    scenes = store.read(Scene, cell)
    with store.lock(cell, "clips"):
        done: dict[int, Clip] = {}
        for one in scenes:
            file = store.clip_folder(cell, clip_id(spec, one)) / CLIP_JSON
            if file.is_file():
                done[one.index] = Clip.model_validate_json(file.read_bytes())
        todo = [(factory, cell, prompts[s.parents[0]], s) for s in scenes if s.index not in done]
        results, failures = spread_work(_draw_into_store, todo, workers, progress, "clips")
        for clip, _ in results:
            done[clip.index] = clip
        costs = [cost for _, cost in results]
        clips = [done[index] for index in sorted(done)]
        if [clip.id for clip in store.read(Clip, cell)] != [clip.id for clip in clips]:
            store.write(Clip, cell, clips)
        store.write_costs(cell, {cost.clip: cost.cpu_ms_per_frame for cost in costs})
        store.prune_clips(cell, {clip.id for clip in clips})
    if failures:
        raise RenderError(
            f"{cell.key}: {len(failures)} of {len(scenes)} clips failed, the rest stand:\n"
            + "\n".join(dict.fromkeys(failures))
        )
    notes = {"bytes_per_clip": sum(clip.bytes for clip in clips) / max(1, len(clips))}
    if costs:
        notes["cpu_ms_per_frame"] = median(cost.cpu_ms_per_frame for cost in costs)
    return StageReport("clips", tuple(clips), len(results), notes)


def _measure(factory: Factory, cell: Cell, clip: Clip, missing: tuple[str, ...]) -> Measurement:
    from worldfactory.curate import measure_folder

    return measure_folder(clip, factory.store.clip_folder(cell, clip.id), missing)


def measure_clips(factory: Factory, cell: Cell, workers: int, progress: Progress = silent) -> StageReport[Measurement]:
    """Measure the clips of a cell that are not measured yet. A clip that can not be read is named in RenderError."""
    from worldfactory.curate import measurement_id

    store = factory.store
    clips = store.read(Clip, cell)
    with store.lock(cell, "measurements"):
        standing = {m.id: m for m in store.read(Measurement, cell)}
        missing = store.listed(Scene, cell, "missing")
        todo = [
            (factory, cell, clip, missing.get(clip.parents[0], ()))
            for clip in clips
            if measurement_id(clip) not in standing
        ]
        fresh, failures = spread_work(_measure, todo, workers, progress, "measurements")
        standing.update({m.id: m for m in fresh})
        measured = [standing[measurement_id(clip)] for clip in clips if measurement_id(clip) in standing]
        if fresh or len(measured) != len(standing):
            store.write(Measurement, cell, measured)
    if failures:
        raise RenderError(
            f"{cell.key}: {len(failures)} of {len(clips)} clips cannot be measured:\n"
            + "\n".join(dict.fromkeys(failures))
        )
    return StageReport("measurements", tuple(measured), len(fresh))


def spread_work(
    work: Callable[..., T], todo: Sequence[tuple[A, ...]], workers: int, progress: Progress, what: str
) -> tuple[list[T], list[str]]:
    """Do `work` on every item, over `workers` processes; (results in order, messages of those that failed).

    A worker that dies takes the pool with it: what was not done by then has failed too.
    """
    results: dict[int, T] = {}
    failures: list[str] = []

    def take(index: int, ask: Callable[[], T]) -> None:
        try:
            results[index] = ask()
        except WorldfactoryError as error:
            failures.append(str(error))
        except BrokenProcessPool:
            failures.append("a worker process was killed, perhaps for want of memory; run again to go on")
        progress(len(results) + len(failures), len(todo), what)

    if workers <= 1 or len(todo) <= 1:
        for index, item in enumerate(todo):
            take(index, lambda item=item: work(*item))
    else:
        # spawn: numba, torch and the object stores do not survive a fork.
        with ProcessPoolExecutor(min(workers, len(todo)), mp_context=get_context("spawn")) as pool:
            futures: dict[Future[T], int] = {pool.submit(work, *item): i for i, item in enumerate(todo)}
            for future in as_completed(futures):
                take(futures[future], future.result)
    return [results[index] for index in sorted(results)], failures
