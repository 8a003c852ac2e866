"""The class that every kind of insight implements, and what a run hands to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from forethought.insights.blocks import Block

if TYPE_CHECKING:
    import polars as pl

    from forethought.insights.raised import Raised

    Frames = Mapping[str, pl.DataFrame]
    Faults = Sequence[tuple[tuple[str | int, ...], str, str]]


class ApprovalsAsked(BaseModel):
    """The approvals that an insight needs before its figures may be published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    advice: tuple[Literal["proposal", "method", "use"], ...] = Field(
        (), description="Stages on which the ethics committee must have advised."
    )
    decisions: tuple[Literal["sponsors_board", "data_owners"], ...] = Field(
        (), description="Who must have decided: the board; the owners of what is read."
    )


class InsightSpec(BaseModel):
    """What every insight file declares; a kind adds its own `settings` class.

    Unknown keys are refused, naming the nearest valid one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(1, ge=1, le=1, description="Version of this file's form.")
    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$", description="Name in addresses and commands.")
    kind: str = Field(description="Kind of insight, as an entry point names it.")
    title: str = Field(description="Short name: the caption over the question.")
    question: str = Field(description="The question that the page answers; its heading.")
    purpose: str = Field(description="Purpose of the reading, as contracts and agreements name it.")
    owner: str = Field(description="Person who answers for it.")
    review_by: date = Field(description="Day by which the owner looks at it again.")
    audience: tuple[str, ...] = Field((), description="Roles whose home page shows it.")
    room: str = Field("plan", pattern=r"^(plan|prioritise|predict)$", description="Its menu.")
    seed: int = Field(1, ge=0, description="Seed of its randomness.")
    follows: tuple[str, ...] = Field((), description="Insights whose results it uses.")
    approvals: ApprovalsAsked = Field(
        ApprovalsAsked(), description="Approvals needed before publication; none by default."
    )
    files: dict[str, str] = Field(
        default_factory=dict,
        description="Filled in when it is loaded: the text of other files that it names.",
    )


SpecT = TypeVar("SpecT", bound=InsightSpec)


@dataclass(frozen=True)
class KeptScenario:
    """A what-if that somebody kept by name.

    Args:
        name: Its name.
        based_on: The insight whose what-if it is.
        author: Name of who kept it.
        source: Where it comes from.
        changes: Answers of the form by name, as text.
        id: Name of its file, without the ending.
        bases: Names of the scenario files that it is based on.
        given: Its changes as its file writes them.
        on: Day on which it was kept.
    """

    name: str
    based_on: str
    author: str
    source: str
    changes: Mapping[str, str]
    id: str = ""
    bases: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    on: date | None = None


@dataclass(frozen=True)
class UnusableScenario:
    """A scenario file that cannot be used, for the note on a page.

    Args:
        file: The file, within the workspace.
        based_on: The insight that it names; empty where that cannot be told.
        why: What is wrong, in a sentence.
    """

    file: str
    based_on: str
    why: str


@dataclass(frozen=True, eq=False)
class EarlierRun:
    """An earlier run of an insight, as far as later pages show it.

    Args:
        run_id: The run.
        as_of: Last day that it knew.
        made_at: When it was made, as ISO text.
        tables: Those that its kind remembers (`Insight.remembers`).
        settings: The settings of its specification.
    """

    run_id: str
    as_of: date
    made_at: str
    tables: Mapping[str, pl.DataFrame]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What somebody answered to something that an insight raised.

    Args:
        subject: What was raised: the key of a series.
        since: First day of what was raised, so that a later one is new again.
        state: `acknowledged` (somebody looks into it) or `resolved`.
        reason: Why, in the person's words.
        author: Name of the person.
        on: Day of the answer.
    """

    subject: str
    since: date
    state: Literal["acknowledged", "resolved"]
    reason: str
    author: str
    on: date


