"""Demand: how many people will need support, and what it will cost, three years ahead.

Reads either events in the layout of England's client level data (`source.layout: events`) or
any monthly series that somebody has already counted (`source.layout: counts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from forethought.insights.base import Insight, InsightSpec, Result, RunContext
from forethought.insights.blocks import Block
from forethought.place.calendar import financial_year

if TYPE_CHECKING:
    from forethought.insights.base import Frames

EVENT_COLUMNS = (
    "person_id",
    "client_type",
    "event_type",
    "event_start_date",
    "event_end_date",
    "event_outcome",
    "service_type",
    "service_component",
    "delivery_mechanism",
    "primary_support_reason",
    "birth_month",
    "lsoa21",
    "unit_cost",
    "cost_frequency_unit_type",
    "planned_units_per_week",
    "recorded_on",
)
AREA_COLUMNS = ("lsoa21", "district_code", "district_name", "valid_from")


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EventsSource(_Settings):
    """Rows of events, from which people, starts, ends and cost are counted."""

    layout: Literal["events"] = Field("events", description="Client level data, one row an event.")
    events: str = Field("asc_events", description="Dataset of the events.")
    areas: str = Field("area_lookup", description="Dataset that gives each area its district.")


class CountsSource(_Settings):
    """Monthly series that are already counted."""

    layout: Literal["counts"] = Field(description="One row a month and key, with a number.")
    dataset: str = Field(description="Dataset that holds them.")
    date: str = Field(description="Column of the month (its first day).")
    value: str = Field(description="Column of the number.")
    keys: tuple[str, ...] = Field(
        (), max_length=2, description="Columns that tell series apart, at most two."
    )
    where: dict[str, str | int | float | bool | tuple[str, ...]] = Field(
        default_factory=dict,
        description="Values that rows must have, by column; a list allows several.",
    )
    without: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict,
        description="Values that rows must not have (totals, say), by column.",
    )
    months_ahead: int = Field(24, ge=3, le=60, description="Months to forecast.")
    measure: str = Field(description='What is counted, as a page says it: "delayed bed days".')
    unit: str = Field("", description="Unit after a figure, where the measure does not say it.")
    flow: bool = Field(True, description="Whether months may be added up to years.")
    people: bool = Field(False, description="Whether the numbers count people.")


FlowName = Literal["requests", "starts", "leaving"]
ServiceName = Literal[
    "nursing", "residential", "supported_living", "home_care", "direct_payment", "day", "other"
]


class DeclaredShock(_Settings):
    """Something that happened once and is not to be repeated by a forecast."""

    name: str = Field(description="What pages call it.")
    start: date = Field(description="First day that it touches.")
    end: date | None = Field(None, description="Last day; none: it goes on.")
    shape: Literal["pulse", "level_shift", "ramp"] = Field(
        "pulse", description="Set aside (pulse), a lasting step, or a slope."
    )
    flows: tuple[FlowName, ...] = Field((), description="Flows that it touched; none named: all.")
    service: ServiceName | None = Field(
        None, description="The one service whose starts or leaving it touched; none: all."
    )
    source: str = Field("", description="Where it is written down.")

    @model_validator(mode="after")
    def _has_a_service(self) -> DeclaredShock:
        if self.service is not None and self.flows == ("requests",):
            raise ValueError("Requests have no service. Leave service out, or name another flow.")
        return self


class JudgedAdjustment(_Settings):
    """What somebody knows that the past does not; held to account once the months have come."""

    name: str = Field(description="What pages call it.")
    author: str = Field(min_length=1, description="Who made it.")
    reason: str = Field(min_length=1, description="Why.")
    flow: FlowName = Field(description="Flow that it changes.")
    change_pct: float = Field(ge=-100, le=400, description="Change of the flow, per cent.")
    first: date = Field(description="First month that it touches.")
    last: date = Field(description="Last month that it touches.")
    expires: date | None = Field(None, description="Last day on which a run may use it.")
    service: ServiceName | None = Field(None, description="The one service; none: all.")


class PriceUplift(_Settings):
    """The rise of prices on 1 April, per cent, and how sure it is."""

    low_pct: float = Field(ge=-20, le=50, description="A 1 in 10 chance of less.")
    likely_pct: float = Field(ge=-20, le=50, description="As likely more as less.")
    high_pct: float = Field(ge=-20, le=50, description="A 1 in 10 chance of more.")
    source: str = Field(description="Where the assumption comes from.")

    @model_validator(mode="after")
    def _in_order(self) -> PriceUplift:
        if not self.low_pct <= self.likely_pct <= self.high_pct:
            raise ValueError("low_pct, likely_pct and high_pct must rise. Put them in order.")
        return self


class DemandSettings(_Settings):
    """What a person may set of a demand insight."""

    source: Annotated[EventsSource | CountsSource, Field(discriminator="layout")] = Field(
        EventsSource(layout="events"), description="What is read."
    )
    years_ahead: int = Field(
        3, ge=1, le=5, description="Whole financial years to forecast after the present one."
    )
    price_uplift: PriceUplift | None = Field(
        None, description="Rise of prices every April with its range; none: no rise."
    )
    price_uplift_by_year: dict[int, PriceUplift] = Field(
        default_factory=dict, description="Rise on 1 April of a year, where it differs."
    )
    shocks: tuple[DeclaredShock, ...] = Field((), description="What happened once.")
    adjustments: tuple[JudgedAdjustment, ...] = Field(
        (), description="Judgements on the forecast, each with its author, reason and last day."
    )
    paths: int = Field(1000, ge=200, le=10_000, description="Sample futures.")
    most_series: int = Field(120, ge=20, le=1000, description="Most series modelled one by one.")
    back_run: bool = Field(
        True, description="Make the forecasts of up to four earlier years again and judge them."
    )
    years_shown: int = Field(4, ge=1, le=9, description="Past financial years on the chart.")

    @model_validator(mode="after")
    def _flows_of_events(self) -> DemandSettings:
        if isinstance(self.source, CountsSource) and any(s.flows or s.service for s in self.shocks):
            raise ValueError("Counted series have no flows. Leave flows and service out of shocks.")
        return self


class DemandSpec(InsightSpec):
    """A demand insight's file."""

    settings: DemandSettings = Field(DemandSettings(), description="What it reads and assumes.")


