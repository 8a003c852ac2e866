"""What an insight publishes: blocks, the same for every medium.

A kind returns blocks; one renderer per medium (web, notebook, CSV, XLSX) draws them. No block
holds HTML. Text may mark short phrases with `**bold**`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from forethought.errors import DataError
from forethought.insights.formulas import formula_problems

if TYPE_CHECKING:
    from forethought.results.drawing import Drawing

Level = Literal["county", "area", "group", "person"]
Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Headline:
    """The answer in one sentence with its range; at most 45 words, 1 to 4 bold phrases."""

    kind: ClassVar[str] = "headline"
    text: str
    level: Level = "county"


@dataclass(frozen=True)
class Figure:
    """One answer for a home page: a large figure, a sentence with its range, a small chart."""

    kind: ClassVar[str] = "figure"
    question: str
    figure: str
    sentence: str
    change: str = ""
    chart: Chart | None = None
    level: Level = "county"


@dataclass(frozen=True)
class Text:
    """A short passage or a list under a heading.

    `role` places it: `actions` (what this means for you), `limits` (what this does not tell
    you), `note` (where it stands).
    """

    kind: ClassVar[str] = "text"
    heading: str
    items: tuple[str, ...]
    role: Literal["actions", "limits", "note"] = "note"
    level: Level = "county"


@dataclass(frozen=True)
class Column:
    """A table's column. `numeric` aligns right; `muted` is grey (ranges).

    `counts_people` marks a column whose values the small-number gate looks at.
    """

    name: str
    label: str
    numeric: bool = False
    muted: bool = False
    counts_people: bool = False


@dataclass(frozen=True)
class Formula:
    """A cell that a workbook computes: the sum of other cells of its table, each with its sign.

    Args:
        row: Row of the cell among the table's rows, from 0.
        column: Its column, from 0.
        terms: Sign (+1 or -1), row and column of each cell that is summed.
    """

    row: int
    column: int
    terms: tuple[tuple[int, int, int], ...]

    @property
    def cell(self) -> tuple[int, int]:
        """Row and column of the cell."""
        return self.row, self.column

    @property
    def needs(self) -> tuple[tuple[int, int], ...]:
        """Row and column of each cell that is summed."""
        return tuple((row, column) for _, row, column in self.terms)


@dataclass(frozen=True)
class Table:
    """A table of formatted cells, ready to show, with the exact values beside it for downloads.

    Args:
        name: File and sheet name, lower case with hyphens.
        heading: What the table says.
        caption: Range, prices, unit, period.
        columns: Columns in order; the first is the row's heading.
        rows: Cells as text, as a page shows them ("[c]" where suppressed).
        values: The same cells as numbers or text for CSV and XLSX (None where suppressed).
        role: `view` stands in the tabs beside chart and map, `section` under its own heading.
        suggested: Name of the column that is suggested or asked about, tinted; empty for none.
        mark: The words that name that column: "Suggested", "Your what-if".
        formulas: Cells that are sums of others; live in a workbook, plain figures elsewhere.

    Raises:
        DataError: A formula looks outside the table, at a cell without a number or in a circle, or
            does not give its cell to within half a penny; all problems at once.

    A cell of several lines shows its first as the figure, the others under it in grey: "1,060" and
    "750 to 1,390" for a table of options side by side.
    """

    kind: ClassVar[str] = "table"
    name: str
    heading: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Scalar, ...], ...]
    role: Literal["view", "section"] = "section"
    section: str = ""
    level: Level = "county"
    suggested: str = ""
    mark: str = "Suggested"
    formulas: tuple[Formula, ...] = ()

    def __post_init__(self) -> None:
        problems = formula_problems(self.formulas, self.values)
        if problems:
            raise DataError(
                "A table holds formulas that do not give its figures.",
                where=self.name,
                problems=problems,
                remedy="Give cells of the same table that add up to the figure.",
            )


@dataclass(frozen=True)
class Chart:
    """A chart as SVG drawings for each width, its message, measure and alternative text.

    `wide`, `medium` and `narrow` are SVG text while a run is made, and file names once it is
    stored; `medium` is empty where the wide drawing fits a tablet. `table` names the Table block
    that holds the same figures. `chart_of` makes one from a drawing.
    """

    kind: ClassVar[str] = "chart"
    name: str
    heading: str
    measure: str
    alt: str
    wide: str
    narrow: str
    table: str
    note: str = ""
    section: str = ""
    role: Literal["view", "section", "small"] = "view"
    level: Level = "county"
    medium: str = ""


@dataclass(frozen=True)
class Map(Chart):
    """A choropleth map: a chart whose drawing is a map."""

    kind: ClassVar[str] = "map"


@dataclass(frozen=True)
class Choice:
    """One question of a form: a select whose options are (value, label)."""

    kind: ClassVar[str] = "select"
    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str
    hint: str = ""


@dataclass(frozen=True)
class Number:
    """One question of a form: a number with its unit and limits.

    Args:
        name: Its name in the address.
        label: The question: "Full-time staff from January".
        value: The number as text, as it stands in the field.
        unit: Words after the field: "staff", "%".
        hint: Today's value and the limits: "Today 48. Between 40 and 70."
        low: Smallest answer; None for no limit.
        high: Largest answer.
        step: Distance between answers; 0 takes any number.
    """

    kind: ClassVar[str] = "number"
    name: str
    label: str
    value: str
    unit: str = ""
    hint: str = ""
    low: float | None = None
    high: float | None = None
    step: float = 1


@dataclass(frozen=True)
class Day:
    """One question of a form: a date, as ISO text (2027-03-31), with its first and last day."""

    kind: ClassVar[str] = "day"
    name: str
    label: str
    value: str
    hint: str = ""
    first: str = ""
    last: str = ""


Question = Choice | Number | Day
QUESTIONS: Mapping[str, type[Any]] = {cls.kind: cls for cls in (Choice, Number, Day)}


@dataclass(frozen=True)
class Form:
    """Questions that choose what to look at; the address keeps the answers (GET).

    Args:
        heading: Stands over the panel; empty where the page's own question says it.
        choices: The questions, in a row in this order.
        button: Words of the button.
        main: Whether it is what the page is for (a what-if): a filled button.
    """

    kind: ClassVar[str] = "form"
    heading: str
    choices: tuple[Question, ...]
    button: str = "Show"
    level: Level = "county"
    main: bool = False


@dataclass(frozen=True)
class Keep:
    """A what-if that may be kept as a named scenario (POST).

    The page's choices and its run go along; the block holds only words.

    Args:
        button: Words of the button.
        label: The question for the scenario's name.
        hint: What keeping does.
        name: A name to start from.
        section: Section of the page; empty for one of its own.
    """

    kind: ClassVar[str] = "keep"
    button: str = "Keep this what-if as a scenario"
    label: str = "Name of the scenario"
    hint: str = ""
    name: str = ""
    section: str = ""
    level: Level = "county"


@dataclass(frozen=True)
class Respond:
    """A signal that may be answered: acknowledged or resolved, with a reason (POST).

    It is shown to those alone who may answer it.

    Args:
        subject: Key of what was raised.
        label: What it is, in a few words.
        since: First day of the change, ISO text.
        owner: Username of who is asked to act.
        state: `new`, or the newest answer in words.
        hint: What an answer does.
        section: Section of the page.
    """

    kind: ClassVar[str] = "respond"
    subject: str
    label: str
    since: str
    owner: str
    state: str = "new"
    hint: str = ""
    section: str = ""
    level: Level = "county"


@dataclass(frozen=True)
class Method:
    """Rows of "How was this made?", before the receipt that the renderer adds."""

    kind: ClassVar[str] = "method"
    rows: tuple[tuple[str, str], ...]
    level: Level = "county"


Block = Headline | Figure | Text | Table | Chart | Map | Form | Keep | Respond | Method
KINDS: Mapping[str, type[Any]] = {
    cls.kind: cls
    for cls in (Headline, Figure, Text, Table, Chart, Map, Form, Keep, Respond, Method)
}


def chart_of(
    drawing: Drawing,
    name: str,
    table: str,
    *,
    section: str = "",
    role: Literal["view", "section", "small"] = "view",
) -> Chart:
    """A drawing as a block.

    Args:
        drawing: What `forethought.results.charts` drew.
        name: Its name in addresses, lower case with hyphens.
        table: Name of the Table block with the same figures.
        section: Section of the page.
        role: Where it stands.
    """
    return Chart(
        name=name,
        heading=drawing.heading,
        measure=drawing.measure,
        alt=drawing.alt,
        wide=drawing.wide,
        narrow=drawing.narrow,
        table=table,
        note=drawing.note,
        section=section,
        role=role,
        medium=drawing.medium,
    )


def to_json(block: Any) -> Any:
    """A block as plain JSON values; `from_json` gives it back."""
    if is_dataclass(block) and not isinstance(block, type):
        out = {f.name: to_json(getattr(block, f.name)) for f in fields(block)}
        kind = getattr(block, "kind", None)
        return {"kind": kind, **out} if kind else out
    if isinstance(block, tuple | list):
        return [to_json(item) for item in block]
    return block


def from_json(value: Mapping[str, Any]) -> Block:
    """The block that `to_json` wrote."""
    data = dict(value)
    cls = KINDS[data.pop("kind")]
    data = {key: _tuples(item) for key, item in data.items()}
    if cls is Table:
        data["columns"] = tuple(Column(**dict(column)) for column in value["columns"])
        data["formulas"] = tuple(_formula(each) for each in value.get("formulas", ()))
    if cls is Form:
        data["choices"] = tuple(_question(choice) for choice in value["choices"])
    if cls is Figure and value.get("chart"):
        data["chart"] = from_json(value["chart"])
    block: Block = cls(**data)
    return block


def _formula(value: Mapping[str, Any]) -> Formula:
    return Formula(**{key: _tuples(item) for key, item in value.items()})


def _question(value: Mapping[str, Any]) -> Question:
    """A question of a form; one that was stored before questions had kinds is a select."""
    fields_of = {key: _tuples(item) for key, item in value.items() if key != "kind"}
    question: Question = QUESTIONS[value.get("kind", Choice.kind)](**fields_of)
    return question


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Published:
    """The blocks of one run as one view shows them, with the choices that led to it."""

    run_id: str
    blocks: tuple[Block, ...]
    view: Mapping[str, str] = field(default_factory=dict)
