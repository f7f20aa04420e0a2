"""The kept clips of brought video to WebDataset tars: those of one size together, one new clip renewing one tar."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldfactory.errors import ShardError
from worldfactory.lineage import digest, digest_json, record_id
from worldfactory.records.source import Footage, FootageCaption, FootageShard, Kept, Segment, Source
from worldfactory.shard._bucket import nearest_aspect
from worldfactory.shard._tar import prune_tars, put_tar
from worldfactory.store import Home

FORMAT = "webdataset-footage-2"
PREFIX = "brought"


@dataclass(frozen=True, slots=True)
class KeptClip:
    """A kept clip with all that is known of it."""

    kept: Kept
    footage: Footage
    segment: Segment
    source: Source
    caption: FootageCaption

    @property
    def bucket(self) -> str:
        """`WIDTHxHEIGHT-aspect`; how many frames there are differs from clip to clip, and its JSON says it."""
        wide, high = nearest_aspect(self.footage.width, self.footage.height)
        return f"{self.footage.width}x{self.footage.height}-{wide}:{high}"


def write_footage_shards(
    clips: Sequence[KeptClip], *, folder: Path, home: Home, home_name: str, clips_per_shard: int
) -> list[FootageShard]:
    """Pack clips into tars of about half of to all of `clips_per_shard`, under `brought/` of `home`.

    A sample is FOOTAGE-ID.mp4, .txt (the caption) and .json (kept, footage, segment, source, and the caption with who
    wrote it). Which tar a clip is in hangs on its id alone, so that a clip that comes or goes renews one tar; only when
    their number doubles are all written anew. `folder` is where `Kept.file` is below, with room for a tar. Old tars
    stay until `prune_footage_shards`.

    Raises ShardError naming a clip's file that is missing or not what its record says, StoreError where the home or
    the disk refuses.
    """
    buckets: dict[str, list[KeptClip]] = defaultdict(list)
    for clip in clips:
        buckets[clip.bucket].append(clip)
    shards: list[FootageShard] = []
    for bucket, members in sorted(buckets.items()):
        for number, chunk in _spread(members, clips_per_shard).items():
            samples = ((clip.footage.id, _members(clip, folder)) for clip in chunk)
            tar = put_tar(home, f"{PREFIX}/{bucket.replace(':', 'x')}-{number:05d}", samples, folder / "shard.tar")
            parents = tuple(clip.kept.id for clip in chunk)
            shards.append(
                FootageShard(
                    id=record_id("footage-shard", parents, digest_json([FORMAT, home_name, bucket]), number),
                    parents=parents,
                    home=home_name,
                    key=tar.key,
                    bucket=bucket,
                    sha256=tar.sha256,
                    bytes=tar.bytes,
                )
            )
    return shards


def prune_footage_shards(home: Home, shards: Sequence[FootageShard]) -> list[str]:
    """Remove the tars of brought video that are not among `shards` from `home`; return their keys."""
    return prune_tars(home, PREFIX, [shard.key for shard in shards])


def _spread(clips: Sequence[KeptClip], most: int) -> Mapping[int, list[KeptClip]]:
    """The clips over 2, 4, 8, ... tars by the digests of their ids, until none holds more than `most`."""
    tars = 1
    while True:
        spread: dict[int, list[KeptClip]] = defaultdict(list)
        for clip in sorted(clips, key=lambda one: one.footage.id):
            spread[int(digest(clip.footage.id.encode())[:12], 16) % tars].append(clip)
        if max(len(some) for some in spread.values()) <= most:
            return dict(sorted(spread.items()))
        tars *= 2


def _members(clip: KeptClip, folder: Path) -> dict[str, bytes]:
    path = folder / clip.kept.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ShardError(f"{path}: can not be read: {error.strerror}; curate {clip.source.name} again") from error
    if digest(data) != clip.footage.sha256:
        expected = clip.footage.sha256
        raise ShardError(f"{path}: is not what its record says (sha256 {expected}); curate {clip.source.name} again")
    records = {
        "kept": clip.kept, "footage": clip.footage, "segment": clip.segment, "source": clip.source,
        "caption": clip.caption,
    }  # fmt: skip
    said = {name: record.model_dump(mode="json") for name, record in records.items()}
    text = clip.caption.text.encode()
    return {"mp4": data, "json": json.dumps(said, sort_keys=True).encode(), "txt": text}
