"""The insight programme of a workspace: its declared insights, their runs and results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forethought.data.runs import Runs
from forethought.insights.base import (
    EarlierRun,
    InsightSpec,
    KeptScenario,
    Response,
    Result,
    RunContext,
    UnusableScenario,
)
from forethought.insights.receipt import Receipt
from forethought.insights.registry import kind_of
from forethought.insights.specs import spec_named
from forethought.place.calendar import add_months, month_end

if TYPE_CHECKING:
    from forethought.data.contracts import Contract
    from forethought.data.store import Store


@dataclass(frozen=True)
class Programme:
    """What the insight programme of one workspace works with.

    Args:
        store: The open store (every read passes its gate).
        runs: Where runs are kept.
        specs: The declared insights by id.
        contracts: Data contracts by dataset.
        place: Name of the county.
        today: Today, as the workspace has it.
        geometry: Reads the boundaries by level when a run needs them.
        now: The clock, for receipts only.
        audited: Records an event in the audit chain.
        person: Username of who works with it; empty where only declarations are read.
        kept: Reads the scenarios that are kept.
        unusable: Names the scenario files that cannot be used.
        responses: Reads what people answered to what an insight raised, oldest first.
        people: Reads the names of people by username.
        shown: Whether a run may be shown to who works with it.
    """

    store: Store
    runs: Runs
    specs: Mapping[str, InsightSpec]
    contracts: Mapping[str, Contract]
    place: str
    today: date
    geometry: Callable[[], Mapping[str, Any]]
    now: Callable[[], datetime]
    audited: Callable[[str, Mapping[str, Any]], None]
    person: str = ""
    kept: Callable[[], tuple[KeptScenario, ...]] = tuple
    unusable: Callable[[], tuple[UnusableScenario, ...]] = tuple
    responses: Callable[[str], tuple[Response, ...]] = lambda _: ()
    people: Callable[[], Mapping[str, str]] = dict
    shown: Callable[[Receipt], bool] = lambda _: True

    def earlier(self, receipt: Receipt) -> list[Receipt]:
        """Runs of an insight that knew less than one of its runs and may be shown, oldest first."""
        found = [self.receipt(run_id) for run_id in self.runs.ids(receipt.insight)]
        known = [each for each in found if each.as_of < receipt.as_of and self.shown(each)]
        return sorted(known, key=lambda each: (each.as_of, each.made_at))

    def remembered(self, receipt: Receipt, names: tuple[str, ...]) -> tuple[EarlierRun, ...]:
        """Tables of the earlier runs of an insight; runs that lack one of them are left out."""
        found = []
        for each in self.earlier(receipt):
            tables = self.runs.tables(each.insight, each.run_id, names)
            if len(tables) == len(names):
                day = date.fromisoformat(each.as_of)
                settings = each.settings.get("settings", {})
                found.append(EarlierRun(each.run_id, day, each.made_at, tables, settings))
        return tuple(found)

    def kept_of(self, insight: str) -> tuple[KeptScenario, ...]:
        """The scenarios of one insight that were kept."""
        return tuple(each for each in self.kept() if each.based_on == insight)

    def unusable_of(self, insight: str) -> tuple[UnusableScenario, ...]:
        """The scenario files of one insight, or of nobody knows which, that cannot be used."""
        return tuple(each for each in self.unusable() if each.based_on in {insight, ""})

    def spec(self, insight: str) -> InsightSpec:
        """The insight of that id, or `NotFound`."""
        return spec_named(dict(self.specs), insight)

    def as_of(self) -> date:
        """The last complete month's end before today."""
        return month_end(add_months(self.today, -1))

    def latest(self, insight: str) -> Receipt | None:
        """The newest run of an insight."""
        for run_id in self.runs.ids(insight):
            return self.receipt(run_id)
        return None

    def receipt(self, run_id: str) -> Receipt:
        """The receipt of a run.

        Raises:
            NotFound: There is no such run.
        """
        insight = self.runs.insight_of(run_id)
        return Receipt.from_json(self.runs.document(insight, run_id, "receipt"))

    def result(self, run_id: str) -> Result:
        """The saved result of a run, to the same digits as it was computed."""
        insight = self.runs.insight_of(run_id)
        values = self.runs.document(insight, run_id, "values")
        return Result(self.runs.tables(insight, run_id), values["values"], values["metrics"])

    def context(
        self, spec: InsightSpec, day: date, minimum: int, upstream: Mapping[str, str]
    ) -> RunContext:
        """What a computation of `spec` as of `day` may know besides its data."""
        return RunContext(
            as_of=day,
            seed=spec.seed,
            minimum_count=minimum,
            place=self.place,
            upstream={name: self.result(run_id) for name, run_id in upstream.items()},
            geometry=self.geometry(),
        )


def spec_of(receipt: Receipt) -> InsightSpec:
    """The specification that a run was made with."""
    return kind_of(receipt.kind).Spec.model_validate(receipt.settings)
