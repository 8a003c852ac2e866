"""The blocks of the fake workspace's one insight, over invented figures."""

from __future__ import annotations

import random
from collections.abc import Mapping

from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Column,
    Form,
    Headline,
    Map,
    Method,
    Table,
    Text,
)

DISTRICTS = tuple(f"Fen {name}" for name in ("North", "South", "East", "West", "Mere", "Sound"))
SERVICES = (("all", "All services"), ("home-care", "Care at home"), ("homes", "Care homes"))


def number(draw: random.Random, low: int, high: int) -> str:
    """A rounded figure."""
    return f"{draw.randrange(low, high, 10):,}"


def districts() -> tuple[tuple[str, str], ...]:
    return (("all", "Whole county"), *((d.lower().replace(" ", "-"), d) for d in DISTRICTS))


def chart(name: str, heading: str, *, role: str = "view", note: str = "") -> Chart:
    return Chart(
        name=name,
        heading=heading,
        measure="Adults with care, month end, Fenmere. The vertical axis starts at 500."
        if role == "view"
        else "Adults with care, today = 100, same axis in all. Band: 8 in 10 chance.",
        alt=f"Line chart, {heading}: a rising past and a forecast with its range.",
        wide=f"{name}-wide.svg",
        narrow=f"{name}-narrow.svg",
        table="by-month",
        note=note,
        section="" if role == "view" else "Where the growth is",
        role=role,  # type: ignore[arg-type]
    )


def blocks(choices: Mapping[str, str]) -> tuple[Block, ...]:
    draw = random.Random(f"7/{sorted(choices.items())}")  # noqa: S311 - pictures, not secrets
    groups = ("Older people", "Learning disability", "Physical disability", "Mental health")
    map_block = Map(
        **{
            **vars(chart("map", "The east grows fastest")),
            "alt": "Map of six districts by growth.",
            "measure": "Expected change by district.",
        }
    )
    return (
        Headline(
            f"By March 2029 we expect **{number(draw, 5000, 6000)} adults** to have care, more "
            f"than today. There is an 8 in 10 chance of **{number(draw, 4000, 5000)} to "
            f"{number(draw, 6000, 7000)}**."
        ),
        Text(
            "What this means for you",
            (
                "Budget for about 120 more people next year. The prudent figure is 190.",
                "Most of the growth is at home: hours of care are the first constraint.",
                "Last year's forecast was **a little low**. Replace it in the plan.",
            ),
            role="actions",
        ),
        Form(
            "Choose what to look at",
            (
                Choice("service", "Service", SERVICES, choices["service"]),
                Choice("district", "District", districts(), choices["district"]),
            ),
        ),
        chart(
            "growth",
            "Growth is faster than last year's forecast expected",
            note="Dark band: 8 in 10 chance. Light band: 19 in 20 chance.",
        ),
        map_block,
        by_month(draw),
        by_year(draw),
        suppressed(),
        *(
            chart(f"group-{i}", group, role="small", note="**820** now, **870** later")
            for i, group in enumerate(groups)
        ),
        Text("Where the record changed", ("The case system changed in 2021.",)),
        Text(
            "What this does not tell you",
            (
                "Need that nobody has asked the council to meet.",
                "People who pay for all of their own care.",
                "Anything about one person.",
            ),
            role="limits",
        ),
        Method(
            (
                ("Method", "Four models combined, then made to add up"),
                ("Track record", "In 24 past forecasts the truth fell in the range 19 times"),
            )
        ),
    )


def by_month(draw: random.Random) -> Table:
    months = [
        f"{m} {y}"
        for y in (2026, 2027, 2028)
        for m in ("January", "March", "May", "July", "September", "November")
    ]
    rows = tuple((m, number(draw, 5000, 5200), "5,000 to 5,200", "4,900 to 5,300") for m in months)
    return Table(
        "by-month",
        "Adults with care at month end",
        "Most likely figure and its ranges.",
        (
            Column("month", "Month"),
            Column("expected", "Forecast", numeric=True),
            Column("range_80", "8 in 10 range", numeric=True, muted=True),
            Column("range_95", "19 in 20 range", numeric=True, muted=True),
        ),
        rows,
        rows,
        role="view",
    )


def by_year(draw: random.Random) -> Table:
    rows = tuple(
        (
            f"{y} to {y + 1}",
            number(draw, 5000, 6000),
            "actual" if y == 2024 else "5,000 to 6,000",
            f"+{draw.randrange(20, 200, 10)}",
            number(draw, 9000, 9900),
            "actual" if y == 2024 else "9,000 to 9,900",
            f"£{draw.randrange(90, 99)}.{draw.randrange(10)}m",
            "actual" if y == 2024 else "£90.1m to £99.9m",
        )
        for y in range(2024, 2029)
    )
    columns = (
        "April to March",
        "People with care on 31 March",
        "Range",
        "Change on the year",
        "Requests in the year",
        "Range",
        "Gross cost",
        "Range",
    )
    return Table(
        "by-year",
        "People, requests and gross cost",
        "Most likely figure, with the 8 in 10 range after it. Cash prices.",
        tuple(
            Column(f"c{i}", label, numeric=i > 0, muted=label == "Range")
            for i, label in enumerate(columns)
        ),
        rows,
        rows,
        section="By financial year",
    )


def suppressed() -> Table:
    rows = (("Fen North", "[c]", "20", "[c]"), ("Fen South", "10", "30", "40"))
    return Table(
        "starts",
        "New starts in care homes",
        "[c] is a count from 1 to 9, or one that would reveal it. Neither is zero.",
        (
            Column("district", "District"),
            *(Column(n, n, numeric=True) for n in ("65 to 84", "85 and over", "All")),
        ),
        rows,
        rows,
        section="By financial year",
    )
