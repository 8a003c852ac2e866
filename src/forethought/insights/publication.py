"""Publication: the blocks of a run, its views, and the gate for small numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from forethought.data.runs import RunFiles
from forethought.errors import CheckFailed, DisclosureError
from forethought.insights.base import Check
from forethought.insights.blocks import Block, Chart, Figure, Published, Table, from_json, to_json
from forethought.insights.programme import Programme, spec_of
from forethought.insights.receipt import Receipt
from forethought.insights.registry import kind_of

DEFAULT_VIEW = ""
WIDTHS = ("wide", "medium", "narrow")
SMALL_NUMBERS = "Small numbers protected"


def page(programme: Programme, run_id: str, view: Mapping[str, str]) -> Published:
    """The blocks of a run for a view of its form; drawn once, then looked up.

    Raises:
        NotFound: No such run.
        UsageError: The form has no such choice.
        DisclosureError: The view would show a small number.
    """
    receipt = programme.receipt(run_id)
    chosen = {key: value for key, value in sorted(view.items()) if value}
    key = view_key(chosen)
    stored = programme.runs.document(receipt.insight, run_id, "blocks", key)
    if stored is None:
        spec = spec_of(receipt)
        kind = kind_of(spec.kind)
        day = date.fromisoformat(receipt.as_of)
        context = programme.context(spec, day, receipt.minimum_count, receipt.upstream)
        blocks = kind.publish(programme.result(run_id), spec, context, chosen)
        check = small_number_check(blocks, receipt.minimum_count)
        if not check.passed:
            raise DisclosureError("This view would show a small number.", where=check.found)
        stored, drawings = detach(blocks)
        files = RunFiles({"blocks": stored}, {}, drawings)
        programme.runs.write_view(receipt.insight, run_id, key, files)
    return Published(run_id, tuple(from_json(block) for block in stored), chosen)


def view_key(view: Mapping[str, str]) -> str:
    """Folder of a view: empty for the default, else a short hash of the choices."""
    chosen = sorted((key, value) for key, value in view.items() if value)
    return hashlib.sha256(repr(chosen).encode()).hexdigest()[:12] if chosen else DEFAULT_VIEW


def small_number_check(blocks: Iterable[Block], minimum: int) -> Check:
    """No published count of people lies between 1 and the minimum."""
    hidden, shown = 0, []
    for block in blocks:
        if not isinstance(block, Table):
            continue
        for position, column in enumerate(block.columns):
            if not column.counts_people:
                continue
            for row in block.values:
                value = row[position]
                hidden += value is None
                if isinstance(value, int | float) and 0 < value < minimum:
                    shown.append(f"{block.name}.{column.name}")
    found = f"{len(shown)} shown in {shown[0]}" if shown else f"none shown, {hidden} cells hidden"
    return Check(SMALL_NUMBERS, f"No count from 1 to {max(minimum - 1, 1)}", found, not shown)


def detach(blocks: Iterable[Block]) -> tuple[list[Any], dict[str, str]]:
    """Blocks as JSON with drawings taken out into files of their own."""
    drawings: dict[str, str] = {}

    def detached(chart: Chart) -> Chart:
        names = {}
        for width in WIDTHS:
            svg = getattr(chart, width)
            if svg:
                names[width] = f"{chart.name}-{width}"
                drawings[names[width]] = svg
        wide, medium, narrow = (names.get(width, "") for width in WIDTHS)
        return replace(chart, wide=wide, medium=medium, narrow=narrow)

    out = []
    for block in blocks:
        kept = block
        if isinstance(block, Chart):
            kept = detached(block)
        elif isinstance(block, Figure) and block.chart is not None:
            kept = replace(block, chart=detached(block.chart))
        out.append(to_json(kept))
    return out, drawings


def failed_checks(receipt: Receipt) -> None:
    """Refuse to publish a run whose checks did not all pass.

    Raises:
        CheckFailed: Names each check that failed.
    """
    failed = [check.name for check in receipt.checks if not check.passed]
    if failed:
        raise CheckFailed(f"Checks failed: {', '.join(failed)}.", where=receipt.run_id)
