"""The reference page of planning questions names every setting of every question."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import forethought as ft

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "simulation.md"
QUESTIONS = (
    "simulate", "minimum_staff", "recovery", "heat_map", "heat_map_steps", "uncertainty",
    "sensitivity", "calibrate", "waiting_times", "stress_report", "ciw_script",
)  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_setting_of_a_question_stands_on_the_page(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"ft.plan.{name}" in text
    settings = [
        each.name
        for each in inspect.signature(getattr(ft.plan, name)).parameters.values()
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    assert [each for each in settings if f"`{each}`" not in text] == []
