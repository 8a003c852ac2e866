"""A later stage changes no earlier digit."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from forethought.county import TODAY, contacts, support
from forethought.county.county import County, live

TINY = 0.001
STAGES = ("where", "people", "lasting", "asked", "assessed", "supported")


def digits(part: Any) -> dict[str, Any]:
    """Every array of a stage."""
    found: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, dict):
            found |= {f"{field.name}.{name}": array for name, array in value.items()}
        elif isinstance(value, np.ndarray):
            found[field.name] = value
    return found


def same(first: County, second: County, stage: str) -> bool:
    ours, theirs = digits(getattr(first, stage)), digits(getattr(second, stage))
    return ours.keys() == theirs.keys() and all(
        np.array_equal(ours[name], theirs[name]) for name in ours
    )


@pytest.fixture(scope="module")
def untouched() -> County:
    return live(seed=2, scale=TINY, today=TODAY)


@pytest.mark.parametrize(
    ("module", "name", "factor", "first_changed"),
    [
        (contacts, "EXTRA_CONTACTS_BEFORE", 0.5, "asked"),
        (support, "STEP_UP_BASE", 2.0, "supported"),
    ],
    ids=["contacts", "support"],
)
def test_a_changed_stage_leaves_those_before_it_alone(
    untouched: County,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    factor: float,
    first_changed: str,
) -> None:
    monkeypatch.setattr(module, name, getattr(module, name) * factor)
    changed = live(seed=2, scale=TINY, today=TODAY)
    place = STAGES.index(first_changed)
    assert [stage for stage in STAGES[:place] if not same(untouched, changed, stage)] == []
    assert not same(untouched, changed, first_changed)


def test_recording_habits_do_not_change_what_is_done(
    untouched: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real requests, assessments and support are the same however contacts are recorded."""
    monkeypatch.setattr(contacts, "EXTRA_CONTACTS_BEFORE", 0.0)
    changed = live(seed=2, scale=TINY, today=TODAY)
    assert same(untouched, changed, "supported")
    real = ~untouched.asked.is_repeat
    assert np.array_equal(untouched.asked.person[real], changed.asked.person)
    assert np.array_equal(untouched.asked.path[real], changed.asked.path)


def test_another_seed_gives_another_county(untouched: County) -> None:
    other = live(seed=3, scale=TINY, today=TODAY)
    assert not any(same(untouched, other, stage) for stage in STAGES)


def test_no_stage_draws_from_shared_state(untouched: County) -> None:
    np.random.seed(1)  # noqa: NPY002 - the state that must not matter
    again = live(seed=2, scale=TINY, today=TODAY)
    assert all(same(untouched, again, stage) for stage in STAGES)
