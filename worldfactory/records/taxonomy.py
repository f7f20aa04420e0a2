"""The class taxonomy of the ground truth: name -> (class id, Cityscapes label id or None).

Class ids are stable: append, never renumber. Cityscapes ids are the `id` column of its labels.py
(Cordts et al. 2016). Id 0 is the sky, so that an empty pixel needs no special case.
"""

from __future__ import annotations

CLASSES: dict[str, tuple[int, int | None]] = {
    "sky": (0, 23),
    "road": (1, 7),
    "sidewalk": (2, 8),
    "ground": (3, 6),
    "terrain": (4, 22),
    "water": (5, None),
    "building": (6, 11),
    "wall": (7, 12),
    "fence": (8, 13),
    "floor": (9, None),
    "ceiling": (10, None),
    "door": (11, None),
    "window": (12, None),
    "stairs": (13, None),
    "roof": (14, 11),
    "landmark": (15, 11),
    "person": (16, 24),
    "car": (17, 26),
    "bus": (18, 28),
    "tram": (19, 31),
    "bicycle": (20, 33),
    "motorcycle": (21, 32),
    "truck": (22, 27),
    "rickshaw": (23, None),
    "boat": (24, None),
    "tree": (25, 21),
    "plant": (26, 21),
    "animal": (27, None),
    "pole": (28, 17),
    "lamp": (29, None),
    "traffic light": (30, 19),
    "traffic sign": (31, 20),
    "sign": (32, None),
    "bench": (33, None),
    "seat": (34, None),
    "table": (35, None),
    "bed": (36, None),
    "cabinet": (37, None),
    "counter": (38, None),
    "screen": (39, None),
    "medical equipment": (40, None),
    "painting": (41, None),
    "sculpture": (42, None),
    "exhibit": (43, None),
    "ride": (44, None),
    "stall": (45, None),
    "banner": (46, None),
    "lantern": (47, None),
    "decoration": (48, None),
    "bin": (49, None),
    "rock": (50, None),
    "road mark": (51, 7),
    "fountain": (52, None),
    "shelter": (53, None),
    "litter": (54, None),
}

CLASS_IDS: dict[str, int] = {name: ids[0] for name, ids in CLASSES.items()}
CLASS_NAMES: tuple[str, ...] = tuple(sorted(CLASSES, key=lambda name: CLASSES[name][0]))
