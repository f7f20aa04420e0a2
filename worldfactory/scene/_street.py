"""Streets: grid, canal, promenade and radial, laid along the x axis of the site."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._buildings import building, draw_mass, facade_reach
from worldfactory.scene._horizon import horizon
from worldfactory.scene._market import lay_market, market_street
from worldfactory.scene._placed import Anchor
from worldfactory.scene._section import KERB_M, PARK_M, REACH_M, STRIP_M, Section, section
from worldfactory.scene._site import Lane, Site, Walkway, along, put, slab
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Region
from worldfactory.scene._stage import Stage
from worldfactory.scene._traffic import park
from worldfactory.scene._trees import pick_tree, tree
from worldfactory.scene._waterside import canal, circus, shore
from worldfactory.spec._layout import BuildingStyle, StreetSpec


def lay_street(stage: Stage) -> Site:
    """Ground, buildings, trees and furniture of a street in the cell's city."""
    market = stage.cell.venue.layout.market
    spec = market_street(stage.cell.city.street, market) if market else stage.cell.city.street
    rng = stage.rng("street")
    site = Site(stage, heading_deg=float(rng.uniform(0, 360)))
    cut = section(spec, rng)
    _ground(stage, site, spec, cut)
    _fronts(stage, spec, cut, rng)
    _backdrop(stage, cut, rng)
    if spec.pattern == "canal":
        canal(stage, spec, cut, rng)
    if spec.pattern == "promenade":
        shore(stage, site, spec, cut, rng)
    if spec.pattern == "radial":
        circus(stage, site, cut, rng)
    _kerb_life(stage, spec, cut, rng)
    _marks(stage, spec, cut)
    _lanes(stage, site, spec, cut)
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
                (float(x), y, _travel_deg(stage, side))
                for x in np.arange(-70.0, 70.0, 0.75)
                if not any(a - 3 < x < b + 3 for a, b in cut.crossings)
            ]
    site.heights = (7.0, 20.0)
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
        # Over the middle of the road there is neither tree nor front.
        site.lookouts = [((x, 0.0, 5.6), 0.0 if x < 0 else math.pi) for x in (-30.0, 30.0)]


def _ground(stage: Stage, site: Site, spec: StreetSpec, cut: Section) -> None:
    if spec.pattern == "canal":
        for side in (1, -1):
            y0, y1 = sorted((side * spec.water_m / 2, side * 700))
            slab(stage, "terrain", "terrain/ground", "earth", -700, 700, y0, y1, -0.12)
    else:
        slab(
            stage,
            "terrain",
            "terrain/ground",
            "earth",
            -700,
            700,
            -cut.road - 9.2 if cut.open_side else -700,
            700,
            -0.12,
        )
    reach = REACH_M + 160
    paved = spec.lanes == 0
    surface = "paving" if paved else "asphalt"
    if spec.pattern == "canal":
        for side in (1, -1):
            y0, y1 = sorted((side * cut.inner, side * cut.road))
            slab(stage, "road", "road/quay", surface, -reach, reach, y0, y1, 0.0)
    else:
        slab(stage, "sidewalk" if paved else "road", "road/main", surface, -reach, reach, -cut.road, cut.road, 0.0)
    for x0, x1 in cut.crossings:
        slab(stage, "sidewalk" if paved else "road", "road/cross", surface, x0, x1, cut.road, 160, -0.01)
        if not cut.open_side:
            slab(stage, "sidewalk" if paved else "road", "road/cross", surface, x0, x1, -160, -cut.road, -0.01)
    kerb = 0.0 if paved else KERB_M
    edges = [-reach, *(x for span in cut.crossings for x in span), reach]
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
            y0, y1 = sorted((side * cut.road, side * cut.front))
            slab(stage, "sidewalk", "sidewalk/pavement", "paving", x0, x1, y0, y1, kerb)
            if not paved:
                e0, e1 = sorted((side * cut.road, side * (cut.road + 0.18)))
                slab(stage, "sidewalk", "sidewalk/kerb", "kerb", x0, x1, e0, e1, kerb + 0.012)
            inside0, inside1 = max(x0, -REACH_M), min(x1, REACH_M)
            if paved:
                continue
            w0, w1 = sorted((side * (cut.road + 0.3), side * (cut.front - 0.1)))
            stage.regions.append(Region("sidewalk", inside0, inside1, w0, w1, kerb))
            lane = side * (cut.road + STRIP_M + (cut.front - 0.7 - cut.road - STRIP_M) / 2)
            half = max(0.25, (cut.front - 1.1 - cut.road - STRIP_M) / 2)
            site.walkways.append(Walkway("sidewalk", (inside0 + 0.5, lane), (inside1 - 0.5, lane), half, kerb))
    if paved:
        stage.regions.append(Region("sidewalk", -REACH_M, REACH_M, -cut.front + 0.1, cut.front - 0.1, 0.0))
        for y in (-cut.front * 0.42, 0.0, cut.front * 0.42):
            site.walkways.append(Walkway("sidewalk", (-REACH_M, y), (REACH_M, y), cut.front * 0.16, 0.0))
    if spec.pattern == "canal":
        for side in (1, -1):
            y0, y1 = sorted((side * (spec.water_m / 2), side * cut.inner))
            slab(stage, "sidewalk", "sidewalk/quay", "paving", -reach, reach, y0, y1, KERB_M)


