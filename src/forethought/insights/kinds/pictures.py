"""What the pages of all kinds do with drawings: make them blocks, and set the steps of maps."""

from __future__ import annotations

from typing import Literal

from forethought.insights.blocks import Chart
from forethought.results.drawing import Drawing

MAP_STEPS = 5


def as_chart(
    drawing: Drawing,
    name: str,
    table: str,
    *,
    section: str = "",
    role: Literal["view", "section", "small"] = "view",
) -> Chart:
    """A drawing as a block."""
    return Chart(
        name=name,
        heading=drawing.heading,
        measure=drawing.measure,
        alt=drawing.alt,
        wide=drawing.wide,
        narrow=drawing.narrow,
        medium=drawing.medium,
        table=table,
        note=drawing.note,
        section=section,
        role=role,
    )


def breaks(values: list[float]) -> list[float]:
    """Four round breaks between the five steps of a map."""
    import numpy as np

    if not values:
        return [1.0, 2.0, 3.0, 4.0]
    low, high = min(values), max(values)
    width = max((high - low) / MAP_STEPS, 1e-9)
    size = 10 ** np.floor(np.log10(width))
    nice = next(n * size for n in (1, 2, 2.5, 5, 10) if n * size >= width)
    first = np.floor(low / nice) * nice + nice
    return [float(round(first + n * nice, 10)) for n in range(MAP_STEPS - 1)]