def last_forecast_day(as_of: date, years_ahead: int) -> date:
    """31 March that ends the last year to forecast."""
    return date(financial_year(as_of) + years_ahead + 1, 3, 31)


class DemandInsight(Insight[DemandSpec]):
    """How many people will need long-term support, by service, client group and district."""

    kind: ClassVar[str] = "demand"
    Spec: ClassVar[type[DemandSpec]] = DemandSpec
    remembers: ClassVar[tuple[str, ...]] = ("months", "unadjusted")

    def reads(self, spec: DemandSpec) -> Mapping[str, tuple[str, ...]]:
        """The events and the areas, or the counted series."""
        source = spec.settings.source
        if isinstance(source, CountsSource):
            columns = (
                source.date,
                source.value,
                *source.keys,
                *source.where,
                *source.without,
            )
            return {source.dataset: tuple(dict.fromkeys(columns))}
        return {source.events: EVENT_COLUMNS, source.areas: AREA_COLUMNS}

    def compute(self, frames: Frames, spec: DemandSpec, context: RunContext) -> Result:
        """Count, forecast, hold last year's forecast to account, hide small numbers."""
        if isinstance(spec.settings.source, CountsSource):
            from forethought.insights.kinds.demand_counts import compute_counts

            return compute_counts(frames, spec, context)
        from forethought.insights.kinds.demand_events import compute_events

        return compute_events(frames, spec, context)

    def publish(
        self, result: Result, spec: DemandSpec, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        """The page of one view: a service, a client group and a district, or a counted key."""
        if isinstance(spec.settings.source, CountsSource):
            from forethought.insights.kinds.demand_counts_page import publish_counts

            return publish_counts(result, spec, context, view)
        from forethought.insights.kinds.demand_page import publish_demand

        return publish_demand(result, spec, context, view)
