"""What a chart or a map is: its drawings, and the words that stand for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forethought.results import tokens


@dataclass(frozen=True)
class Drawing:
    """A chart or map as SVG text, drawn once for each width at 1:1.

    Args:
        wide: SVG for a page of a desk (250 to 1,100 px wide).
        narrow: Its own drawing for a phone, 358 px wide.
        alt: Alternative text, at most 70 words.
        heading: The message.
        measure: What, where, when, unit, and where the axis starts if not at zero.
        note: A line under the drawing: what bands, lines or hatching mean.
        medium: SVG for a tablet, 640 px wide; empty where the wide one fits there.
    """

    wide: str
    narrow: str
    alt: str
    heading: str = ""
    measure: str = ""
    note: str = ""
    medium: str = ""


def medium_of(draw: Callable[[int], str], width: int) -> str:
    """The drawing for a tablet, where the wide one of `width` px would not fit it at 1:1."""
    return draw(tokens.MEDIUM) if width > tokens.MEDIUM else ""
