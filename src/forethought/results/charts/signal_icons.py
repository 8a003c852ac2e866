"""Small marks for ordinary variation and for targets, always beside words.

Shape and letter tell them apart without colour: a wave is common cause; a triangle concern, a disc
improvement, an open diamond neither, each with H or L for high or low. Squares are about a target:
a tick P (passes), a cross F (fails), an open one with a zigzag ? (hit and miss).

References:
    NHS England, Making Data Count: variation and assurance. The drawings are our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sin
from typing import Literal, get_args

from forethought.errors import DataError
from forethought.results import tokens
from forethought.results.drawing import Drawing
from forethought.results.svg import document, path, tag, text

Variation = Literal[
    "common_cause",
    "concern_high",
    "concern_low",
    "improvement_high",
    "improvement_low",
    "neutral_high",
    "neutral_low",
]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]

VARIATIONS: Mapping[Variation, str] = {
    "common_cause": "Ordinary variation, no special cause",
    "concern_high": "Concern: higher than ordinary variation",
    "concern_low": "Concern: lower than ordinary variation",
    "improvement_high": "Improvement: higher than ordinary variation",
    "improvement_low": "Improvement: lower than ordinary variation",
    "neutral_high": "Higher than ordinary variation, neither better nor worse",
    "neutral_low": "Lower than ordinary variation, neither better nor worse",
}
ASSURANCES: Mapping[Assurance, str] = {
    "consistent_pass": "Consistently meets the target",
    "consistent_fail": "Consistently misses the target",
    "inconsistent": "Sometimes meets the target, sometimes misses it",
}

_WIDTH, _HEIGHT = 44, 24
_MIDDLE = (12.0, 12.0)
_LETTERS: Mapping[Assurance, str] = {
    "consistent_pass": "P",
    "consistent_fail": "F",
    "inconsistent": "?",
}


def variation_icon(kind: Variation) -> Drawing:
    """The mark of a kind of variation, 44 x 24 px; `alt` and `heading` are its words.

    Args:
        kind: One of `VARIATIONS`.

    Raises:
        DataError: No such kind.
    """
    _known(kind, get_args(Variation), "variation")
    sort, _, side = kind.rpartition("_")
    if kind == "common_cause":
        return _drawing(_wave(), "", VARIATIONS[kind], tokens.UNCLEAR)
    up = side == "high"
    look = {
        "concern": (_triangle(up=up), tokens.TARGET),
        "improvement": (_disc(), tokens.BLUE),
        "neutral": (_diamond(), tokens.UNCLEAR),
    }
    shape, colour = look[sort]
    return _drawing(shape, "H" if up else "L", VARIATIONS[kind], colour)


def assurance_icon(kind: Assurance) -> Drawing:
    """The mark of how a series stands to its target, 44 x 24 px; `alt` and `heading` in words.

    Args:
        kind: One of `ASSURANCES`.

    Raises:
        DataError: No such kind.
    """
    _known(kind, get_args(Assurance), "assurance")
    look = {
        "consistent_pass": (_square([[(7, 12.5), (10.5, 16), (17, 8.5)]]), tokens.BLUE),
        "consistent_fail": (_square([[(7.5, 7.5), (16.5, 16.5)], [(16.5, 7.5), (7.5, 16.5)]]),
                            tokens.TARGET),
        "inconsistent": (_zigzag(), tokens.UNCLEAR),
    }  # fmt: skip
    shape, colour = look[kind]
    return _drawing(shape, _LETTERS[kind], ASSURANCES[kind], colour)


def _known(kind: str, kinds: tuple[str, ...], name: str) -> None:
    if kind not in kinds:
        remedy = f"Give one of {', '.join(kinds)}."
        raise DataError(f'"{kind}" is no kind of {name}.', where="icon", remedy=remedy)


def _drawing(shape: str, letter: str, said: str, colour: str) -> Drawing:
    name = text((26, _MIDDLE[1]), letter, bold=True, colour=colour) if letter else ""
    svg = document(_WIDTH, _HEIGHT, [shape, name])
    return Drawing(svg, svg, said, heading=said)


def _wave() -> str:
    """A line that swings between two limits."""
    line = [(x / 2, 12 + 5 * sin((x / 2 - 3) / 38 * 4 * pi)) for x in range(6, 83)]
    swing = _stroke([line], tokens.UNCLEAR)
    limits = [[(3.0, y), (41.0, y)] for y in (3.0, 21.0)]
    return _stroke(limits, tokens.UNCLEAR, width=1.5, dash="3 3") + swing


def _triangle(*, up: bool) -> str:
    tip, base = (2.5, 21.5) if up else (21.5, 2.5)
    return tag("path", d=path([[(12, tip), (22, base), (2, base)]]), fill=tokens.TARGET)


def _disc() -> str:
    return tag("circle", cx=_MIDDLE[0], cy=_MIDDLE[1], r=9.5, fill=tokens.BLUE)


def _diamond() -> str:
    rings = [[(12.0, 2.5), (21.5, 12.0), (12.0, 21.5), (2.5, 12.0)]]
    return _stroke(rings, tokens.UNCLEAR, closed=True)


def _square(cut: list[list[tuple[float, float]]]) -> str:
    """A filled square with white strokes."""
    colour = tokens.BLUE if len(cut) == 1 else tokens.TARGET
    ground = tag("rect", x=2.5, y=2.5, width=19, height=19, fill=colour)
    return ground + _stroke(cut, tokens.WHITE, width=2.5)


def _zigzag() -> str:
    """An open square whose line crosses its target again and again."""
    edge = [[(3.0, 3.0), (21.0, 3.0), (21.0, 21.0), (3.0, 21.0)]]
    line = [[(5.5, 16.0), (9.5, 8.0), (14.0, 16.0), (18.5, 8.0)]]
    target = [[(3.0, 12.0), (21.0, 12.0)]]
    return (
        _stroke(edge, tokens.UNCLEAR, closed=True)
        + _stroke(target, tokens.UNCLEAR, width=1.5, dash="2 2")
        + _stroke(line, tokens.UNCLEAR)
    )


def _stroke(
    lines: list[list[tuple[float, float]]],
    colour: str,
    *,
    width: float = 2,
    dash: str = "",
    closed: bool = False,
) -> str:
    more = {"stroke_dasharray": dash} if dash else {}
    data = path(lines, closed=closed)
    return tag("path", d=data, fill="none", stroke=colour, stroke_width=width, **more)
