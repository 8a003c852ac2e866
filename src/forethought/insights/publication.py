"""Publication: the blocks of a run, its views, and the gate for small numbers."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from forethought.data.runs import RunFiles
from forethought.errors import CheckFailed, DisclosureError, ForethoughtError, NotFound
from forethought.insights.base import Check, UnusableScenario
from forethought.insights.blocks import (
    Block,
    Chart,
    Figure,
    Published,
    Table,
    Text,
    from_json,
    to_json,
)
from forethought.insights.programme import Programme, spec_of
from forethought.insights.question import code_of
from forethought.insights.receipt import Receipt
from forethought.insights.registry import kind_of

DEFAULT_VIEW = ""
WIDTHS = ("wide", "medium", "narrow")
SMALL_NUMBERS = "Small numbers protected"
MOST_HELD = 32
_held: OrderedDict[str, tuple[list[Any], Mapping[str, str]]] = OrderedDict()
"""What-ifs shown lately in this process, so that a page's drawings need no second computation."""


def page(programme: Programme, run_id: str, view: Mapping[str, str]) -> Published:
    """The blocks of a run for a view of its form; drawn once, then looked up.

    A what-if is held in memory for a while and written nowhere.

    Raises:
        NotFound: No such run.
        UsageError: The form has no such choice.
        DisclosureError: The view would show a small number.
    """
    receipt = programme.receipt(run_id)
    chosen = {key: value for key, value in sorted(view.items()) if value}
    stored = _seen(programme, receipt, chosen)[0]
    return Published(run_id, tuple(from_json(block) for block in stored), chosen)


def drawing(programme: Programme, run_id: str, name: str, view: Mapping[str, str]) -> bytes:
    """A drawing of a view of a run, as SVG.

    Raises:
        NotFound: The view has no such drawing.
    """
    receipt = programme.receipt(run_id)
    chosen = {key: value for key, value in sorted(view.items()) if value}
    _, drawings = _seen(programme, receipt, chosen)
    if drawings is None:
        key = _key(programme, receipt, chosen)
        return programme.runs.drawing(receipt.insight, run_id, name, key)
    if name not in drawings:
        raise NotFound("The run has no such drawing.", where=run_id)
    return drawings[name].encode()


def _seen(
    programme: Programme, receipt: Receipt, chosen: Mapping[str, str]
) -> tuple[list[Any], Mapping[str, str] | None]:
    """Blocks as JSON, and the drawings of a what-if (None: they are stored)."""
    key = _key(programme, receipt, chosen)
    stored = programme.runs.document(receipt.insight, receipt.run_id, "blocks", key)
    if stored is not None:
        return stored, None
    kind = kind_of(receipt.kind)
    held = f"{programme.store.manifest().number} {receipt.run_id} {key}"
    if kind.what_ifs and held in _held:
        _held.move_to_end(held)
        return _held[held]
    blocks = _drawn(programme, receipt, chosen)
    stored, drawings = detach(blocks)
    if kind.what_ifs:
        _held[held] = (stored, drawings)
        while len(_held) > MOST_HELD:
            _held.popitem(last=False)
        return stored, drawings
    files = RunFiles({"blocks": stored}, {}, drawings)
    programme.runs.write_view(receipt.insight, receipt.run_id, key, files)
    return stored, None


def _drawn(programme: Programme, receipt: Receipt, chosen: Mapping[str, str]) -> list[Block]:
    """The blocks of a view, checked for small numbers.

    Raises:
        NotFound: A run of an earlier version, whose result today's pages cannot read.
        UsageError: The form has no such choice.
        DisclosureError: The view would show a small number.
    """
    try:
        return _drawn_now(programme, receipt, chosen)
    except ForethoughtError:
        raise
    except Exception as failure:
        if receipt.code_hash == code_of(kind_of(receipt.kind)):
            raise
        raise NotFound(
            "This run is of an earlier version; this view of it cannot be drawn any more.",
            where=receipt.run_id,
            remedy=f"Run it again: forethought run {receipt.insight}.",
        ) from failure


def _drawn_now(programme: Programme, receipt: Receipt, chosen: Mapping[str, str]) -> list[Block]:
    spec = spec_of(receipt)
    day = date.fromisoformat(receipt.as_of)
    context = replace(
        programme.context(spec, day, receipt.minimum_count, receipt.upstream),
        kept=programme.kept_of(receipt.insight),
    )
    kind = kind_of(receipt.kind)
    if kind.remembers:
        earlier = programme.remembered(receipt, kind.remembers)
        context = replace(context, earlier=earlier, made_at=receipt.made_at)
    if kind.answerable:
        answers = programme.responses(receipt.insight)
        context = replace(context, responses=answers, people=programme.people())
    blocks = kind.publish(programme.result(receipt.run_id), spec, context, chosen)
    if kind.what_ifs:
        blocks = _with_note(blocks, programme.unusable_of(receipt.insight))
    check = small_number_check(blocks, receipt.minimum_count)
    if not check.passed:
        raise DisclosureError("This view would show a small number.", where=check.found)
    return blocks


def _with_note(blocks: list[Block], unusable: tuple[UnusableScenario, ...]) -> list[Block]:
    """The blocks with a note that names scenario files that cannot be used, before the limits."""
    if not unusable:
        return blocks
    note = Text(
        "Scenario files that cannot be read",
        tuple(f"{each.file}: {each.why} The other scenarios are shown." for each in unusable),
    )
    limits = [
        n for n, each in enumerate(blocks) if isinstance(each, Text) and each.role == "limits"
    ]
    place = limits[0] if limits else len(blocks)
    return [*blocks[:place], note, *blocks[place:]]


def _key(programme: Programme, receipt: Receipt, chosen: Mapping[str, str]) -> str:
    """Folder of a view; whatever else stands on the page is part: scenarios, answers, runs."""
    insight = receipt.insight
    kind = kind_of(programme.spec(insight).kind)
    shown = dict(chosen)
    if kind.what_ifs:
        files = (*programme.kept_of(insight), *programme.unusable_of(insight))
        shown |= {"scenario files": repr(files)} if files else {}
    if kind.remembers:
        earlier = [each.run_id for each in programme.earlier(receipt)]
        shown |= {"earlier runs": repr(earlier)} if earlier else {}
    if kind.answerable:
        people = sorted(programme.people().items())
        shown |= {"answers": repr((programme.responses(insight), people))}
    return view_key(shown)


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
