"""The partitions: a cell is `venue:city`, so that the filter `zoo:` in a backfill dialog selects a venue's cells.

A brought video is its name and the digest of its content.
"""

import dagster as dg

CELLS = dg.DynamicPartitionsDefinition(name="cells")
CITIES = dg.DynamicPartitionsDefinition(name="cities")
VENUES = dg.DynamicPartitionsDefinition(name="venues")
VIDEOS = dg.DynamicPartitionsDefinition(name="videos")
DECOR = dg.DynamicPartitionsDefinition(name="decor")
DECOR_ITEMS = dg.DynamicPartitionsDefinition(name="decor_items")
"""`kit:item`, so that the filter `carnival:` selects a kit's items."""
