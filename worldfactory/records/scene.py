"""A scene: rigid bodies made of simple solids, their motion as a closed form of time, camera and light.

Space: metres, right-handed, x east, y north, z up. A *part* is one solid; a *prototype* is parts under one
name; a *body* is a prototype set into the world, moving rigidly; an *instance* is one labelled thing and has
one body or several (a person's torso and limbs). Pixel value b of a body map is body index b-1; 0 is sky.
"""

from __future__ import annotations

from typing import Literal

from worldfactory.records._base import ByteArray, FloatArray, Frozen, Record, Rgb, Vec3
from worldfactory.records.prompt import CameraKind, Cell, Weather

Shape = Literal[
    "box", "cylinder", "taper", "cone", "sphere", "dome", "loaf", "prism", "wedge", "pyramid", "ring", "arch", "quad",
]  # fmt: skip
"""Unit solids, each filling [-1/2,1/2] x [-1/2,1/2] x [0,1] (base at z=0) before `size` scales them.

box; cylinder, cone, pyramid (square base): axis z; taper: cylinder whose top is TAPER as wide as its base;
sphere: ellipsoid; dome: upper half-ellipsoid; loaf: box with round corners and a round top, see LOAF;
prism: gable roof, ridge along x; wedge: slope rising toward +y; ring: torus about the y axis, tube radius
0.06 of the size; arch: slab in the xz plane with a round-headed opening; quad: flat square at z=0, facing up.
"""

TAPER = 0.7
LOAF_POWER = 4.0
LOAF = ((0.47, 0.0), (0.5, 0.14), (0.5, 0.55), (0.48, 0.8), (0.43, 0.94), (0.34, 1.0))
"""A loaf's outline from above is |x|^4 + |y|^4 = r^4 (a superellipse); its profile is r over the height z, straight
between these points."""

Pattern = Literal[
    "plain", "mottled", "brick", "tiles", "planks", "windows", "glass_grid", "stripes", "checker",
    "paving", "asphalt", "grass", "water", "foliage", "corrugated", "glyphs", "screen", "painting", "patches",
    "display", "shelf",
]  # fmt: skip
"""Procedural surface patterns, evaluated in the body's own space so that they move with the body.

windows: a facade of openings, one per `cell_m` (width, floor height), lit at night by hash, see Opening;
glass_grid: curtain wall; glyphs: rows of words; screen: lines of words; painting: blocks of colour by hash;
patches: irregular ones, one about a cell, with seams of the second colour; display: what a shop shows behind its
glass, one pane per `cell_m`; shelf: what stands in a row, each about one cell.
"""


class Opening(Frozen):
    """The window in each cell of the pattern `windows`. Lengths in metres, of a cell of `cell_m`."""

    width: float
    height: float
    sill: float
    """Height of its lower edge above the floor."""
    frame: float = 0.08
    """Width of the surround."""
    frame_rgb: Rgb = (0.6, 0.58, 0.54)
    panes: tuple[int, int] = (2, 2)
    """Across, and one over the other."""
    bar: float = 0.06
    """Between panes."""
    arched: bool = False
    shutter: float = 0.0
    """Width of each of two open leaves; 0 for none."""
    shutter_rgb: Rgb = (0.1, 0.2, 0.1)
    rail: float = 0.0
    """Height of a balcony's railing before it all along the floor; 0 for none."""
    rail_rgb: Rgb = (0.1, 0.1, 0.1)
    slab: float = 0.0
    """Height of a pale course at each floor."""


class Material(Frozen):
    """How a surface looks. Colours are linear RGB in [0, 1]."""

    name: str
    rgb: Rgb
    pattern: Pattern = "plain"
    rgb2: Rgb = (0.1, 0.1, 0.1)
    """The pattern's second colour: mortar, window glass, the other stripe, the writing."""
    cell_m: tuple[float, float] = (1.0, 1.0)
    """Width and height of one pattern cell, metres."""
    emission: float = 0.0
    """Light given off, in units of a sunlit white surface."""
    gloss: float = 0.0
    """0 matt to 1 mirror-like; reflects the sky."""
    words: tuple[str, ...] = ("english/shop",)
    """What `glyphs` writes, in lines of about cell_m[1]: lists of the renderer's words, `language/kind`."""
    opening: Opening | None = None
    """Of `windows`; None for a plain one of four panes."""


class Part(Frozen):
    """One solid of a prototype, in the prototype's space."""

    shape: Shape
    size: Vec3
    at: Vec3 = (0.0, 0.0, 0.0)
    """Where the middle of the solid's base stands."""
    turn_deg: Vec3 = (0.0, 0.0, 0.0)
    """Rotation about x, then y, then z, around `at`."""
    material: int
    """Row of `Scene.materials`."""


class Prototype(Frozen):
    """Parts under one name; drawn as often as bodies ask for it."""

    name: str
    parts: tuple[Part, ...]


