"""What may be said of a clip: counted, measured and timed on its ground truth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldfactory import truth
from worldfactory.caption._colour import colour_of
from worldfactory.records import GROUPS, CameraMove, Doing, Event, Geometry, Prompt, Scene, Structured
from worldfactory.spec import CellSpec

F64 = NDArray[np.float64]
PER_SECOND = 4
"""Moments at which what is visible is counted."""
_SHARE = 0.0005
"""Of the picture, that a thing must fill to be seen."""
_EVENTS = 12
_COUNTED = GROUPS["human"] | GROUPS["animal"] | GROUPS["vehicle"] | frozenset(
    {"ride", "tree", "palm", "bench", "bed", "painting", "sculpture", "stall", "traffic light", "fountain"}
)  # fmt: skip
_MOVERS = GROUPS["human"] | GROUPS["animal"] | GROUPS["vehicle"]
_SURFACE = 0.055
"""Of the picture: a twentieth, with room for rounding."""
_CROSSED = 0.25
_NEARER_M = 1.5
_SLOW_MS = 0.3
_MOSTLY = 0.8


class Sightings:
    """Counts what is visible while a clip is drawn, frame by frame, or read back."""

    def __init__(self, geometry: Geometry, fps: float) -> None:
        self.geometry = geometry
        self.fps = fps
        self.every = max(1, round(fps / PER_SECOND))
        self.frames: list[int] = []
        self._shares: list[F64] = []

    def add(self, index: int, bodies: NDArray[np.uint16]) -> None:
        """Take the body map of a frame; most are passed over."""
        if index % self.every == 0:
            self.frames.append(index)
            self._shares.append(truth.visible_pixels(self.geometry, bodies) / bodies.size)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """[K, I+1]: whether an instance fills enough of the picture at moment K."""
        return self.shares >= _SHARE

    @property
    def shares(self) -> F64:
        """[K, I+1]: the share of the picture that an instance fills at moment K."""
        return np.array(self._shares).reshape(-1, len(self.geometry.instances) + 1)


def noun_of(label: str, asset: str) -> str:
    """What a thing is called: an animal by its kind, all else by its class."""
    return asset.rsplit("/", 1)[-1].replace("-", " ") if label in GROUPS["animal"] else label


def facts(cell: CellSpec, prompt: Prompt, scene: Scene, sightings: Sightings) -> Structured:
    """The table that the words are made from."""
    seen = sightings.seen
    counts: dict[str, int] = {}
    kits: set[str] = set()
    for value in np.flatnonzero(seen[:, 1:].any(0)) + 1:
        known = sightings.geometry.instances[int(value) - 1]
        kits.add(known["decor"])
        if known["label"] in _COUNTED:
            noun = noun_of(known["label"], known["asset"])
            counts[noun] = counts.get(noun, 0) + 1
    told = {missing.partition(":")[0] for missing in scene.missing}
    return Structured(
        city=cell.city.title,
        country=cell.city.country,
        venue=cell.venue.phrase.strip().rstrip("."),
        indoor=cell.venue.setting == "indoor",
        weather=prompt.weather,
        hour=prompt.hour,
        part_of_day=part_of_day(prompt.hour),
        seconds=round(scene.frames / sightings.fps, 3),
        counts=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        surfaces=_surfaces(sightings),
        camera=_move(scene),
        events=_events(scene, sightings),
        decor=tuple(cell.decor[name].title.lower() for name in prompt.decor if name in kits),
        happenings=tuple(
            happening.text.strip().rstrip(".")
            for happening in cell.venue.happenings
            if happening.name in prompt.happenings and f"happening/{happening.name}" not in told
        ),
    )


def part_of_day(hour: float) -> str:
    """By the clock alone."""
    for end, name in ((5, "night"), (8, "early morning"), (11.5, "morning"), (13.5, "midday"), (17.5, "afternoon"),
                      (21, "evening")):  # fmt: skip
        if hour < end:
            return name
    return "night"


def _surfaces(sightings: Sightings) -> tuple[str, ...]:
    mean = sightings.shares.mean(0) if sightings.frames else np.zeros(len(sightings.geometry.instances) + 1)
    by_label: dict[str, float] = {"sky": float(mean[0])}
    for known, share in zip(sightings.geometry.instances, mean[1:], strict=True):
        by_label[known["label"]] = by_label.get(known["label"], 0.0) + float(share)
    large = [(share, label) for label, share in by_label.items() if share >= _SURFACE and label not in _COUNTED]
    return tuple(label for _, label in sorted(large, reverse=True))


def _move(scene: Scene) -> CameraMove:
    poses = scene.camera.poses[: scene.frames].astype(np.float64)
    steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    yaw = np.unwrap(np.arctan2(poses[:, 1, 2], poses[:, 0, 2]))
    return CameraMove(
        kind=scene.camera.kind,
        metres=round(float(steps.sum()), 1),
        turn_deg=round(math.degrees(float(yaw[-1] - yaw[0]))),
        rise_m=round(float(poses[-1, 2, 3] - poses[0, 2, 3]), 1),
    )


def _events(scene: Scene, sightings: Sightings) -> tuple[Event, ...]:
    frames = np.array(sightings.frames)
    if not len(frames):
        return ()
    seen, shares = sightings.seen, sightings.shares
    found: list[tuple[float, Event]] = []
    for track in truth.tracks(sightings.geometry):
        if track.label not in _MOVERS or not seen[:, track.instance].any():
            continue
        gone = np.linalg.norm(np.diff(track.centre[:, :2].astype(np.float64), axis=0), axis=1)
        if float(np.median(gone)) * sightings.fps < _SLOW_MS:
            continue
        first, last = _longest(seen[:, track.instance])
        if last - first < 2:
            continue
        does = _does(sightings.geometry, track, int(frames[first]), int(frames[last]))
        colour = colour_of(scene, track.instance - 1) if track.label in GROUPS["vehicle"] else ""
        event = Event(
            start_s=_time(int(frames[first]), sightings.fps), end_s=_time(int(frames[last]), sightings.fps),
            instance=track.instance, noun=noun_of(track.label, track.asset), colour=colour, does=does,
        )  # fmt: skip
        found.append((float(shares[first : last + 1, track.instance].sum()), event))
    found.sort(key=lambda one: (-one[0], one[1].instance))
    return tuple(event for _, event in found[:_EVENTS])


def _time(frame: int, fps: float) -> float:
    return round(frame / fps, 2)


def _longest(seen: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last moment of the longest stretch; a moment now and then behind a post does not end it."""
    closed = seen.copy()
    closed[1:-1] |= seen[:-2] & seen[2:]
    first, last = _stretch(closed)
    return (first, last) if seen[first : last + 1].mean() >= _MOSTLY else _stretch(seen)


def _stretch(seen: NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], seen.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    return int(starts[best]), int(ends[best]) - 1


def _does(geometry: Geometry, track: truth.Track, first: int, last: int) -> Doing:
    (x0, d0), (x1, d1) = (_across(geometry, track, frame) for frame in (first, last))
    if abs(x1 - x0) >= _CROSSED:
        return "passes from left to right" if x1 > x0 else "passes from right to left"
    if abs(d1 - d0) >= _NEARER_M:
        return "comes nearer" if d1 < d0 else "moves away"
    return "stays in view"


def _across(geometry: Geometry, track: truth.Track, frame: int) -> tuple[float, float]:
    """Where the box's middle is across the picture, 0 left to 1 right; and metres from the camera."""
    pose = geometry.poses[frame].astype(np.float64)
    away = track.centre[frame].astype(np.float64) - pose[:3, 3]
    x, _, z = away @ pose[:3, :3]
    fx, _, cx, _ = geometry.intrinsics.astype(np.float64)
    share = (fx * x / z + cx) / (2 * cx + 1) if z > 0.1 else float(x > 0)
    return float(np.clip(share, 0.0, 1.0)), float(np.linalg.norm(away))
