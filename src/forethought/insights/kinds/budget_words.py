"""What a budget page says: answer, actions, notes, limits, method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.kinds.budget import BudgetSettings, BudgetSpec, RiseSettings
from forethought.insights.kinds.budget_history import told_of
from forethought.place.calendar import add_months, financial_year_label, month_name
from forethought.plan.money.outturn_history import Told as History
from forethought.plan.money.outturn_history import history
from forethought.results import words

MUCH = 0.05


@dataclass(frozen=True, eq=False)
class Told:
    """A budget's result as its page reads it.

    Args:
        result: The run's result, or a what-if's.
        spec: The specification.
        context: The run's context.
    """

    result: Result
    spec: BudgetSpec
    context: RunContext

    @property
    def settings(self) -> BudgetSettings:
        """The settings of the insight."""
        return self.spec.settings

    @property
    def is_what_if(self) -> bool:
        """Whether this is a what-if."""
        return "what_if" in self.result.values

    @property
    def year(self) -> int:
        """The present financial year."""
        return int(self.result.values["year"])

    @property
    def years(self) -> list[int]:
        """Whole financial years told, the present first."""
        return [int(year) for year in self.result.values["years"]]

    @property
    def last(self) -> int:
        """The last financial year told."""
        return self.years[-1]

    @cached_property
    def budget(self) -> pl.DataFrame:
        """Figures by line, measure, year and prices."""
        return self.result.tables["budget"]

    def figure(
        self, year: int, measure: str = "net", *, line: str = "all", prices: str = "cash"
    ) -> dict[str, Any] | None:
        """One figure with its ranges; None where it is not told."""
        rows = self.budget.filter(
            (pl.col("line") == line) & (pl.col("measure") == measure)
            & (pl.col("year") == year) & (pl.col("prices") == prices)
        )  # fmt: skip
        return rows.row(0, named=True) if rows.height else None

    def net(self, year: int) -> dict[str, Any]:
        """Net cost of a year that is told."""
        found = self.figure(year)
        assert found is not None, year  # noqa: S101  `years` names only those that are
        return found

    def apart(self, year: int) -> tuple[float, float, float] | None:
        """Difference of a what-if to the plan on the same futures: mean and 8 in 10 range."""
        if not self.is_what_if:
            return None
        values = self.result.tables["net_paths"][str(year)]
        change = values - self.result.tables["plan_net_paths"][str(year)]
        low, high = (float(change.quantile(q, "linear") or 0.0) for q in (0.1, 0.9))
        return float(change.mean() or 0.0), low, high  # type: ignore[arg-type]

    @cached_property
    def forecasts(self) -> list[History]:
        """This year's outturn as forecast at each month end, the newest last; of a what-if none."""
        return [] if self.is_what_if else told_of(self.result, self.context)

    @cached_property
    def outturn(self) -> dict[str, Any]:
        """This year's net outturn beside its budget."""
        rows = self.result.tables["outturn"].filter(
            (pl.col("line") == "all") & (pl.col("measure") == "net")
        )
        return rows.row(0, named=True)

    def causes(self, until: int) -> list[tuple[str, float]]:
        """Rows of the bridge between the approved budget and a year, the largest first."""
        rows = self.result.tables["bridge"].filter(
            (pl.col("year") <= until) & ~pl.col("row").is_in(["opening", "closing"])
        )
        summed = rows.group_by("row", "label", maintain_order=True).agg(pl.col("gbp").sum())
        found = [(row["row"], float(row["gbp"])) for row in summed.iter_rows(named=True)]
        return sorted(found, key=lambda pair: -abs(pair[1]))


CAUSE_WORDS = {
    "in_year": "this year's position beside its budget",
    "one_offs": "one-off items that do not come again",
    "full_year": "the full-year effect of people already supported",
    "demography": "the number of residents",
    "rate": "the share of residents who have support",
    "complexity": "the care that each person has",
    "wage": "the National Living Wage",
    "prices": "other costs of providers",
    "pay": "the council's own pay",
    "contributions": "what clients pay",
    "nhs": "what the NHS pays",
    "grants": "grants",
    "savings": "savings",
    "residual": "what is not explained",
}


