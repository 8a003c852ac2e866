"""A canvas of marks in px that becomes SVG through Vega (vl-convert).

Layout is ours (`results.layout`), so that every label has a measured place and the drawing has
the exact width asked for; Vega draws. Without a Vega-Lite compilation a drawing takes half the
time. The SVG holds no script, style attribute or role: a page shows it as an image.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from forethought.results import tokens

Anchor = Literal["start", "middle", "end"]
Points = Sequence[tuple[float, float]]
Row = dict[str, Any]

_ALIGN = {"start": "left", "middle": "center", "end": "right"}
_SCHEMA = "https://vega.github.io/schema/vega/v6.json"
_HALO = {"stroke": {"value": tokens.WHITE}, "strokeWidth": {"value": 4}}
_ROUND = {"strokeJoin": {"value": "round"}}


@dataclass
class Canvas:
    """Marks in the order they are drawn; x to the right, y down, in px. Text lies over all."""

    width: int
    height: int
    marks: list[tuple[str, list[Row], Row]] = field(default_factory=list)
    halos: list[Row] = field(default_factory=list)
    texts: list[Row] = field(default_factory=list)

    def band(
        self,
        xs: Sequence[float],
        tops: Sequence[float],
        bottoms: Sequence[float],
        colour: str,
        opacity: float = 1.0,
    ) -> None:
        """A filled band without an edge."""
        rows = [
            {"x": _px(x), "y": _px(top), "y2": _px(bottom)}
            for x, top, bottom in zip(xs, tops, bottoms, strict=True)
        ]
        self.marks.append(
            ("area", rows, {"fill": {"value": colour}, "fillOpacity": {"value": opacity}})
        )

    def line(
        self, points: Points, colour: str, *, width: float = 3.0, dash: Sequence[int] = ()
    ) -> None:
        """A line through points in order."""
        look = {
            "stroke": {"value": colour},
            "strokeWidth": {"value": width},
            "strokeDash": {"value": list(dash)},
            **_ROUND,
        }
        self.marks.append(("line", [{"x": _px(x), "y": _px(y)} for x, y in points], look))

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str,
        *,
        width: float = 1.0,
        dash: Sequence[int] = (),
    ) -> None:
        """A straight line."""
        row = {"x": _px(start[0]), "y": _px(start[1]), "x2": _px(end[0]), "y2": _px(end[1])}
        look = {"stroke": colour, "strokeWidth": width, "strokeDash": list(dash)}
        self._merge("rule", {**row, **look})

    def rect(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A filled rectangle."""
        row = {"x": _px(left), "y": _px(top), "x2": _px(right), "y2": _px(bottom)}
        self._merge("rect", {**row, "fill": colour})

    def dot(
        self, x: float, y: float, colour: str, *, size: float = 80, shape: str = "circle"
    ) -> None:
        """A filled symbol; `size` is its area in px²."""
        self._merge(
            "symbol", {"x": _px(x), "y": _px(y), "fill": colour, "size": size, "shape": shape}
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        colour: str = tokens.INK,
        bold: bool = False,
        anchor: Anchor = "start",
        size: float = tokens.TEXT_PX,
        halo: bool = False,
    ) -> None:
        """One line of text whose middle lies at `y`; a halo keeps it clear of what is under it."""
        row = {
            "x": _px(x),
            "y": _px(y),
            "text": text,
            "fill": colour,
            "fontWeight": "bold" if bold else "normal",
            "align": _ALIGN[anchor],
            "fontSize": size,
        }
        self.texts.append(row)
        if halo:
            self.halos.append(row)

    def spec(self) -> dict[str, Any]:
        """The drawing as a Vega specification."""
        font = {"font": {"value": tokens.FONT}, "baseline": {"value": "middle"}}
        layers = [
            *self.marks,
            ("text", self.halos, {**font, **_HALO, **_ROUND}),
            ("text", self.texts, font),
        ]
        layers = [layer for layer in layers if layer[1]]
        return {
            "$schema": _SCHEMA,
            "width": self.width,
            "height": self.height,
            "padding": 0,
            "autosize": "none",
            "background": tokens.WHITE,
            "config": {"aria": False},
            "data": [{"name": f"d{n}", "values": rows} for n, (_, rows, _) in enumerate(layers)],
            "marks": [
                _mark(f"d{n}", kind, rows[0], look) for n, (kind, rows, look) in enumerate(layers)
            ],
        }

    def svg(self) -> str:
        """The drawing as SVG text."""
        import vl_convert as vlc

        svg: str = vlc.vega_to_svg(json.dumps(self.spec()))
        return svg

    def _merge(self, kind: str, row: Row) -> None:
        if self.marks and self.marks[-1][0] == kind:
            self.marks[-1][1].append(row)
        else:
            self.marks.append((kind, [row], {}))


def _mark(data: str, kind: str, row: Row, look: Row) -> Row:
    fields = {name: {"field": name} for name in row}
    return {
        "type": kind,
        "from": {"data": data},
        "aria": False,
        "encode": {"enter": {**fields, **look}},
    }


def _px(value: float) -> float:
    return round(value, 2)
