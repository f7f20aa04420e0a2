"""Streets of all patterns, laid along the x axis of the site and then moved onto their alignment."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Vec3
from worldfactory.scene._alignment import Alignment, align, alignment
from worldfactory.scene._buildings import facade_reach
from worldfactory.scene._horizon import horizon
from worldfactory.scene._junctions import junctions
from worldfactory.scene._market import lay_market, market_street
from worldfactory.scene._marks import road_marks, travel_deg
from worldfactory.scene._placed import Anchor
from worldfactory.scene._rows import EXITS_DEG, RING_M, backdrop, fronts, lawns, terrace
from worldfactory.scene._section import KERB_M, PARK_M, REACH_M, STRIP_M, Section, section
from worldfactory.scene._site import Lane, Site, Walkway, along, put, slab
from worldfactory.scene._solids import solid
from worldfactory.scene._space import Block, Region
from worldfactory.scene._stage import Stage
from worldfactory.scene._traffic import park
from worldfactory.scene._trees import pick_tree, tree
from worldfactory.scene._waterside import canal, circus, shore
from worldfactory.scene._wires import cables, contact_wires
from worldfactory.spec._street import StreetSpec


def lay_street(stage: Stage) -> Site:
    """Ground, buildings, trees and furniture of a street in the cell's city."""
    market = stage.cell.venue.layout.market
    spec = market_street(stage.cell.city.street, market) if market else stage.cell.city.street
    rng = stage.rng("street")
    site = Site(stage, heading_deg=float(rng.uniform(0, 360)))
    cut = section(spec, rng)
    line = alignment(spec, stage.rng("alignment"))
    _ground(stage, site, spec, cut, line)
    road_marks(stage, spec, cut, line)
    first = len(stage.bodies)
    junctions(stage, spec, cut)
    fronts(stage, spec, cut, rng)
    backdrop(stage, spec, cut, rng)
    if spec.pattern == "superblock":
        lawns(stage, spec, cut, rng)
    if spec.pattern == "canal":
        canal(stage, spec, cut, rng)
    if spec.pattern == "promenade":
        shore(stage, site, spec, cut, rng)
    if spec.pattern == "radial":
        circus(stage, spec, cut, RING_M, EXITS_DEG)
    _kerb_life(stage, spec, cut, line, rng)
    _lanes(stage, site, spec, cut, line)
    if spec.lanes >= 2 and spec.crossing and spec.pattern != "canal":
        # On a bend or a slope there is no stop line.
        site.lights += [one for one in cut.crossings if line.plain or max(map(abs, one)) < line.straight_m - 8.0]
    for x0, x1 in cut.crossings:
        site.hubs.append(((x0 + x1) / 2, cut.inner, 1.0))
    site.hubs += [(x, cut.road * 0.5, 2.0) for x in (-18.0, 0.0, 18.0)]
    _lookouts(stage, site, cut)
    if market:
        lay_market(stage, site, market, cut, stage.rng("market"))
    for side in (1, -1):
        if spec.lanes and not (cut.open_side and side < 0 and not spec.parking):
            y = side * (cut.road - 1.05)
            site.kerbs += [
                (float(x), y, travel_deg(stage, side))
                for x in np.arange(-70.0, 70.0, 0.75)
                if not any(a - 3 < x < b + 3 for a, b in cut.crossings)
            ]
    if not market:
        site.heights = (7.0, 20.0)
    align(stage, site, line, first)
    horizon(stage, site)
    return site


def _lookouts(stage: Stage, site: Site, cut: Section) -> None:
    """Security cameras hang on arms before the fronts, clear of balconies, bays, awnings and the crowns of trees."""
    reach = 0.6 + max(facade_reach(stage, style) for style in stage.cell.city.buildings)
    crowns = np.array(
        [(*body.at[:2], 0.5 * body.scale[0]) for body in stage.bodies if stage.instances[body.instance].label == "tree"]
    ).reshape(-1, 3)
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        y = side * max(cut.front - reach, cut.road + 0.3)
        for x in np.arange(-44.0, 45.0, 4.0):
            spot = np.array([[x, y]])
            leafy = np.hypot(crowns[:, 0] - x, crowns[:, 1] - y) < crowns[:, 2] + 0.7
            if not leafy.any() and float(stage.space.clearance(spot)[0]) > 0.5:
                site.lookouts.append(((float(x), y, 4.6), math.atan2(-side * 0.55, 1.0 if x < 0 else -1.0)))
    if not site.lookouts:
        # Over the road, where crowns leave most room.
        for xs in (np.arange(-42.0, -14.0, 1.5), np.arange(15.0, 43.0, 1.5)):
            free = [min((math.hypot(x - p, q) - r for p, q, r in crowns.tolist()), default=1.0) for x in xs]
            x = float(xs[int(np.argmax(free))])
            site.lookouts.append(((x, 0.0, 4.9), 0.0 if x < 0 else math.pi))


