"""Insight files: every problem at once, with its line and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from forethought.errors import NotFound, SpecificationError
from forethought.insights import registry, specs
from forethought.insights.base import Insight, InsightSpec, Result, RunContext
from forethought.insights.blocks import Block


class ToySettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    months: int = Field(12, ge=1)


class ToySpec(InsightSpec):
    settings: ToySettings = ToySettings()


class Toy(Insight[ToySpec]):
    kind = "toy"
    Spec = ToySpec

    def reads(self, spec: ToySpec) -> Mapping[str, tuple[str, ...]]:
        return {"events": ("person_id",)}

    def compute(self, frames: Any, spec: ToySpec, context: RunContext) -> Result:
        return Result({})

    def publish(
        self, result: Result, spec: ToySpec, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        return []


GOOD = """\
version: 1
id: {id}
kind: toy
title: Toy
question: How many?
purpose: plan-services
owner: priya.nair
review_by: 2027-03-31
"""


@pytest.fixture
def toy_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specs, "kind_names", lambda: ("toy",))
    monkeypatch.setattr(specs, "kind_of", lambda _: Toy())


@pytest.mark.usefixtures("toy_kind")
def test_a_good_file_is_read_as_the_class_of_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(GOOD.format(id="one") + "settings: {months: 3}\n")
    spec = specs.load_spec(path)
    assert isinstance(spec, ToySpec)
    assert spec.settings.months == 3


@pytest.mark.usefixtures("toy_kind")
def test_all_problems_come_at_once_with_line_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    text = GOOD.format(id="one").replace("owner: priya.nair", "ownr: priya.nair")
    path.write_text(text + "settings:\n  month: 3\n  months: 0\n")
    with pytest.raises(SpecificationError) as caught:
        specs.load_spec(path)
    told = str(caught.value)
    assert 'line 7  ownr: "ownr" is no setting here. Did you mean "owner"?' in told
    assert 'line 10  settings.month: "month" is no setting here. Did you mean "months"?' in told
    assert "line 11  settings.months: 0 is not accepted." in told
    assert "owner: This setting is missing." in told


@pytest.mark.usefixtures("toy_kind")
def test_insights_come_after_those_they_follow(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format(id="a") + "follows: [b]\n")
    (tmp_path / "b.yaml").write_text(GOOD.format(id="b"))
    assert list(specs.load_specs(tmp_path)) == ["b", "a"]


@pytest.mark.usefixtures("toy_kind")
def test_a_ring_of_insights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format(id="a") + "follows: [b]\n")
    (tmp_path / "b.yaml").write_text(GOOD.format(id="b") + "follows: [a]\n")
    with pytest.raises(SpecificationError, match="ring: a, b"):
        specs.load_specs(tmp_path)


@pytest.mark.usefixtures("toy_kind")
def test_a_key_twice_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(GOOD.format(id="one") + "title: Again\n")
    with pytest.raises(SpecificationError, match=r"line 9  title"):
        specs.load_spec(path)


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(NotFound, match='Did you mean "demand"'):
        registry.kind_of("demnd")
