"""Staff and units of supply from a spreadsheet, put into a pathway.

A row is a person, a post, a team or a block of supply. Rows of one resource add up. A row without
dates is there from the start; one with `from` comes then; one with `to` is there until that day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forethought.errors import DataError, Problem, did_you_mean
from forethought.plan.simulation.pathway import Change, Pathway, Resource
from forethought.plan.simulation.pathway_skills import pools_with, skills_of, with_pools
from forethought.plan.simulation.units import nearest

if TYPE_CHECKING:
    import polars as pl

COLUMNS: Mapping[str, str] = {
    "resource": "Name of the resource in the pathway (or its label).",
    "kind": "staff or supply; may be left out.",
    "fte": "Full-time equivalents (staff).",
    "units": "Units (supply).",
    "hours_per_week": "Contracted hours of one FTE; the same in all rows of a resource.",
    "skills": "What the staff can do, parted by semicolons; the same in all rows of a resource.",
    "from": "First day; empty: from the start.",
    "to": "Last day; empty: for good.",
    "ramp_days": "Days in which it grows to its full number from `from` on.",
    "cost_per_year_gbp": "Pounds a year of one FTE or unit.",
    "one_off_gbp": "Pounds once, when it comes.",
    "why": "Words.",
}
ROW = "source_row"
_NAMES = {
    "name": "resource",
    "team": "resource",
    "hours": "hours_per_week",
    "skill": "skills",
    "cost": "cost_per_year_gbp",
}
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%d-%b-%Y", "%d %B %Y")
_MOST_HOURS = 168.0


@dataclass(frozen=True)
class _Row:
    number: int
    resource: str
    amount: float
    hours: float | None
    starts_on: date | None
    ends_on: date | None
    ramp_days: int
    cost: float | None
    one_off: float
    why: str
    skills: tuple[str, ...] = ()


def with_staff(pathway: Pathway, frame: pl.DataFrame, *, sheet: str = "staff sheet") -> Pathway:
    """A pathway with the staff and units of a sheet in place of its own.

    Of every resource that the sheet names, capacity, dated changes and, where given, hours, skills
    and cost are the sheet's (the cost of those there from the start is their mean by FTE);
    absence, share of direct work and all else stay. Other resources stay as they are. Stages that
    ask for staff by skill are then served by whoever has it.

    Args:
        pathway: The pathway.
        frame: Columns as `COLUMNS` (headings in any case, with spaces or underscores), text or
            typed; `source_row`, where there is one, is the row in messages, else rows count from
            2, below the headings.
        sheet: What messages call it.

    Raises:
        DataError: Every fault of the sheet at once, with row, column and remedy.
    """
    problems: list[Problem] = []
    columns = _columns(frame, sheet, problems)
    rows: list[_Row] = []
    if "resource" in columns.values() and {"fte", "units"} & set(columns.values()):
        for place, record in enumerate(frame.iter_rows(named=True)):
            number = int(record.get(ROW) or place + 2)
            cells = {name: _text(record[heading]) for heading, name in columns.items()}
            if any(cells.values()):
                row = _Reader(pathway, cells, f"{sheet} row {number}", problems).row(number)
                rows += [row] if row is not None else []
    if not rows and not problems:
        problems.append(Problem("It has no row.", sheet, "Write a row for each post or team."))
    problems += _different_hours(rows, sheet)
    problems += _different_skills(rows, sheet)
    merged = {name: _merged(pathway.resource(name), found) for name, found in _grouped(rows)}
    pools = tuple(merged.get(pool.name, pool) for pool in pathway.resources)
    problems += _lost_skills(pathway, pools, sheet)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DataError(count, where=sheet, problems=problems)
    return with_pools(pathway, pools)


def _columns(frame: pl.DataFrame, sheet: str, problems: list[Problem]) -> dict[str, str]:
    """Name of each heading that is known."""
    found: dict[str, str] = {}
    for heading in frame.columns:
        name = "_".join(heading.strip().lower().replace("_", " ").split())
        name = _NAMES.get(name, name)
        if heading == ROW:
            continue
        where = f'{sheet} heading "{heading}"'
        if name not in COLUMNS:
            problems.append(Problem("It is not known.", where, did_you_mean(name, COLUMNS)))
        elif name in found.values():
            problems.append(Problem("It stands twice.", where, "Keep one of them."))
        else:
            found[heading] = name
    if "resource" not in found.values():
        problems.append(Problem('The column "resource" is missing.', sheet, "Add it."))
    if not {"fte", "units"} & set(found.values()):
        problems.append(Problem("It says no number.", sheet, "Add a column fte or units."))
    return found


class _Reader:
    """One row's cells."""

    def __init__(
        self, pathway: Pathway, cells: Mapping[str, str], where: str, problems: list[Problem]
    ) -> None:
        self.pathway, self.cells, self.where, self.problems = pathway, cells, where, problems

    def fault(self, column: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(what, f"{self.where} column {column}", remedy))

    def row(self, number: int) -> _Row | None:
        before = len(self.problems)
        pool = self._pool()
        amount = self._amount(pool)
        hours = self._number("hours_per_week", most=_MOST_HOURS)
        if hours == 0:
            self.fault("hours_per_week", "0 hours are no week.", "Write 37, or leave it empty.")
        if hours is not None and pool is not None and pool.kind == "supply":
            self.fault("hours_per_week", "Supply has no working hours.", "Leave it empty.")
        starts_on, ends_on = self._date("from"), self._date("to")
        if starts_on and ends_on and ends_on < starts_on:
            self.fault("to", f"{ends_on} is before {starts_on}.", "Write a day on or after `from`.")
        ramp = self._number("ramp_days")
        if ramp is not None and ramp != int(ramp):
            self.fault("ramp_days", f"{ramp:g} is not whole.", "Write whole days.")
        if ramp and starts_on is None:
            self.fault("ramp_days", "It does not say from when.", "Add `from`.")
        cost, one_off = self._number("cost_per_year_gbp"), self._number("one_off_gbp")
        if len(self.problems) > before or pool is None or amount is None:
            return None
        return _Row(
            number, pool.name, amount, hours, starts_on, ends_on, int(ramp or 0), cost,
            one_off or 0.0, self.cells.get("why", ""), self._skills(pool),
        )  # fmt: skip

    def _skills(self, pool: Resource) -> tuple[str, ...]:
        words = [word.strip() for word in self.cells.get("skills", "").split(";")]
        given = tuple(dict.fromkeys(word for word in words if word))
        known = skills_of(self.pathway.resources)
        if given and pool.kind == "supply":
            self.fault("skills", "Supply has no skills.", "Leave it empty.")
        for word in given:
            if word not in known and any(stage.skills for stage in self.pathway.stages):
                self.fault("skills", f'"{word}" is no skill of the pathway.', nearest(word, known))
        return given

    def _pool(self) -> Resource | None:
        name = self.cells["resource"]
        known = {pool.name: pool for pool in self.pathway.resources}
        known |= {pool.label: pool for pool in self.pathway.resources if pool.label}
        pool = known.get(name)
        if pool is None:
            what = f'"{name}" is no resource of the pathway.' if name else "It is empty."
            self.fault("resource", what, did_you_mean(name, known))
            return None
        kind = self.cells.get("kind", "").lower()
        if kind and kind != pool.kind:
            right = did_you_mean(kind, ("staff", "supply"))
            if kind in {"staff", "supply"}:
                right = f"Write {pool.kind}, or change the pathway."
            self.fault("kind", f'"{kind}" does not fit: {pool.name} is {pool.kind}.', right)
        return pool

    def _amount(self, pool: Resource | None) -> float | None:
        fte, units = self._number("fte"), self._number("units")
        if pool is None:
            return None
        key, other = ("fte", "units") if pool.kind == "staff" else ("units", "fte")
        if self.cells.get(other):
            self.fault(other, f"{pool.name} is {pool.kind}.", f"Write its number under {key}.")
        amount = fte if pool.kind == "staff" else units
        if amount is None and not self.cells.get(key) and not self.cells.get(other):
            self.fault(key, "It is empty.", "Write a number, 0 if there is none.")
        return amount

    def _number(self, column: str, most: float | None = None) -> float | None:
        text = self.cells.get(column, "")
        if not text:
            return None
        try:
            number = float(text.replace(",", "").replace("£", "").strip())
        except ValueError:
            number = float("nan")
        if not 0 <= number < float("inf"):
            self.fault(column, f'"{text[:40]}" is no number from 0 up.', "Write digits: 37 or 0.6.")
            return None
        if most is not None and number > most:
            self.fault(column, f"{number:g} is more than a week has.", f"Write up to {most:g}.")
        return number

    def _date(self, column: str) -> date | None:
        text = self.cells.get(column, "")
        if not text:
            return None
        for form in _DATES:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
        self.fault(column, f'"{text[:40]}" is no date.', "Write 2026-04-01 or 01/04/2026.")
        return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).strip()