@dataclass(frozen=True)
class RunContext:
    """What a computation may know besides its data: never a clock, never a file.

    Args:
        as_of: Last day that the run may know of.
        seed: Seed of its randomness.
        minimum_count: Smallest count that may be published (the strictest contract read).
        place: Name of the county, for captions.
        upstream: Results of the insights it follows, by insight id.
        geometry: GeoJSON of areas by level (`district`, `lsoa`), for maps.
        kept: Scenarios of this insight that were kept; for pages, never for a computation.
        responses: What people answered to what this insight raised, oldest first; for pages alone.
        people: Names of people by username; for pages alone.
        earlier: Earlier runs that may be shown, oldest first; for pages alone.
        made_at: When the run was made, as ISO text; where `earlier` is told.
    """

    as_of: date
    seed: int
    minimum_count: int
    place: str
    upstream: Mapping[str, Result] = field(default_factory=dict)
    geometry: Mapping[str, Any] = field(default_factory=dict)
    kept: tuple[KeptScenario, ...] = ()
    responses: tuple[Response, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[EarlierRun, ...] = ()
    made_at: str = ""


@dataclass(frozen=True)
class Check:
    """One check of a run: what was asked, what was found."""

    name: str
    asked: str
    found: str
    passed: bool


@dataclass(frozen=True, eq=False)
class Result:
    """What a run computes, in a form that can be stored and read again to the same digits.

    Args:
        tables: Frames by name, saved as Parquet.
        values: JSON values by name (labels, dates as ISO text, settings learnt).
        metrics: Numbers by name, for the receipt.
        checks: Checks made inside the computation.
    """

    tables: Mapping[str, pl.DataFrame]
    values: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    checks: Sequence[Check] = ()


class Insight(ABC, Generic[SpecT]):
    """One kind of insight. Another council can ship its own as a package.

    A kind is found through the entry point group `forethought.insights`.
    """

    kind: ClassVar[str]
    Spec: ClassVar[type[InsightSpec]]
    what_ifs: ClassVar[bool] = False
    """Whether a view of its form is a what-if: computed when asked for, written nowhere."""
    answerable: ClassVar[bool] = False
    """Whether it raises what people answer: its pages show their answers, and people by name."""
    remembers: ClassVar[tuple[str, ...]] = ()
    """Tables of earlier runs that its pages show; the context of `publish` has them (`earlier`)."""
    refines: ClassVar[tuple[str, ...]] = ()
    """Names of the charts and tables of its page that `refine` makes better, if it does."""

    @abstractmethod
    def reads(self, spec: SpecT) -> Mapping[str, tuple[str, ...]]:
        """Datasets that a run reads, with the columns it needs of each."""

    def follows(self, spec: SpecT) -> tuple[str, ...]:
        """Insights whose results a run uses."""
        return spec.follows

    def files(self, spec: SpecT) -> Mapping[str, str]:
        """Other files of the workspace that it needs: path within the workspace, by name.

        Their text stands in `spec.files` when it computes, and in the receipt of a run, so that a
        changed file is another question.
        """
        return {}

    def scenarios(self, spec: SpecT) -> tuple[str, ...]:
        """Scenarios that a run works out, by name.

        Those that stand in scenario files of the workspace are added to the text of the pathway
        file that `files` names; a broken one is left out.
        """
        return ()

    @abstractmethod
    def compute(self, frames: Frames, spec: SpecT, context: RunContext) -> Result:
        """The answer; pure: the same frames, spec and context give the same digits."""

    def vary(self, result: Result, changes: Mapping[str, Any], spec: SpecT) -> Result:
        """A what-if from a run's saved result, in under a second; writes nothing.

        Raises:
            UsageError: This kind has no what-ifs, or a change is not one it takes.
        """
        from forethought.errors import UsageError

        raise UsageError(
            f'Insight "{spec.id}" has no what-ifs.', remedy="Choose another view of it instead."
        )

    def scenario_faults(
        self, scenario: KeptScenario, kept: Sequence[KeptScenario]
    ) -> Faults | None:
        """What is wrong with a scenario file of such an insight; None: its form says.

        Args:
            scenario: The scenario.
            kept: Those that it may be based on.

        Returns:
            Each fault with its place within the file, what, and the remedy.
        """
        return None

    def to_keep(
        self, result: Result, view: Mapping[str, str], spec: SpecT
    ) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        """What a scenario file of a what-if says: scenario files it is based on, and its changes.

        Args:
            result: The saved result of the run.
            view: Answers of the form by name.
            spec: The specification of the run.
        """
        return (), dict(view)

    def advice(self, spec: SpecT) -> tuple[str, ...]:
        """What its file could say better, in sentences; nothing of it is wrong."""
        return ()

    def refine(self, result: Result, changes: Mapping[str, Any], spec: SpecT) -> Iterator[Result]:
        """Better and better results of a run or a what-if, the last the best; writes nothing.

        A page shows the run at once; what this yields is worked out in the background, shown as it
        comes, and given up when another run takes the place of this one. Each result has the form
        of the run's, and passes the run's permission and small-number checks.

        Args:
            result: The saved result of a run.
            changes: Answers of the form by name; none for the run itself.
            spec: The specification of the run.
        """
        return iter(())

    def publish_refined(self, result: Result, spec: SpecT, context: RunContext) -> list[Block]:
        """The blocks of a result of `refine`, by the names that `refines` lists."""
        return []

    def raised(self, result: Result, spec: SpecT) -> tuple[Raised, ...]:
        """What a run raised for somebody to look into, the most pressing first."""
        return ()

    @abstractmethod
    def publish(
        self, result: Result, spec: SpecT, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        """The blocks of a page. `view` holds the answers of its Form; {} is the default view.

        Must refuse an unknown choice with `UsageError`. `result` is already protected: cells
        below `context.minimum_count` are null in published tables.
        """