def _ground(stage: Stage, site: Site, spec: StreetSpec, cut: Section, line: Alignment) -> None:
    if spec.pattern == "canal":
        for side in (1, -1):
            y0, y1 = sorted((side * spec.water_m / 2, side * 700))
            slab(stage, "terrain", "terrain/ground", "earth", -700, 700, y0, y1, -0.12)
    else:
        low = -cut.road - 9.2 if cut.open_side else -700
        slab(stage, "terrain", "terrain/ground", "earth", -700, 700, low, 700, -0.12)
    if line.steep:
        for end, side in zip(line.ends, (1, -1), strict=True):
            if end.slope:
                x0, x1 = sorted((side * line.straight_m, side * (REACH_M + 160)))
                line.strip(stage, "terrain", "terrain/slope", "earth", (x0, x1), (-150.0, 150.0), -0.12, 3.0)
    if terrace(spec, cut, cut.line + 10.0) > 0:
        deep = 90.0
        rise = terrace(spec, cut, cut.line + 3.0 + deep)
        parts = [solid("wedge", (2 * line.straight_m + 40, deep, rise), (0, 0, 0), "earth")]
        stage.solids("terrain", "terrain/terrace", parts, (0.0, cut.line + 3.0 + deep / 2, -0.25))
    reach = REACH_M + 160
    paved = spec.lanes == 0
    surface = "paving" if paved else "asphalt"
    if spec.pattern == "canal":
        for side in (1, -1):
            y0, y1 = sorted((side * cut.inner, side * cut.road))
            slab(stage, "road", "road/quay", surface, -reach, reach, y0, y1, 0.0)
            y0, y1 = sorted((side * (spec.water_m / 2), side * cut.inner))
            slab(stage, "sidewalk", "sidewalk/quay", "paving", -reach, reach, y0, y1, KERB_M)
    else:
        kind = "sidewalk" if paved else "road"
        line.strip(stage, kind, "road/main", surface, (-reach, reach), (-cut.road, cut.road), 0.0)
    kerb = 0.0 if paved else KERB_M
    level = REACH_M if line.plain else line.straight_m - 1.0
    if cut.circus < math.inf:
        level = cut.circus - RING_M - 4.0
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        edges = [-reach, *(x for one in cut.cuts(side) for x in (one.lo, one.hi)), reach]
        if cut.circus < math.inf:
            half = math.sqrt(24.0**2 - cut.road**2)
            edges[-1:] = [cut.circus - half, cut.circus + half, reach]
        back = cut.front + (1.2 if spec.pattern == "organic" else 0.0)
        for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
            line.strip(stage, "sidewalk", "sidewalk/pavement", "paving", (x0, x1), (side * cut.road, side * back), kerb)
            if paved:
                continue
            if spec.guide:
                y0 = cut.road + STRIP_M + 0.35
                tiles = (side * y0, side * (y0 + 0.3))
                line.strip(
                    stage, "sidewalk", "sidewalk/guide", "guide-strip", (x0 + 1.0, x1 - 1.0), tiles, kerb + 0.008
                )
            edge = (side * cut.road, side * (cut.road + 0.18))
            line.strip(stage, "sidewalk", "sidewalk/kerb", "kerb", (x0, x1), edge, kerb + 0.012)
            inside0, inside1 = max(x0, -REACH_M, -level if not line.plain else -REACH_M), min(x1, level)
            if inside1 - inside0 < 4.0:
                continue
            w0, w1 = sorted((side * (cut.road + 0.3), side * (cut.front - 0.1)))
            stage.regions.append(Region("sidewalk", inside0, inside1, w0, w1, kerb))
            lane = side * (cut.road + STRIP_M + (cut.front - 0.7 - cut.road - STRIP_M) / 2)
            half = max(0.25, (cut.front - 1.1 - cut.road - STRIP_M) / 2)
            site.walkways.append(Walkway("sidewalk", (inside0 + 0.5, lane), (inside1 - 0.5, lane), half, kerb))
    if paved:
        low = max(-REACH_M, -level)
        stage.regions.append(Region("sidewalk", low, level, -cut.front + 0.1, cut.front - 0.1, 0.0))
        for y in (-cut.front * 0.42, 0.0, cut.front * 0.42):
            site.walkways.append(Walkway("sidewalk", (low, y), (level, y), cut.front * 0.16, 0.0))
    if spec.median_m and spec.pattern != "canal" and not paved:
        _median(stage, spec, cut, line)


def _median(stage: Stage, spec: StreetSpec, cut: Section, line: Alignment) -> None:
    """A planted strip in the middle of the roadway, open where streets cross."""
    edges = [-REACH_M, *(x for a, b in cut.crossings for x in (a - 4.2, b + 4.2)), min(REACH_M, cut.circus - 30.0)]
    for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
        if x1 - x0 < 3.0:
            continue
        line.strip(stage, "sidewalk", "sidewalk/median", "kerb", (x0, x1), (-cut.inner, cut.inner), KERB_M)
        line.strip(
            stage, "grass", "lawn/median", "lawn", (x0 + 0.3, x1 - 0.3), (0.25 - cut.inner, cut.inner - 0.25), 0.2
        )
        along(stage, spec.furniture, "middle", x0 + 1.5, x1 - 1.5, 0.0, 0.2, 0.0, stage.rng(f"median/{x0:.0f}"))
        stage.space.add(Block((x0 + x1) / 2, 0.0, (x1 - x0) / 2, cut.inner, 0.0, tall=False))


