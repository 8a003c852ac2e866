"""Pages of insights, their charts and downloads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from forethought.errors import NotFound
from forethought.insights.blocks import Chart, Figure, Headline, Table
from forethought.insights.publication import drawing
from forethought.insights.refinement import (
    Finer,
    finer_drawing,
    refinements,
    step_of,
    with_finer,
)
from forethought.insights.registry import kind_of
from forethought.place.calendar import add_months, long_date, month_name
from forethought.web.interface import (
    Choices,
    Download,
    Export,
    InsightEntry,
    InsightPage,
    Refining,
    Room,
    Row,
    Size,
    Span,
    StateBox,
    Target,
)
from forethought.workspace.exporting import files_of, zipped
from forethought.workspace.standing import Standing, left_out_of, standing_of

if TYPE_CHECKING:
    from forethought.insights.base import InsightSpec
    from forethought.insights.receipt import Receipt
    from forethought.web.live.refining import Refiner
    from forethought.workspace.door import Workspace

NEXT_RUN_DAY = 10
ROOMS: tuple[Room, ...] = ("plan", "prioritise", "predict")


def room_of(spec: InsightSpec) -> Room:
    """The menu that an insight stands in."""
    return next(room for room in ROOMS if room == spec.room)


def entries(ws: Workspace, room: Room) -> tuple[InsightEntry, ...]:
    """Insights of a room with their last answer, or why there is none."""
    found = []
    for spec in ws.wiring.specs.values():
        if spec.room != room:
            continue
        receipt = ws.current(spec.id)
        if receipt is None:
            found.append(InsightEntry(spec.id, spec.title, spec.question, "Not run yet.", "none"))
            continue
        standing = standing_of(ws.wiring, receipt, ws.username)
        answer = headline(ws, receipt) if standing.live else standing.why
        state = "ready" if standing.live else "not_permitted"
        found.append(
            InsightEntry(
                spec.id,
                spec.title,
                spec.question,
                answer,
                "ready" if state == "ready" else "not_permitted",
            )
        )
    return tuple(found)


def headline(ws: Workspace, receipt: Receipt) -> str:
    """The answer of a run in one sentence."""
    blocks = ws.page(receipt.run_id, {}).blocks
    return next((block.text for block in blocks if isinstance(block, Headline)), "")


def page(
    ws: Workspace, insight_id: str, view: Choices, refiner: Refiner | None = None
) -> InsightPage:
    """One insight as one person sees it, with the detail that is ready."""
    specs = ws.wiring.specs
    if insight_id not in specs:
        raise NotFound(f'There is no insight "{insight_id}" here.')
    spec = specs[insight_id]
    receipt = ws.current(insight_id)
    if receipt is None:
        return _empty(spec, "none", _not_yet(ws, spec))
    standing = standing_of(ws.wiring, receipt, ws.username)
    if not standing.live:
        return _empty(spec, "not_permitted", _stopped(receipt, standing))
    published = ws.page(receipt.run_id, view)
    refining, finer = _refining(ws, receipt, view, refiner)
    shown = with_finer(published.blocks, finer)
    day = date.fromisoformat(receipt.as_of)
    worst = min(receipt.reads, key=lambda read: read.quality, default=None)
    return InsightPage(
        id=spec.id,
        title=spec.title,
        question=spec.question,
        room=room_of(spec),
        state="ready",
        box=_box(receipt, standing),
        run_id=receipt.run_id,
        run_label=receipt.label,
        data_to=long_date(day),
        quality=round(worst.quality) if worst else None,
        quality_target=Target("dataset", worst.dataset) if worst else None,
        next_run=f"{NEXT_RUN_DAY} {month_name(add_months(day, 2))}",
        blocks=tuple(block for block in shown if not isinstance(block, Figure)),
        made=_made(receipt),
        downloads=_downloads(published.blocks),
        view=published.view,
        refining=refining,
    )


def _refining(
    ws: Workspace, receipt: Receipt, view: Choices, refiner: Refiner | None
) -> tuple[Refining | None, Finer | None]:
    """How far the refinement of a page has come, and its best step."""
    names = kind_of(receipt.kind).refines
    if refiner is None or not names:
        return None, None

    def current() -> bool:
        """Whether the run is still shown, and may be."""
        newest = ws.current(receipt.insight)
        live = standing_of(ws.wiring, receipt, ws.username).live
        return live and newest is not None and newest.run_id == receipt.run_id

    found = refiner.ask(
        receipt.run_id, view, lambda: refinements(ws.programme, receipt.run_id, view), current
    )
    best = found.best
    return Refining(names, best.step if best else 0, found.state), best


def finer_chart(
    ws: Workspace, run_id: str, name: str, size: Size, view: Choices, refiner: Refiner
) -> bytes:
    """A drawing of a refinement's step as SVG, while it is held.

    Who may not see the run's page may not see its drawings.
    """
    ws.page(run_id, view)
    finer = refiner.step(run_id, view, step_of(name))
    if finer is None:
        raise NotFound("That drawing is no longer held.", remedy="Reload the page.")
    return finer_drawing(finer, name, size)


def chart(ws: Workspace, run_id: str, name: str, *, size: Size, view: Choices) -> bytes:
    """A chart of a run as SVG, drawn when a view is first asked for."""
    receipt = _shown_receipt(ws, run_id)
    ws.page(run_id, view)
    return drawing(ws.programme, receipt.run_id, f"{name}-{size}", view)


def export(ws: Workspace, run_id: str, view: Choices, file_format: str) -> Export:
    """A run's tables: one workbook, or every CSV in one archive."""
    receipt = _shown_receipt(ws, run_id)
    published = ws.page(run_id, view)
    if file_format not in {"csv", "xlsx"}:
        raise NotFound(f'There is no download "{file_format}".', remedy="Choose csv or xlsx.")
    files = files_of(ws.wiring, receipt, published, file_format)
    file = files[0] if len(files) == 1 else zipped(files, f"{receipt.insight}-{run_id}-csv.zip")
    ws.exported(receipt, file_format)
    return Export(file.name, file.media_type, file.content)


