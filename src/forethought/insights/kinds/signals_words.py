"""What a page of signals says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from forethought.errors import UsageError, did_you_mean
from forethought.insights.base import Response, Result, RunContext
from forethought.insights.kinds.signals import SignalsSpec
from forethought.insights.raised import Raised, answers_of
from forethought.place.calendar import month_name
from forethought.results import words

SERIES = "series"
RULES: Mapping[str, str] = {
    "xmr": "XmR chart",
    "farrington": "same months of earlier years",
    "cusum": "cumulative sum",
    "residual": "earlier forecast",
}
MOST_SENTENCES = 3
FEW = 10
"""Figures of this size and more are whole."""


@dataclass(frozen=True, eq=False)
class Told:
    """A watch's result as its page reads it.

    Args:
        result: The run's result.
        spec: The specification.
        context: The run's context.
        chosen: Key of the series whose chart is shown.
    """

    result: Result
    spec: SignalsSpec
    context: RunContext
    chosen: str

    @property
    def leads(self) -> pl.DataFrame:
        """One signal for each cause, concerns first."""
        return self.result.tables["signals"].filter("lead")

    @property
    def data_to(self) -> date:
        """First day of the last month watched."""
        return date.fromisoformat(self.result.values["data_to"])

    @cached_property
    def series(self) -> pl.DataFrame:
        """All series."""
        return self.result.tables["series"]

    def name(self, key: str) -> str:
        """What pages call a series."""
        return str(self.series.filter(pl.col("unique_id") == key)["name"][0])

    def person(self, username: str) -> str:
        """The name of a person."""
        return self.context.people.get(username, username)

    @cached_property
    def answers(self) -> Mapping[str, Response]:
        """The newest answer to each signal, by its series."""
        return answers_of(raised(self.result), self.context.responses)

    @property
    def signal(self) -> dict[str, Any] | None:
        """The signal of the chosen series, where it has one."""
        rows = self.result.tables["signals"].filter(pl.col("unique_id") == self.chosen)
        return rows.row(0, named=True) if rows.height else None


def chosen_series(result: Result, view: Mapping[str, str]) -> str:
    """The series that a view asks for; by default the first signal's, or the first of all.

    Raises:
        UsageError: A question that the form does not have, or a series that is not watched.
    """
    unknown = [name for name in view if name != SERIES]
    if unknown:
        raise UsageError(
            f'"{unknown[0]}" is no question here.', where=unknown[0], remedy=f"Ask for {SERIES}."
        )
    keys = result.tables["series"]["unique_id"].to_list()
    asked = view.get(SERIES, "")
    if asked and asked not in keys:
        raise UsageError(
            f'"{asked}" is not watched.', where=SERIES, remedy=did_you_mean(asked, keys)
        )
    leads = result.tables["signals"].filter("lead")["unique_id"].to_list()
    return asked or (leads[0] if leads else keys[0])


def headline(told: Told) -> str:
    """How many series changed, and the first of them."""
    watched = told.result.values["watched"]
    leads = told.leads
    month = month_name(told.data_to)
    places = told.result.tables["clusters"].height
    where = ""
    if places:
        found = words.counted(places, "place has", "places have", 1)
        where = f" {found} more requests than chance would give."
    if leads.is_empty():
        return (
            f"**Nothing** among {watched:,} measures goes beyond its ordinary variation up to "
            f"{month}.{where}"
        )
    first = leads.row(0, named=True)
    more = leads.height - 1
    others = f" {words.counted(more, 'other has', 'others have', 1)} changed." if more else ""
    return f"{sentence(first)}{others}{where}"


def sentence(row: Mapping[str, Any]) -> str:
    """A signal in one sentence: what, how much more, since when."""
    way = "higher" if row["direction"] == "up" else "lower"
    when = month_name(row["since"])
    size = figure(abs(row["size"]))
    if row["shape"] == "one-off":
        return f"**{row['name']}**: {size} {way} than usual in {when}, once."
    return f"**{row['name']}**: about **{size} a month {way}** than usual since {when}."


def raised(result: Result) -> tuple[Raised, ...]:
    """Every signal of a watch; those of one cause stand under its lead."""
    found = []
    lead = ""
    for row in result.tables["signals"].iter_rows(named=True):
        lead = row["unique_id"] if row["lead"] else lead
        found.append(
            Raised(
                subject=row["unique_id"],
                name=row["name"],
                since=row["since"],
                owner=row["owner"],
                sentence=sentence(row),
                action=row["action"],
                meaning=row["meaning"],
                under="" if row["lead"] else lead,
            )
        )
    return tuple(found)


def figure(value: float) -> str:
    """A number of cases: whole from ten on, else with one decimal."""
    return words.rounded(value, 1) if abs(value) >= FEW else words.decimal(value)


def actions(told: Told) -> tuple[str, ...]:
    """What to do about the first causes, and whom it asks."""
    lines = [
        f"**{row['name']}**: {row['action'][:1].lower()}{row['action'][1:]} "
        f"It is {told.person(row['owner'])}'s to look into."
        for row in told.leads.head(MOST_SENTENCES).iter_rows(named=True)
    ]
    if not lines:
        lines.append("Nothing to act on this month. The next run looks again.")
    return tuple(lines)


CHARTS = (
    "Limits of Making Data Count: mean and 2.66 mean moving ranges, very large ranges screened "
    "once. Where season or memory would break the rules, limits follow what is expected of each "
    "month."
)


def limits(told: Told) -> tuple[str, ...]:
    """What signals do not tell."""
    false = f"{told.spec.settings.fdr * 10:g}"
    lines = [
        "Why something changed. A signal says where to look.",
        f"Whether each alarm is true: of ten alarms up to {false} may be false.",
        "Slow change within what has been ordinary; the forecast and its review look for that.",
        "Months whose records are still coming in: flows are estimated, rows are as recorded.",
    ]
    if told.result.values["merged"]:
        put = "Parts with fewer cases in a month than may be shown; they are put together as "
        lines.append(f'{put}"All others", or left out.')
    return tuple(lines)


def method(told: Told) -> tuple[tuple[str, str], ...]:
    """How it was made."""
    settings, values = told.spec.settings, told.result.values
    named = words.listed([RULES[rule] for rule in settings.rules])
    rules = (
        "Each measure's season, trend and memory are learned from its past; the last 12 months "
        f"are held against these rules: {named}."
    )
    false = (
        "Every rule has a p-value from how often the past of all measures did as well by chance. "
        f"Alarms are kept so that at most {settings.fdr:.0%} of the measures raised are expected "
        f"to be false: this time at most {values['expected_false']:.2f} of them."
    )
    rows = [("Rules", rules), ("False alarms", false), ("Charts", CHARTS)]
    if settings.scan is not None and "scan_cases" in values:
        first, last = (date.fromisoformat(values[name]) for name in ("scan_from", "scan_to"))
        scanned = (
            f"Kulldorff's scan over {values['scan_areas']:,} small areas, {month_name(first)} to "
            f"{month_name(last)}: {values['scan_windows']:,} circles of areas and months against "
            f"{settings.scan.permutations:,} maps on which the same requests fell where adults "
            "live."
        )
        rows.append(("Places", scanned))
    return tuple(rows)
