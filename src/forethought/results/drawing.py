"""What a chart or a map is: two drawings, and the words that stand for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Drawing:
    """A chart or map as SVG text, drawn twice at 1:1.

    Args:
        wide: SVG for a page of a desk (340 to 1,100 px wide).
        narrow: Its own drawing for a phone, 358 px wide.
        alt: Alternative text, at most 70 words.
        heading: The message.
        measure: What, where, when, unit, and where the axis starts if not at zero.
        note: A line under the drawing: what bands, lines or hatching mean.
    """

    wide: str
    narrow: str
    alt: str
    heading: str = ""
    measure: str = ""
    note: str = ""