def _kerb_life(stage: Stage, spec: StreetSpec, cut: Section, line: Alignment, rng: np.random.Generator) -> None:
    paved = spec.lanes == 0
    z = 0.0 if paved else KERB_M
    last = min(REACH_M, cut.circus - RING_M)
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        guard = tuple((one.lo - 5.0, one.hi + 5.0) for one in cut.cuts(side))
        y = side * (cut.front - 0.75 if paved else cut.road + 0.62)
        if spec.tree_every_m:
            x = -REACH_M + float(rng.uniform(1, spec.tree_every_m))
            while x < last:
                if not any(a <= x <= b for a, b in guard):
                    slab(
                        stage,
                        "terrain",
                        "terrain/tree-pit",
                        "soil",
                        x - 0.5,
                        x + 0.5,
                        y - 0.45,
                        y + 0.45,
                        z + 0.012,
                        0.05,
                    )
                    tree(stage, pick_tree(stage, rng), (x, y, z), rng)
                x += spec.tree_every_m * float(rng.uniform(0.9, 1.1))
        along(stage, spec.furniture, "kerb", -REACH_M, last, y, z, -90.0 * side, rng, keep_out=guard)
        along(
            stage,
            spec.furniture,
            "wall",
            -REACH_M,
            last,
            side * (cut.front - 0.55),
            z,
            -90.0 * side,
            rng,
            keep_out=guard,
        )
        for a, b in ((one.lo, one.hi) for one in cut.cuts(side)):
            for x, face in ((a - 1.6, 0.0), (b + 1.6, 180.0)):
                if spec.lanes >= 2 and spec.crossing:
                    put(stage, "traffic-light", (x, y, z), face)
        if spec.parking and spec.lanes:
            x = -REACH_M + 6
            while x < last - 6:
                # A parked car does not lean, so none stands on a slope.
                even = line.slope(x) == 0.0 and line.rise(x) == 0.0
                if rng.random() < 0.62 and even and not any(a - 8 <= x <= b + 8 for a, b in cut.crossings):
                    park(stage, (x, side * (cut.road - PARK_M / 2), 0.0), travel_deg(stage, side), rng)
                x += float(rng.uniform(6.0, 8.0))
    if spec.wires:
        cables(stage, spec, cut, stage.rng("cables"))
    if spec.rails and spec.lanes >= 2:
        contact_wires(stage, spec, cut)
    _spans(stage, cut)


def _spans(stage: Stage, cut: Section) -> None:
    """Lines across the street (narrow), or from front to kerb (wide), for what is strung."""
    for k in range(-11, 12):
        x = 7.5 * k
        if any(a - 2 < x < b + 2 for a, b in cut.crossings):
            continue
        if 2 * cut.front < 21 and not cut.open_side:
            stage.anchors.append(Anchor("facade", (x, -cut.front + 0.1, 5.2), 0.0, 1.0, (x, cut.front - 0.1, 5.2)))
        else:
            far = cut.front - 0.1
            for y in (far, -cut.road - 0.7 if cut.open_side else -far):
                stage.anchors.append(Anchor("facade", (x - 3.2, y, 4.1), 0.0, 1.0, (x + 3.2, y, 4.1)))


def _lanes(stage: Stage, site: Site, spec: StreetSpec, cut: Section, line: Alignment) -> None:
    reach = REACH_M + 50
    right = stage.cell.city.driving_side == "right"
    if spec.lanes == 0:
        return
    if spec.pattern == "canal":
        ys = [side * (cut.inner + spec.lane_m / 2) for side in (1, -1)]
    else:
        ys = [(-spec.lanes / 2 + 0.5 + k) * spec.lane_m for k in range(spec.lanes)]
        ys = [0.0] if spec.lanes == 1 else [y + (math.copysign(cut.inner, y) if y else 0.0) for y in ys]
    for y in ys:
        forward = (y < 0) == right if y else right
        points = line.line(y, reach) if cut.circus == math.inf else _round(y, reach, cut.circus, forward, right)
        inner = abs(y) < spec.lane_m + cut.inner and spec.pattern != "canal"
        kind = "rail" if spec.rails and inner else "lane"
        site.lanes.append(Lane(kind, points if forward else points[::-1], 7.5 if not inner else 8.6))


def _round(y: float, reach: float, middle: float, forward: bool, right: bool) -> tuple[Vec3, ...]:
    """The line of a lane that passes a round place on its own side of the island."""
    out = 14.5 * (-1.0 if forward == right else 1.0)
    xs = (-reach, *(middle + float(d) for d in np.linspace(-32.0, 32.0, 27)), reach)
    return tuple(
        (x, y + (out * math.cos(math.pi * (x - middle) / 64.0) ** 2 if abs(x - middle) < 32 else 0.0), 0.0) for x in xs
    )
