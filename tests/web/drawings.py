"""Simple drawings for the fake workspace: the sizes and text of real ones, invented shapes."""

from __future__ import annotations

import math
import random

FONT = 'font-family="\'Helvetica Neue\', Arial, sans-serif" font-size="16"'


def fan(seed: int, *, width: int, height: int, labels: bool = True) -> str:
    """A past line, a band and a forecast line."""
    draw = random.Random(seed)  # noqa: S311 - a picture
    left, right, top, bottom = (70, 120, 30, 40) if labels else (4, 4, 8, 26)
    inner, floor = width - left - right, height - bottom
    now = left + inner * 0.5
    level, past = floor * 0.75, []
    for step in range(41):
        level -= draw.uniform(-2, 4) * height / 440
        past.append((left + (now - left) * step / 40, level))
    x0, y0 = past[-1]
    x1, y1 = left + inner, max(top + 60, y0 - (y0 - top) * 0.5)
    spread = (floor - top) * 0.16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {FONT}>',
    ]
    if labels:
        for i in range(5):
            y = top + (floor - top) * i / 4
            parts.append(f'<path d="M{left} {y:.1f}H{width - 10}" stroke="#DDE3E2"/>')
            parts.append(
                f'<text x="{left - 8}" y="{y + 5:.1f}" text-anchor="end">{900 - 100 * i}</text>'
            )
    band = f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1 - spread:.1f}V{y1 + spread:.1f}Z"
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in past)
    parts += [
        f'<path d="{band}" fill="#9DB9D3"/>',
        f'<path d="{line}" fill="none" stroke="#0B0C0C" stroke-width="3"/>',
        f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="#12436D" stroke-width="3"/>',
        f'<path d="M{left} {floor}H{width - 10 if labels else x1}" stroke="#8B9695"/>',
        f'<text x="{left}" y="{height - 6}" font-size="15">2023</text>',
        f'<text x="{x1:.0f}" y="{height - 6}" text-anchor="end" font-size="15">2029</text>',
    ]
    if labels and width > 600:
        parts.append(f'<text x="{x1 + 8:.1f}" y="{y1 + 5:.1f}" fill="#12436D">Expected</text>')
    return "".join([*parts, "</svg>"])


def county_map(seed: int, *, width: int, height: int) -> str:
    """Twelve areas in a ring of three rows."""
    draw = random.Random(seed)  # noqa: S311 - a picture
    steps = ("#EDF2F7", "#BFD3E6", "#7FA8CC", "#2F74AE", "#12436D")
    side = min(width / 4.2, height / 3.2)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {FONT}>']
    for i in range(12):
        x, y = 8 + (i % 4) * side, 8 + (i // 4) * side
        points = " ".join(
            f"{x + side * (1 + math.cos(a)) / 2:.1f},{y + side * (1 + math.sin(a)) / 2:.1f}"
            for a in (k * math.pi / 4 + math.pi / 8 for k in range(8))
        )
        step = draw.randrange(5)
        parts.append(f'<polygon points="{points}" fill="{steps[step]}" stroke="#46504F"/>')
        ink = "#FFFFFF" if step > 2 else "#0B0C0C"
        parts.append(
            f'<text x="{x + side / 2:.0f}" y="{y + side / 2 + 5:.0f}" text-anchor="middle" '
            f'fill="{ink}">+{step * 3}%</text>'
        )
    return "".join([*parts, "</svg>"])
