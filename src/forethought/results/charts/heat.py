"""A heat map of chances: staff across, change in demand down, the 9 in 10 line along the cells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from forethought.errors import DataError, Problem
from forethought.results import geometry, tokens, words
from forethought.results.alt import within_limit
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, text_width

STEPS = (10, 50, 75, 90)
"""Per cent at which a cell takes the next colour; the last is the 9 in 10 line."""
_SURE = STEPS[-1]
_ROW_PX, _ROW_NARROW_PX, _CELL_PX = 32, 44, 32
_MOST_ROWS = 6  # that a phone shows without leaving out every second
_HEAD_PX, _KEY_PX = 30, 16


@dataclass(frozen=True)
class ChanceGrid:
    """Chances by staff and change in demand.

    Args:
        staff: Staff of each column, ascending.
        demand_pct: Change in demand of each row in per cent, ascending.
        chance: A chance, 0-1, for each row and column.
        today: Today's staff and change in demand: the dashed box.
        what_if: The what-if's: the solid box.

    Raises:
        DataError: Numbers are not ascending, a row is too short or long, or a chance is none.
    """

    staff: tuple[float, ...]
    demand_pct: tuple[float, ...]
    chance: tuple[tuple[float, ...], ...]
    today: tuple[float, float] | None = None
    what_if: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        problems = [
            Problem(f'"{name}" is empty or not ascending.')
            for name, found in (("staff", self.staff), ("demand_pct", self.demand_pct))
            if not found or any(b <= a for a, b in pairwise(found))
        ]
        if len(self.chance) != len(self.demand_pct):
            problems.append(Problem(f"{len(self.chance)} rows for {len(self.demand_pct)} changes."))
        for change, row in zip(self.demand_pct, self.chance, strict=False):
            if len(row) != len(self.staff) or not all(0 <= p <= 1 for p in row):
                problems.append(Problem(f"Row {change:g}% needs {len(self.staff)} chances, 0-1."))
        if problems:
            raise DataError("The heat map cannot be drawn.", where="chances", problems=problems)

    def nearest(self, at: tuple[float, float]) -> tuple[int, int]:
        """Row and column nearest to staff and a change in demand."""
        row = min(range(len(self.demand_pct)), key=lambda n: abs(self.demand_pct[n] - at[1]))
        column = min(range(len(self.staff)), key=lambda n: abs(self.staff[n] - at[0]))
        return row, column

    def shown(self, row: int, column: int) -> int:
        """The chance as the whole per cent that a cell shows: 0 for under 1, 100 for over 99."""
        chance = self.chance[row][column]
        if chance < 0.01:  # noqa: PLR2004
            return 0
        return 100 if chance > 0.99 else int(words.rounded(chance * 100, 1))  # noqa: PLR2004

    def fewest(self, row: int) -> float | None:
        """Fewest staff in a row whose cell shows 90 or more; None where none does."""
        reached = (n for n in range(len(self.staff)) if self.shown(row, n) >= _SURE)
        found = next(reached, None)
        return None if found is None else self.staff[found]


@dataclass(frozen=True)
class _Heat:
    grid: ChanceGrid
    across: str
    down: str


def heat_map(  # noqa: PLR0913
    grid: ChanceGrid,
    *,
    what: str,
    place: str = "",
    across: str = "Full-time staff",
    down: str = "Change in requests",
    heading: str = "",
    measure: str = "",
    table: str = "",
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Chances in per cent, a number in each cell, five steps of one hue, the 9 in 10 line orange.

    The largest change in demand stands at the top. A cell takes the step, and its side of the
    line, of the whole number that it shows. A phone shows every second column and row: the column
    of today's staff, and the one nearest to the what-if.

    Args:
        grid: The chances.
        what: Of what: "chance of fewer than 900 people waiting on 31 March 2027".
        place: Where, for the alternative text.
        across: What columns are.
        down: What rows are.
        heading: The message.
        measure: What, where, when, unit.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.
    """
    heat = _Heat(grid, across, down)
    phone = _thinned(grid, tokens.NARROW, rows=2 if len(grid.demand_pct) > _MOST_ROWS else 1)

    def draw(px: int) -> str:
        return _draw(replace(heat, grid=_thinned(grid, px)), px, _ROW_PX)

    return Drawing(
        wide=draw(width),
        medium=medium_of(draw, width),
        narrow=_draw(replace(heat, grid=phone), tokens.NARROW, _ROW_NARROW_PX),
        alt=_alt(heat, what, place, table),
        heading=heading,
        measure=measure,
        note=_note(grid),
    )


