"""The words of a simulation page: managers' words, never those of queueing theory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_chances import likely_staff
from forethought.insights.kinds.simulation_form import staff_words
from forethought.insights.kinds.simulation_plans import (
    AVERAGE,
    PROBABILITY,
    TODAY,
    WHAT_IF,
    Asked,
)
from forethought.results import words

BASIS = {"duty": "duty", "guidance": "guidance", "local": "local aim"}
LISTS = {
    "assessment": "Waiting for an assessment",
    "care": "Waiting for care or a payment to start",
    "review": "Review past its limit",
}
NEARLY_ALL, HARDLY_ANY = 0.99, 0.01


@dataclass(frozen=True, eq=False)
class Told:
    """What the page of a result speaks of.

    Args:
        result: The result, of a run or a what-if.
        spec: Its specification.
        context: Its context.
    """

    result: Result
    spec: SimulationSpec
    context: RunContext

    @property
    def values(self) -> Mapping[str, Any]:
        """The result's values."""
        return self.result.values

    def day(self, name: str) -> date:
        """A date among the values: start, end, change_on."""
        return date.fromisoformat(self.values[name])

    @property
    def by(self) -> date:
        """The target's day."""
        return date.fromisoformat(self.values["asked"]["by"])

    @property
    def fewer_than(self) -> int:
        """The target."""
        return int(self.values["asked"]["fewer_than"])

    @property
    def change_pct(self) -> float:
        """Change of demand, per cent."""
        return float(self.values["asked"]["change_pct"])

    @property
    def is_what_if(self) -> bool:
        """Whether it is no run but a what-if of one."""
        return "what_if" in self.values

    @property
    def period(self) -> str:
        """`week` or `month`."""
        return "week" if self.values["every"] == "1w" else "month"

    @property
    def work(self) -> str:
        """`Assessments`."""
        return self.spec.settings.work or self.spec.settings.target.stage.replace("_", " ")

    @property
    def waiting(self) -> str:
        """`people waiting`."""
        return f"{self.spec.settings.counted} {self.spec.settings.state}"

    def plan(self, name: str) -> dict[str, Any] | None:
        """A row of the plans; None where there is no such plan."""
        rows = self.result.tables["plans"].filter(pl.col("plan") == name)
        return rows.row(0, named=True) if rows.height else None

    def staff(self, name: str) -> str:
        """Staff of a plan in words."""
        row = self.plan(name)
        return "" if row is None else staff_words(row["staff"])

    @property
    def stage(self) -> str:
        """The stage of the target in words."""
        return str(self.values["stages"][self.spec.settings.target.stage])

    def named(self, kind: str, name: str) -> str:
        """A stage or class in words.

        Args:
            kind: `stages` or `classes`.
            name: As in the pathway.
        """
        return str(self.values[kind].get(name, name))

    def pool(self, name: str) -> str:
        """Staff or supply in words."""
        return next((p["label"] for p in self.values["pools"] if p["name"] == name), name)

    def missing(self, part: str) -> str:
        """What the records lack for a part of the page; empty where they have it."""
        return str(self.values["missing"].get(part, ""))

    def series(self, plan: str, measure: str) -> pl.DataFrame:
        """Bands of a plan's measure by period."""
        return self.result.tables["series"].filter(
            (pl.col("plan") == plan) & (pl.col("measure") == measure)
        )


def chance_of_plan(told: Told, name: str) -> float:
    """The chance of a plan, 0-1."""
    row = told.plan(name)
    return 0.0 if row is None else float(row["chance"])


def in_futures(chance: float) -> str:
    """`in **9 in 10** simulated futures (92%)`, never none or all of them."""
    if chance < HARDLY_ANY:
        return "in **under 1 in 100** simulated futures"
    if chance > NEARLY_ALL:
        return "in **over 99 in 100** simulated futures"
    said = words.odds(chance)
    if said == "an even chance":
        return f"in **about half** of simulated futures ({words.chance_percent(chance)})"
    if said.endswith(" in 100"):
        return f"in **{said}** simulated futures"
    return f"in **{said}** simulated futures ({words.chance_percent(chance)})"