def _grouped(rows: list[_Row]) -> Iterator[tuple[str, list[_Row]]]:
    for name in dict.fromkeys(row.resource for row in rows):
        yield name, [row for row in rows if row.resource == name]


def _different_hours(rows: list[_Row], sheet: str) -> Iterator[Problem]:
    for name, found in _grouped(rows):
        told = [row for row in found if row.hours is not None]
        for row in told[1:]:
            if row.hours != told[0].hours:
                yield Problem(
                    f"{name} has {row.hours:g} hours here and {told[0].hours:g} in row "
                    f"{told[0].number}.",
                    f"{sheet} row {row.number} column hours_per_week",
                    "Write the hours of one FTE, the same in each row; part time is a lower fte.",
                )


def _different_skills(rows: list[_Row], sheet: str) -> Iterator[Problem]:
    for name, found in _grouped(rows):
        told = [row for row in found if row.skills]
        for row in told[1:]:
            if set(row.skills) != set(told[0].skills):
                yield Problem(
                    f"{name} has other skills here than in row {told[0].number}.",
                    f"{sheet} row {row.number} column skills",
                    "Write the skills of the whole resource, or make a resource of each mix.",
                )


def _lost_skills(pathway: Pathway, pools: tuple[Resource, ...], sheet: str) -> Iterator[Problem]:
    """Stages whose skills nobody has any more."""
    for stage in pathway.stages:
        if stage.skills and not pools_with(stage.skills, pools):
            yield Problem(
                f"Nobody has a skill that {stage.name} asks for: {', '.join(stage.skills)}.",
                f"{sheet} column skills",
                "Leave the skill with a resource, or change the stage.",
            )


