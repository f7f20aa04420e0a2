"""Whether the worlds are local, varied and consistent: `make evaluate-worlds`; writes bench/worlds.json.

A classifier trained on some seeds names city and venue on others; clips of one cell are held against each other in the
visual embedding; keypoints matched between frames of a scene at rest must fit one epipolar geometry, and give the
camera's motion back; and what is followed from frame to frame there must keep its brightness.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench._classifier import learn_and_ask
from worldfactory import prompt, scene, spec, truth
from worldfactory.curate import embed
from worldfactory.errors import WorldfactoryError
from worldfactory.records import Cell, Scene
from worldfactory.render import RenderConfig, Renderer

HERE = Path(__file__).parent
SPECS = HERE.parent / "specs"
BARS = {
    "worlds.city_accuracy": 0.90, "worlds.city_accuracy_edges": 0.70, "worlds.venue_accuracy": 0.97,
    "worlds.poses_recovered": 0.90,
}  # fmt: skip
CEILINGS = {"worlds.most_alike_cosine": 0.97, "worlds.sampson_px": 0.43}
UNSEEN = 100_000
"""First clip index that no classifier is trained on."""
SMALL = (160, 88)
FRAMES = 6
MATCH = (960, 540)
"""The size at which the Cosmos paper (NVIDIA 2025, section 5.3.1) gives the Sampson error of real video, 0.43 px."""
STEP = 12
"""Frames between two that are matched: half a second."""


@dataclass(frozen=True)
class Views:
    """A few frames of one clip, [K, H, W, 3] uint8, their visual embedding, and how the camera moved."""

    cell: Cell
    index: int
    frames: NDArray[np.uint8]
    embedding: NDArray[np.float32]
    camera: str


@lru_cache(maxsize=1)
def _specs() -> spec.Specs:
    """Read once in each process."""
    return spec.load(SPECS)


def _built(cell: Cell, index: int) -> Scene:
    resolved = spec.resolve(_specs(), cell)
    return scene.build(resolved, prompt.prompt(resolved, index))


def look(cell: Cell, index: int) -> Views | str:
    """Draw frames from early to late in a clip, small; in words why, where it can not be drawn."""
    try:
        built = _built(cell, index)
        renderer = Renderer(built, RenderConfig(width=320, height=176))
        frames = [renderer.frame(round(built.frames * share)).rgb for share in np.linspace(0.08, 0.92, FRAMES)]
    except WorldfactoryError as error:
        return f"{cell.key} {index}: {error}"
    small = np.stack([cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA) for frame in frames])
    return Views(cell, index, small.astype(np.uint8), embed(frames[::2]), built.camera.kind)


@dataclass(frozen=True)
class Consistency:
    """Of one walking clip at rest: Sampson errors in px, the mean by the estimated geometry and the median by the true
    one; whether the camera's motion came back from every pair of frames; and how much it flickers, see `flicker`.

    By the true geometry the median is taken: some of the matches are of one window with the next, which an estimate
    bends to fit and the truth does not.
    """

    sampson_px: float
    true_sampson_px: float
    recovered: bool
    flicker: float
    flicker_share: float


def walking(cell: Cell, most: int) -> list[int]:
    """The first `most` clips of a cell whose camera walks, of its first hundred."""
    resolved = spec.resolve(_specs(), cell)
    return list(islice((i for i in range(100) if prompt.prompt(resolved, i).camera == "walk"), most))


def consistency(cell: Cell, index: int) -> Consistency | None:
    """Match frames of a clip whose bodies stand still; None if its camera stands, or it can not be drawn."""
    try:
        built = _built(cell, index)
    except WorldfactoryError:
        return None
    still = built.model_copy(update={"bodies": tuple(b.model_copy(update={"motions": ()}) for b in built.bodies)})
    renderer = Renderer(still, RenderConfig(width=MATCH[0], height=MATCH[1]))
    fx, fy, cx, cy = (float(v) for v in renderer.geometry.intrinsics)
    camera = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    estimated, exact, fine = list[float](), list[float](), list[bool]()
    flickers: list[tuple[float, float]] = []
    for first in range(STEP, built.frames - STEP, 3 * STEP):
        a, b = renderer.frame(first).rgb, renderer.frame(first + STEP).rgb
        here, there = (renderer.geometry.poses[i].astype(np.float64) for i in (first, first + STEP))
        motion = np.linalg.inv(there) @ here
        if np.linalg.norm(motion[:3, 3]) < 0.15:
            continue  # stood still: no baseline to recover a direction from
        flickers.append(flicker(renderer, first))
        p, q = _matches(a, b)
        if len(p) < 16:
            fine.append(False)
            continue
        found, mask = cv2.findFundamentalMat(p, q, cv2.USAC_MAGSAC, 1.0, 0.9999, 5000)
        if found is None or found.shape != (3, 3):
            fine.append(False)
            continue
        kept = mask.ravel() > 0
        estimated.append(float(np.mean(_sampson(found, p[kept], q[kept]))))
        t = motion[:3, 3]
        cross = np.array([[0, -t[2], t[1]], [t[2], 0, -t[0]], [-t[1], t[0], 0]])
        inverse = np.linalg.inv(camera)
        exact.append(float(np.median(_sampson(inverse.T @ cross @ motion[:3, :3] @ inverse, p[kept], q[kept]))))
        essential, inliers = cv2.findEssentialMat(p, q, camera, cv2.USAC_MAGSAC, 0.9999, 1.0)
        if essential is None or essential.shape != (3, 3):
            fine.append(False)
            continue
        _, turn, along, _ = cv2.recoverPose(essential, p, q, camera, mask=inliers)
        angle = np.degrees(np.arccos(np.clip((np.trace(turn.T @ motion[:3, :3]) - 1) / 2, -1, 1)))
        aside = np.degrees(np.arccos(np.clip(float(along.ravel() @ t) / np.linalg.norm(t), -1, 1)))
        fine.append(bool(angle < 1.0 and aside < 10.0))
    if not fine:
        return None
    return Consistency(
        float(np.mean(estimated)) if estimated else float("inf"), float(np.mean(exact)) if exact else float("inf"),
        sum(fine) >= 0.75 * len(fine), *np.mean(flickers, 0).tolist(),
    )  # fmt: skip


def flicker(renderer: Renderer, index: int) -> tuple[float, float]:
    """How the brightness of what is seen in a frame changes until the next: the mean in levels of 255, and the share of
    pixels where it is more than 8.

    Every pixel is followed by the true flow; what is hidden in the next frame, the sky, and what is within 2 px of
    either are left out. Both frames are blurred by 1 px first, or the resampling itself would be measured. Nothing
    moves but the camera, so what is left is edges that crawl, patterns that shimmer, reflections, which do move, and
    outlines before what lies far behind, which moves otherwise.
    """
    here, there = renderer.frame(index), renderer.frame(index + 1)
    flow, hidden = truth.flow(renderer.geometry, index, here.depth, here.bodies, there.depth, there.bodies)
    first, second = (
        cv2.GaussianBlur(cv2.cvtColor(f.rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0) for f in (here, there)
    )
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    along = flow.astype(np.float32)
    followed = cv2.remap(second, x + along[..., 0], y + along[..., 1], cv2.INTER_CUBIC)
    kept = cv2.erode((~hidden & (here.bodies > 0)).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    change = np.abs(followed - first)[kept]
    return (float(change.mean()), float((change > 8.0).mean())) if len(change) else (0.0, 0.0)


def _matches(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """SIFT keypoints matched both ways with Lowe's ratio test (2004): [N, 2] px in each picture."""
    sift: Any = cv2.SIFT_create(2000)  # type: ignore[attr-defined]
    (keys_a, words_a), (keys_b, words_b) = (
        sift.detectAndCompute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None) for picture in (a, b)
    )
    if words_a is None or words_b is None or min(len(keys_a), len(keys_b)) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    forth = {m.queryIdx: m.trainIdx for m, n in matcher.knnMatch(words_a, words_b, 2) if m.distance < 0.75 * n.distance}
    back = {m.queryIdx: m.trainIdx for m, n in matcher.knnMatch(words_b, words_a, 2) if m.distance < 0.75 * n.distance}
    pairs = [(i, j) for i, j in forth.items() if back.get(j) == i]
    return (
        np.array([keys_a[i].pt for i, _ in pairs]).reshape(-1, 2),
        np.array([keys_b[j].pt for _, j in pairs]).reshape(-1, 2),
    )


