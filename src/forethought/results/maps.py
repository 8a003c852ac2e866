"""Choropleth maps as pure SVG: five steps of one hue, names and values or a stepped key."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from forethought.errors import DataError, Problem
from forethought.results import geometry, svg, tokens, words
from forethought.results.alt import within_limit
from forethought.results.drawing import Drawing, medium_of
from forethought.results.geometry import Area
from forethought.results.layout import Box, text_width

NAMED_AREAS = 30
_STEPS = 5
_KEY_PX = 62
_HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="7" height="7" fill="#FFFFFF"/>'
    '<rect width="2" height="7" fill="#8B9695"/></pattern></defs>'
)
Label = Callable[[float], str]


@dataclass(frozen=True)
class _Map:
    """All that both drawings of one map share."""

    areas: Sequence[Area]
    values: Mapping[str, float | None]
    names: Mapping[str, str]
    label: Label
    breaks: Sequence[float]
    colours: Sequence[str]
    groups: Mapping[str, str]
    lines: Sequence[Area]
    localities: Sequence[Collection[str]] = field(default=())

    @property
    def named(self) -> bool:
        """Few enough areas to write on each."""
        return len(self.areas) <= NAMED_AREAS

    def step(self, code: str) -> int | None:
        """The class of an area, None where it is suppressed."""
        value = self.values.get(code)
        return None if value is None else bisect_right(self.breaks, value)


def choropleth(  # noqa: PLR0913
    geojson: Mapping[str, Any],
    values: Mapping[str, float | None],
    *,
    code: str,
    names: Mapping[str, str] | str = "name",
    label: Label = words.rounded,
    breaks: Sequence[float],
    difference: bool = False,
    outline: Mapping[str, Any] | str | None = None,
    localities: Sequence[Collection[str]] = (),
    what: str = "",
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    width: int = tokens.WIDE_TAB,
    max_height: int = 620,
) -> Drawing:
    """A choropleth: few areas carry name and value, many share a stepped key.

    Args:
        geojson: Feature collection of polygons in degrees (WGS84).
        values: A number by area code; None where it is suppressed. An area without an entry
            is drawn as suppressed.
        code: Property that holds an area's code.
        names: Name by code, or the property that holds it.
        label: How a value reads.
        breaks: Four round, ascending values between the five steps, fixed for the insight.
        difference: Use the hue of differences.
        outline: For many small areas: the property that names their district, or a feature
            collection of districts whose edges are drawn white. None takes `district_code`.
        localities: Groups of area codes outlined black and numbered from 1.
        what: What is mapped, for the alternative text.
        place: Where.
        heading: The message, which carries the total.
        measure: What, where, when, unit.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.
        max_height: Of the map in the wide drawing, px.

    Raises:
        DataError: Boundaries cannot be drawn, values have codes without an area, or breaks are
            not four ascending numbers.

    References:
        Equirectangular projection, longitudes shortened by the cosine of the middle latitude.
    """
    areas = geometry.areas_of(geojson, code)
    _check(areas, values, breaks)
    names, groups = _said_of(geojson, code, names, outline)
    lines = [] if outline is None or isinstance(outline, str) else _outlines(outline)
    colours = tokens.MAP_DIFFERENCE if difference else tokens.MAP_BLUE
    shown = _Map(areas, values, names, label, breaks, colours, groups, lines, localities)
    return Drawing(
        wide=_draw(shown, width, max_height, narrow=False),
        medium=medium_of(lambda px: _draw(shown, px, max_height, narrow=False), width),
        narrow=_draw(shown, tokens.NARROW, 420, narrow=True),
        alt=_alt(shown, what, place, table),
        heading=heading,
        measure=measure,
        note=_note(shown),
    )


def _said_of(
    geojson: Mapping[str, Any],
    code: str,
    names: Mapping[str, str] | str,
    outline: Mapping[str, Any] | str | None,
) -> tuple[Mapping[str, str], dict[str, str]]:
    """Name and district by area code, from the features' properties where they hold them."""
    properties = {str(f["properties"][code]): f["properties"] for f in geojson["features"]}
    if isinstance(names, str):
        names = {key: str(found.get(names, key)) for key, found in properties.items()}
    by = outline if isinstance(outline, str) else "district_code"
    return names, {key: str(found.get(by, "")) for key, found in properties.items()}


def _check(
    areas: Sequence[Area], values: Mapping[str, float | None], breaks: Sequence[float]
) -> None:
    problems = []
    unknown = sorted(set(values) - {area.code for area in areas})
    if unknown:
        some = ", ".join(unknown[:5])
        problems.append(Problem(f"{len(unknown)} values have no area, among them {some}."))
    if len(breaks) != _STEPS - 1 or list(breaks) != sorted(set(breaks)):
        problems.append(Problem("A map needs four ascending breaks for its five steps."))
    if problems:
        raise DataError("The map cannot be drawn.", where="choropleth", problems=problems)


