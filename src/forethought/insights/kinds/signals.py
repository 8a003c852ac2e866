"""Early-warning signals: what changed beyond ordinary variation, where, since when, who acts.

Watches monthly counts of any dataset of rows, and the flows of a demand panel, each by the columns
that are named; raises few alarms, tells the same cause once, and looks for places with more cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from forethought.insights.base import Insight, InsightSpec, Result, RunContext
from forethought.insights.blocks import Block
from forethought.insights.kinds.demand import AREA_COLUMNS, EVENT_COLUMNS

if TYPE_CHECKING:
    from forethought.insights.base import Frames
    from forethought.insights.raised import Raised

Rule = Literal["xmr", "farrington", "cusum", "residual"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Measure(_Settings):
    """What every measure has."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Its name in addresses.")
    name: str = Field(description='What is counted a month, as a page says it: "New requests".')
    desired: Literal["up", "down", "neutral"] = Field(
        "neutral", description="Where it should go: says improvement from concern."
    )
    target: float | None = Field(None, description="What a month of the whole should reach.")
    owner: str = Field(description="Person who is asked to act.")
    drivers: tuple[str, ...] = Field((), description="Measures that may explain it.")
    rebase: tuple[Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")], ...] = Field(
        (), description="Months (2021-04) from which it is another process: law, recording."
    )


class FlowMeasure(_Measure):
    """A flow of the demand panel: requests, starts, ends."""

    layout: Literal["flow"] = Field(description="A flow of demand.")
    flow: Literal["requests", "starts", "ends"] = Field(description="Which flow.")
    by: tuple[Literal["service", "group", "district"], ...] = Field(
        (), description="Axes that are watched, each for itself."
    )

    @model_validator(mode="after")
    def _requests_have_no_service(self) -> FlowMeasure:
        if self.flow == "requests" and "service" in self.by:
            raise ValueError("Requests have no service. Watch them by group or district.")
        return self


class RowMeasure(_Measure):
    """Rows of a dataset by month of a date."""

    layout: Literal["rows"] = Field(description="Rows counted by month.")
    dataset: str = Field(description="Dataset of the rows.")
    date: str = Field(description="Column of the day that counts.")
    where: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict, description="Values that rows must have, by column."
    )
    by: tuple[str, ...] = Field((), description="Columns that are watched, each for itself.")


class ScanSettings(_Settings):
    """The search for places with more requests for support than elsewhere."""

    population: str = Field("population_estimates", description="Residents: lsoa21, year, people.")
    months: int = Field(12, ge=3, le=36, description="Months that are searched.")
    largest_share: float = Field(
        0.25, gt=0, le=0.5, description="Most of the residents that a cluster holds."
    )
    permutations: int = Field(999, ge=99, le=9999, description="Shuffled maps.")
    owner: str = Field(description="Person who is asked to act.")


class SignalsSettings(_Settings):
    """What a person may set of a watch."""

    events: str = Field("asc_events", description="Dataset of the events, for flows and places.")
    areas: str = Field("area_lookup", description="Dataset that gives each area its district.")
    measures: tuple[Annotated[FlowMeasure | RowMeasure, Field(discriminator="layout")], ...] = (
        Field(min_length=1, description="What is watched.")
    )
    rules: tuple[Rule, ...] = Field(
        ("xmr", "farrington", "cusum", "residual"), description="Rules that may raise an alarm."
    )
    fdr: float = Field(0.1, gt=0, lt=1, description="Share of alarms that may be false.")
    months: int = Field(72, ge=36, le=180, description="Months of history that are used.")
    months_shown: int = Field(36, ge=12, le=120, description="Months on a chart.")
    scan: ScanSettings | None = Field(None, description="Search for places; none: no search.")

    @model_validator(mode="after")
    def _known_measures(self) -> SignalsSettings:
        names = [each.id for each in self.measures]
        if len(set(names)) < len(names):
            raise ValueError("Two measures have one id. Give each its own.")
        for each in self.measures:
            for driver in each.drivers:
                if driver not in names:
                    raise ValueError(f'"{driver}" is no measure here. Known: {", ".join(names)}.')
        return self


class SignalsSpec(InsightSpec):
    """A watch's file."""

    settings: SignalsSettings = Field(description="What is watched, by which rules.")


class SignalsInsight(Insight[SignalsSpec]):
    """What changed beyond ordinary variation."""

    kind: ClassVar[str] = "signals"
    Spec: ClassVar[type[SignalsSpec]] = SignalsSpec
    answerable: ClassVar[bool] = True

    def reads(self, spec: SignalsSpec) -> Mapping[str, tuple[str, ...]]:
        """Events where a flow or a place is watched; the rows of every other measure."""
        settings = spec.settings
        found: dict[str, tuple[str, ...]] = {}
        flows = any(isinstance(each, FlowMeasure) for each in settings.measures)
        if flows or settings.scan is not None:
            found[settings.events] = EVENT_COLUMNS
            found[settings.areas] = AREA_COLUMNS
        if settings.scan is not None:
            found[settings.scan.population] = ("year", "lsoa21", "age", "people")
        for each in settings.measures:
            if isinstance(each, RowMeasure):
                columns = (each.date, *each.where, *each.by)
                known = found.get(each.dataset, ())
                found[each.dataset] = tuple(dict.fromkeys((*known, *columns)))
        return found

    def compute(self, frames: Frames, spec: SignalsSpec, context: RunContext) -> Result:
        """Count, watch, tell the same cause once, search for places."""
        from forethought.insights.kinds.signals_runs import compute_signals

        return compute_signals(frames, spec, context)

    def raised(self, result: Result, spec: SignalsSpec) -> tuple[Raised, ...]:
        """Every signal; those of one cause under its lead."""
        from forethought.insights.kinds.signals_words import raised

        return raised(result)

    def publish(
        self, result: Result, spec: SignalsSpec, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        """The page; its form chooses the series whose chart is shown."""
        from forethought.insights.kinds.signals_page import publish_signals

        return publish_signals(result, spec, context, view)
