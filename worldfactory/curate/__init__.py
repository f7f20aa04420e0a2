"""Curation: what a clip measures, and apart from that whether it is kept.

Measuring decodes and costs time; deciding reads stored scores and costs none, so that a threshold can be moved over
clips long since made. A filter is one line in `_filters.FILTERS`; CONTRIBUTING.md has the recipe.
"""

from worldfactory.curate._clips import Clips, write_clips
from worldfactory.curate._decide import decide
from worldfactory.curate._embed import EMBEDDING_SIZE, embed
from worldfactory.curate._filters import FILTERS, Filter, failures
from worldfactory.curate._folder import measure_folder, measurement_id
from worldfactory.curate._guarded import Failure, Task, run_guarded
from worldfactory.curate._judge import Choice, Curated, choice_digest, choose_clips, judge, rules_digest
from worldfactory.curate._measure import Measured, measure, measure_rgb
from worldfactory.curate._observe import SMALL_WIDTH, Observer, SeenFrame
from worldfactory.curate._observers import clip_observers
from worldfactory.curate._prints import read_prints
from worldfactory.curate._seen import Seer
from worldfactory.curate._shots import Shots, faulty, find_shots, shots_digest, source_id
from worldfactory.curate._standing import (
    clips_digest,
    clips_folder,
    make_both,
    make_clips,
    make_shots,
    note_fault,
    read_clips,
    read_curated,
    read_shots,
    shots_file,
    standing,
)
from worldfactory.curate.mix import Share

__all__ = [
    "EMBEDDING_SIZE", "FILTERS", "SMALL_WIDTH",
    "Choice", "Clips", "Curated", "Failure", "Filter", "Measured", "Observer", "SeenFrame", "Seer", "Share", "Shots",
    "Task",
    "choice_digest", "choose_clips", "clip_observers", "clips_digest", "clips_folder", "decide", "embed", "failures",
    "faulty", "find_shots", "judge", "make_both", "make_clips", "make_shots", "measure", "measure_folder",
    "measure_rgb", "measurement_id", "note_fault", "read_clips", "read_curated", "read_prints", "read_shots",
    "rules_digest", "run_guarded", "shots_digest", "shots_file", "source_id", "standing", "write_clips",
]  # fmt: skip