class Motion(Frozen):
    """A rigid motion as a closed form of time, applied in the body's own frame before it is placed.

    path: along the polyline `points` (relative to the body's place) at `speed` m/s from `offset` metres,
    facing along it (+x ahead, pitching on slopes; upright on a vertical stretch); `closed` runs round, else to the
    end and back, turning at the ends. Corners are rounded in heading within a metre.
    carry: along `points` as a path, without turning: steps of an escalator, bags on a belt, a lift.
    spin: about `axis` through `pivot` at `speed` rad/s from angle `offset`.
    swing: about `axis` through `pivot`, angle = amplitude * sin(2 pi frequency t + offset), radians.
    bob: along `axis`, metres = amplitude * sin(2 pi frequency t + offset).

    t is the time, or what `pace` makes of it: how far a train is that gains speed downhill, how far a door is open.
    """

    kind: Literal["path", "carry", "spin", "swing", "bob"]
    points: tuple[Vec3, ...] = ()
    closed: bool = False
    axis: Vec3 = (0.0, 0.0, 1.0)
    pivot: Vec3 = (0.0, 0.0, 0.0)
    speed: float = 0.0
    amplitude: float = 0.0
    frequency_hz: float = 0.0
    offset: float = 0.0
    pace: tuple[Vec3, ...] = ()
    """Knots (seconds, t, t per second), cubic Hermite between them (exact for a constant acceleration), straight on
    before the first and after the last; () for t = seconds. Seconds rise from knot to knot."""
    repeats: bool = False
    """After the last knot the pace begins again, t going on from there; so it does before the first."""


class Body(Frozen):
    """A prototype in the world: world = parent(t) @ place @ motions(t)[0] @ motions(t)[1] ... @ scale."""

    prototype: int
    instance: int
    """Row of `Scene.instances`."""
    at: Vec3 = (0.0, 0.0, 0.0)
    yaw_deg: float = 0.0
    scale: Vec3 = (1.0, 1.0, 1.0)
    parent: int = -1
    """An earlier row of `Scene.bodies` that carries this one (its scale not inherited), or -1."""
    tint: Rgb = (1.0, 1.0, 1.0)
    """Multiplies the colour of the materials."""
    motions: tuple[Motion, ...] = ()


class Instance(Frozen):
    """One labelled thing."""

    label: str
    """A class of `records.taxonomy.CLASSES`."""
    asset: str
    """What it is, e.g. `street-lamps/iron-lamp` (decor kit / item) or `person/visitor`."""
    decor: str = ""
    """The decor kit it came from, or ''."""


class Lamp(Frozen):
    """A point light without shadow: irradiance falls as rgb * intensity / (1 + (d/radius_m)^2)."""

    at: Vec3
    rgb: Rgb
    intensity: float
    radius_m: float
    body: int = -1
    """Row of `Scene.bodies` that carries it, `at` in that body's space; -1: it stands in the world."""


class Light(Frozen):
    """Sun, sky and air. Colours are linear, 1.0 = a sunlit white wall at noon."""

    sun_direction: Vec3
    """Unit vector toward the sun (or the moon at night)."""
    sun_rgb: Rgb
    sky_rgb: Rgb
    """Ambient light from above."""
    bounce_rgb: Rgb
    """Ambient light from below."""
    zenith_rgb: Rgb
    horizon_rgb: Rgb
    fog_rgb: Rgb
    fog_per_m: float = 0.0
    clouds: float = 0.0
    """Share of the sky covered, 0 to 1."""
    wetness: float = 0.0
    snow: float = 0.0
    """Share of upward surfaces under snow, 0 to 1."""
    lit_windows: float = 0.0
    """Share of facade windows with light in them."""
    exposure: float = 1.0
    """What light is multiplied by before the film."""
    key: float = 0.0
    """The log-average luminance that the camera's meter brings exposed pictures near to; 0 leaves `exposure` alone."""
    interior: bool = False
    """No sky: the sun reaches nothing, lamps and ambient light do."""
    lamps: tuple[Lamp, ...] = ()


KEYS = ("forward", "back", "left", "right", "jump", "crouch", "sprint", "use")


class CameraPath(Frozen):
    """Where the camera is. OpenCV axes (x right, y down, z forward); poses are camera-to-world.

    N frames have N+1 poses: action t takes pose t to pose t+1, also for the last frame.
    """

    kind: CameraKind
    poses: FloatArray
    """[N+1, 4, 4] float32."""
    fov_deg: float
    """Horizontal field of view; fx = fy = width / (2 tan(fov/2)), cx = (width-1)/2, cy = (height-1)/2."""
    keys: ByteArray
    """[N, 8] uint8, 0 or 1, columns as in KEYS."""
    mouse: FloatArray
    """[N, 2] float32: dyaw (left positive), dpitch (up positive), radians."""
    subject: int = -1
    """Row of `Scene.instances` that a third-person camera follows, or -1."""


class Scene(Record):
    """Everything that one clip shows. `parents` = (prompt id,)."""

    cell: Cell
    index: int
    weather: Weather
    fps: tuple[int, int]
    """Numerator and denominator."""
    materials: tuple[Material, ...]
    prototypes: tuple[Prototype, ...]
    instances: tuple[Instance, ...]
    bodies: tuple[Body, ...]
    camera: CameraPath
    light: Light
    missing: tuple[str, ...] = ()
    """What the prompt tells of and found no room in view, with the reason; such a clip is dropped by curation."""

    @property
    def frames(self) -> int:
        """N, the number of frames."""
        return len(self.camera.poses) - 1
