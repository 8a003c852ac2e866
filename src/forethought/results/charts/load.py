"""How busy the stages of a service are: work that comes in as a share of what staff can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forethought.results import tokens, words
from forethought.results.charts.bars import Bar, Mark, bars
from forethought.results.drawing import Drawing

CAPACITY = 1.0


@dataclass(frozen=True)
class Load:
    """One stage.

    Args:
        name: "Assessment".
        share: Work that comes in over the work that its staff can do, from 0; 1 is all of it.
        low: Lower end of the 8 in 10 range of the share.
        high: Upper end.
    """

    name: str
    share: float
    low: float | None = None
    high: float | None = None


def load_bars(
    stages: Sequence[Load],
    *,
    place: str = "",
    full: str = "100%: as much as staff can do",
    heading: str = "",
    measure: str = "",
    table: str = "",
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Load by stage as a share of capacity, with the line at 100% named.

    A stage over 100% is drawn as a miss and says "over".

    Args:
        stages: Stages in the order that work passes them.
        place: Where, for the alternative text.
        full: Name of the line at 100%.
        heading: The message.
        measure: What, where, when.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.

    Raises:
        DataError: There is no stage, or a share is below zero.
    """
    rows = [
        Bar(
            stage.name,
            stage.share,
            stage.low,
            stage.high,
            colour=tokens.TARGET if stage.share > CAPACITY else tokens.BLUE,
            text=words.percent(stage.share) + (", over" if stage.share > CAPACITY else ""),
        )
        for stage in stages
    ]
    return bars(
        rows,
        what="load by stage, share of what staff can do",
        place=place,
        heading=heading,
        measure=measure,
        table=table,
        axis_label=words.percent,
        mark=Mark(CAPACITY, full),
        width=width,
    )
