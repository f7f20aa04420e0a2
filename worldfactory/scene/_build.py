"""From a prompt to a scene: lay out the place, plan the camera, decorate, let things happen, fill it with life."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from worldfactory.errors import SceneError
from worldfactory.lineage import record_id
from worldfactory.records import Body, CameraPath, Lamp, Light, Motion, Prompt, Scene, Vec3
from worldfactory.scene._animals import stock
from worldfactory.scene._camera import Track
from worldfactory.scene._camera import path as camera_path
from worldfactory.scene._decorate import decorate
from worldfactory.scene._happen import happen, middles, wanted_zones
from worldfactory.scene._life import populate
from worldfactory.scene._light import darkness, indoor, outdoor, sun_direction
from worldfactory.scene._market import let_pitches
from worldfactory.scene._park import lay_park
from worldfactory.scene._placed import Drop
from worldfactory.scene._plan import Plan, Shot, plan, take
from worldfactory.scene._rooms import lay_rooms
from worldfactory.scene._site import Site
from worldfactory.scene._spots import around
from worldfactory.scene._stage import Stage
from worldfactory.scene._street import lay_street
from worldfactory.scene._traffic import fill_lanes
from worldfactory.scene._view import room_of, room_share, sight_of
from worldfactory.scene._wind import blow
from worldfactory.spec import CellSpec, Happening
from worldfactory.truth import Clock

_SHOTS = 6
"""Shots that are tried before one is taken in which something that the prompt says is missing."""
_PATIENCE = 0.3
"""Of the draws for the first of them, those for each other."""
MAX_LAMPS = 24
"""Lamps that shed light on their surroundings: those nearest to the camera."""
MAX_CARRIED = 8
"""As many vehicles at most light the road before them."""
_TYPICAL = 4
"""The camera looks for one of so many typical places, those nearest to the middle."""
_TOWARD = 0.75
"""How far of the way from the middle of a zone to where something passes the camera should look."""
_IN_ZONE_M = 15.0
"""So near to the middle of a zone a thing belongs to it."""


@dataclass(frozen=True)
class BuildReport:
    """A scene and what found no place in it, with the reasons."""

    scene: Scene
    dropped: tuple[Drop, ...]
    happenings: Mapping[str, tuple[int, ...]]
    """The instances that make each of the prompt's happenings true; empty for one that found no room."""


def build(cell: CellSpec, prompt: Prompt) -> Scene:
    """The scene of a prompt: a pure function of both, drawn from generator(prompt.id, ...).

    Raises SceneError if the prompt is of another cell, names a decor kit or a happening that the cell lacks, or the
    place can not hold the camera. Things that find no room are left out; `build_report` says which and why.
    """
    return build_report(cell, prompt).scene


def build_report(cell: CellSpec, prompt: Prompt) -> BuildReport:
    """`build`, and what was dropped."""
    _check(cell, prompt)
    # A scene is tens of thousands of small values without a cycle among them: the collector would only look at them,
    # over and over, a fifth of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _built(cell, prompt)
    finally:
        if collects:
            gc.enable()


def _built(cell: CellSpec, prompt: Prompt) -> BuildReport:
    fps = cell.factory.fps
    frames = cell.factory.frames
    indoors = cell.venue.setting == "indoor"
    dark = darkness(cell.city.latitude, prompt.day, prompt.hour)
    lit = 1.0 if indoors else 0.12 + 0.88 * dark if prompt.weather == "clear" else max(0.4, dark)
    stage = Stage(cell, prompt, float((frames + 1) / fps), lit, dark=dark)
    told = tuple(h for h in cell.venue.happenings if h.name in prompt.happenings)
    zones = wanted_zones(told)
    site = _lay(stage, zones)
    site.wanted = [_wanted(site, told, zone) for zone in zones if zone in site.stars]
    site.wanted += _beside(site, told)
    if not site.wanted and site.typical:
        site.wanted = [site.typical[int(stage.rng("typical").integers(min(_TYPICAL, len(site.typical))))]]
        site.hoped = site.interior
    shot, made = _best_shot(site, frames, float(fps))
    fill_lanes(site, stage.rng("traffic"))
    populate(site, stage.rng("people"))
    blow(stage)
    return BuildReport(_freeze(site, shot, dark), tuple(stage.drops), made)