def _pick_style(styles: tuple[BuildingStyle, ...], rng: np.random.Generator) -> BuildingStyle:
    weights = np.array([style.weight for style in styles])
    return styles[int(rng.choice(len(styles), p=weights / weights.sum()))]


def _fronts(stage: Stage, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    styles = stage.cell.city.buildings
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        edges = [-REACH_M, *(x for span in cut.crossings for x in span), REACH_M]
        for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
            x = x0
            while x1 - x > 4.0:
                style = _pick_style(styles, rng)
                width = float(rng.uniform(style.width.low, style.width.high))
                if x1 - x - width < max(5.0, 0.6 * style.width.low):
                    width = min(x1 - x, style.width.high * 1.35)
                mass = draw_mass(style, rng, width)
                mid = x + width / 2
                near = abs(mid) < 88
                if rng.random() < spec.gap_share and abs(mid) > 6:
                    y = side * (cut.front + 4)
                    tree(stage, pick_tree(stage, rng), (mid, y, 0.0), rng)
                else:
                    building(stage, mass, (mid, side * cut.front, 0.0), -90.0 * side, rng, near=near)
                x += width


def _backdrop(stage: Stage, cut: Section, rng: np.random.Generator) -> None:
    city = stage.cell.city
    styles = city.backdrop or city.buildings
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        for row in range(2):
            x = -REACH_M - 60.0
            y = side * (cut.front + 24 + 26 * row)
            while x < REACH_M + 60:
                style = _pick_style(styles, rng)
                mass = draw_mass(style, rng)
                mid = x + mass.width / 2
                blocked = any(a - 2 < mid + mass.width / 2 and mid - mass.width / 2 < b + 2 for a, b in cut.crossings)
                if not blocked and rng.random() < 0.86:
                    building(
                        stage,
                        mass,
                        (mid, y + side * float(rng.uniform(0, 8)), 0),
                        -90.0 * side,
                        rng,
                        near=False,
                        anchors=False,
                    )
                x += mass.width + float(rng.uniform(0.5, 9))
        # The street goes on beyond the part that people use.
        for end in (1, -1):
            x = REACH_M + 1.0
            while x < REACH_M + 110:
                style = _pick_style(city.buildings, rng)
                mass = draw_mass(style, rng)
                building(
                    stage,
                    mass,
                    (end * (x + mass.width / 2), side * cut.front, 0),
                    -90.0 * side,
                    rng,
                    near=False,
                    anchors=False,
                )
                x += mass.width
    # Streets that cross end before a house.
    for x0, x1 in cut.crossings:
        for side in (1, -1):
            if not (cut.open_side and side < 0):
                mass = draw_mass(_pick_style(city.buildings, rng), rng, 16.0)
                building(
                    stage,
                    mass,
                    ((x0 + x1) / 2, side * (cut.front + 84), 0),
                    -90.0 * side,
                    rng,
                    near=False,
                    anchors=False,
                )


def _kerb_life(stage: Stage, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    paved = spec.lanes == 0
    z = 0.0 if paved else KERB_M
    guard = tuple((a - 5.0, b + 5.0) for a, b in cut.crossings)
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        y = side * (cut.front - 0.75 if paved else cut.road + 0.62)
        if spec.tree_every_m:
            x = -REACH_M + float(rng.uniform(1, spec.tree_every_m))
            while x < REACH_M:
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
        along(stage, spec.furniture, "kerb", -REACH_M, REACH_M, y, z, -90.0 * side, rng, keep_out=guard)
        along(
            stage,
            spec.furniture,
            "wall",
            -REACH_M,
            REACH_M,
            side * (cut.front - 0.55),
            z,
            -90.0 * side,
            rng,
            keep_out=guard,
        )
        for a, b in cut.crossings:
            for x, face in ((a - 1.6, 0.0), (b + 1.6, 180.0)):
                if spec.lanes >= 2 and spec.crossing:
                    put(stage, "traffic-light", (x, y, z), face)
        if spec.parking and spec.lanes:
            x = -REACH_M + 6
            while x < REACH_M - 6:
                if rng.random() < 0.62 and not any(a - 8 <= x <= b + 8 for a, b in cut.crossings):
                    park(stage, (x, side * (cut.road - PARK_M / 2), 0.0), _travel_deg(stage, side), rng)
                x += float(rng.uniform(6.0, 8.0))
    if spec.wires:
        _wires(stage, cut, rng)
    _spans(stage, cut)


def _travel_deg(stage: Stage, side: int) -> float:
    """The way in which vehicles go on this side of the axis: with the right hand on the right side of the road."""
    right = stage.cell.city.driving_side == "right"
    return 0.0 if (side < 0) == right else 180.0


def _wires(stage: Stage, cut: Section, rng: np.random.Generator) -> None:
    y = cut.front - 0.5
    xs = list(np.arange(-REACH_M + 8, REACH_M, 24.0))
    for x in xs:
        put(stage, "phone-pole", (float(x), y, 0.0), 90.0)
    parts = [
        solid("box", (24.0, 0.035, 0.035), (float(x) + 12, dy, z - 0.1), "black")
        for x in xs[:-1] for dy, z in ((0.8, 8.0), (-0.8, 8.0), (0.0, 8.1), (0.6, 7.2), (-0.6, 7.2))
    ]  # fmt: skip
    stage.solids("pole", "pole/wires", parts, (0, y, 0))


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


def _marks(stage: Stage, spec: StreetSpec, cut: Section) -> None:
    if spec.lanes == 0:
        return
    if spec.pattern == "canal":
        return
    parts: list[Solid] = []
    reach = REACH_M + 60
    half = spec.lanes * spec.lane_m / 2
    for k in range(1, spec.lanes):
        y = -half + k * spec.lane_m
        if k * 2 == spec.lanes:
            parts.append(solid("box", (2 * reach, 0.13, 0.012), (0, y, 0), "center-line"))
            continue
        x = -reach
        while x < reach:
            parts.append(solid("box", (2.6, 0.13, 0.012), (x, y, 0), "line"))
            x += 7.0
    if spec.parking:
        parts.extend(solid("box", (2 * reach, 0.1, 0.012), (0, side * half, 0), "line") for side in (1, -1))
    if spec.crossing:
        for a, b in cut.crossings:
            for x in (a - 2.6, b + 2.6):
                y = -cut.road + 0.5
                while y < cut.road - 0.3:
                    parts.append(solid("box", (2.6, 0.5, 0.014), (x, y, 0), "line"))
                    y += 1.0
    if spec.rails:
        for lane in (-0.5, 0.5):
            parts.extend(
                solid("box", (2 * reach, 0.09, 0.016), (0, lane * spec.lane_m + side, 0), "rails")
                for side in (-0.72, 0.72)
            )
    stage.solids("road mark", "road-mark/lines", parts, (0, 0, 0.0))


def _lanes(stage: Stage, site: Site, spec: StreetSpec, cut: Section) -> None:
    reach = REACH_M + 50
    right = stage.cell.city.driving_side == "right"
    if spec.lanes == 0:
        return
    if spec.pattern == "canal":
        ys = [side * (cut.inner + spec.lane_m / 2) for side in (1, -1)]
    else:
        ys = [(-spec.lanes / 2 + 0.5 + k) * spec.lane_m for k in range(spec.lanes)]
        if spec.lanes == 1:
            ys = [0.0]
    for y in ys:
        forward = (y < 0) == right if y else right
        line = ((-reach, y, 0.0), (reach, y, 0.0))
        inner = abs(y) < spec.lane_m and spec.pattern != "canal"
        kind = "rail" if spec.rails and inner else "lane"
        site.lanes.append(Lane(kind, line if forward else line[::-1], 7.5 if not inner else 8.6))