def _names(grid: ChanceGrid) -> list[str]:
    return [words.MINUS * (v < 0) + "+" * (v > 0) + f"{abs(v):g}%" for v in grid.demand_pct]


def _left(grid: ChanceGrid) -> float:
    return max(map(text_width, _names(grid))) + GAP_PX


def _thinned(grid: ChanceGrid, width: int, rows: int = 1) -> ChanceGrid:
    """The columns that fit, today's among them, and every n-th row, that of today among them."""
    fit = max(1, int((width - _left(grid) - 4) / _CELL_PX))
    step = -(-len(grid.staff) // fit)
    row, column = grid.nearest(grid.today or grid.what_if or (grid.staff[0], 0.0))
    down = range(row % rows, len(grid.demand_pct), rows)
    across = range(column % step, len(grid.staff), step)
    return replace(
        grid,
        staff=tuple(grid.staff[n] for n in across),
        demand_pct=tuple(grid.demand_pct[n] for n in down),
        chance=tuple(tuple(grid.chance[n][k] for k in across) for n in down),
    )


def _draw(heat: _Heat, width: int, row_px: int) -> str:
    grid, left = heat.grid, _left(heat.grid)
    cell = (width - 4 - left) / len(grid.staff)
    bottom = _HEAD_PX + row_px * len(grid.demand_pct)
    key_y = bottom + 22 + LINE_PX + 14
    lines = 2 if width <= tokens.NARROW else 1
    canvas = Canvas(width, int(key_y + _KEY_PX + lines * LINE_PX + 6))

    def box(row: int, column: int) -> tuple[float, float, float, float]:
        top = bottom - row_px * (row + 1)  # the largest change stands at the top
        x = left + cell * column
        return x, top, x + cell, top + row_px

    canvas.text(0, 12, heat.down, colour=tokens.SECONDARY)
    for n, name in enumerate(_names(grid)):
        canvas.text(left - GAP_PX, box(n, 0)[1] + row_px / 2, name, anchor="end")
    for row in range(len(grid.demand_pct)):
        for column in range(len(grid.staff)):
            _cell(canvas, box(row, column), grid.shown(row, column))
    _contour(canvas, grid, [left + cell * n for n in range(len(grid.staff) + 1)], bottom, row_px)
    for at, dash in ((grid.today, (4, 3)), (grid.what_if, ())):
        if at:
            _outline(canvas, box(*grid.nearest(at)), dash)
    for n, staff in enumerate(grid.staff):
        canvas.text(left + cell * (n + 0.5), bottom + 16, parts.plain(staff), anchor="middle")
    middle = left + cell * len(grid.staff) / 2
    canvas.text(middle, bottom + 38, heat.across, colour=tokens.SECONDARY, anchor="middle")
    _key(canvas, width, key_y)
    return canvas.svg()


def _cell(canvas: Canvas, box: tuple[float, float, float, float], shown: int) -> None:
    left, top, right, bottom = box
    step = bisect_right(STEPS, shown)
    canvas.rect(left + 0.5, top + 0.5, right - 0.5, bottom - 0.5, tokens.HEAT[step])
    text = "<1" if shown == 0 else ">99" if shown > 99 else str(shown)  # noqa: PLR2004
    colour = tokens.WHITE if step == len(STEPS) else tokens.INK
    canvas.text((left + right) / 2, (top + bottom) / 2, text, anchor="middle", colour=colour)


def _contour(
    canvas: Canvas, grid: ChanceGrid, xs: Sequence[float], bottom: float, row_px: float
) -> None:
    """The border of the cells that show 90 or more, without the grid's own edge at their right.

    A row that never gets there has the line at its end: it lies beyond.
    """
    last = len(grid.staff)
    sure = [
        [False, *(grid.shown(row, n) >= _SURE for n in range(last)), True]
        for row in range(len(grid.demand_pct))
    ]
    if not any(any(row[:-1]) for row in sure):
        return
    edges: list[geometry.Edge] = []
    for n, row in enumerate(sure):
        low, high = bottom - row_px * n, bottom - row_px * (n + 1)
        edges += [((xs[k], low), (xs[k], high)) for k in range(last + 1) if row[k] != row[k + 1]]
        above = sure[n + 1] if n + 1 < len(sure) else row
        edges += [
            ((xs[k - 1], high), (xs[k], high)) for k in range(1, last + 1) if row[k] != above[k]
        ]
    lines = geometry.joined_edges(edges)
    for colour, width in ((tokens.WHITE, 9), (tokens.ORANGE_MARK, 5)):
        for line in lines:
            canvas.line(line, colour, width=width)


def _outline(canvas: Canvas, box: tuple[float, float, float, float], dash: tuple[int, ...]) -> None:
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    canvas.line(corners, tokens.WHITE, width=5)
    canvas.line(corners, tokens.INK, width=3, dash=dash)


def _key(canvas: Canvas, width: int, top: float) -> None:
    """Five steps with an edge, their words under them; on a phone the outer two break."""
    step = (width - 4) / len(tokens.HEAT)
    for n, colour in enumerate(tokens.HEAT):
        canvas.rect(1 + n * step, top, 1 + (n + 1) * step, top + _KEY_PX, tokens.AXIS)
        canvas.rect(2 + n * step, top + 1, (n + 1) * step, top + _KEY_PX - 1, colour)
    spans = [f"{low} to {high - 1}" for low, high in pairwise(STEPS)]
    said = [f"under {STEPS[0]}%", *spans, f"{_SURE} or more"]
    for n, text in enumerate(said):
        x = 1 + n * step
        pieces = [text]
        if text_width(text) > step:
            pieces = [text.rsplit(" ", 1)[0], text.rsplit(" ", 1)[1]]
        for k, piece in enumerate(pieces):
            canvas.text(x, top + _KEY_PX + 14 + k * LINE_PX, piece)


def _note(grid: ChanceGrid) -> str:
    said = []
    if any(grid.fewest(row) is not None for row in range(len(grid.demand_pct))):
        said.append("Orange line: right of it, the plan has at least a 9 in 10 chance.")
    else:
        said.append("No plan shown has a 9 in 10 chance.")
    if grid.today:
        said.append("Dashed box: today.")
    if grid.what_if:
        said.append("Solid box: your what-if, or the cell nearest to it.")
    return " ".join(said)


def _alt(heat: _Heat, what: str, place: str, table: str) -> str:
    grid, names = heat.grid, _names(heat.grid)
    where = f", {place}" if place else ""
    ends = f"{parts.plain(grid.staff[0])} to {parts.plain(grid.staff[-1])}"
    lead = (
        f"Heat map: {what}{where}, by {_low(heat.across)}, {ends}, and {_low(heat.down)}, "
        f"{names[0]} to {names[-1]}"
    )
    sentences = [lead]
    for name, at in (("Today", grid.today), ("What-if", grid.what_if)):
        if at:
            row, column = grid.nearest(at)
            chance = words.chance_percent(grid.chance[row][column])
            said = f"{parts.plain(grid.staff[column])} and {names[row]}: {chance}"
            sentences.append(f"{name}, {said}")
    rows = sorted({0, grid.nearest((grid.staff[0], 0.0))[0], len(names) - 1})
    fewest = [f"{_or_none(grid.fewest(row))} at {names[row]}" for row in rows]
    sentences.append(f"Fewest for 9 in 10: {', '.join(fewest)}")
    return within_limit(sentences, table)


def _or_none(staff: float | None) -> str:
    return words.NONE if staff is None else parts.plain(staff)


def _low(text: str) -> str:
    return text[:1].lower() + text[1:]
