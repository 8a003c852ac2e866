from __future__ import annotations

from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Column,
    Figure,
    Form,
    Headline,
    Method,
    Table,
    Text,
)
from forethought.insights.notebook import blocks_html

BAD = "<img src=x onerror=alert(1)>"
CHART = Chart("c", BAD, BAD, BAD, f"<svg>{BAD}</svg>", "<svg/>", "t", note=BAD)
BLOCKS: tuple[Block, ...] = (
    Headline(f"By March we expect **1,230 adults**. {BAD}"),
    Figure(BAD, BAD, BAD, BAD, CHART),
    Text(BAD, (BAD,), "limits"),
    Table("t", BAD, BAD, (Column("a", BAD), Column("b", "B", numeric=True)), ((BAD, "1"),), ()),
    CHART,
    Form(BAD, (Choice("c", BAD, (("a", BAD),), "a"),)),
    Method(((BAD, BAD),)),
)


def test_no_text_of_any_block_becomes_markup() -> None:
    html = blocks_html(BLOCKS, title=BAD, receipt=BAD)
    assert "<img src=x" not in html
    assert "<svg" not in html
    assert html.count("<img alt=") == 2


def test_marked_phrases_are_bold() -> None:
    html = blocks_html(BLOCKS, title="Q", receipt="run-1")
    assert "<strong>1,230 adults</strong>" in html
    assert "Receipt: run-1" in html


def test_a_stored_drawing_leaves_its_alternative_text() -> None:
    stored = Chart("c", "Message", "Measure", "What it shows.", "wide.svg", "narrow.svg", "t")
    html = blocks_html([stored], title="Q", receipt="r")
    assert "What it shows." in html
    assert "wide.svg" not in html
