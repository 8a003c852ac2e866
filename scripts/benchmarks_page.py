"""Write `docs/benchmarks.md` from the committed results of `benchmarks/results`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results"
PAGE = CHECKOUT / "docs" / "benchmarks.md"


def page() -> str:
    """The page."""
    lines = [
        "# Benchmarks",
        "",
        "Each is run by `make bench NAME=<name>`; ours and every peer are measured in one run, on",
        "the same work. Written by `scripts/benchmarks_page.py` from `benchmarks/results`.",
    ]
    for path in sorted(RESULTS.glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        lines += ["", f"## {result['name']}", "", _sentence(result["work"]), ""]
        lines += [f"Machine: {_flat(result['machine'])}.", ""]
        lines += _table("ours", result.get("ours", {}))
        for peer, values in result.get("peers", {}).items():
            lines += _table(peer, values)
        lines += _table("ratio, ours to peer", result.get("ratio", {}))
        lines += _table("accuracy", result.get("accuracy", {}))
    return "\n".join(lines).rstrip() + "\n"


def _sentence(work: Any) -> str:
    return work if isinstance(work, str) else _flat(work)


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(value)


def _table(title: str, values: dict[str, Any]) -> list[str]:
    if not values:
        return []
    lines = [f"**{title}**", "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {_flat(value)} |" for name, value in values.items()]
    return [*lines, ""]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
