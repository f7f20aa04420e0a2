"""The command line as a person meets it: its own process for errors, in process for the rest."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from tests.conftest import SHIPPED, copy_specs
from worldfactory import prompt, spec
from worldfactory.cli._app import app
from worldfactory.records import Cell

run = CliRunner()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], str]:
    """(options, what `make` printed) of a data folder with one tiny cell and a checkpoint."""
    root = tmp_path_factory.mktemp("cli")
    specs = copy_specs(root / "specs", frames=9, width=128, height=96)
    model = specs / "models" / "tokenizer.yaml"
    model.write_text(yaml.safe_dump((yaml.safe_load(model.read_text()) or {}) | {"size": 64, "batch": 1}))
    federation = specs / "federation" / "clouds.yaml"
    federation.write_text(
        yaml.safe_dump((yaml.safe_load(federation.read_text()) or {}) | {"rounds": 1, "steps_per_round": 2})
    )
    options = ["--specs", str(specs), "--data", str(root / "data")]
    result = run.invoke(app, ["make", "--city", "kyoto", "--venue", "street", "--workers", "1", *options])
    assert result.exit_code == 0, result.output
    return options, result.output


def an_id(kind: str, text: str) -> str:
    found = re.search(rf"{kind}-[0-9a-f]{{20}}", text)
    assert found, text
    return found.group()


def test_shipped_specs_have_no_problems() -> None:
    result = run.invoke(app, ["check", "--specs", str(SHIPPED)])
    assert result.exit_code == 0, result.output
    assert "No problems" in result.output


def test_check_names_every_mistake_at_once(tmp_path: Path) -> None:
    specs = copy_specs(tmp_path / "specs")
    (specs / "cities" / "kyoto.yaml").write_text("title: Kyoto\ncountry: Japan\ncontinent: azia\nclimat: wet\n")
    (specs / "venues" / "zoo.yaml").write_text("title: [\n")
    done = subprocess.run(
        [sys.executable, "-m", "worldfactory.cli", "check", "--specs", str(specs)], capture_output=True, text=True
    )
    assert done.returncode == 1
    said = done.stderr
    assert f"{specs}/cities/kyoto.yaml:3: continent: did you mean 'asia'?" in said
    assert re.search(r"kyoto\.yaml:4: climat: unknown key; .*allowed: .*continent", said)
    assert re.search(r"kyoto\.yaml:\d+: latitude: this key is required", said)
    assert "zoo.yaml" in said and "not valid YAML" in said
    assert "Traceback" not in said


def test_make_shows_what_it_made(made: tuple[list[str], str]) -> None:
    _, said = made
    assert "street:kyoto" in said
    assert an_id("checkpoint", said)


def test_search_finds_the_clips(made: tuple[list[str], str]) -> None:
    options, _ = made
    result = run.invoke(app, ["search", "a street in Japan", *options])
    assert result.exit_code == 0, result.output
    assert "street:kyoto" in result.output
    nothing = run.invoke(app, ["search", "a street", "--city", "paris", *options])
    assert "Nothing found" in nothing.output


def test_show_writes_a_contact_sheet(made: tuple[list[str], str], tmp_path: Path) -> None:
    options, _ = made
    clip = an_id("clip", run.invoke(app, ["search", "a street", *options]).output)
    result = run.invoke(app, ["show", clip, "--to", str(tmp_path / "sheet.png"), *options])
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 600 and len(sheet.convert("RGB").getcolors(1 << 24) or []) > 500


def test_lineage_reaches_the_yaml(made: tuple[list[str], str]) -> None:
    options, said = made
    result = run.invoke(app, ["lineage", an_id("checkpoint", said), *options])
    assert result.exit_code == 0, result.output
    for kind in ("shard", "clip", "scene", "prompt", "cell"):
        an_id(kind, result.output)
    assert re.search(r"cities/kyoto\.yaml +sha256 [0-9a-f]{64}", result.output)


def test_clip_makes_one_from_its_coordinates(made: tuple[list[str], str], tmp_path: Path) -> None:
    options, _ = made
    result = run.invoke(app, ["clip", "kyoto", "street", "7", "--to", str(tmp_path / "seven"), *options[:2]])
    assert result.exit_code == 0, result.output
    names = {file.name for file in (tmp_path / "seven").iterdir()}
    assert {"video.mp4", "depth.zst", "bodies.zst", "normals.zst", "geometry.npz", "clip.json", "sheet.png"} <= names


def test_clip_makes_a_rig_and_counterfactuals_in_folders_of_their_own(
    made: tuple[list[str], str], tmp_path: Path
) -> None:
    options, _ = made
    specs = spec.load(Path(options[1]))
    resolved = spec.resolve(specs, Cell(venue="street", city="kyoto"))
    index = next(i for i in range(200) if prompt.prompt(resolved, i).camera == "drive")
    asked = ["clip", "kyoto", "street", str(index), "--to", str(tmp_path / "all"), "--rig", "--counterfactual", "1"]
    result = run.invoke(app, [*asked, *options[:2]])
    assert result.exit_code == 0, result.output
    sides = {f"rig-{side}" for side in ("front", "left", "right", "rear", "rear-left", "rear-right")}
    assert {file.name for file in (tmp_path / "all").iterdir()} == {"clip", "counterfactual-1", *sides}
    one, other = (np.load(tmp_path / "all" / name / "geometry.npz")["poses"] for name in ("clip", "counterfactual-1"))
    assert (one[0] == other[0]).all() and (one != other).any()
    walked = next(i for i in range(200) if prompt.prompt(resolved, i).camera == "fixed")
    refused = run.invoke(
        app, ["clip", "kyoto", "street", str(walked), "--to", str(tmp_path / "no"), "--rig", *options[:2]]
    )
    assert refused.exit_code != 0 and not (tmp_path / "no").exists()


def test_a_broken_spec_stops_nothing_else(tmp_path: Path) -> None:
    specs = copy_specs(tmp_path / "specs", clips_per_cell=1)
    (specs / "cities" / "paris.yaml").write_text("title: Paris\ntitle: Paris\n")
    options = ["--specs", str(specs), "--data", str(tmp_path / "data"), "--workers", "1", "--no-train"]
    result = run.invoke(app, ["make", "--city", "kyoto", "--venue", "street", *options])
    assert result.exit_code == 1
    assert "left out" in result.output and "paris.yaml" in result.output
    assert len(list((tmp_path / "data").glob("cells/street/kyoto/clips/*/video.mp4"))) == 1


def test_importing_the_package_is_quick() -> None:
    code = (
        "import sys, worldfactory, worldfactory.cli; print([m for m in ('torch', 'numba', 'flwr') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
