"""Where each block of an insight stands on its page, and the text of every part.

Templates only place what these views hold: all words, addresses, groupings and cuts are made
here. The order of a page is DESIGN section 7's: question, answer, what to do, choices, views,
sections, limits beside method, downloads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from forethought.insights.blocks import (
    Block,
    Chart,
    Figure,
    Form,
    Headline,
    Map,
    Method,
    Table,
    Text,
)
from forethought.insights.refinement import plain_name
from forethought.web import links
from forethought.web.forms import FormView, Post, PostView, form_views, post_view
from forethought.web.interface import HomeFigure, InsightPage, Line, Row, Span, Target
from forethought.web.tables import TableView, table_view

MORE = "More detail is being worked out."
ADDED = "More detail has been added."
GIVEN_UP = "More detail could not be worked out. What is shown stands."
NEWER = "A newer run has taken the place of this one. Reload the page to see it."


@dataclass(frozen=True)
class ChartView:
    """A chart: message, measure, two drawings, alternative text. `level` of its heading."""

    heading: str
    measure: str
    alt: str
    wide: str
    narrow: str
    note: str
    level: int = 3
    medium: str = ""
    partial: str = "blocks/chart.html"


@dataclass(frozen=True)
class MultiplesView:
    """Small charts side by side on one scale; `measure` where all share it."""

    measure: str
    charts: tuple[ChartView, ...]
    partial: str = "blocks/multiples.html"


@dataclass(frozen=True)
class TextView:
    """A passage: one item is a paragraph, several are a list."""

    heading: str
    items: tuple[str, ...]
    level: int = 2
    partial: str = "blocks/text.html"


@dataclass(frozen=True)
class FigureView:
    """An answer as a figure: question, large figure, sentence, small chart."""

    question: str
    href: str
    figure: str
    sentence: str
    change: str
    chart: ChartView | None
    level: int = 3


@dataclass(frozen=True)
class FiguresView:
    """Answers side by side."""

    figures: tuple[FigureView, ...]
    partial: str = "blocks/figures.html"


@dataclass(frozen=True)
class FinerView:
    """Items that are worked out in more detail after the page is shown.

    `poll` is where the page asks for more (empty: there is no more); `said` is read aloud.
    """

    id: str
    items: tuple[ChartView | TableView, ...]
    poll: str
    said: str
    partial: str = "blocks/finer.html"


Item = ChartView | MultiplesView | TableView | TextView | FiguresView | PostView | FinerView


@dataclass(frozen=True)
class Section:
    """A part of a page under its own heading (none where the item brings it)."""

    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Tab:
    """One view of the same figures."""

    id: str
    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class InsightView:
    """An insight's page, part by part; `polls` where more detail of a part is on its way."""

    page: InsightPage
    answer: str
    provenance: tuple[Line, ...]
    actions: TextView | None
    forms: tuple[FormView, ...]
    tabs: tuple[Tab, ...]
    sections: tuple[Section, ...]
    limits: tuple[str, ...]
    made: tuple[Row, ...]
    downloads: tuple[tuple[str, str, str], ...] = field(default=())
    run_words: str = ""
    polls: bool = False


@dataclass(frozen=True)
class Pager:
    """How addresses of one page are made: its run, its view, whether long tables are whole."""

    page: InsightPage
    whole: bool = False

    def all_rows(self) -> str:
        """Address of this page with every row of its tables, opened at them."""
        view = {**self.page.view, "rows": "all"}
        return f"{links.insight(self.page.id, view)}#view-table"

    def refined(self, block: Block) -> bool:
        """Whether a block is worked out in more detail after the page is shown."""
        names = self.page.refining.names if self.page.refining else ()
        return isinstance(block, Chart | Table) and plain_name(block.name) in names


def arrange(
    page: InsightPage, *, whole: bool = False, typed: Mapping[str, str] | None = None
) -> InsightView:
    """Lay out a page.

    Args:
        page: What the workspace answered.
        whole: Show long tables with all their rows.
        typed: Answers that were refused: they stay in their fields.
    """
    pager = Pager(page, whole)
    blocks = page.blocks
    return InsightView(
        page=page,
        answer=next((b.text for b in blocks if isinstance(b, Headline)), ""),
        provenance=tuple(provenance(page)),
        actions=next(
            (TextView(b.heading, b.items) for b in texts(blocks, "actions")),
            None,
        ),
        forms=form_views([b for b in blocks if isinstance(b, Form)], page.id, page.view, typed),
        tabs=tuple(tabs(blocks, pager)),
        sections=tuple(sections(blocks, pager)),
        limits=tuple(item for b in texts(blocks, "limits") for item in b.items),
        made=tuple(made(page)),
        downloads=tuple(
            (d.name, links.download(page.run_id, d.format, page.view), d.size)
            for d in page.downloads
        ),
        run_words=page.run_label or page.run_id,
        polls=page.refining is not None and page.refining.state == "working",
    )