def headline(told: Told) -> str:
    """The answer with its range, in one or two sentences."""
    year = told.years[1]
    net = told.net(year)
    rise = net["mean"] - told.net(told.year)["mean"]
    low, high = net["lo-80"], net["hi-80"]
    apart = told.apart(year)
    label = financial_year_label(year)
    if apart is not None:
        middle, below, above = apart
        name = told.result.values.get("scenario")
        under = f"Under {name}" if name else "With these changes"
        return (
            f"{under} adult social care costs **{words.pounds_m(net['mean'])}** net in "
            f"{label}, {_beside(middle)}{_if_ranged(below, above)}. There is an 8 in 10 chance of "
            f"**{words.pounds_m_range(low, high)}**."
        )
    return (
        f"In {label} we expect adult social care to cost **{words.pounds_m(net['mean'])}** net, "
        f"{_more(rise)} than this year. There is an 8 in 10 chance of "
        f"**{words.pounds_m_range(low, high)}**."
    )


def actions(told: Told) -> tuple[str, ...]:
    """What the figures ask a finance partner to do."""
    out = told.outturn
    year = told.years[1]
    net = told.net(year)
    prudent = told.result.tables["net_paths"][str(year)].quantile(0.8, "linear") or 0.0
    spend = words.over_or_under(out["variance"])
    lines = [
        (
            f"This year ends about {spend} the net budget of {words.pounds_m(out['budget'])}"
            f"{_moved(told)}; the chance of spending more is {words.chance(out['chance_over'])}. "
            f"A contingency of {words.pounds_m(max(out['contingency'], 0), 2)} on top of the "
            "likely outturn is enough with an 8 in 10 chance."
        ),
        (
            f"For {financial_year_label(year)} the prudent figure (8 in 10 chance of no more) is "
            f"{words.pounds_m(prudent)}, {words.pounds_m(max(prudent - net['mean'], 0))} over the "
            "most likely one."
        ),
    ]
    causes = [pair for pair in told.causes(told.last) if pair[0] != "residual"][:2]
    if causes:
        said = words.listed(
            [f"{CAUSE_WORDS[name]} ({words.signed_pounds_m(gbp)})" for name, gbp in causes]
        )
        lines.append(f"What moves it most by {financial_year_label(told.last)}: {said}.")
    return tuple(lines)


def _moved(told: Told) -> str:
    """How far the likely outturn moved since the forecast before."""
    if len(told.forecasts) < 2:  # noqa: PLR2004  one to move from
        return ""
    then, now = history(told.forecasts[-2:]).filter(pl.col("measure") == "net")["p50"]
    since = month_name(told.forecasts[-2].origin)
    moved = words.signed_pounds_m(now - then)
    if moved == "£0.0m":
        return f" (no change since {since})"
    return f" ({moved} since {since})"


def notes(told: Told) -> tuple[str, ...]:
    """Where this stands."""
    values = told.result.values
    known = date.fromisoformat(values["finance_to"])
    data_to = date.fromisoformat(values["data_to"])
    lines = []
    if known < data_to:
        lines.append(
            f"Finance records end in {month_name(known)}; later months are what recorded packages "
            "cost."
        )
    if values["complexity"] is None:
        lines.append(
            "Past rises of prices are not declared, so that dearer care and more care for each "
            "person cannot be told apart: none of the latter is assumed."
        )
    return tuple(lines)


def history_notes(found: Sequence[History]) -> tuple[str, ...]:
    """Whether earlier forecasts of the outturn were kept by runs or made again."""
    by_basis: dict[str, list[date]] = {}
    for each in found[:-1]:
        by_basis.setdefault(each.basis, []).append(each.origin)
    said = {
        "kept": "Kept by the run that stood then",
        "made late": "By a run made later, as of then",
        "made again": "Made again in this run, as it would have been then",
    }
    lines = [
        f"{words_before}: known to the end of {_months(by_basis[basis])}."
        for basis, words_before in said.items()
        if basis in by_basis
    ]
    if "made again" in by_basis:
        lines.append(
            "What is made again leaves out people recorded later and finance of later months; "
            "method, assumed prices and the ledger's figures are today's, and no adjustment is in "
            "it. Run the insight every month, and its own forecasts take their place."
        )
    return tuple(lines)


def _months(days: Sequence[date]) -> str:
    """Months in words, those that follow each other by their ends."""
    follow = all(add_months(a, 1) == b for a, b in pairwise(days))
    if follow and len(days) > 2:  # noqa: PLR2004
        return f"{month_name(days[0])} to {month_name(days[-1])}"
    return words.listed([month_name(day) for day in days])


