"""Captions are true: what they claim is read back out of the words and held against the drawn ground truth."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import pytest

from tests.scene.scene_helpers import specs
from worldfactory import caption, prompt, scene, spec, truth
from worldfactory.records import CLASS_NAMES, CLASSES, Captions, Cell, Frame, Geometry, Prompt, Scene
from worldfactory.render import RenderConfig, Renderer

WIDTH, HEIGHT = 400, 224
CLIPS = [("street", "paris", 0), ("street", "mumbai", 4), ("zoo", "kyoto", 1), ("hospital", "cairo", 3),
         ("amusement-park", "sydney", 2)]  # fmt: skip
NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
SINGULAR = {"people": "person", "buses": "bus", "benches": "bench"}
HUES = {"red": 0, "orange": 30, "yellow": 56, "green": 115, "turquoise": 182, "blue": 230}


@dataclass(frozen=True)
class Drawn:
    """A clip with its captions and the frames at the moments at which captions look."""

    made: Scene
    prompt: Prompt
    geometry: Geometry
    frames: dict[int, Frame]
    told: Captions


@pytest.fixture(scope="module", params=CLIPS, ids=lambda clip: f"{clip[0]}-{clip[1]}")
def drawn(request: pytest.FixtureRequest) -> Drawn:
    venue, city, index = request.param
    return draw(venue, city, index)


def draw(venue: str, city: str, index: int, **changes: object) -> Drawn:
    cell = spec.resolve(specs(), Cell(venue=venue, city=city))
    wanted = prompt.prompt(cell, index).model_copy(update=changes)
    made = scene.build(cell, wanted)
    renderer = Renderer(made, RenderConfig(width=WIDTH, height=HEIGHT))
    sightings = caption.Sightings(renderer.geometry, 24.0)
    frames = {k: renderer.frame(k) for k in range(0, made.frames, sightings.every)}
    for frame in frames.values():
        sightings.add(frame.index, frame.bodies)
    return Drawn(made, wanted, renderer.geometry, frames, caption.captions(cell, wanted, made, sightings))


def wrong(text: str, clip: Drawn) -> list[str]:
    """The claims of a caption that the ground truth does not bear out."""
    return [
        *_wrong_counts(text, clip),
        *_wrong_surfaces(text, clip),
        *_wrong_light(text, clip),
        *_wrong_camera(text, clip),
        *_wrong_events(text, clip),
    ]


def claimed_counts(text: str) -> dict[str, int]:
    lists = re.findall(r"(?:Over [\d.]+ seconds, |with )([^.]*?)(?: can be seen| in view)\.", text)
    lists += re.findall(r"(?:^|\. )([A-Z][^.]*?) (?:are|is) there too\.", text)
    found: dict[str, int] = {}
    for phrase in re.split(r", | and |\n", "\n".join(lists).lower()):
        number, _, noun = phrase.partition(" ")
        one = noun if number in ("one", "1") else SINGULAR.get(noun, noun.removesuffix("s"))
        found[one] = NUMBERS.index(number) if number in NUMBERS else int(number)
    return found


def _wrong_counts(text: str, clip: Drawn) -> list[str]:
    seen: dict[str, set[int]] = {}
    for frame in clip.frames.values():
        values, pixels = np.unique(truth.instances(clip.geometry, frame.bodies), return_counts=True)
        for value, count in zip(values, pixels, strict=True):
            if value and count >= 0.0005 * frame.bodies.size:
                known = clip.geometry.instances[value - 1]
                kind = known["asset"].split("/")[-1].replace("-", " ")
                name = kind if CLASSES[known["label"]].group == "animal" else known["label"]
                seen.setdefault(name, set()).add(int(value))
    claims = claimed_counts(text)
    assert claims or "Nobody" in text, text
    return [f"{n} {noun}: {len(seen.get(noun, ()))}" for noun, n in claims.items() if len(seen.get(noun, ())) != n]


def _wrong_light(text: str, clip: Drawn) -> list[str]:
    """Weather against what lights the scene, and the hour against where the sun is then."""
    light = clip.made.light
    (hours, minutes), *_ = re.findall(r"at (\d\d):(\d\d)", text)
    claimed = int(hours) + int(minutes) / 60
    out = [f"{claimed:.2f} h"] if abs(claimed - clip.prompt.hour) > 1 / 60 else []
    if light.interior:
        wanted = {"clear": "clear", "overcast": "overcast", "rain": "rains", "snow": "snows", "fog": "fog"}
        return out if wanted[clip.prompt.weather] in text else [*out, "weather"]
    cell = spec.resolve(specs(), clip.made.cell)
    east, north, up = scene.sun_direction(cell.city.latitude, clip.prompt.day, claimed)
    if up > 0.05:
        out += ["sun"] if np.dot((east, north, up), light.sun_direction) < math.cos(math.radians(1)) else []
    true = {
        "in the rain": light.wetness > 0.5 and light.snow < 0.3,
        "in snow": light.snow > 0.3,
        "in fog": light.fog_per_m > 0.01 and light.wetness < 0.5,
        "overcast": light.clouds > 0.6,
        "clear sky": light.clouds < 0.4 and light.wetness < 0.1,
    }
    said = [words for words in true if words in text]
    assert said, text
    return [*out, *(words for words in said if not true[words])]


def _wrong_surfaces(text: str, clip: Drawn) -> list[str]:
    """What is said to fill the picture does so: each at least a twentieth of it."""
    pixels = np.concatenate([truth.classes(clip.geometry, frame.bodies).ravel() for frame in clip.frames.values()])
    share = np.bincount(pixels, minlength=len(CLASS_NAMES)) / len(pixels)
    out: list[str] = []
    for said in re.findall(r"Most of the picture is taken up by ([a-z, ]+)\.", text):
        names = re.split(r", | and ", said)
        out += [f"{name} fills it" for name in names if name not in CLASSES or share[CLASSES[name].id] < 0.05]
    return out


def _wrong_camera(text: str, clip: Drawn) -> list[str]:
    poses = clip.made.camera.poses[: clip.made.frames].astype(np.float64)
    length = float(np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1).sum())
    level = poses[:, :2, 2] / np.linalg.norm(poses[:, :2, 2], axis=1, keepdims=True)
    turn = math.degrees(float(np.arcsin(level[:-1, 0] * level[1:, 1] - level[:-1, 1] * level[1:, 0]).sum()))
    out: list[str] = []
    if "does not move" in text and (length > 0.1 or abs(turn) > 2):
        out.append("moves")
    for metres in re.findall(r"travels ([\d.]+) metres", text):
        out += [f"{metres} m: {length:.1f}"] if abs(float(metres) - length) > 0.06 + 0.01 * length else []
    for degrees, side in re.findall(r"turns (\d+) degrees to the (left|right)", text):
        claimed = int(degrees) * (1 if side == "left" else -1)
        out += [f"{claimed} deg: {turn:.0f}"] if abs(claimed - turn) > 2 + 0.03 * abs(turn) else []
    return out


def _wrong_events(text: str, clip: Drawn) -> list[str]:
    """Each told event must be one of the table, and the pixels of its instance must do what it says."""
    pattern = r"From ([\d.]+) to ([\d.]+) seconds, an? ([a-z ]+?) (passes|comes|moves|stays) ([a-z ]+)\."
    out: list[str] = []
    for start, end, name, verb, rest in re.findall(pattern, text):
        events = [
            event
            for event in clip.told.structured.events
            if (event.start_s, event.end_s, f"{event.colour} {event.noun}".strip()) == (float(start), float(end), name)
            and event.does == f"{verb} {rest}"
        ]
        out += [] if any(_happens(event, clip) for event in events) else [f"{start} to {end}: {name} {verb} {rest}"]
    return out


def _happens(event: object, clip: Drawn) -> bool:
    within = [k for k in clip.frames if event.start_s - 0.01 <= k / 24 <= event.end_s + 0.01]
    places: list[float] = []
    for k in within:
        _, x = np.nonzero(truth.instances(clip.geometry, clip.frames[k].bodies) == event.instance)
        if len(x) >= 0.0005 * WIDTH * HEIGHT:
            places.append(float(x.mean()) / WIDTH)
    if len(places) < 0.75 * len(within) or clip.geometry.instances[event.instance - 1]["label"] not in (
        event.noun,
        "animal",
    ):
        return False
    aside = places[-1] - places[0]
    body = next(row for row, body in enumerate(clip.made.bodies) if body.instance == event.instance - 1)
    kinematics = truth.Kinematics(clip.made)
    slot = list(kinematics.moving).index(body)
    first, last = (
        float(np.linalg.norm(kinematics.at(k / 24)[slot, :3, 3] - clip.geometry.poses[k, :3, 3]))
        for k in (within[0], within[-1])
    )
    return {
        "passes from left to right": aside > 0.1, "passes from right to left": aside < -0.1,
        "comes nearer": last < first - 0.8, "moves away": last > first + 0.8,
        "stays in view": abs(aside) < 0.4 and abs(last - first) < 2.5,
    }[event.does]  # fmt: skip


def test_captions_say_nothing_that_is_not_so(drawn: Drawn) -> None:
    for text in (drawn.told.short, drawn.told.dense):
        assert not wrong(text, drawn), text
    for event in drawn.told.structured.events:
        assert _happens(event, drawn), event
    assert spec.resolve(specs(), drawn.made.cell).city.title in drawn.told.short


def test_captions_have_their_lengths(drawn: Drawn) -> None:
    assert 55 <= len(drawn.told.dense.split()) <= 115
    assert 12 <= len(drawn.told.short.split()) <= 45 and drawn.told.short.count(". ") == 0
    assert Captions.model_validate_json(drawn.told.model_dump_json()) == drawn.told


def test_what_is_false_is_noticed() -> None:
    drawn = (draw("street", "paris", index, weather="rain", camera="walk") for index in range(12))
    clip = next(clip for clip in drawn if "passes from" in clip.told.dense)
    text = clip.told.dense
    (number, noun), *_ = re.findall(r"seconds, (\w+) (\w+)", text)
    event = re.search(r"passes from (left|right) to (left|right)", text)
    assert event is not None
    turned = f"passes from {event[2]} to {event[1]}"
    for said, false in (
        (f"{number} {noun}", f"99 {noun}"),
        (event[0], turned),
        ("in the rain", "under a clear sky"),
        (re.findall(r"at \d\d:\d\d", text)[0], "at 03:33"),
        (re.findall(r"travels [\d.]+", text)[0], "travels 33.3"),
    ):
        assert wrong(text.replace(said, false, 1), clip), false


def test_colours_are_those_in_the_picture() -> None:
    """By day, the pixels of a thing that is called red have a red hue; of one called white or grey, none that shows."""
    checked = sum(_check_colours(city, index) for city, index in (("new-york", 3), ("mumbai", 3), ("sydney", 5)))
    assert checked >= 5


def _check_colours(city: str, index: int) -> int:
    """How many coloured things were compared with their pixels."""
    clip = draw("street", city, index, weather="clear", hour=12.0, camera="fixed", happenings=(), decor=())
    checked = 0
    for event in clip.told.structured.events:
        pixels = [
            frame.rgb[truth.instances(clip.geometry, frame.bodies) == event.instance] for frame in clip.frames.values()
        ]
        rgb = np.concatenate(pixels).astype(np.float64)
        if not event.colour or len(rgb) < 300:
            continue
        high, low = rgb.max(1), rgb.min(1)
        strong = (high - low) / np.maximum(high, 1)
        if event.colour in HUES:
            vivid = rgb[strong > 0.35]
            r, g, b = np.median(vivid, 0)
            hue = math.degrees(math.atan2(math.sqrt(3) * (g - b), 2 * r - g - b))
            off = abs((hue - HUES[event.colour] + 180) % 360 - 180)
            assert len(vivid) > 0.25 * len(rgb) and off < 40, (event, hue)
        elif event.colour == "black":  # so dark that its hue says nothing
            assert np.median(high) < 130, event
        elif event.colour in ("white", "silver", "grey"):
            assert np.median(strong) < 0.4, event
            assert event.colour != "white" or np.percentile(high, 80) > 130, event
        checked += 1
    return checked
