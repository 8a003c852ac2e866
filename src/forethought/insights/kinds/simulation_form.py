"""The questions of a service simulation's form, with today's value and the limits of each."""

from __future__ import annotations

from datetime import date
from math import ceil

from forethought.insights.base import Result
from forethought.insights.blocks import Choice, Form, Number, Question
from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_plans import quarter_ends
from forethought.results import words

CHANGE_PCT = 20


def questions(result: Result, spec: SimulationSpec) -> tuple[Question, ...]:
    """Staff, change in requests, target and day; each holds what the page shows."""
    values = result.values
    asked = values["asked"]
    change_on = date.fromisoformat(values["change_on"])
    fewest = values["fewest"]
    staff = asked["staff"]
    if staff is None:
        staff = fewest if fewest is not None else values["staff_high"]
    low, high = values["staff_low"], values["staff_most"]
    most = max(10, ceil(3 * values["waiting_now"] / 10) * 10, asked["fewer_than"])
    start, end = date.fromisoformat(values["start"]), date.fromisoformat(values["end"])
    days = sorted({*quarter_ends(start, end), date.fromisoformat(asked["by"])})
    return (
        Number(
            "staff",
            f"Full-time staff from {change_on:%B}",
            str(staff),
            unit="staff",
            hint=f"Today {staff_words(values['staff_now'])}. Between {low} and {high}.",
            low=low,
            high=high,
        ),
        Number(
            "change",
            "Change in requests",
            f"{asked['change_pct']:g}",
            unit="%",
            hint=f"Plan 0. Between {words.MINUS}{CHANGE_PCT} and {CHANGE_PCT}.",
            low=-CHANGE_PCT,
            high=CHANGE_PCT,
        ),
        Number(
            "fewer",
            "Fewer than this many waiting",
            str(asked["fewer_than"]),
            unit=spec.settings.counted,
            hint=f"Today {words.rounded(values['waiting_now'])}.",
            low=1,
            high=most,
        ),
        Choice(
            "by",
            "By",
            tuple((day.isoformat(), words.day_words(day)) for day in days),
            asked["by"],
            hint="End of a quarter.",
        ),
    )


def form(result: Result, spec: SimulationSpec) -> Form:
    """The panel of questions."""
    return Form("", questions(result, spec), button="Work it out", main=True)


def staff_words(staff: float) -> str:
    """A number of staff: whole where it is whole, else with one decimal."""
    return words.rounded(staff, 1) if abs(staff - round(staff)) < 0.05 else words.decimal(staff)  # noqa: PLR2004