def _wanted(site: Site, told: tuple[Happening, ...], zone: str) -> tuple[float, float]:
    """Where the camera should look for what goes on in a zone: at what runs, toward the way on which something passes,
    before the thing beside which people do something."""
    x, y = site.stars[zone]
    acts = [act for happening in told for act in happening.acts if act.zone == zone]
    if any(act.does == "pass" for act in acts) and site.lanes:
        ways = np.concatenate([middles(lane, site.stage.seconds) for lane in site.lanes])
        _, near_x, near_y = min((math.hypot(u - x, v - y), u, v) for u, v in ways.tolist())
        return x + _TOWARD * (near_x - x), y + _TOWARD * (near_y - y)
    near = {act.thing if act.does == "run" else act.near for act in acts}
    found = [placed for placed in site.stage.placed if placed.name in near]
    best = min(found, key=lambda placed: math.hypot(placed.at[0] - x, placed.at[1] - y), default=None)
    if best is None or math.hypot(best.at[0] - x, best.at[1] - y) >= _IN_ZONE_M:
        return x, y
    front = [] if any(act.does == "run" for act in acts) else around(site, best, site.stage.rng("wanted"))
    return front[0][:2] if front else best.at[:2]


def _beside(site: Site, told: tuple[Happening, ...]) -> list[tuple[float, float]]:
    """Before a thing beside which something goes on that may go on in any zone: one of those that stand there."""
    rng = site.stage.rng("wanted")
    out: list[tuple[float, float]] = []
    for name in dict.fromkeys(act.near for h in told for act in h.acts if act.near and not any(a.zone for a in h.acts)):
        placed = [found for found in site.stage.placed if found.name == name]
        if placed:
            front = around(site, placed[int(rng.integers(len(placed)))], rng)
            out += [(x, y) for x, y, _, _ in front[:1]]
    return out


def _best_shot(site: Site, frames: int, fps: float) -> tuple[Shot, dict[str, tuple[int, ...]]]:
    """The first of a few sampled shots in which all that the prompt says finds room in view, or the best of them."""
    stage = site.stage
    stock(site, stage.rng("animals"))
    start = stage.mark()
    sight, standing = sight_of(stage), len(stage.bodies)
    room = room_of(site, stage.prompt.camera)
    planned: list[Plan] = []
    missing: list[int] = []
    for attempt in range(_SHOTS):
        # What a first long search has not found, more of them seldom do.
        patience = 1.0 if attempt == 0 else _PATIENCE
        planned.append(plan(site, sight, stage.prompt.camera, frames, fps, stage.rng(f"camera/{attempt}"), patience))
        shot, made = _stage_shot(site, planned[-1], attempt)
        missing.append(sum(10 if drop.what.startswith("happening/") else 1 for drop in _promised(stage.drops)))
        if missing[-1] == 0:
            added = sight_of(stage, standing)
            # What was set up for the shot may stand before the lens.
            missing[-1] = 2 * (room_share(added, shot.track, shot.fov_deg, stage.seconds, room) < 1.0)
        if missing[-1] == 0:
            return shot, made
        stage.back_to(start)
    best = missing.index(min(missing))
    return _stage_shot(site, planned[best], best)


def _promised(drops: Iterable[Drop]) -> list[Drop]:
    """Of what was dropped, what the prompt tells of: happenings, and whole decor kits."""
    return [drop for drop in drops if drop.what.startswith(("happening/", "decor/"))]


def _stage_shot(site: Site, planned: Plan, attempt: int) -> tuple[Shot, dict[str, tuple[int, ...]]]:
    stage = site.stage
    shot = take(site, stage.prompt.camera, planned, stage.rng(f"escort/{attempt}"))
    decorate(site, shot, stage.rng(f"decor/{attempt}"))
    let_pitches(stage, stage.rng("pitches"))
    return shot, happen(site, shot, stage.rng(f"happenings/{attempt}"))


