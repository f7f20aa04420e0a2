"""How one person looks: build, age, hair, clothes; faceless by design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from worldfactory.records import Pattern, Rgb
from worldfactory.scene._stage import Stage
from worldfactory.spec._conduct import RoleSpec
from worldfactory.spec._style import MaterialSpec, Palette

Hair = Literal["cropped", "short", "bob", "long", "bun", "tail", "curls"]
Headwear = Literal["none", "cap", "brim", "beanie", "turban", "scarf", "cone", "bowler"]
Lower = Literal["trousers", "shorts", "skirt", "robe"]
Bag = Literal["none", "shoulder", "back", "hand"]

_BAGS = ("#2a2c30", "#5a3a24", "#7a2f2a", "#3f5a48", "#c2a878", "#26364f")
_SHOES = ("#2a2522", "#201c1a", "#3a2c22", "#b9b4aa", "#d8d6d0", "#4a2a22")
_GREY = ("#8f8d8a", "#c9c7c2", "#6a6866")
_CROPPED: dict[Hair, float] = {"cropped": 0.42, "short": 0.4, "curls": 0.12, "tail": 0.06}
_LONGER: dict[Hair, float] = {"long": 0.32, "bob": 0.22, "bun": 0.16, "tail": 0.18, "curls": 0.12}
_HEADWEAR: tuple[Headwear, ...] = ("cap", "brim", "beanie")
_CHILDREN, _OLD = 0.09, 0.13
_SHORT_SLEEVES, _WITH_BAG, _OPEN = 0.42, 0.34, 0.4
"""Shares of people; open: of those with long sleeves, whose jacket shows a shirt."""
_LOCAL_HAT = 0.7
"""Of those with a hat, the share with that of the place."""
_HAT_PAINTS = {"cone": "#cdb47a", "bowler": "#33281f"}
_PRINTS: tuple[tuple[Pattern, float], ...] = (
    ("stripes", 0.055),
    ("checker", 0.06),
    ("foliage", 0.1),
    ("patches", 0.11),
)
"""Patterns of cloth and the size of their cells, metres."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One person's build and clothes. height in metres; girth 1 is the mean; paints are slots."""

    height: float
    girth: float
    shoulders: float
    """Width across them as a share of the height."""
    hips: float
    head: float
    """Height of the head as a share of the height: larger in children."""
    old: bool
    skin: str
    hair: str
    cut: Hair
    top: str
    lower: Lower
    bottom: str
    shoes: str
    coat: bool
    headwear: Headwear
    headwear_paint: str
    forearm: str
    """Paint of the lower arm: the sleeve's or the skin's."""
    bag: Bag
    bag_paint: str
    trim: str = ""
    """Paint of what is worn over the clothes or seen under them: a sash, a shirt under an open jacket."""
    opened: bool = False
    """The jacket is open."""
    robe: Literal["plain", "sash", "drape"] = "plain"
    cloth: Palette = field(default_factory=dict[str, MaterialSpec])
    """Slots of its own: patterned cloth."""


