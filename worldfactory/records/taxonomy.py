"""The class taxonomy of the ground truth: every pixel's class is one of these.

A class has an id of its own, a group, what it is in Cityscapes (the `id` column of its labels.py; Cordts et al. 2016,
"The Cityscapes Dataset for Semantic Urban Scene Understanding") and in ADE20K's scene parsing benchmark (1 to 150, the
`Idx` of objectInfo150; Zhou et al. 2017, "Scene Parsing through ADE20K Dataset"), or None where they have nothing that
it matches, and a line on what belongs to it. Of two that match, the narrower is named: a palm is ADE20K's `palm`.

Class ids are stable: append, never renumber. Id 0 is the sky, so that an empty pixel needs no special case.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Group = Literal[
    "sky", "flat", "overhead", "structure", "opening", "human", "animal", "vehicle", "ride", "nature", "street",
    "furniture", "equipment", "exhibit", "decor",
]  # fmt: skip


class ClassSpec(NamedTuple):
    """One class."""

    id: int
    group: Group
    cityscapes: int | None
    ade20k: int | None
    meaning: str


_ROWS: dict[str, tuple[int, Group, int | None, int | None, str]] = {
    "sky": (0, "sky", 23, 3, "open sky, clouds, sun and moon"),
    "road": (1, "flat", 7, 7, "where vehicles go"),
    "sidewalk": (2, "flat", 8, 12, "paved ground for people on foot: pavements, park paths, squares"),
    "ground": (3, "flat", 6, 14, "other made ground: yards, quays, beds of gravel"),
    "terrain": (4, "flat", 22, 14, "natural ground: soil, sand, lawn that is not told apart"),
    "water": (5, "flat", None, 22, "sea, canals, pools"),
    "building": (6, "structure", 11, 2, "houses with all that is fixed to them"),
    "wall": (7, "structure", 12, 1, "free-standing walls, and the walls of rooms"),
    "fence": (8, "structure", 13, 33, "fences and railings of enclosures"),
    "floor": (9, "flat", None, 4, "floors of rooms"),
    "ceiling": (10, "overhead", None, 6, "ceilings of rooms"),
    "door": (11, "opening", None, 15, "leaves and frames of doors"),
    "window": (12, "opening", None, 9, "windows that are things of their own, seen from rooms"),
    "stairs": (13, "structure", None, 54, "flights of steps"),
    "roof": (14, "structure", 11, None, "roofs that are things of their own"),
    "landmark": (15, "structure", 11, 2, "silhouettes over the roofs: towers, domes, bridges far off"),
    "person": (16, "human", 24, 13, "people, with what they wear; riders too"),
    "car": (17, "vehicle", 26, 21, "cars, taxis, jeeps"),
    "bus": (18, "vehicle", 28, 81, "buses and coaches"),
    "tram": (19, "vehicle", 31, None, "trams and light rail"),
    "bicycle": (20, "vehicle", 33, 128, "bicycles"),
    "motorcycle": (21, "vehicle", 32, 117, "motorcycles, scooters, mopeds"),
    "truck": (22, "vehicle", 27, 84, "lorries, pick-ups, delivery vans, ambulances"),
    "rickshaw": (23, "vehicle", None, None, "cycle and motor rickshaws"),
    "boat": (24, "vehicle", None, 77, "boats and ships"),
    "tree": (25, "nature", 21, 5, "trees, with trunk and crown"),
    "plant": (26, "nature", 21, 18, "shrubs, potted plants, beds"),
    "animal": (27, "animal", None, 127, "four-legged animals and those not told apart"),
    "pole": (28, "street", 17, 94, "masts, posts, columns of signs"),
    "lamp": (29, "street", None, 37, "street lamps and lamps of rooms"),
    "traffic light": (30, "street", 19, 137, "signals with their posts"),
    "traffic sign": (31, "street", 20, None, "signs that rule traffic"),
    "sign": (32, "street", None, 44, "shop signs, boards with writing"),
    "bench": (33, "furniture", None, 70, "benches"),
    "seat": (34, "furniture", None, 32, "chairs and rows of seats"),
    "table": (35, "furniture", None, 16, "tables"),
    "bed": (36, "furniture", None, 8, "beds"),
    "cabinet": (37, "furniture", None, 11, "cupboards, cabinets, chests"),
    "counter": (38, "furniture", None, 46, "counters and receptions"),
    "screen": (39, "equipment", None, 131, "monitors and boards that shine"),
    "medical equipment": (40, "equipment", None, None, "drips, monitors, trolleys of a hospital"),
    "painting": (41, "exhibit", None, 23, "pictures in frames"),
    "sculpture": (42, "exhibit", None, 133, "statues and sculptures"),
    "exhibit": (43, "exhibit", None, None, "other things on show, with case and plinth"),
    "ride": (44, "ride", None, None, "rides of an amusement park, with their tracks"),
    "stall": (45, "street", None, 89, "stalls, kiosks, booths"),
    "banner": (46, "decor", None, None, "banners and bunting"),
    "lantern": (47, "decor", None, None, "lanterns and festive lights"),
    "decoration": (48, "decor", None, None, "other decoration"),
    "bin": (49, "street", None, 139, "litter bins"),
    "rock": (50, "nature", None, 35, "rocks"),
    "road mark": (51, "flat", 7, 7, "painted lines"),
    "fountain": (52, "street", None, 105, "fountains with their basins"),
    "shelter": (53, "street", None, None, "bus shelters, pavilions one sits in"),
    "litter": (54, "flat", None, None, "leaves, petals and litter on the ground"),
    "rail track": (55, "flat", 10, None, "rails with their bed"),
    "bridge": (56, "structure", 15, 62, "bridges one can go over"),
    "tunnel": (57, "structure", 16, None, "tunnels, of glass too"),
    "guard rail": (58, "structure", 14, None, "rails along roads"),
    "railing": (59, "structure", 13, 39, "handrails and balustrades"),
    "column": (60, "structure", 11, 43, "columns and pillars"),
    "awning": (61, "structure", 11, 87, "awnings that are things of their own"),
    "canopy": (62, "structure", None, 107, "roofs on posts, open at the sides"),
    "stage": (63, "structure", None, 102, "stages, podiums, altars' steps"),
    "grandstand": (64, "structure", None, 52, "rows of a stadium or a theatre"),
    "platform": (65, "flat", 8, None, "platforms of a station"),
    "runway": (66, "flat", None, 55, "runways, taxiways, aprons"),
    "carpet": (67, "flat", None, 29, "carpets, rugs, mats"),
    "grass": (68, "flat", 22, 10, "lawns and playing fields"),
    "sand": (69, "flat", 22, 47, "beaches and sand pits"),
    "hill": (70, "nature", 22, 69, "hills on the horizon"),
    "hedge": (71, "nature", 21, 18, "clipped hedges"),
    "flower": (72, "nature", 21, 67, "flowers and bouquets"),
    "palm": (73, "nature", 21, 73, "palms"),
    "bird": (74, "animal", None, 127, "birds"),
    "fish": (75, "animal", None, 127, "fish and what else swims in tanks"),
    "reptile": (76, "animal", None, 127, "snakes, lizards, turtles, crocodiles"),
    "train": (77, "vehicle", 31, None, "trains and metros"),
    "airplane": (78, "vehicle", None, 91, "aircraft"),
    "van": (79, "vehicle", 26, 103, "vans for people"),
    "carriage": (80, "vehicle", None, None, "carriages and carts drawn by animals or by hand"),
    "wheelchair": (81, "equipment", None, None, "wheelchairs"),
    "stroller": (82, "equipment", None, None, "prams and strollers"),
    "trolley": (83, "equipment", None, None, "shopping, luggage and tea trolleys"),
    "escalator": (84, "structure", None, 97, "escalators and moving walks"),
    "lift": (85, "structure", None, None, "lifts with their doors"),
    "conveyor belt": (86, "equipment", None, 106, "conveyor belts and carousels of luggage"),
    "ticket gate": (87, "equipment", None, None, "ticket gates and turnstiles"),
    "vending machine": (88, "equipment", None, None, "vending and ticket machines"),
    "scanner": (89, "equipment", None, None, "security scanners and their arches"),
    "clock": (90, "equipment", None, 149, "clocks"),
    "instrument": (91, "equipment", None, None, "musical instruments"),
    "toy": (92, "equipment", None, 109, "toys and playground things"),
    "bag": (93, "equipment", None, 116, "bags, suitcases, rucksacks"),
    "umbrella": (94, "equipment", None, None, "umbrellas and parasols that stand by themselves"),
    "food": (95, "equipment", None, 121, "food and goods of a market"),
    "bookcase": (96, "furniture", None, 63, "bookcases with their books"),
    "shelf": (97, "furniture", None, 25, "shelves and racks of goods"),
    "desk": (98, "furniture", None, 34, "desks"),
    "sofa": (99, "furniture", None, 24, "sofas"),
    "stool": (100, "furniture", None, 111, "stools"),
    "curtain": (101, "furniture", None, 19, "curtains and drapes"),
    "mirror": (102, "furniture", None, 28, "mirrors"),
    "board": (103, "furniture", None, 145, "blackboards, whiteboards, notice boards"),
    "tank": (104, "exhibit", None, None, "aquaria and terraria"),
    "skeleton": (105, "exhibit", None, None, "skeletons"),
    "religious object": (106, "exhibit", None, None, "altars, shrines, fonts"),
    "vase": (107, "exhibit", None, 136, "vases and pots on show"),
    "poster": (108, "decor", None, 101, "posters and notices"),
    "flag": (109, "decor", None, 150, "flags"),
    "balloon": (110, "decor", None, None, "balloons"),
    "chandelier": (111, "decor", None, 86, "chandeliers"),
    "bollard": (112, "street", 17, None, "bollards"),
    "barrier": (113, "street", None, None, "queue lanes' belts, crash barriers, cordons"),
    "letter box": (114, "street", None, None, "letter boxes"),
    "hydrant": (115, "street", None, None, "fire hydrants"),
    "telephone box": (116, "street", None, None, "telephone boxes"),
    "cable": (117, "overhead", None, None, "wires over a street"),
    "manhole": (118, "flat", 7, 7, "manhole covers and drains"),
    "pool": (119, "flat", None, 110, "swimming pools"),
    "waterfall": (120, "nature", None, 114, "waterfalls"),
}

CLASSES: dict[str, ClassSpec] = {name: ClassSpec(*row) for name, row in _ROWS.items()}
"""Name -> id, group, Cityscapes id, ADE20K id, meaning."""
CLASS_IDS: dict[str, int] = {name: spec.id for name, spec in CLASSES.items()}
CLASS_NAMES: tuple[str, ...] = tuple(sorted(CLASSES, key=lambda name: CLASSES[name].id))
GROUPS: dict[Group, frozenset[str]] = {
    group: frozenset(name for name, spec in CLASSES.items() if spec.group == group) for group in get_args(Group)
}
"""The classes of each group."""
