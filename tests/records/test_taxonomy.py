"""The taxonomy: enough classes, ids that never move, and numbers that Cityscapes and ADE20K know."""

from __future__ import annotations

from worldfactory.records import CLASS_IDS, CLASS_NAMES, CLASSES, GROUPS

CITYSCAPES = {
    6: "ground", 7: "road", 8: "sidewalk", 10: "rail track", 11: "building", 12: "wall", 13: "fence", 14: "guard rail",
    15: "bridge", 16: "tunnel", 17: "pole", 19: "traffic light", 20: "traffic sign", 21: "vegetation", 22: "terrain",
    23: "sky", 24: "person", 26: "car", 27: "truck", 28: "bus", 31: "train", 32: "motorcycle", 33: "bicycle",
}  # fmt: skip


def test_there_are_enough_classes_and_each_says_what_belongs_to_it() -> None:
    assert len(CLASSES) >= 80
    assert all(len(spec.meaning.split()) >= 1 and spec.meaning.strip() == spec.meaning for spec in CLASSES.values())


def test_ids_are_dense_and_those_of_old_clips_stand() -> None:
    assert sorted(CLASS_IDS.values()) == list(range(len(CLASSES))) and len(CLASSES) < 256
    known = {"sky": 0, "road": 1, "building": 6, "person": 16, "car": 17, "tree": 25, "rock": 50, "litter": 54}
    assert {name: CLASS_IDS[name] for name in known} == known
    assert all(CLASS_NAMES[spec.id] == name for name, spec in CLASSES.items())


def test_other_peoples_ids_are_theirs() -> None:
    for name, spec in CLASSES.items():
        assert spec.cityscapes is None or spec.cityscapes in CITYSCAPES, name
        assert spec.ade20k is None or 1 <= spec.ade20k <= 150, name
    for number, theirs in CITYSCAPES.items():
        ours = [name for name, spec in CLASSES.items() if spec.cityscapes == number]
        assert ours, theirs
        assert theirs in ours or theirs == "vegetation", (theirs, ours)


def test_every_class_has_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(CLASSES)
    assert {"car", "bus", "tram", "train", "airplane"} <= GROUPS["vehicle"] and GROUPS["human"] == {"person"}