def _merged(pool: Resource, rows: list[_Row]) -> Resource:
    there = [row for row in rows if row.starts_on is None]
    changes = [_coming(row, row.starts_on) for row in rows if row.starts_on is not None]
    changes += [_leaving(row, row.ends_on) for row in there if row.ends_on is not None]
    changes.sort(key=lambda change: change.starts_on)
    paid = [row for row in there if row.cost is not None]
    cost = pool.cost_per_year_gbp
    if paid and sum(row.amount for row in paid) > 0:
        total = sum((row.cost or 0.0) * row.amount for row in paid)
        cost = total / sum(row.amount for row in paid)
    hours = next((row.hours for row in rows if row.hours is not None), pool.hours_per_week)
    return replace(
        pool,
        capacity=sum(row.amount for row in there),
        changes=tuple(changes),
        hours_per_week=hours,
        cost_per_year_gbp=cost,
        skills=next((row.skills for row in rows if row.skills), pool.skills),
    )


def _coming(row: _Row, day: date) -> Change:
    return Change(
        add=row.amount,
        starts_on=day,
        ends_on=row.ends_on,
        ramp_days=row.ramp_days,
        cost_per_year_gbp=row.cost,
        one_off_gbp=row.one_off,
        why=row.why,
    )


def _leaving(row: _Row, last: date) -> Change:
    return Change(
        add=-row.amount,
        starts_on=last + timedelta(days=1),
        cost_per_year_gbp=row.cost,
        why=row.why or "Leaves",
    )