def headline(told: Told) -> str:
    """The answer in one or two sentences."""
    verb = "wait" if told.spec.settings.state == "waiting" else f"are {told.spec.settings.state}"
    changed = ""
    if told.change_pct:
        way = "more" if told.change_pct > 0 else "fewer"
        changed = f" and {abs(told.change_pct):g}% {way} requests"
    text = (
        f"With **{told.staff(WHAT_IF)} full-time staff** from {told.day('change_on'):%B}{changed}, "
        f"fewer than {words.rounded(told.fewer_than, 1)} {told.spec.settings.counted} {verb} on "
        f"{words.day_words(told.by)} {in_futures(chance_of_plan(told, WHAT_IF))}."
    )
    base = chance_of_plan(told, TODAY)
    said = words.chance(base)
    return f"{text} With today's {told.staff(TODAY)}: {said}."


def requests_words(change_pct: float) -> str:
    """`5% more requests`, `requests as planned`."""
    if not change_pct:
        return "requests as planned"
    return f"{abs(change_pct):g}% {'more' if change_pct > 0 else 'fewer'} requests"


def needed(told: Told, change_pct: float) -> int | None:
    """The fewest staff for a 9 in 10 chance of the page's target with a change of requests.

    For the change that the page asks about it is the answer of the search; for others what the map
    of chances says.
    """
    exact: int | None
    asked, base = told.values["asked"], told.values["base_asked"]
    if change_pct == told.change_pct:
        exact = told.values["fewest"]
    elif all(asked[name] == base[name] for name in ("fewer_than", "by")) and not change_pct:
        exact = told.values["base_fewest"]  # the run asked about requests as planned
    else:
        question = Asked(change_pct, told.fewer_than, told.by)
        exact = likely_staff(told.result.tables["chances"], question, PROBABILITY)
    return exact


def fewest_sentence(told: Told) -> str:
    """The fewest staff for 9 in 10, and what planning on the average alone would do."""
    fewest, average = told.values["fewest"], told.values["average"]
    requests = requests_words(told.change_pct)
    if fewest is None:
        text = (
            f"With {requests}, **no number of staff up to {told.values['staff_most']} gives a "
            "9 in 10 chance** by then. Choose a later day, or a longer list."
        )
    else:
        text = f"With {requests}, the fewest staff for a 9 in 10 chance: **{fewest}**."
    row = told.plan(AVERAGE)
    if average is None or row is None or average == fewest:
        return text
    return (
        f"{text} Planning on the average alone says {average}: {words.chance(row['chance'])} of "
        "reaching the target."
    )


def standing(told: Told) -> tuple[str, ...]:
    """Where the figures stand: what they start from, how many futures, whether they are kept."""
    values = told.values
    row = told.plan(WHAT_IF) or {}
    share, futures = float(row.get("chance", 0.5)), int(values["futures"])
    error = max((share * (1 - share) / futures) ** 0.5, 0.25 / futures) * 100
    points = "under 1 point" if error < 1 else f"about {words.counted(error, 'point', 'points', 1)}"
    seen = words.rounded(values["waiting_now"])
    lines = [
        f"Starts from the {seen} {told.waiting} on {words.day_words(told.context.as_of)}.",
        f"{futures:,} simulated futures; with others, a chance would differ by {points}.",
    ]
    if told.is_what_if:
        lines.insert(0, "A what-if of the run named above, **not saved**.")
    return tuple(lines)


def load_warnings(told: Told) -> tuple[str, ...]:
    """Stages to which more work comes than staff can do; first of all that is said."""
    load = told.result.tables["load"]
    return tuple(load.filter(pl.col("warning") != "")["warning"].unique(maintain_order=True))
