"""Made-up series, and a reader of the text that a drawing holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import combinations
from math import sin
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from hypothesis import settings

from forethought.results.drawing import Drawing
from forethought.results.layout import Box, text_box

# A busy machine is no fault of the code, and the same examples come each time.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

SVG = "{http://www.w3.org/2000/svg}"
FORBIDDEN = re.compile(r"<script|\sstyle=|\son\w+=|javascript:|<foreignObject|href=", re.IGNORECASE)


def months(first: date, count: int) -> list[date]:
    start = first.year * 12 + first.month - 1
    return [date((start + i) // 12, (start + i) % 12 + 1, 1) for i in range(count)]


def made_up(
    count: int = 48,
    *,
    base: float = 400.0,
    slope: float = 2.0,
    wave: float = 15.0,
    first: date = date(2020, 4, 1),
) -> pl.DataFrame:
    """A smooth line: base, slope and a yearly wave."""
    values = [base + slope * i + wave * sin(i / 2) for i in range(count)]
    return pl.DataFrame({"ds": months(first, count), "y": values})


def expected_after(
    observed: pl.DataFrame, count: int = 24, *, slope: float = 2.0, spread: float = 6.0
) -> pl.DataFrame:
    """A straight forecast with ranges that widen with the root of time."""
    last, start = observed["y"][-1], observed["ds"][-1]
    middle = [last + slope * i for i in range(1, count + 1)]
    widths = {80: 1.28, 95: 1.96}
    bands = {
        f"{edge}-{level}": [m + sign * z * spread * i**0.5 for i, m in enumerate(middle, start=1)]
        for level, z in widths.items()
        for edge, sign in (("lo", -1), ("hi", 1))
    }
    days = months(start, count + 1)[1:]
    return pl.DataFrame({"ds": days, "median": middle, **bands})


def written(svg: str) -> list[tuple[str, Box, float]]:
    """Every line of text of a drawing, with its box and size; halos left out."""
    found = []
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing

    def walk(node: ET.Element, x: float, y: float) -> None:
        moved = re.match(r"translate\(([-\d.]+)[, ]+([-\d.]+)\)", node.get("transform", ""))
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        if node.tag == f"{SVG}text" and not node.get("stroke"):
            size = float(node.get("font-size", "0").removesuffix("px"))
            at = x + float(node.get("x", 0)), y + float(node.get("y", 0)) - size * 0.35
            bold, anchor = node.get("font-weight") == "bold", node.get("text-anchor", "start")
            text = node.text or ""
            found.append((text, text_box(*at, [text], anchor=anchor, bold=bold, size=size), size))
        for child in node:
            walk(child, x, y)

    walk(root, 0, 0)
    return found


def faults(svg: str, width: int) -> list[str]:
    """What a reader or a strict page would stumble over in a drawing."""
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    height = float(root.get("height", "0"))
    found = [f"forbidden: {hit}" for hit in FORBIDDEN.findall(svg)]
    if float(root.get("width", "0")) != width:
        found.append(f"{root.get('width')} px wide, not {width}")
    texts = written(svg)
    found += [f"{text!r} has {size} px" for text, _, size in texts if size < 15]
    for text, box, _ in texts:
        if box.left < -0.5 or box.right > width + 0.5 or box.top < -2 or box.bottom > height + 2:
            found.append(f"{text!r} is cut")
    for (a, box_a, _), (b, box_b, _) in combinations(texts, 2):
        if _shrunk(box_a).overlaps(_shrunk(box_b)):
            found.append(f"{a!r} lies on {b!r}")
    return found


def _shrunk(box: Box) -> Box:
    """The ink of a line of text: less tall than its box, and narrower than the widest font's."""
    trim = (box.right - box.left) * 0.07
    return Box(box.left + trim, box.top + 3, box.right - trim, box.bottom - 3)


def all_faults(drawing: Drawing, width: int) -> list[str]:
    """Faults of every drawing, and of the alternative text."""
    found = faults(drawing.wide, width) + faults(drawing.narrow, 358)
    if drawing.medium or width > 640:
        found += [f"medium: {fault}" for fault in faults(drawing.medium, 640)]
    if len(drawing.alt.split()) > 70:
        found.append("the alternative text is too long")
    if not drawing.alt:
        found.append("no alternative text")
    return found


@pytest.fixture
def line() -> Callable[..., pl.DataFrame]:
    return made_up


@pytest.fixture
def ahead() -> Callable[..., pl.DataFrame]:
    return expected_after


@pytest.fixture
def check_drawing() -> Callable[[Drawing, int], list[str]]:
    return all_faults


@pytest.fixture
def texts_of() -> Callable[[str], Sequence[str]]:
    return lambda svg: [text for text, _, _ in written(svg)]
