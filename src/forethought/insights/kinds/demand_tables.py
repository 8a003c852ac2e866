"""Tables of a demand page: by month, by financial year, by district, by client group."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from forethought.insights.blocks import Column, Scalar, Table
from forethought.insights.kinds.demand_figures import Figure, Figures
from forethought.insights.kinds.demand_words import PEOPLE_LABELS, Chosen
from forethought.place.calendar import financial_year_label, month_name
from forethought.plan.demand.vocabulary import ALL
from forethought.results import words

BY_MONTH = "people-supported-by-month"
BY_YEAR = "people-requests-and-cost-by-year"
BY_DISTRICT = "people-supported-by-district"
BY_GROUP = "people-supported-by-client-group"

Cells = tuple[tuple[str, ...], tuple[Scalar, ...]]
Number = Callable[[float], str]


def month_table(figures: Figures, to: int) -> Table:
    """Every month of the chart: those expected, then those observed, newest first."""
    last = dict(figures.last.iter_rows())
    columns = [
        Column("month", "Month"),
        Column("people", "People supported", numeric=True, counts_people=True),
        Column("low80", "8 in 10: from", numeric=True, muted=True),
        Column("high80", "8 in 10: to", numeric=True, muted=True),
        Column("low95", "19 in 20: from", numeric=True, muted=True),
        Column("high95", "19 in 20: to", numeric=True, muted=True),
    ]
    if last:
        columns.append(Column("last", "Last year's forecast", numeric=True, muted=True))
    rows = []
    for row in coming_first(figures.months, figures.ends[0]).iter_rows(named=True):
        seen = row["ds"] <= figures.ends[0]
        people = row["observed"] if seen else row["mean"]
        ranges = [row[name] for name in ("lo-80", "hi-80", "lo-95", "hi-95")]
        rows.append(_month_row(row["ds"], people, ranges, last, seen=seen, to=to))
    return _table(
        BY_MONTH,
        "People supported by month",
        f"{figures.chosen.what} at month end, {figures.chosen.place}. "
        f"{_rounding(to)}Coming months first, then the past, newest first, which says actual.",
        tuple(columns),
        rows,
        role="view",
    )


def coming_first(months: pl.DataFrame, known: date) -> pl.DataFrame:
    """Months in a reader's order: those ahead from the next one on, then the past back in time."""
    past = pl.col("ds") <= known
    return pl.concat(
        [months.filter(~past).sort("ds"), months.filter(past).sort("ds", descending=True)]
    )


def _month_row(
    day: date,
    people: float | None,
    ranges: list[float | None],
    last: Mapping[date, float | None],
    *,
    seen: bool,
    to: int,
) -> Cells:
    texts = [month_name(day), words.cell(people, to)]
    values: list[Scalar] = [day.isoformat()[:7], _nearest(people, to)]
    for value in ranges:
        texts.append("actual" if seen else words.cell(value, to))
        values.append(None if seen else _nearest(value, to))
    if last:
        made = last.get(day)
        texts.append("" if made is None else words.rounded(made, to))
        values.append(_nearest(made, to))
    return tuple(texts), tuple(values)


def year_table(figures: Figures, to: int, section: str) -> Table:
    """People, change, requests or starts, and gross cost by financial year, each with its range."""
    flow = "requests" if figures.chosen.service == ALL else "starts"
    flow_label = "Requests in the year" if flow == "requests" else "Starts in the year"
    columns = (
        Column("year", "April to March"),
        Column("people", "People supported at 31 March", numeric=True, counts_people=True),
        Column("people_range", "Range", muted=True, numeric=True),
        Column("change", "Change on the year", numeric=True),
        Column("change_range", "Range", muted=True, numeric=True),
        Column(flow, flow_label, numeric=True, counts_people=True),
        Column(f"{flow}_range", "Range", muted=True, numeric=True),
        Column("cost", "Gross cost", numeric=True),
        Column("cost_range", "Range", muted=True, numeric=True),
    )

    def people(value: float) -> str:
        return words.rounded(value, to)

    def signed(value: float) -> str:
        return words.signed(value, to)

    rows = []
    for year in figures.year_list:
        texts, values = [financial_year_label(year)], [financial_year_label(year)]
        parts: tuple[tuple[str, Number, float], ...] = (
            ("supported", people, to),
            ("change", signed, to),
            (flow, people, to),
            ("cost_gbp", words.pounds_m, 1000),
        )
        cells: list[Scalar] = list(values)
        for measure, number, size in parts:
            figure = figures.year(measure, year)
            texts += _said(figure, number)
            cells += [_nearest(figure.value, size), _range_value(figure, number)]
        rows.append((tuple(texts), tuple(cells)))
    what = (
        "People, requests and gross cost" if flow == "requests" else "People, starts and gross cost"
    )
    return _table(
        BY_YEAR,
        what,
        f"Most likely figure, with the 8 in 10 range after it. {_rounding(to)}Cash prices.",
        columns,
        rows,
        section=section,
    )


