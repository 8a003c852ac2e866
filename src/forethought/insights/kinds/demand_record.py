"""Earlier forecasts of a demand insight held to account: its record, and what judgement added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block, Column, Scalar, Table
from forethought.insights.kinds.demand_words import FLOW_WORDS, SERVICE_WORDS
from forethought.plan.demand.added import EVERYBODY, MONTHS_THAT_COUNT, Judgement
from forethought.plan.demand.reviewed import Made, Reviewed, review
from forethought.plan.demand.vocabulary import ALL
from forethought.results import words

SECTION = "How earlier forecasts fared"
RECORD, ADDED = "earlier-forecasts", "value-added"
REMEMBERED = ("months", "unadjusted")
_NEVER = datetime.max.replace(tzinfo=UTC)
AHEAD_SHOWN = (None, 1, 3, 6, 12)
MEASURES = {"supported": "People supported", "requests": "Requests", "starts": "Starts",
            "ends": "Ends"}  # fmt: skip
"""Measures in the order of the page."""


def made_of(
    run_id: str,
    as_of: date,
    made_at: str,
    tables: Mapping[str, pl.DataFrame],
    settings: Mapping[str, Any],
) -> Made:
    """A run's forecast, with the judgements that were in force when it was made.

    Args:
        run_id: The run.
        as_of: Last day that it knew.
        made_at: When it was made, as ISO text.
        tables: Its tables `months` and, where it has it, `unadjusted`.
        settings: Settings of its specification.
    """
    found = [
        Judgement(
            str(each["author"]), str(each["flow"]), date.fromisoformat(str(each["first"])),
            each.get("service"),
        )
        for each in settings.get("adjustments", ())
        if each.get("expires") is None or date.fromisoformat(str(each["expires"])) >= as_of
    ]  # fmt: skip
    return Made(
        run_id,
        datetime.fromisoformat(made_at),
        tables["months"],
        tables.get("unadjusted"),
        tuple(found),
    )


def record_blocks(result: Result, context: RunContext) -> list[Block]:
    """The record of earlier forecasts of the county; nothing where there is none.

    Args:
        result: The run's result, which tells what came.
        context: The run's context, with the earlier runs that may be shown.
    """
    found = _reviewed(result, context)
    if found.rows.is_empty():
        return []
    return [_record(found), _added(found)]


def _reviewed(result: Result, context: RunContext) -> Reviewed:
    made = [
        made_of(each.run_id, each.as_of, each.made_at, each.tables, each.settings)
        for each in context.earlier
    ]
    made_at = datetime.fromisoformat(context.made_at) if context.made_at else _NEVER
    newest = Made("", made_at, result.tables["months"])
    provisional = [date.fromisoformat(day) for day in result.values.get("provisional", ())]
    return review([*made, newest], again=result.tables.get("record"), provisional=provisional)


def _record(found: Reviewed) -> Table:
    """Bias, error and share in range, by months ahead, of the county and each service."""
    lines: list[tuple[tuple[str, ...], tuple[Scalar, ...]]] = []
    for row in _in_order(found.table()):
        whole = row["service"] == ALL and row["measure"] == "supported"
        if row["ahead"] not in AHEAD_SHOWN or (row["ahead"] and not whole):
            continue
        ahead = "All" if row["ahead"] is None else str(row["ahead"])
        name = _name(row["measure"], row["service"])
        lines.append(
            (
                (
                    name, ahead, str(row["judged"]), words.signed(row["bias"], 0.1),
                    words.decimal(row["error"]), words.percent(row["inside"]),
                ),
                (
                    name, ahead, row["judged"], round(row["bias"], 1), round(row["error"], 1),
                    round(row["inside"], 3),
                ),
            )
        )  # fmt: skip
    return Table(
        name=RECORD,
        heading="Earlier forecasts beside what came",
        caption=" ".join((found.headline(), *found.notes()))
        + " Below: people a month; too high or low is forecast less what came, on average.",
        columns=(
            Column("what", "Forecast"),
            Column("ahead", "Months ahead", numeric=True),
            Column("judged", "Months judged", numeric=True),
            Column("bias", "Too high or low", numeric=True),
            Column("error", "Mean error", numeric=True),
            Column("inside", "In range", numeric=True),
        ),
        rows=tuple(texts for texts, _ in lines),
        values=tuple(values for _, values in lines),
        section=SECTION,
    )


def _added(found: Reviewed) -> Table:
    """Error of the forecast as published, without judgement, and of last year's figure."""
    lines: list[tuple[tuple[str, ...], tuple[Scalar, ...]]] = []
    for row in _in_order(found.added.frame.to_dicts()):
        name = _name(row["measure"], row["service"])
        who = "All months" if row["author"] == EVERYBODY else f"Judged by {row['author']}"
        errors = [row[kind] for kind in ("published", "unadjusted", "naive")]
        judged = added_words(row["judgement"], row["judgement_added"])
        method = added_words(row["method"], row["method_added"])
        lines.append(
            (
                (name, who, str(row["months"]), *map(words.decimal, errors), judged, method),
                (
                    name, who, row["months"], *(round(error, 1) for error in errors), judged,
                    method,
                ),
            )
        )  # fmt: skip
    return Table(
        name=ADDED,
        heading="What judgement and method add",
        caption="Mean error, people a month, of the same months. Judgement: as published beside "
        "without judgement. Method: without judgement beside the same month of the year before. "
        f"Under {MONTHS_THAT_COUNT} months it is too early to tell; a difference counts where it "
        "is 9 in 10 sure.",
        columns=(
            Column("what", "Forecast"),
            Column("who", "Months"),
            Column("months", "Number of months", numeric=True),
            Column("published", "As published", numeric=True),
            Column("unadjusted", "Without judgement", numeric=True),
            Column("naive", "Same month a year before", numeric=True),
            Column("judgement", "Judgement added"),
            Column("method", "Method added"),
        ),
        rows=tuple(texts for texts, _ in lines),
        values=tuple(values for _, values in lines),
        section=SECTION,
    )


def _in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """People supported first, as all else leads to them."""
    places = list(MEASURES)
    return sorted(rows, key=lambda row: places.index(row["measure"]))


def added_words(verdict: str, added: float | None) -> str:
    """`12% smaller error`, `too early to tell`, `no clear difference`; none judged."""
    if not verdict:
        return "Nobody judged"
    if added is None or "error" not in verdict:
        return words.sentence(verdict).removesuffix(".")
    return f"{words.percent(abs(added))} {verdict}"


def _name(measure: str, service: str) -> str:
    what = MEASURES.get(measure, FLOW_WORDS.get(measure, measure))
    return what if service == ALL else f"{what}: {SERVICE_WORDS[service]}"