def figure(stage: Stage, role: RoleSpec, rng: np.random.Generator, *, grown: bool = False) -> Figure:
    """Draw a person of a role in the stage's city; `grown`: neither child nor frail."""
    dress = stage.cell.city.dress

    def one(colours: Sequence[Rgb]) -> str:
        return stage.paint_rgb(colours[int(rng.integers(len(colours)))])

    tops, bottoms = stage.cell.city.inside.pupils if role.uniform else (role.tops, role.bottoms)
    uniform = bool(tops)
    woman = bool(rng.random() < 0.5)
    age = 0.5 if uniform or role.uniform or grown else float(rng.random())
    child, old = age < _CHILDREN, age > 1.0 - _OLD
    cold = stage.prompt.weather == "snow"
    height = float(rng.uniform(role.height.low, role.height.high)) - (0.05 if woman else -0.03)
    cuts = _LONGER if woman else _CROPPED
    share = np.array(list(cuts.values()))
    made = Figure(
        height=float(rng.uniform(1.08, 1.42)) if child else height,
        girth=float(np.clip(rng.normal(1.0 + 0.06 * old, 0.1), 0.84, 1.3)),
        shoulders=0.235 if woman else 0.255,
        hips=0.2 if woman else 0.185,
        head=0.165 if child else 0.135,
        old=old,
        skin=one(dress.skin),
        hair=_GREY[int(rng.integers(len(_GREY)))] if old else one(dress.hair),
        cut=list(cuts)[int(rng.choice(len(cuts), p=share / share.sum()))],
        top=one(tops or dress.tops),
        lower="trousers",
        bottom=one(bottoms or dress.bottoms),
        shoes=_SHOES[int(rng.integers(len(_SHOES)))],
        coat=role.coat or (cold and not uniform),
        headwear="none",
        headwear_paint=role.hat or one(dress.tops),
        forearm="",
        bag="none",
        bag_paint=_BAGS[int(rng.integers(len(_BAGS)))],
    )
    bare = not made.coat and rng.random() < _SHORT_SLEEVES
    made = replace(made, trim=one(dress.tops), opened=not (bare or uniform) and bool(rng.random() < _OPEN))
    if not uniform and rng.random() < dress.patterned:
        rgb = dress.tops[int(rng.integers(len(dress.tops)))]
        rgb2 = dress.tops[int(rng.integers(len(dress.tops)))]
        pattern, cell = _PRINTS[int(rng.integers(len(_PRINTS)))]
        made = replace(
            made, top="cloth", cloth={"cloth": MaterialSpec(rgb=rgb, rgb2=rgb2, pattern=pattern, cell=(cell, cell))}
        )
    made = replace(made, forearm=made.skin if bare else made.top)
    return made if child and cold else _dressed(stage, role, made, woman, child, rng)


def _dressed(
    stage: Stage, role: RoleSpec, who: Figure, woman: bool, child: bool, rng: np.random.Generator
) -> Figure:  # fmt: skip
    """Headwear, what is worn below the waist, and what is carried."""
    dress = stage.cell.city.dress
    if role.hat is not None:
        who = replace(who, headwear="beanie" if who.coat else "cap")
    if role.tops:
        # Nurses and clerks cover their hair where women of the city do.
        covers = woman and role.hat is None and rng.random() < dress.headscarves
        return replace(who, headwear="scarf", headwear_paint=who.top) if covers else who
    if role.uniform and stage.cell.city.inside.pupils[0]:
        who = replace(who, lower="skirt") if woman else who
        return replace(who, bag="back") if rng.random() < 0.5 else who
    if role.modest:
        covers = dress.headscarves > 0.0 and (woman or rng.random() < dress.headscarves) and not child
        who = replace(who, headwear="scarf" if woman else "turban") if covers else who
        long = rng.random() < 1.5 * dress.long + (0.3 if woman else 0.0)
        return replace(who, lower="robe", bottom=who.top, forearm=who.top) if long else replace(who, forearm=who.top)
    if rng.random() < dress.headscarves * (1.6 if woman else 0.2) and not child:
        who = replace(who, headwear="scarf" if woman else "turban")
    elif role.hat is None and rng.random() < dress.hats:
        kind: Headwear = "beanie" if who.coat else _HEADWEAR[int(rng.integers(2))]
        if dress.hat is not None and not who.coat and rng.random() < _LOCAL_HAT:
            kind = dress.hat
        who = replace(who, headwear=kind, headwear_paint=_HAT_PAINTS.get(kind, who.headwear_paint))
    if rng.random() < dress.long:
        # One length of cloth from the shoulders to the feet.
        who = replace(who, lower="robe", bottom=who.top, forearm=who.top, opened=False, robe=dress.robe)
    elif woman and not who.coat and rng.random() < 0.3:
        who = replace(who, lower="skirt")
    elif not who.coat and who.forearm == who.skin and stage.prompt.weather != "snow" and rng.random() < 0.3:
        who = replace(who, lower="shorts")
    if rng.random() < _WITH_BAG:
        bag: Bag = "shoulder" if woman else "back" if rng.random() < 0.7 else "hand"
        who = replace(who, bag=bag)
    return who
