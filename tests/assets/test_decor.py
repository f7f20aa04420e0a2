"""Every decor item shows itself turning, in a partition of its own."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
from PIL import Image, ImageSequence

from assets._sync import sync
from assets.decor import decor_item, decor_previews
from resources import FactoryResource
from tests.assets.conftest import Edit
from worldfactory.spec import load, load_partly


def show(factory: FactoryResource, instance: dg.DagsterInstance, kit: str) -> dg.ExecuteInProcessResult:
    """`decor_previews` of a kit, with the specs as they stand now."""
    sync(instance, load_partly(factory.root))
    return dg.materialize(
        [decor_previews],
        instance=instance,
        partition_key=kit,
        resources={"factory": factory.model_copy()},
        raise_on_error=False,
    )


def frames(instance: dg.DagsterInstance, key: str) -> list[np.ndarray]:
    """The frames of the picture that the item's partition shows."""
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=decor_item.key, asset_partitions=[key]), limit=1
    ).records
    assert found and found[0].asset_materialization
    text = str(found[0].asset_materialization.metadata["preview"].value)
    assert "](data:image/webp;base64," in text and len(text) < 60_000
    picture = Image.open(io.BytesIO(base64.b64decode(text.partition("base64,")[2].rstrip(")"))))
    return [np.asarray(frame.convert("RGB"), np.int16) for frame in ImageSequence.Iterator(picture)]


def test_every_item_of_a_kit_turns_in_a_partition_of_its_own(
    factory: FactoryResource, instance: dg.DagsterInstance, specs: Path
) -> None:
    kit = load(specs).decor["street-cafe"]
    result = show(factory, instance, "street-cafe")
    assert result.success
    keys = {f"street-cafe:{item.name}" for item in kit.items}
    assert keys <= set(instance.get_dynamic_partitions("decor_items"))
    views = {key: frames(instance, key) for key in keys}
    for key, drawn in views.items():
        assert len(drawn) == 12 and drawn[0].shape == (160, 160, 3), key
        assert max(np.abs(drawn[0] - other).max() for other in drawn[1:]) > 40, f"{key} does not turn"
    pictures = [drawn[0] for drawn in views.values()]
    assert min(np.abs(a - b).max() for k, a in enumerate(pictures) for b in pictures[:k]) > 40


def test_an_item_taken_out_of_its_kit_takes_its_partition_along(
    instance: dg.DagsterInstance, specs: Path, edit: Edit
) -> None:
    read = load(specs)
    sync(instance, read)
    gone, *kept = read.decor["street-cafe"].model_dump(mode="json")["items"]
    edit("decor/street-cafe", items=kept)
    sync(instance, load(specs))
    keys = set(instance.get_dynamic_partitions("decor_items"))
    assert f"street-cafe:{gone['name']}" not in keys and f"street-cafe:{kept[0]['name']}" in keys


@pytest.mark.parametrize(("text", "said"), [("title: [", "street-cafe.yaml"), ("", "known: ")])
def test_a_broken_kit_keeps_its_items_and_says_what_is_wrong(
    factory: FactoryResource, instance: dg.DagsterInstance, specs: Path, text: str, said: str
) -> None:
    sync(instance, load(specs))
    file = specs / "decor/street-cafe.yaml"
    if text:
        file.write_text(text)
    else:
        file.unlink()
        instance.add_dynamic_partitions("decor", ["street-cafe"])
    result = dg.materialize(
        [decor_previews],
        instance=instance,
        partition_key="street-cafe",
        resources={"factory": factory.model_copy()},
        raise_on_error=False,
    )
    failure = result.failure_data_for_node("decor_previews")
    assert not result.success and failure and failure.error and failure.error.cause
    assert said in failure.error.cause.message
    sync(instance, load_partly(specs))
    assert any(key.startswith("street-cafe:") for key in instance.get_dynamic_partitions("decor_items")) is bool(text)
