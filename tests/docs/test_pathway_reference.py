"""The reference of pathway files is true, and its schema tells right files from wrong ones."""

from __future__ import annotations

import importlib.util
import json
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
TEMPLATE = Path(str(files("forethought.county") / "template" / "pathways"))


@pytest.fixture(scope="module")
def written() -> ModuleType:
    script = REFERENCE.parents[1] / "scripts" / "reference.py"
    spec = importlib.util.spec_from_file_location("reference_of_pathways", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads((REFERENCE / "pathway.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def document(path: Path) -> Any:
    """A file as JSON has it: days as text."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


@pytest.mark.parametrize("page", ["pathway-file.md", "pathway.schema.json"])
def test_the_reference_of_pathways_is_true(page: str, written: ModuleType) -> None:
    found = (REFERENCE / page).read_text(encoding="utf-8")
    assert found == written.PAGES[page](), "run scripts/reference.py"


def test_every_key_of_a_pathway_file_has_its_meaning(validator: Any) -> None:
    parts = [validator.schema, *validator.schema["$defs"].values()]
    families = {"fixed", "exponential", "gamma", "lognormal", "weibull", "uniform"}
    spread = {"mean", "cv", "sd", "shape", "from", "to"}
    missing = [
        key
        for part in parts
        for key, value in part.get("properties", {}).items()
        if not {"description", "$ref"} & set(value) and key not in families | spread
    ]
    assert missing == []


@pytest.mark.parametrize("path", sorted(TEMPLATE.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_editor_with_the_schema_accepts_the_ready_pathways(path: Path, validator: Any) -> None:
    assert [error.message for error in validator.iter_errors(document(path))] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("resources", "assessors", "hours"), 37),
        (("resources", "assessors", "fet"), 3),
        (("resources", "assessors", "direct_share"), 2),
        (("stages", "dols", "effort"), {"lognormal": {"mean": 15, "cv": 0.6}}),
        (("stages", "dols", "target", "urgent", "within"), "7h"),
        (("stages", "dols", "kind"), "wrok"),
        (("clock", "calendar"), "mars"),
    ],
)
def test_an_editor_with_the_schema_marks_a_wrong_value(
    place: tuple[str, ...], value: object, validator: Any
) -> None:
    wrong = document(TEMPLATE / "dols.yaml")
    part = wrong
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    assert list(validator.iter_errors(wrong))
