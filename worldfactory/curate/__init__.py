"""Curation: what a clip measures, and apart from that whether it is kept.

Measuring decodes and costs time; deciding reads stored scores and costs none, so that a threshold can be moved over
clips long since made. A filter is one line in `_filters.FILTERS`; CONTRIBUTING.md has the recipe.
"""

from worldfactory.curate._decide import decide
from worldfactory.curate._embed import EMBEDDING_SIZE, embed
from worldfactory.curate._filters import FILTERS, Filter, failures
from worldfactory.curate._folder import measure_folder, measurement_id
from worldfactory.curate._guarded import Failure, Task, run_guarded
from worldfactory.curate._measure import Measured, measure, measure_rgb
from worldfactory.curate._observe import SMALL_WIDTH, Observer, SeenFrame
from worldfactory.curate._observers import clip_observers
from worldfactory.curate._seen import Seer
from worldfactory.curate._source import Curated, curate_source, curation_digest, faulty, judge, source_id

__all__ = [
    "EMBEDDING_SIZE", "FILTERS", "SMALL_WIDTH",
    "Curated", "Failure", "Filter", "Measured", "Observer", "SeenFrame", "Seer", "Task",
    "clip_observers", "curate_source", "curation_digest", "decide", "embed", "failures", "faulty", "judge", "measure",
    "measure_folder", "measure_rgb", "measurement_id", "run_guarded", "source_id",
]  # fmt: skip