def _outlines(outline: Mapping[str, Any]) -> list[Area]:
    numbered = [
        {**feature, "properties": {"outline": str(n)}}
        for n, feature in enumerate(outline.get("features", ()))
    ]
    return geometry.areas_of({"features": numbered}, "outline")


def _draw(shown: _Map, width: int, max_height: int, *, narrow: bool) -> str:
    fit, height = geometry.projection(shown.areas, width, max_height)
    drawn = [_snapped(fit.area(area)) for area in shown.areas]
    parts = [_HATCH, *_fills(shown, drawn)]
    group = {a.code: a.code for a in drawn} if shown.named else shown.groups
    between, coast = geometry.borders(drawn, group)
    if shown.lines:
        lines = [_snapped(fit.area(area)) for area in shown.lines]
        between, coast = geometry.borders(lines, {})
    parts.append(_stroke(between, tokens.WHITE, 1.8))
    parts.append(_stroke(coast, tokens.COAST, 1.1))
    parts += _localities(shown, drawn)
    if shown.named:
        parts += _labels(shown, drawn, width, narrow=narrow)
    else:
        parts += _key(shown, width, height)
        height += _KEY_PX
    return svg.document(width, ceil(height), parts)


def _snapped(area: Area) -> Area:
    """Corners at a tenth of a px, repeated ones dropped: neighbours keep sharing theirs."""
    polygons = []
    for polygon in area.polygons:
        rings = []
        for ring in polygon:
            points = [(round(x, 1), round(y, 1)) for x, y in ring]
            kept = [p for n, p in enumerate(points) if p != points[n - 1]]
            if len(kept) > 2:  # noqa: PLR2004
                rings.append(kept)
        if rings:
            polygons.append(rings)
    return Area(area.code, polygons)


def _fills(shown: _Map, drawn: Sequence[Area]) -> list[str]:
    """One path a class: hatched where suppressed; edges of its own colour close hairline gaps."""
    by_step: dict[int | None, list[geometry.Ring]] = {}
    for area in drawn:
        rings = [ring for polygon in area.polygons for ring in polygon]
        by_step.setdefault(shown.step(area.code), []).extend(rings)
    parts = []
    for step in sorted(by_step, key=lambda s: -1 if s is None else s):
        data = svg.path(by_step[step])
        if step is None:
            parts.append(svg.tag("path", d=data, fill="url(#hatch)", fill_rule="evenodd"))
        else:
            colour = shown.colours[step]
            look: dict[str, str | float] = {"stroke": colour, "stroke_width": 0.6}
            parts.append(svg.tag("path", d=data, fill=colour, fill_rule="evenodd", **look))
    return parts


def _stroke(edges: Sequence[geometry.Edge], colour: str, width: float) -> str:
    lines = geometry.joined_edges(edges)
    return svg.tag(
        "path",
        d=svg.path(lines, closed=False),
        fill="none",
        stroke=colour,
        stroke_width=width,
        stroke_linejoin="round",
        stroke_linecap="round",
    )


def _localities(shown: _Map, drawn: Sequence[Area]) -> list[str]:
    parts = []
    for n, codes in enumerate(shown.localities, start=1):
        inside = {area.code: "in" if area.code in codes else "out" for area in drawn}
        between, coast = geometry.borders(drawn, inside)
        own = [area for area in drawn if area.code in codes]
        corners = {p for a in own for polygon in a.polygons for ring in polygon for p in ring}
        edges = between + [edge for edge in coast if set(edge) <= corners]
        parts.append(_stroke(edges, tokens.INK, 2))
        largest = max(own, key=lambda a: abs(geometry.ring_area(a.largest[0])), default=None)
        if largest:
            at, _ = geometry.inside_point(largest.largest)
            parts.append(svg.text(at, str(n), bold=True, anchor="middle", halo=True))
    return parts


def _labels(shown: _Map, drawn: Sequence[Area], width: float, *, narrow: bool) -> list[str]:
    """Name and value (on a phone the value) where each area has most room for them."""
    parts, taken = [], list[Box]()
    for area in sorted(drawn, key=lambda a: abs(geometry.ring_area(a.largest[0]))):
        value = shown.values.get(area.code)
        figure = words.SUPPRESSED if value is None else shown.label(value)
        options = [[figure]]
        if not narrow:
            name = shown.names.get(area.code, area.code)
            options = [[*lines, figure] for lines in _broken(name)]
        lines, (x, y) = _best_place(area, options)
        x, y = _clear_of(taken, x, y, lines, width)
        taken.append(_block(x, y, lines))
        for n, line in enumerate(lines):
            at = (x, y + (n - (len(lines) - 1) / 2) * 19)
            last = n == len(lines) - 1
            parts.append(svg.text(at, line, bold=last, anchor="middle", halo=True))
    return parts