def _shown_receipt(ws: Workspace, run_id: str) -> Receipt:
    receipt = ws.programme.receipt(run_id)
    standing_of(ws.wiring, receipt, ws.username).or_raise(run_id)
    return receipt


def _made(receipt: Receipt) -> tuple[Row, ...]:
    data: list[Span] = []
    for read in receipt.reads:
        data += [Span(", ")] if data else []
        data += [
            Span(read.name, Target("dataset", read.dataset)),
            Span(f", version {read.version}"),
        ]
    passed = sum(check.passed for check in receipt.checks)
    return (
        Row("Data", tuple(data)),
        Row("Checks", (Span(f"{passed} of {len(receipt.checks)} passed"),)),
        Row(
            "Receipt",
            (Span(f"Full receipt of run {receipt.label}", Target("run", receipt.run_id)),),
        ),
    )


def _downloads(blocks: tuple[object, ...]) -> tuple[Download, ...]:
    tables = [block for block in blocks if isinstance(block, Table)]
    charts = sum(isinstance(block, Chart) for block in blocks)
    if not tables:
        return ()
    count = f"{len(tables)} tables" if len(tables) > 1 else "1 table"
    return (
        Download("Tables as CSV", "csv", count),
        Download("Workbook (XLSX)", "xlsx", f"{count}, figures of {charts} charts"),
    )


def _empty(spec: InsightSpec, state: str, box: StateBox) -> InsightPage:
    return InsightPage(
        id=spec.id,
        title=spec.title,
        question=spec.question,
        room=room_of(spec),
        state="none" if state == "none" else "not_permitted",
        box=box,
    )


def _not_yet(ws: Workspace, spec: InsightSpec) -> StateBox:
    owner = ws.wiring.people.name_of(spec.owner)
    return StateBox(
        title="No answer yet",
        why="This insight has not been run on the data that is here.",
        next_step=(
            Span(f"{owner} answers for it; an analyst makes it with forethought run {spec.id}."),
        ),
    )


def _stopped(receipt: Receipt, standing: Standing) -> StateBox:
    ask = f"Ask {standing.ask}. " if standing.ask else ""
    return StateBox(
        title="These figures may not be shown today",
        why=standing.why,
        next_step=(
            Span(f"{ask}The "),
            Span("receipt", Target("run", receipt.run_id)),
            Span(" is kept; the figures are not shown."),
        ),
        stopped=True,
    )


def _box(receipt: Receipt, standing: Standing) -> StateBox | None:
    if standing.waits:
        return StateBox(
            title="Not approved yet: seen by those who make, advise and decide",
            why=standing.why,
            next_step=(Span("They advise and decide with forethought advise and decide."),),
        )
    return _erased(receipt) if standing.erased else _left_out(receipt)


def _left_out(receipt: Receipt) -> StateBox | None:
    """Says whose rows the figures do not count; None where they count all."""
    told = left_out_of(receipt)
    if not told:
        return None
    return StateBox(
        title="These figures leave some partners out",
        why=" ".join(told),
        next_step=(
            Span("The "),
            Span("receipt", Target("run", receipt.run_id)),
            Span(" says whose rows were read; once an agreement is live the next run counts all."),
        ),
    )


def _erased(receipt: Receipt) -> StateBox:
    return StateBox(
        title="Data were erased since this run",
        why="People were removed from the data on request or at the end of its keeping.",
        next_step=(
            Span("The next run will count without them. The "),
            Span("receipt", Target("run", receipt.run_id)),
            Span(" says what was read."),
        ),
    )