def limits(told: Told) -> tuple[str, ...]:
    """What the budget does not tell."""
    sources = {
        each.source
        for each in (
            told.settings.prices.national_living_wage,
            told.settings.prices.consumer_prices,
            told.settings.prices.grants,
        )
    }
    return (
        (
            "Whether the assumed prices come true: they are assumptions with ranges, no forecasts. "
            f"Source: {words.listed(sorted(sources))}."
        ),
        (
            "People who wait for an assessment now: they cost from the day their support starts. "
            "Where a waiting list is about to be worked off, spend will be higher than told."
        ),
        "New laws, new grants and decisions that are not written in its file.",
        "Debt, capital and overheads outside the lines of the finance records.",
        "Children's services, and people who pay for all of their own care.",
    )


def method(told: Told) -> tuple[tuple[str, str], ...]:
    """How it was made, in plain words."""
    values, prices = told.result.values, told.settings.prices
    people = (
        f"The people of the insight {told.settings.demand}, on {values['paths']:,} sample futures. "
        "After the first year growth passes over to residents of each age band times the share of "
        "them who have support, and from the fourth year it is theirs alone."
    )
    cost = (
        "Weeks of support, day by day, at the recent cost of a week, scaled to what is actually "
        "paid. Every sum and range is made within a future, so services and years add up."
    )
    bridge_words = (
        "Each year's change is shared out by the logarithmic mean Divisia index: exact, whatever "
        "the order of the causes. Rows are means over the futures and add up to the penny."
    )
    assumed = [
        ("National Living Wage", prices.national_living_wage),
        ("Other costs of providers", prices.consumer_prices),
        ("The council's own pay", prices.pay),
        ("Clients' contributions", prices.contributions),
        ("NHS income", prices.nhs),
        ("Grants", prices.grants),
        ("Prices in general", prices.deflator),
    ]
    rows = [("People", people), ("Cost", cost), ("Causes", bridge_words)]
    rows += [(name, _rise_words(rise)) for name, rise in assumed]
    care = _complexity_words(values["complexity"])
    if values["complexity"] is not None and prices.past_uplifts_source:
        care += f" Source of past rises of prices: {prices.past_uplifts_source}."
    rows.append(("Care for each person", care))
    if len(told.forecasts) > 1:
        rows.append(("Earlier forecasts of this year", " ".join(history_notes(told.forecasts))))
    rows += _declared(told.settings)
    return tuple(rows)


def _declared(settings: BudgetSettings) -> list[tuple[str, str]]:
    """Savings and one-off items, each with where it was agreed."""
    rows = []
    if settings.savings:
        said = [
            f"{s.name}: likely {s.delivered.likely_pct:g}% delivered, 8 in 10 chance of "
            f"{s.delivered.low_pct:g}% to {s.delivered.high_pct:g}%.{_from(s.source)}"
            for s in settings.savings
        ]
        rows.append(("Savings", " ".join(said)))
    if settings.one_offs:
        said = [
            f"{o.name}: {words.signed(o.gbp, 1)} pounds in {financial_year_label(o.year)}."
            f"{_from(o.source)}"
            for o in settings.one_offs
        ]
        rows.append(("One-off items", " ".join(said)))
    return rows


def _from(source: str) -> str:
    return f" Source: {source}." if source else ""


def _rise_words(rise: RiseSettings) -> str:
    said = f"{rise.likely_pct:g}% every April (8 in 10 chance of {rise.low_pct:g}% to "
    said += f"{rise.high_pct:g}%)"
    for year, each in sorted(rise.by_year.items()):
        said += f"; {each.likely_pct:g}% in April {year} ({each.low_pct:g}% to {each.high_pct:g}%)"
    return f"{said}. Source: {rise.source}."


def _complexity_words(measured: dict[str, float] | None) -> str:
    if measured is None:
        return "No change is assumed: past rises of prices are not declared."
    low, likely, high = (words.decimal(measured[name] * 100) for name in ("low", "likely", "high"))
    return (
        f"{likely}% more a year beyond prices (8 in 10 chance of {low}% to {high}%), as measured "
        "over up to five past years with the mix of services held."
    )


def _more(gbp: float) -> str:
    size = words.pounds_m(abs(gbp))
    return f"{size} more" if gbp >= 0 else f"{size} less"


def _beside(gbp: float) -> str:
    if abs(gbp) < MUCH * 1e6:
        return "about as planned"
    return f"**{words.pounds_m(abs(gbp))} {'more' if gbp > 0 else 'less'}** than planned"


def _if_ranged(low: float, high: float) -> str:
    """The range of a difference, where it is more than one figure."""
    first, last = words.signed_pounds_m(low), words.signed_pounds_m(high)
    return "" if first == last else f" (8 in 10: {first} to {last})"