def _broken(name: str) -> list[list[str]]:
    """A name on one line, and on two where it has a space, as even as can be."""
    pieces = name.split()
    cuts = [[" ".join(pieces[:n]), " ".join(pieces[n:])] for n in range(1, len(pieces))]
    even = sorted(cuts, key=lambda cut: max(map(len, cut)))
    return [[name], *even[:1]]


def _block(x: float, y: float, lines: Sequence[str]) -> Box:
    half = max(text_width(line, bold=n == len(lines) - 1) for n, line in enumerate(lines)) / 2
    tall = 19 * len(lines) / 2
    return Box(x - half, y - tall, x + half, y + tall)


def _best_place(area: Area, options: Sequence[list[str]]) -> tuple[list[str], geometry.Point]:
    """The form and place of a label that fit best: the pole of inaccessibility of the polygon
    stretched so that the label would be square.
    """  # noqa: D205
    found = []
    for lines in options:
        box = _block(0, 0, lines)
        stretch = (box.right - box.left) / (box.bottom - box.top)
        polygon = [[(x, y * stretch) for x, y in ring] for ring in area.largest]
        (x, y), reach = geometry.inside_point(polygon, precision=1.5)
        found.append((min(1.0, reach / (box.right - box.left) * 1.6), lines, (x, y / stretch)))
    _, lines, at = max(found, key=lambda item: item[0])
    return lines, at


def _clear_of(
    taken: Sequence[Box], x: float, y: float, lines: Sequence[str], width: float
) -> geometry.Point:
    """The place, moved up, down or sideways until it meets no other label, inside the drawing."""
    half = (_block(x, y, lines).right - x) + 1
    x = min(max(x, half), width - half)
    for step in range(12):
        for dx, dy in ((0, -1), (0, 1), (-1, 0), (1, 0)):
            at = (min(max(x + dx * 6 * step, half), width - half), y + dy * 5 * step)
            if not any(_block(*at, lines).overlaps(box) for box in taken):
                return at
    return x, y


def _key(shown: _Map, width: float, top: float) -> list[str]:
    """Five steps with an edge, the break under each border between two, then the hatching."""
    hidden = any(shown.step(area.code) is None for area in shown.areas)
    said = f"{words.SUPPRESSED} not shown"
    after = text_width(said) + 40 if hidden else 0
    whole = min(width - 2, 560) - (after if width > tokens.NARROW else 0)
    step, y = whole / _STEPS, top + 14
    parts = []
    for n, colour in enumerate(shown.colours):
        look: dict[str, str | float] = {"stroke": tokens.AXIS, "stroke_width": 1}
        parts.append(
            svg.tag("rect", x=1 + n * step, y=y, width=step, height=14, fill=colour, **look)
        )
    for n, value in enumerate(shown.breaks, start=1):
        at = (1 + n * step, y + 27)
        parts.append(svg.text(at, shown.label(value), anchor="middle"))
    if hidden and width > tokens.NARROW:
        look = {"stroke": tokens.AXIS, "stroke_width": 1}
        left = 1 + whole + 20
        parts.append(svg.tag("rect", x=left, y=y, width=28, height=14, fill="url(#hatch)", **look))
        parts.append(svg.text((left + 34, y + 7), said, colour=tokens.SECONDARY))
    return parts


def _note(shown: _Map) -> str:
    hidden = [shown.names.get(a.code, a.code) for a in shown.areas if shown.step(a.code) is None]
    if not hidden:
        return ""
    if len(hidden) <= 6:  # noqa: PLR2004
        return f"Hatched: {words.listed(hidden)}, {words.SUPPRESSED}: too few to show."
    return f"Hatched: {len(hidden):,} areas, {words.SUPPRESSED}: too few to show."


def _alt(shown: _Map, what: str, place: str, table: str) -> str:
    known = [(v, c) for c, v in shown.values.items() if v is not None]
    known.sort(key=lambda pair: (-pair[0], pair[1]))

    def said(pairs: Sequence[tuple[float, str]]) -> str:
        return ", ".join(f"{shown.names.get(c, c)} {shown.label(v)}" for v, c in pairs)

    where = f", {place}" if place else ""
    sentences = [f"Map: {what or 'values'}{where}, {len(shown.areas):,} areas"]
    if known:
        sentences += [f"Highest: {said(known[:3])}", f"Lowest: {said(known[::-1][:3])}"]
    hidden = len(shown.areas) - len(known)
    if hidden:
        sentences.append(f"{hidden:,} not shown because too few people are counted")
    return within_limit(sentences, table)