def _sampson(f: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sampson's distance in px (Hartley and Zisserman, equation 11.9, its root)."""
    x, y = np.column_stack([p, np.ones(len(p))]), np.column_stack([q, np.ones(len(q))])
    there, here = x @ f.T, y @ f
    error = np.abs((y * there).sum(1))
    return error / np.sqrt((there[:, :2] ** 2).sum(1) + (here[:, :2] ** 2).sum(1) + 1e-12)


def evaluate(clips: int, alike: int, walks: int, workers: int) -> dict[str, tuple[float, str]]:
    """All figures; `clips` of each city's street to learn from and a third as many to test on."""
    specs = _specs()
    cities, venues = sorted(specs.cities), sorted(specs.venues)
    tested, others = max(2, clips // 3), max(2, clips // 7)
    wanted: list[tuple[Cell, int]] = []
    for city in cities:
        street = Cell(venue="street", city=city)
        wanted += [(street, i) for i in range(clips)] + [(street, UNSEEN + i) for i in range(tested)]
        for venue in venues:
            if venue != "street":
                cell = Cell(venue=venue, city=city)
                wanted += [(cell, i) for i in range(others)] + [(cell, UNSEEN)]
    same = Cell(venue="street", city="kyoto")
    wanted += [(same, i) for i in range(clips, alike)]
    walk_of = [
        (Cell(venue=v, city=c), k) for n, v in enumerate(venues) for c in cities[n % 3 :: 3] for k in range(walks)
    ]
    look(same, 0)  # compiles the kernels once, for every process
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        looks = list(pool.map(look, *zip(*wanted, strict=True), chunksize=4))
        chosen = [(cell, index) for cell, k in walk_of for index in walking(cell, walks)[k : k + 1]]
        walked = [one for one in pool.map(consistency, *zip(*chosen, strict=True)) if one is not None]
    for words in (one for one in looks if isinstance(one, str)):
        print(f"  can not be drawn: {words}", flush=True)
    views = [one for one in looks if not isinstance(one, str)]
    streets = [v for v in views if v.cell.venue == "street" and (v.cell != same or not clips <= v.index < UNSEEN)]
    every = [v for v in views if v.cell.venue != "street" or v.index < others or v.index == UNSEEN]
    kin = np.stack([view.embedding for view in views if view.cell == same and view.index < alike])
    cosine = np.array([float(a @ b) for a, b in combinations(kin, 2)])
    return {
        **named("worlds.city_accuracy", streets, "city", edges=False),
        **named("worlds.city_accuracy_edges", streets, "city", edges=True),
        **named("worlds.venue_accuracy", every, "venue", edges=False),
        "worlds.most_alike_cosine": (float(cosine.max()), f"over {len(kin)} clips of {same.key}"),
        "worlds.alike_pairs": (float((cosine > CEILINGS["worlds.most_alike_cosine"]).sum()), "pairs above 0.97"),
        "worlds.sampson_px": (float(np.mean([one.sampson_px for one in walked])), "px at 960x540"),
        "worlds.sampson_true_px": (float(np.mean([one.true_sampson_px for one in walked])), "px by true poses, median"),
        "worlds.flicker": (float(np.mean([one.flicker for one in walked])), "levels of 255 a frame, at rest"),
        "worlds.flicker_share": (float(np.mean([one.flicker_share for one in walked])), "of pixels change by over 8"),
        "worlds.poses_recovered": (
            sum(one.recovered for one in walked) / len(walked), f"share of {len(walked)} walking clips"
        ),
        "worlds.not_drawn": (float(len(looks) - len(views)), f"of {len(looks)} clips"),
        "worlds.cities": (float(len(cities)), "cities"),
        "worlds.venues": (float(len(venues)), "venues"),
    }  # fmt: skip


def named(figure: str, views: Sequence[Views], what: str, *, edges: bool) -> dict[str, tuple[float, str]]:
    """How often the net names `what` of the clips from `UNSEEN` on; prints what it mistakes for what."""
    learn, ask = [v for v in views if v.index < UNSEEN], [v for v in views if v.index >= UNSEEN]
    names = [str(getattr(view.cell, what)) for view in (*learn, *ask)]
    answers = learn_and_ask([view.frames for view in learn], [view.frames for view in ask], names, edges)
    print(f"  {figure}: right, said, how often: {answers.confused(12)}", flush=True)
    cameras = np.array([view.camera for view in ask])
    wrong = {
        str(kind): round(float((answers.said != answers.right)[cameras == kind].mean()), 2) for kind in set(cameras)
    }
    print(f"  {figure}: wrong by camera: {dict(sorted(wrong.items()))}", flush=True)
    return {figure: (answers.accuracy, f"share of {len(ask)} clips")}


def main() -> int:
    """Evaluate, print and write bench/worlds.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=44, help="clips of each city's street to learn from")
    parser.add_argument("--alike", type=int, default=200, help="clips of one cell held against each other")
    parser.add_argument("--walks", type=int, default=1, help="walking clips of every third cell that are checked")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=HERE / "worlds.json")
    asked = parser.parse_args()
    figures = evaluate(asked.clips, max(asked.alike, asked.clips), asked.walks, asked.workers)
    for name, (value, unit) in figures.items():
        bar = f"   (bar: at least {BARS[name]:g})" if name in BARS else ""
        bar = f"   (bar: below {CEILINGS[name]:g})" if name in CEILINGS else bar
        print(f"  {name:<32} {value:>9.4g} {unit}{bar}", flush=True)
    asked.out.write_text(json.dumps({k: {"value": v, "unit": u} for k, (v, u) in figures.items()}, indent=1) + "\n")
    print(asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
