"""What every kind of insight must keep, as a suite that its author runs.

```python
from forethought.testing.insights import problems_of_kind

def test_my_kind_keeps_the_rules() -> None:
    assert problems_of_kind(MyKind(), spec, frames, context) == []
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forethought.errors import UsageError
from forethought.insights.base import Insight, InsightSpec, Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Day,
    Figure,
    Form,
    Headline,
    Method,
    Question,
    Table,
    Text,
    from_json,
    to_json,
)
from forethought.insights.publication import small_number_check
from forethought.insights.runner import frame_digest

if TYPE_CHECKING:
    import polars as pl

HEADLINE_WORDS = 45
ALT_WORDS = 70
BOLD = re.compile(r"\*\*[^*]+\*\*")
MARKUP = re.compile(r"<[a-z/][^>]*>", re.IGNORECASE)


def problems_of_kind(
    kind: Insight[Any],
    spec: InsightSpec,
    frames: Mapping[str, pl.DataFrame],
    context: RunContext,
) -> list[str]:
    """Each rule that a kind breaks, in a sentence; empty is good.

    Args:
        kind: The kind.
        spec: A specification of it.
        frames: Data as its `reads` asks for it.
        context: As a run would hand it over.
    """
    found = [
        f"It reads {name}, which the frames lack."
        for name in kind.reads(spec)
        if name not in frames
    ]
    before = {name: frame_digest(frame) for name, frame in frames.items()}
    result = kind.compute(frames, spec, context)
    again = kind.compute(frames, spec, context)
    if before != {name: frame_digest(frame) for name, frame in frames.items()}:
        found.append("It changed the caller's frames.")
    if _digests(result) != _digests(again):
        found.append("The same frames, specification and seed gave other digits.")
    blocks = kind.publish(result, spec, context, {})
    found += problems_of_blocks(blocks, context.minimum_count)
    found += _problems_of_views(kind, result, spec, context, blocks)
    return found


def problems_of_blocks(blocks: list[Block], minimum_count: int) -> list[str]:
    """Each rule of publication that a list of blocks breaks."""
    found = []
    if sum(isinstance(block, Headline) for block in blocks) != 1:
        found.append("A page needs exactly one Headline.")
    if not any(isinstance(block, Text) and block.role == "limits" for block in blocks):
        found.append("A page says what it does not tell (Text with role limits).")
    if not any(isinstance(block, Method) for block in blocks):
        found.append("A page says how it was made (Method).")
    tables = [block for block in blocks if isinstance(block, Table)]
    names = {table.name for table in tables}
    found += [
        f"A {block.kind} does not survive being stored."
        for block in blocks
        if from_json(to_json(block)) != block
    ]
    for block in blocks:
        if isinstance(block, Headline):
            found += _of_headline(block)
        elif isinstance(block, Chart):
            found += _of_chart(block, names)
    for table in tables:
        found += _of_table(table)
    check = small_number_check(blocks, minimum_count)
    if not check.passed:
        found.append(f"Small numbers: {check.found}.")
    return found


def _digests(result: Result) -> dict[str, str]:
    return {name: frame_digest(frame) for name, frame in result.tables.items()}


def _last_answer(question: Question) -> str:
    """The answer at the far end of a question: last option, largest number, last day."""
    if isinstance(question, Choice):
        return question.options[-1][0]
    if isinstance(question, Day):
        return question.last or question.value
    return question.value if question.high is None else f"{question.high:g}"


def _problems_of_views(
    kind: Insight[Any],
    result: Result,
    spec: InsightSpec,
    context: RunContext,
    blocks: list[Block],
) -> list[str]:
    found = []
    for form in (block for block in blocks if isinstance(block, Form)):
        for choice in form.choices:
            value = _last_answer(choice)
            view = kind.publish(result, spec, context, {choice.name: value})
            found += [
                f"{choice.name}={value}: {problem}"
                for problem in problems_of_blocks(view, context.minimum_count)
            ]
            try:
                kind.publish(result, spec, context, {choice.name: "no-such-choice"})
            except UsageError:
                continue
            found.append(f"The form takes a value of {choice.name} that it does not offer.")
    return found


def _of_headline(block: Headline) -> list[str]:
    found = []
    words = len(block.text.replace("**", "").split())
    if words > HEADLINE_WORDS:
        found.append(f"The headline has {words} words; {HEADLINE_WORDS} at most.")
    if not BOLD.search(block.text):
        found.append("The headline marks no phrase in bold.")
    if MARKUP.search(block.text):
        found.append("The headline holds markup.")
    return found


def _of_chart(block: Chart, tables: set[str]) -> list[str]:
    found = []
    if block.table not in tables:
        found.append(f"Chart {block.name} names no table with its figures.")
    if not block.alt or len(block.alt.split()) > ALT_WORDS:
        found.append(f"Chart {block.name}: 1 to {ALT_WORDS} words of alternative text.")
    if not block.measure:
        found.append(f"Chart {block.name} does not say its measure.")
    if any(
        "<svg" not in drawing or "<script" in drawing or " style=" in drawing
        for drawing in (block.wide, block.narrow, block.medium or block.wide)
    ):
        found.append(f"Chart {block.name} is no SVG that a strict page can show.")
    return found


def _of_table(table: Table) -> list[str]:
    width = len(table.columns)
    found = []
    if len(table.rows) != len(table.values):
        found.append(f"Table {table.name} has other rows than values.")
    if any(len(row) != width for row in (*table.rows, *table.values)):
        found.append(f"Table {table.name} has rows of other lengths than its columns.")
    if not table.caption:
        found.append(f"Table {table.name} has no caption with unit and period.")
    return found


def without_drawings(blocks: list[Block]) -> list[Block]:
    """The same blocks with charts emptied, to compare views in a test."""
    out: list[Block] = []
    for block in blocks:
        if isinstance(block, Chart):
            out.append(replace(block, wide="", medium="", narrow=""))
        elif isinstance(block, Figure):
            out.append(replace(block, chart=None))
        else:
            out.append(block)
    return out
