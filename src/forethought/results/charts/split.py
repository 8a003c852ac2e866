"""Where uncertainty comes from: one bar of parts that make up the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isclose

from forethought.errors import DataError, Problem
from forethought.results import tokens
from forethought.results.alt import within_limit
from forethought.results.canvas import Canvas
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, text_width, wrap

_BAR_PX, _SWATCH_PX = 46, 16
_LOOKS = (
    (tokens.BLUE, tokens.WHITE),
    (tokens.BAND_80, tokens.INK),
    (tokens.BAND_95, tokens.INK),
    (tokens.GREY_BAND, tokens.INK),
)


@dataclass(frozen=True)
class Source:
    """One source of uncertainty: its words and its share of the whole variance, 0-1."""

    name: str
    share: float


def uncertainty_split(
    sources: Sequence[Source],
    *,
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """One stacked bar of the sources of uncertainty, each with its words and per cent.

    Whole per cents add up to 100: what rounding leaves goes to the largest remainders.

    Args:
        sources: Two to four sources, as forecast, parameters and chance; shares sum to 1.
        what: Of what: "People waiting on 31 March 2027".
        place: Where, for the alternative text.
        heading: The message.
        measure: What, where, when.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.

    Raises:
        DataError: Shares do not sum to 1, one is below 0, or sources are too few or many.
    """
    _check(sources)
    said = per_cents(sources)
    figures = [f"{s.name} {text}" for s, text in zip(sources, said, strict=True)]
    where = f", {place}" if place else ""
    lead = f"Stacked bar: where the uncertainty comes from, {what[:1].lower()}{what[1:]}{where}"
    return Drawing(
        wide=_wide(sources, said, width),
        medium=medium_of(lambda px: _wide(sources, said, px), width),
        narrow=_narrow(sources, said),
        alt=within_limit([lead, "; ".join(figures)], table),
        heading=heading,
        measure=measure,
    )


def _check(sources: Sequence[Source]) -> None:
    problems = [Problem(f'"{s.name}" is below zero.') for s in sources if s.share < 0]
    if not 2 <= len(sources) <= len(_LOOKS):  # noqa: PLR2004
        problems.append(Problem(f"{len(sources)} sources; two to {len(_LOOKS)} can be drawn."))
    total = sum(s.share for s in sources)
    if not isclose(total, 1, abs_tol=1e-6):
        problems.append(Problem(f"Shares sum to {total:.4g}, not 1."))
    if problems:
        raise DataError("The bar cannot be drawn.", where="uncertainty", problems=problems)


def per_cents(sources: Sequence[Source]) -> list[str]:
    """Whole per cents that sum to 100, as the bar shows them.

    A part too small for one reads "under 1%".
    """
    exact = [s.share * 100 for s in sources]
    whole = [floor(value + 1e-9) for value in exact]
    order = sorted(range(len(exact)), key=lambda n: (whole[n] - exact[n], n))
    for n in order[: 100 - sum(whole)]:
        whole[n] += 1
    return [
        "under 1%" if value == 0 and share > 0 else f"{value}%"
        for value, share in zip(whole, exact, strict=True)
    ]


def _fits(source: Source, text: str, width: float) -> bool:
    """Whether a per cent fits into its part of the bar."""
    return text_width(text, bold=True) + GAP_PX <= source.share * width


def _bar(canvas: Canvas, sources: Sequence[Source], said: Sequence[str], top: float) -> list[float]:
    """The bar with its per cents where they fit; gives the middle of each part."""
    x, middles = 0.0, []
    for source, text, (colour, ink) in zip(sources, said, _LOOKS, strict=False):
        end = x + source.share * canvas.width
        middle, y = (x + end) / 2, top + _BAR_PX / 2
        if end > x:
            canvas.rect(x + 0.75, top, max(end - 0.75, x + 1), top + _BAR_PX, colour)
        if _fits(source, text, canvas.width):
            canvas.text(middle, y, text, bold=True, anchor="middle", colour=ink)
        middles.append(middle)
        x = end
    return middles


def _wide(sources: Sequence[Source], said: Sequence[str], width: int) -> str:
    """Words under the part they name, pushed apart; a short line leads to each."""
    room = width / len(sources) - 2 * GAP_PX
    labels = [
        wrap(source.name, room) + ([] if _fits(source, text, width) else [text])
        for source, text in zip(sources, said, strict=True)
    ]
    canvas = Canvas(width, _BAR_PX + 22 + max(map(len, labels)) * LINE_PX + 8)
    middles = _bar(canvas, sources, said, 2)
    widths = [max(text_width(line, bold=True) for line in lines) for lines in labels]
    places = _apart(middles, widths, width)
    for middle, x, pieces in zip(middles, places, labels, strict=True):
        bend = [(middle, _BAR_PX + 4), (middle, _BAR_PX + 10), (x, _BAR_PX + 18)]
        canvas.line(bend, tokens.AXIS, width=1.5)
        for n, piece in enumerate(pieces):
            y = _BAR_PX + 32 + n * LINE_PX
            canvas.text(x, y, piece, anchor="middle", bold=piece in said)
    return canvas.svg()


def _apart(wanted: Sequence[float], widths: Sequence[float], end: float) -> list[float]:
    """Middles of labels in order, none over the next and none past the ends."""
    placed: list[float] = []
    edge = 0.0
    for middle, width in zip(wanted, widths, strict=True):
        placed.append(max(middle, edge + width / 2))
        edge = placed[-1] + width / 2 + GAP_PX
    edge = end
    for n in range(len(placed) - 1, -1, -1):
        placed[n] = min(placed[n], edge - widths[n] / 2)
        edge = placed[n] - widths[n] / 2 - GAP_PX
    return placed


def _narrow(sources: Sequence[Source], said: Sequence[str]) -> str:
    """The bar, then a row for each part in the same order."""
    room = tokens.NARROW - _SWATCH_PX - GAP_PX
    rows = [wrap(f"{s.name}, {text}", room) for s, text in zip(sources, said, strict=True)]
    canvas = Canvas(tokens.NARROW, _BAR_PX + 14 + sum(len(row) * LINE_PX + GAP_PX for row in rows))
    _bar(canvas, sources, said, 2)
    y = _BAR_PX + 26.0
    for row, (colour, _) in zip(rows, _LOOKS, strict=False):
        canvas.rect(0, y - 8, _SWATCH_PX, y + 8, tokens.AXIS)
        canvas.rect(1, y - 7, _SWATCH_PX - 1, y + 7, colour)
        for n, line in enumerate(row):
            canvas.text(_SWATCH_PX + GAP_PX, y + n * LINE_PX, line)
        y += len(row) * LINE_PX + GAP_PX
    return canvas.svg()
