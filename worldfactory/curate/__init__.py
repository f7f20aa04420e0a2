"""Curation: what a clip measures, and apart from that whether it is kept.

Measuring decodes and costs time; deciding reads stored scores and costs none, so that a threshold can be moved over
clips long since made. A filter is one line in `_filters.FILTERS`; CONTRIBUTING.md has the recipe.
"""

from worldfactory.curate._decide import decide
from worldfactory.curate._embed import EMBEDDING_SIZE, embed
from worldfactory.curate._filters import FILTERS, Filter, failures
from worldfactory.curate._folder import measure_folder, measurement_id
from worldfactory.curate._measure import Measured, measure, measure_rgb

__all__ = [
    "EMBEDDING_SIZE", "FILTERS", "Filter", "Measured", "decide", "embed", "failures", "measure", "measure_folder",
    "measure_rgb", "measurement_id",
]  # fmt: skip