def texts(blocks: Iterable[Block], role: str) -> list[Text]:
    """The passages of one role."""
    return [b for b in blocks if isinstance(b, Text) and b.role == role]


def provenance(page: InsightPage) -> Iterable[Line]:
    """The grey line under an answer."""
    if not page.run_id:
        return
    if page.data_to:
        yield (Span(f"Data to {page.data_to}"),)
    if page.quality is not None:
        target = page.quality_target or Target("run", page.run_id)
        yield Span("Data quality "), Span(f"{page.quality} of 100", target)
    yield Span("Run "), Span(page.run_label or page.run_id, Target("run", page.run_id))
    if page.next_run:
        yield (Span(f"Next run {page.next_run}"),)


def made(page: InsightPage) -> Iterable[Row]:
    """Rows of "How was this made?": the kind's own, the data, the receipt last."""
    for block in page.blocks:
        if isinstance(block, Method):
            yield from (Row(label, (Span(text),)) for label, text in block.rows)
    yield from page.made
    receipt = Target("run", page.run_id)
    named = any(span.target == receipt for row in page.made for span in row.value)
    if page.run_id and not named:
        words = f"Full receipt of run {page.run_label or page.run_id}"
        yield Row("Receipt", (Span(words, receipt),))


def tabs(blocks: Iterable[Block], pager: Pager) -> Iterable[Tab]:
    """Chart, map, table: the views of the same figures, those that exist."""
    views = [b for b in blocks if isinstance(b, Chart | Table) and b.role == "view"]
    by_label: dict[str, Sequence[Block]] = {
        "Chart": [b for b in views if isinstance(b, Chart) and not isinstance(b, Map)],
        "Map": [b for b in views if isinstance(b, Map)],
        "Table": [b for b in views if isinstance(b, Table)],
    }
    for label, members in by_label.items():
        if members:
            yield Tab(f"view-{label.lower()}", label, tuple(items_of(members, pager)))


def sections(blocks: Iterable[Block], pager: Pager) -> Iterable[Section]:
    """What stands below the views: blocks of one section together, in the order they came."""
    for heading, members in grouped(b for b in blocks if below(b)):
        if not heading:
            yield from (Section("", (lifted(i),)) for i in items_of(members, pager))
        else:
            items = (quietened(item, heading) for item in items_of(members, pager))
            yield Section(heading, tuple(items))


def below(block: Block) -> bool:
    """Whether a block stands below the views."""
    if isinstance(block, Chart | Table):
        return block.role != "view"
    return isinstance(block, Figure | Post) or (isinstance(block, Text) and block.role == "note")


def grouped(blocks: Iterable[Block]) -> Iterable[tuple[str, list[Block]]]:
    """Blocks by section, sections in the order of their first block."""
    by_section: dict[str, list[Block]] = {}
    loose = 0
    for block in blocks:
        name = getattr(block, "section", "")
        if name:
            by_section.setdefault(name, []).append(block)
        elif isinstance(block, Figure):
            by_section.setdefault("\n", []).append(block)
        else:
            loose += 1
            by_section["\n" * (loose + 1)] = [block]
    return [(name.strip(), members) for name, members in by_section.items()]


def items_of(blocks: Iterable[Block], pager: Pager) -> Iterable[Item]:
    """The blocks of a section; small charts and figures that follow each other stand in a row."""

    def row(block: Block) -> str:
        if isinstance(block, Figure):
            return "figures"
        if pager.refined(block):
            return "finer"
        return "multiples" if isinstance(block, Chart) and block.role == "small" else ""

    for kind, members in groupby(blocks, key=row):
        if kind == "multiples":
            yield multiples([b for b in members if isinstance(b, Chart)], pager)
        elif kind == "figures":
            own = [HomeFigure(b, "", pager.page.run_id) for b in members if isinstance(b, Figure)]
            yield figures(own, pager.page.view)
        elif kind == "finer":
            yield finer_view([b for b in members if isinstance(b, Chart | Table)], pager)
        else:
            yield from (item_of(b, pager) for b in members)


