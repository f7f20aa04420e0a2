"""What is run: a cell from spec to shards and index; the previews of a decor kit; the training over all cells.

To make one venue everywhere: Jobs > cell_job > Materialize all, type `zoo:`, Select all, Launch backfill.
To make one city: type `:kyoto`. On the command line: `dagster job backfill -w workspace.yaml -j cell_job
--partitions zoo:kyoto,zoo:paris --noprompt`.
"""

import dagster as dg

from assets.dataset import index_points, shards
from assets.decor import decor_previews
from assets.footage import clips, measurements, prompts, scenes, verdicts
from assets.inbox import (
    video_captions,
    video_choice,
    video_clips,
    video_points,
    video_shards,
    video_shots,
    video_verdicts,
)
from assets.training import checkpoint

cell_job = dg.define_asset_job(
    "cell_job",
    # Checks of selected assets come along.
    selection=dg.AssetSelection.assets(prompts, scenes, clips, measurements, verdicts, shards, index_points),
    executor_def=dg.in_process_executor,
    description=(
        "One cell, venue:city, from its spec to shards and index. What stands already is not made again. Backfill a "
        "venue in all cities: Materialize all, type `zoo:`, Select all, Launch backfill. A city: type `:kyoto`."
    ),
)
decor_job = dg.define_asset_job(
    "decor_job",
    selection=dg.AssetSelection.assets(decor_previews),
    executor_def=dg.in_process_executor,
    description="Turntables of a decor kit's items; each item's picture stands at `decor_item`, partition kit:item.",
)
train_job = dg.define_asset_job(
    "train_job",
    selection=dg.AssetSelection.assets(checkpoint),
    executor_def=dg.in_process_executor,
    description="A checkpoint, trained federated over the homes on all shards that stand.",
)
video_job = dg.define_asset_job(
    "video_job",
    selection=dg.AssetSelection.assets(video_shots, video_clips, video_verdicts),
    executor_def=dg.in_process_executor,
    description="A file of the inbox: shots, clips with their scores, verdicts. What stands already is not made again.",
)
choice_job = dg.define_asset_job(
    "choice_job",
    selection=dg.AssetSelection.assets(video_choice, video_captions, video_shards, video_points),
    executor_def=dg.in_process_executor,
    description="Copies and mix over all brought video, captions, shards, index. Decodes only what a model is shown.",
)