def _check(cell: CellSpec, prompt: Prompt) -> None:
    if prompt.cell != cell.cell:
        raise SceneError(f"prompt {prompt.id} is of cell {prompt.cell.key}, not of {cell.cell.key}")
    for name in prompt.decor:
        if name not in cell.decor:
            raise SceneError(
                f"prompt {prompt.id}: decor {name!r} does not suit {cell.cell.key}; it has: "
                f"{', '.join(sorted(cell.decor))}"
            )
    known = {happening.name for happening in cell.venue.happenings}
    for name in prompt.happenings:
        if name not in known:
            raise SceneError(
                f"prompt {prompt.id}: happening {name!r} is unknown; {cell.cell.venue} has: {', '.join(sorted(known))}"
            )


def _lay(stage: Stage, zones: tuple[str, ...]) -> Site:
    kind = stage.cell.venue.layout.kind
    if kind == "street":
        return lay_street(stage)
    return lay_park(stage, zones) if kind == "park" else lay_rooms(stage, zones)


def _turned(at: Vec3, heading_deg: float) -> Vec3:
    c, s = math.cos(math.radians(heading_deg)), math.sin(math.radians(heading_deg))
    return (c * at[0] - s * at[1], s * at[0] + c * at[1], at[2])


def _freeze(site: Site, shot: Shot, dark: float) -> Scene:
    stage, heading = site.stage, site.heading_deg
    cell, prompt = stage.cell, stage.prompt
    bodies = [body if body.parent >= 0 else _turned_body(body, heading) for body in stage.bodies]
    track = shot.track
    flat = np.array([_turned((float(x), float(y), float(z)), heading) for x, y, z in track.places])
    turned = Track(track.keys, track.mouse, flat, track.yaw + math.radians(heading), track.pitch)
    camera = camera_path(prompt.camera, turned, shot.fov_deg, shot.subject)
    return Scene(
        id=record_id("scene", (prompt.id,), cell.digest, prompt.seed),
        parents=(prompt.id,),
        cell=cell.cell,
        index=prompt.index,
        weather=prompt.weather,
        fps=(cell.factory.fps.numerator, cell.factory.fps.denominator),
        materials=tuple(stage.materials),
        prototypes=tuple(stage.prototypes),
        instances=tuple(stage.instances),
        bodies=tuple(bodies),
        camera=camera,
        light=_light(stage, dark, _near_lamps(stage, shot, heading), camera),
        missing=tuple(f"{drop.what}: {drop.reason}" for drop in _promised(stage.drops)),
    )


def _turned_body(body: Body, heading_deg: float) -> Body:
    return Body.model_construct(
        prototype=body.prototype,
        instance=body.instance,
        at=_turned(body.at, heading_deg),
        yaw_deg=body.yaw_deg + heading_deg,
        scale=body.scale,
        parent=body.parent,
        tint=body.tint,
        motions=body.motions,
    )


def _near_lamps(stage: Stage, shot: Shot, heading: float) -> tuple[Lamp, ...]:
    """The lamps nearest to what is looked at, those of vehicles apart: they are where they are halfway."""
    x, y = stage.focus or shot.track.places[0, :2].tolist()

    def near(lamp: Lamp) -> float:
        at = lamp.at if lamp.body < 0 else halfway(stage.bodies[lamp.body].motions[0], stage.bodies[lamp.body].at)
        return math.hypot(at[0] - x, at[1] - y)

    def halfway(path: Motion, at: Vec3) -> Vec3:
        line = np.array(path.points) + at
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        gone = path.offset + path.speed * float(Clock.of([path]).at(np.array([stage.seconds / 2]))[0, 0])
        px, py, pz = (float(np.interp(gone, along, c)) for c in line.T)
        return (px, py, pz)

    standing = sorted((lamp for lamp in stage.lamps if lamp.body < 0), key=near)[:MAX_LAMPS]
    carried = sorted((lamp for lamp in stage.lamps if lamp.body >= 0), key=near)[:MAX_CARRIED]
    return (*(lamp.model_copy(update={"at": _turned(lamp.at, heading)}) for lamp in standing), *carried)


def _light(stage: Stage, dark: float, lamps: tuple[Lamp, ...], camera: CameraPath) -> Light:
    city, prompt = stage.cell.city, stage.prompt
    if stage.cell.venue.setting == "indoor":
        sun = sun_direction(city.latitude, prompt.day, prompt.hour)
        return indoor(dark, prompt.weather, lamps, (1.0, 0.985, 0.95), sun)
    return outdoor(city.latitude, prompt.day, prompt.hour, prompt.weather, lamps)