def district_table(rows: pl.DataFrame, choice: Chosen, to: int) -> Table:
    """People supported now and in the last month forecast, by district."""
    ordered = sorted(rows.iter_rows(named=True), key=lambda row: choice.places[row["district"]])
    cells: list[Cells] = []
    for row in ordered:
        name = choice.places[row["district"]]
        future = Figure(row["mean"], row["lo-80"], row["hi-80"])
        texts = (
            name,
            words.cell(row["now"], to),
            words.cell(row["mean"], to),
            _range_text(future, lambda value: words.rounded(value, to)),
        )
        values = (
            name,
            _nearest(row["now"], to),
            _nearest(row["mean"], to),
            _range_value(future, lambda value: words.rounded(value, to)),
        )
        cells.append((texts, values))
    return _table(
        BY_DISTRICT,
        "By district",
        f"{choice.what}, now and at the end of the forecast, with the 8 in 10 range. "
        f"{_rounding(to)}",
        (
            Column("district", "District"),
            Column("now", "Now", numeric=True, counts_people=True),
            Column("expected", "Expected", numeric=True, counts_people=True),
            Column("range", "Range", numeric=True, muted=True),
        ),
        cells,
        section="By district",
    )


def group_table(shown: Mapping[str, Figures], to: int, section: str) -> Table:
    """People supported now and at the end of the forecast, by client group."""
    rows: list[Cells] = []
    for who, figures in shown.items():
        _, now = figures.now
        _, end = figures.end
        said = _range_text(end, lambda value: words.rounded(value, to))
        index = words.decimal((end.value or 0) / now * 100, 0)
        texts = (PEOPLE_LABELS[who], words.rounded(now, to), words.cell(end.value, to), said, index)
        values = (
            PEOPLE_LABELS[who],
            _nearest(now, to),
            _nearest(end.value, to),
            said,
            round((end.value or 0) / now * 100),
        )
        rows.append((texts, values))
    day = month_name(next(iter(shown.values())).end[0])
    return _table(
        BY_GROUP,
        "By client group",
        f"People supported now and in {day}, with the 8 in 10 range. {_rounding(to)}",
        (
            Column("group", "Client group"),
            Column("now", "Now", numeric=True, counts_people=True),
            Column("expected", day, numeric=True, counts_people=True),
            Column("range", "Range", numeric=True, muted=True),
            Column("index", "Now = 100", numeric=True),
        ),
        rows,
        section=section,
    )


def _table(
    name: str,
    heading: str,
    caption: str,
    columns: tuple[Column, ...],
    rows: list[Cells],
    *,
    role: str = "section",
    section: str = "",
) -> Table:
    return Table(
        name=name,
        heading=heading,
        caption=caption.strip(),
        columns=columns,
        rows=tuple(texts for texts, _ in rows),
        values=tuple(values for _, values in rows),
        role="view" if role == "view" else "section",
        section=section,
    )


def _said(figure: Figure, number: Number) -> list[str]:
    if figure.value is None:
        return [words.SUPPRESSED, words.SUPPRESSED]
    return [number(figure.value), _range_text(figure, number)]


def _range_text(figure: Figure, number: Number) -> str:
    if figure.actual:
        return "actual"
    if figure.low is None or figure.high is None:
        return words.SUPPRESSED
    return f"{number(figure.low)} to {number(figure.high)}"


def _range_value(figure: Figure, number: Number) -> str | None:
    text = _range_text(figure, number)
    return None if text == words.SUPPRESSED else text


def _nearest(value: float | None, to: float) -> float | int | None:
    """The value as shown: halves away from zero, a whole number where the step is one."""
    if value is None:
        return None
    nearest = math.copysign(math.floor(abs(value) / to + 0.5) * to, value) + 0.0
    return int(nearest) if float(to).is_integer() else nearest


def _rounding(to: int) -> str:
    return f"People to the nearest {to}. " if to > 1 else ""
