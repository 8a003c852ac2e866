"""The Altair theme `af`: charts after the Government Analysis Function's rules.

Text of 16 px, horizontal, nothing smaller than 15; no frame; a light grid; colours told apart at
3:1 by their neighbours.

References:
    Government Analysis Function, "Data visualisation: colours in charts" and "Charts: a checklist".
"""

from __future__ import annotations

from functools import cache
from typing import Any

from forethought.results import tokens

NAME = "af"


def config() -> dict[str, Any]:
    """The theme as a Vega-Lite `config`, a new dict at each call."""
    return {
        "background": tokens.WHITE,
        "font": tokens.FONT,
        "aria": False,
        "mark": {"color": tokens.BLUE},
        "line": {"color": tokens.BLUE, "strokeWidth": 3, "strokeJoin": "round"},
        "area": {"color": tokens.BAND_80, "line": False},
        "bar": {"color": tokens.BLUE},
        "rule": {"color": tokens.INK},
        "text": {"color": tokens.INK, "fontSize": tokens.TEXT_PX, "font": tokens.FONT},
        "range": {
            "category": [tokens.BLUE, tokens.ORANGE_MARK, tokens.TURQUOISE, tokens.TARGET],
            "ordinal": list(tokens.MAP_BLUE),
            "ramp": list(tokens.MAP_BLUE),
        },
        "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 360},
        "axis": _axis(),
        "axisX": {"grid": False, "domain": True, "ticks": True},
        "axisY": {"grid": True, "domain": False, "ticks": False, "titleAngle": 0},
        "axisXTemporal": {"format": "%b %Y", "labelOverlap": "greedy"},
        "legend": {
            "labelFontSize": tokens.TEXT_PX,
            "titleFontSize": tokens.TEXT_PX,
            "labelColor": tokens.INK,
            "titleColor": tokens.INK,
            "orient": "top",
        },
        "header": {"labelFontSize": tokens.TEXT_PX, "titleFontSize": tokens.TEXT_PX},
        "title": {
            "anchor": "start",
            "fontSize": 19,
            "color": tokens.INK,
            "subtitleFontSize": tokens.TEXT_PX,
            "subtitleColor": tokens.SECONDARY,
        },
    }


def _axis() -> dict[str, Any]:
    return {
        "labelFontSize": tokens.TEXT_PX,
        "titleFontSize": tokens.TEXT_PX,
        "titleFontWeight": "normal",
        "labelColor": tokens.INK,
        "titleColor": tokens.SECONDARY,
        "labelAngle": 0,
        "labelPadding": 8,
        "titleAnchor": "start",
        "titleAlign": "left",
        "domainColor": tokens.AXIS,
        "tickColor": tokens.AXIS,
        "gridColor": tokens.GRID,
        "tickCount": 5,
    }


@cache
def register() -> str:
    """Make `af` the theme of Altair charts in this process; gives its name."""
    import altair as alt

    def af() -> Any:
        return {"config": config()}

    alt.theme.register(NAME, enable=True)(af)
    return NAME