def finer_view(blocks: Sequence[Chart | Table], pager: Pager) -> FinerView:
    """Blocks that get better, with the address that tells whether they have."""
    page, refining = pager.page, pager.page.refining
    items = [item_of(block, pager) for block in blocks]
    part = [b for b in page.blocks if pager.refined(b)].index(blocks[0]) + 1
    working = refining is not None and refining.state == "working"
    step = refining.step if refining else 0
    return FinerView(
        id=f"finer-{part}",
        items=tuple(item for item in items if isinstance(item, ChartView | TableView)),
        poll=links.finer(page.id, page.run_id, part, step, page.view) if working else "",
        said=MORE if working else "",
    )


def finer_part(view: InsightView, part: int) -> FinerView | None:
    """A part of a page that gets better, by its number."""
    items: list[Item] = [item for section in view.sections for item in section.items]
    items += [item for tab in view.tabs for item in tab.items]
    found = (item for item in items if isinstance(item, FinerView))
    return next((item for item in found if item.id == f"finer-{part}"), None)


def item_of(block: Block, pager: Pager) -> Item:
    """A block as its partial takes it."""
    if isinstance(block, Chart):
        return chart_view(block, pager.page.run_id, pager.page.view)
    if isinstance(block, Table):
        return table_view(block, whole=pager.whole, all_rows=pager.all_rows())
    if isinstance(block, Text):
        return TextView(block.heading, block.items, level=2)
    if isinstance(block, Post):
        return post_view(block, pager.page.id, pager.page.run_id, pager.page.view)
    raise TypeError(type(block).__name__)  # `below` and `tabs` let nothing else through


def quietened(item: Item, heading: str) -> Item:
    """An item that does not say its section's heading again."""
    if isinstance(item, FinerView):
        inner = (quietened(each, heading) for each in item.items)
        kept = tuple(each for each in inner if isinstance(each, ChartView | TableView))
        return replace(item, items=kept)
    if isinstance(item, TableView) and item.heading == heading:
        return replace(item, repeats=True)
    if isinstance(item, ChartView | TextView) and item.heading == heading:
        return replace(item, heading="")
    return item


def lifted(item: Item) -> Item:
    """An item that stands alone: its own heading is the section's."""
    if isinstance(item, FinerView):
        inner = (lifted(each) for each in item.items)
        kept = tuple(each for each in inner if isinstance(each, ChartView | TableView))
        return replace(item, items=kept)
    return replace(item, level=2) if isinstance(item, ChartView | TextView) else item


def chart_view(chart: Chart, run_id: str, view: Mapping[str, str], *, level: int = 3) -> ChartView:
    """A chart with the addresses of its drawings."""
    return ChartView(
        heading=chart.heading,
        measure=chart.measure,
        alt=chart.alt,
        wide=links.chart(run_id, chart.name, "wide", view),
        narrow=links.chart(run_id, chart.name, "narrow", view),
        medium=links.chart(run_id, chart.name, "medium", view) if chart.medium else "",
        note=chart.note,
        level=level,
    )


def multiples(charts: list[Chart], pager: Pager) -> MultiplesView:
    """Small charts in a row; a measure that all share is said once."""
    measures = {chart.measure for chart in charts}
    shared = measures.pop() if len(measures) == 1 else ""
    views = (chart_view(chart, pager.page.run_id, pager.page.view) for chart in charts)
    return MultiplesView(
        measure=shared,
        charts=tuple(replace(view, measure="") if shared else view for view in views),
    )


def figures(
    found: Iterable[HomeFigure], view: Mapping[str, str] | None = None, *, level: int = 3
) -> FiguresView:
    """Answers as figures; each question leads to its insight."""
    return FiguresView(
        tuple(
            FigureView(
                question=one.figure.question,
                href=links.insight(one.insight_id) if one.insight_id else "",
                figure=one.figure.figure,
                sentence=one.figure.sentence,
                change=one.figure.change,
                chart=chart_view(one.figure.chart, one.run_id, view or {})
                if one.figure.chart
                else None,
                level=level,
            )
            for one in found
        )
    )
