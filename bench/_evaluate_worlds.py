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
from itertools import combinations, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory import prompt, scene, spec, truth
from worldfactory.curate import embed
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
MATCH = (960, 540)
"""The size at which the Cosmos paper (NVIDIA 2025, section 5.3.1) gives the Sampson error of real video, 0.43 px."""
STEP = 12
"""Frames between two that are matched: half a second."""


@dataclass(frozen=True)
class Views:
    """A few frames of one clip, [K, H, W, 3] uint8, and their visual embedding."""

    cell: Cell
    index: int
    frames: NDArray[np.uint8]
    embedding: NDArray[np.float32]


@lru_cache(maxsize=1)
def _specs() -> spec.Specs:
    """Read once in each process."""
    return spec.load(SPECS)


def _built(cell: Cell, index: int) -> Scene:
    resolved = spec.resolve(_specs(), cell)
    return scene.build(resolved, prompt.prompt(resolved, index))


def look(cell: Cell, index: int) -> Views:
    """Draw a clip's early, middle and late frame, small."""
    built = _built(cell, index)
    renderer = Renderer(built, RenderConfig(width=320, height=176))
    frames = [renderer.frame(round(built.frames * share)).rgb for share in (0.15, 0.5, 0.85)]
    small = np.stack([cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA) for frame in frames])
    return Views(cell, index, small.astype(np.uint8), embed(frames))


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


def consistency(cell: Cell, index: int) -> Consistency | None:
    """Match frames of a clip whose bodies stand still; None if its camera does not walk."""
    built = _built(cell, index)
    if built.camera.kind != "walk":
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


def accuracy(train: Sequence[Views], test: Sequence[Views], names: Sequence[str], edges: bool) -> float:
    """Share of the test clips that a small convolutional net, trained on `train`, gives the right one of `names`.

    `names` has an entry for each of train and then test. With `edges` it sees gradient magnitudes of gray frames alone.
    """
    import torch
    from torch import nn

    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count() or 1)
    known = sorted(set(names))
    label = torch.tensor([known.index(name) for name in names])

    def tensor(views: Sequence[Views]) -> torch.Tensor:
        pictures = np.stack([view.frames for view in views]).astype(np.float32) / 255.0
        if edges:
            gray = pictures.mean(-1)
            down, across = np.gradient(gray, axis=(2, 3))
            pictures = np.clip(4.0 * np.hypot(down, across), 0.0, 1.0)[..., None]
        return torch.from_numpy(pictures).permute(0, 1, 4, 2, 3).contiguous()

    x, y = tensor(train), tensor(test)
    per_clip, channels = x.shape[1], x.shape[2]
    flat, flat_label = x.flatten(0, 1), label[: len(train)].repeat_interleave(per_clip)
    widths = (channels, 24, 48, 96, 128)
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.ReLU()]
    net = nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d((2, 4)), nn.Flatten(), nn.Dropout(0.4), nn.Linear(1024, len(known))
    )
    epochs, size = 40, 64
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=epochs * -(-len(flat) // size))
    for _ in range(epochs):
        for batch in torch.randperm(len(flat)).split(size):
            pictures = flat[batch]
            if torch.rand(()) < 0.5:
                pictures = pictures.flip(3)
            moved = torch.randint(-8, 9, (2,)).tolist()
            pictures = torch.roll(pictures, moved, (2, 3)) * (0.8 + 0.4 * torch.rand(len(pictures), 1, 1, 1))
            loss = nn.functional.cross_entropy(net(pictures), flat_label[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    net.eval()
    with torch.inference_mode():
        said = net(y.flatten(0, 1)).log_softmax(1).view(len(test), per_clip, -1).mean(1).argmax(1)
    return float((said == label[len(train) :]).float().mean())


def evaluate(clips: int, alike: int, walks: int, workers: int) -> dict[str, tuple[float, str]]:
    """All figures; `clips` of each city's street to learn from and a third as many to test on."""
    specs = _specs()
    cities, venues = sorted(specs.cities), sorted(specs.venues)
    tested = max(2, clips // 3)
    wanted: list[tuple[Cell, int]] = []
    for city in cities:
        street = Cell(venue="street", city=city)
        wanted += [(street, i) for i in range(clips)] + [(street, UNSEEN + i) for i in range(tested)]
        for venue in venues:
            if venue != "street":
                cell = Cell(venue=venue, city=city)
                wanted += [(cell, i) for i in range(max(2, clips // 6))] + [(cell, UNSEEN)]
    same = Cell(venue="street", city="kyoto")
    wanted += [(same, i) for i in range(clips, alike)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        views = list(pool.map(look, *zip(*wanted, strict=True), chunksize=4))
        geometry = pool.map(
            consistency, *zip(*[(Cell(venue=v, city=c), i) for c in cities for v in venues for i in range(walks)],
                              strict=True)
        )  # fmt: skip
        walked = [one for one in geometry if one is not None]
    streets = [view for view in views if view.cell.venue == "street" and (view.cell != same or view.index < clips
               or view.index >= UNSEEN)]  # fmt: skip
    train, test = [v for v in streets if v.index < UNSEEN], [v for v in streets if v.index >= UNSEEN]
    city_names = [view.cell.city for view in (*train, *test)]
    every = [view for view in views if view.cell.venue != "street" or view.index % UNSEEN < max(2, clips // 6)]
    learn, ask = [v for v in every if v.index < UNSEEN], [v for v in every if v.index >= UNSEEN]
    venue_names = [view.cell.venue for view in (*learn, *ask)]
    kin = np.stack([view.embedding for view in views if view.cell == same and view.index < alike])
    cosine = np.array([float(a @ b) for a, b in combinations(kin, 2)])
    return {
        "worlds.city_accuracy": (accuracy(train, test, city_names, False), f"share of {len(test)} clips"),
        "worlds.city_accuracy_edges": (accuracy(train, test, city_names, True), f"share of {len(test)} clips"),
        "worlds.venue_accuracy": (accuracy(learn, ask, venue_names, False), f"share of {len(ask)} clips"),
        "worlds.most_alike_cosine": (float(cosine.max()), f"over {len(kin)} clips of {same.key}"),
        "worlds.alike_pairs": (float((cosine > CEILINGS["worlds.most_alike_cosine"]).sum()), "pairs above 0.97"),
        "worlds.sampson_px": (float(np.mean([one.sampson_px for one in walked])), "px at 960x540"),
        "worlds.sampson_true_px": (float(np.mean([one.true_sampson_px for one in walked])), "px by true poses, median"),
        "worlds.flicker": (float(np.mean([one.flicker for one in walked])), "levels of 255 a frame, at rest"),
        "worlds.flicker_share": (float(np.mean([one.flicker_share for one in walked])), "of pixels change by over 8"),
        "worlds.poses_recovered": (
            sum(one.recovered for one in walked) / len(walked), f"share of {len(walked)} walking clips"
        ),
        "worlds.cities": (float(len(cities)), "cities"),
        "worlds.venues": (float(len(venues)), "venues"),
    }  # fmt: skip


def main() -> int:
    """Evaluate, print and write bench/worlds.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=36, help="clips of each city's street to learn from")
    parser.add_argument("--alike", type=int, default=200, help="clips of one cell held against each other")
    parser.add_argument("--walks", type=int, default=2, help="clips of each cell whose geometry is checked")
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
