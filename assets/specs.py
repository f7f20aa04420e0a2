"""What people write, as external assets: one partition per YAML file, and what each cell resolves to.

The sensor `specs_folder` (see `_sync`) records a materialisation whenever one of them says something new; its tag
`dagster/data_version` is the digest of what is said, so comments and reordering make nothing stale.
"""

import dagster as dg

from assets._partitions import CELLS, CITIES, DECOR, VENUES

GROUP = "specs"
OWNERS = ["team:world"]

city_spec = dg.AssetSpec(
    "city_spec",
    group_name=GROUP,
    partitions_def=CITIES,
    kinds={"yaml"},
    owners=OWNERS,
    description="`specs/cities/*.yaml`: one city each: facts, words and looks.",
)
venue_spec = dg.AssetSpec(
    "venue_spec",
    group_name=GROUP,
    partitions_def=VENUES,
    kinds={"yaml"},
    owners=OWNERS,
    description="`specs/venues/*.yaml`: one kind of place each: layout, people, what may happen there.",
)
decor_spec = dg.AssetSpec(
    "decor_spec",
    group_name=GROUP,
    partitions_def=DECOR,
    kinds={"yaml"},
    owners=OWNERS,
    description="`specs/decor/*.yaml`: one kit each: things that belong together, and the cells that they suit.",
)
world_spec = dg.AssetSpec(
    "world_spec",
    group_name=GROUP,
    partitions_def=CELLS,
    kinds={"yaml"},
    owners=OWNERS,
    # Each cell reads one city, one venue and the kits that suit both; which, its metadata says. Dagster has no built-in
    # mapping from `venue:city` to `city`, and one of our own would be unknown to the daemon.
    deps=[
        dg.AssetDep(spec, partition_mapping=dg.AllPartitionMapping()) for spec in (city_spec, venue_spec, decor_spec)
    ],
    description=(
        "Everything in the specs that shapes one cell: its city, its venue, the decor kits that suit both, and the "
        "sizes in `factory.yaml`. A new version makes the cell's prompts stale, and all that follows."
    ),
)
home_spec = dg.AssetSpec(
    "home_spec",
    group_name=GROUP,
    partitions_def=CELLS,
    kinds={"yaml"},
    owners=OWNERS,
    description="`homes` and `clips_per_shard` of `factory.yaml`: which cloud a cell's shards live in, and their size.",
)
curation_spec = dg.AssetSpec(
    "curation_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="`thresholds` of `factory.yaml`: where curation draws the line. Moving one makes only verdicts stale.",
)
training_spec = dg.AssetSpec(
    "training_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="The model and the federation that `factory.yaml` names: what is trained, and how the homes train it.",
)

# Brought video: what of `curation.yaml` each of its stages reads, so that an edit makes stale what it touches.
reading_spec = dg.AssetSpec(
    "reading_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="`read` and `split` of `curation.yaml`: how brought video is read and where its shots lie.",
)
transcoding_spec = dg.AssetSpec(
    "transcoding_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="`transcode` and `embedder` of `curation.yaml`: what clips of brought video are, and their vectors.",
)
rules_spec = dg.AssetSpec(
    "rules_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="`source_rules` and `clip_rules` of `curation.yaml`. Moving one decides again and decodes nothing.",
)
choice_spec = dg.AssetSpec(
    "choice_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="`duplicates` and `mix` of `curation.yaml`: which copies go, and how often each kind is shown.",
)
annotation_spec = dg.AssetSpec(
    "annotation_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="`annotator` of `curation.yaml`: which model says what kept clips show. Changes captions only.",
)
packing_spec = dg.AssetSpec(
    "packing_spec",
    group_name=GROUP,
    kinds={"yaml"},
    owners=OWNERS,
    description="`inbox.home` and `inbox.clips_per_shard` of `curation.yaml`: where shards of brought video live.",
)

BROUGHT = [reading_spec, transcoding_spec, rules_spec, choice_spec, annotation_spec, packing_spec]
SPECS = [city_spec, venue_spec, decor_spec, world_spec, home_spec, curation_spec, training_spec, *BROUGHT]
