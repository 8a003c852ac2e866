"""Writing SVG by hand: escaped text, numbers without ballast, no style attribute, no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from forethought.results import tokens

Point = tuple[float, float]


def num(value: float) -> str:
    """A number with at most two decimals and no trailing zero."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def tag(name: str, text: str = "", /, **attributes: str | float) -> str:
    """One element; `_` in attribute names stands for `-`, `text` is escaped."""
    kept = "".join(
        f" {key.rstrip('_').replace('_', '-')}="
        f"{quoteattr(value if isinstance(value, str) else num(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{kept}>{escape(text)}</{name}>" if text else f"<{name}{kept}/>"


def path(rings: Iterable[Sequence[Point]], *, closed: bool = True) -> str:
    """Path data through rings or lines of px."""
    parts = []
    for ring in rings:
        if len(ring) > 1:
            steps = "L".join(f"{num(x)} {num(y)}" for x, y in ring)
            parts.append(f"M{steps}{'Z' if closed else ''}")
    return "".join(parts)


def text(
    at: Point,
    words: str,
    *,
    colour: str = tokens.INK,
    bold: bool = False,
    anchor: str = "start",
    size: float = tokens.TEXT_PX,
    halo: bool = False,
) -> str:
    """One line of text whose middle lies at a point, over its white halo."""
    look: dict[str, str | float] = {
        "x": at[0],
        "y": at[1] + size * 0.35,
        "font_family": tokens.FONT,
        "font_size": size,
        "font_weight": "bold" if bold else "normal",
        "text_anchor": anchor,
    }
    front = tag("text", words, **look, fill=colour)
    if not halo:
        return front
    edge: dict[str, str | float] = {"stroke_width": 4, "stroke_linejoin": "round"}
    return tag("text", words, **look, fill=tokens.WHITE, stroke=tokens.WHITE, **edge) + front


def document(width: float, height: float, parts: Iterable[str]) -> str:
    """A whole SVG on white."""
    size = f'width="{num(width)}" height="{num(height)}" viewBox="0 0 {num(width)} {num(height)}"'
    ground = tag("rect", width=width, height=height, fill=tokens.WHITE)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{ground}{"".join(parts)}</svg>'
