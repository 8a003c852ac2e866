"""The record of an insight's forecasts, from its kept runs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from forethought.errors import NotFound, UsageError

if TYPE_CHECKING:
    from forethought.plan.demand.reviewed import Made, Reviewed
    from forethought.workspace.opened import Opened

RECORD, MONTHS, UNADJUSTED = "record", "months", "unadjusted"


def recorded(ws: Opened) -> list[str]:
    """Insights whose forecasts of demand are kept month by month, and that have a run."""
    from forethought.insights.kinds.demand import DemandSpec, EventsSource

    return [
        spec.id
        for spec in ws.wiring.specs.values()
        if isinstance(spec, DemandSpec)
        and isinstance(spec.settings.source, EventsSource)
        and ws.programme.latest(spec.id) is not None
    ]


def record_of(ws: Opened, insight: str) -> Reviewed:
    """Forecasts of every run that may be shown today, beside what the newest observed.

    Raises:
        NotFound: No such insight, or no run of it.
        UsageError: It keeps no forecasts of demand.
        AccessDenied: Its newest run may not be shown.
    """
    from forethought.insights.specs import spec_named
    from forethought.plan.demand.reviewed import review
    from forethought.workspace.standing import standing_of

    spec = spec_named(ws.wiring.specs, insight)
    programme = ws.programme
    if programme.latest(spec.id) is None:
        raise NotFound(
            f"Insight {insight} has no run yet.", remedy=f"Make one: forethought run {insight}."
        )
    if insight not in recorded(ws):
        raise UsageError(
            f'Insight "{insight}" keeps no forecasts of demand from events.',
            remedy=f"Known: {', '.join(recorded(ws)) or 'none'}.",
        )
    made = _made(ws, insight)
    newest = max(made, key=lambda each: (each.origin, each.made_at))
    standing_of(ws.wiring, programme.receipt(newest.run_id), ws.username).or_raise(newest.run_id)
    shown = [
        each
        for each in made
        if standing_of(ws.wiring, programme.receipt(each.run_id), ws.username).live
    ]
    result = programme.result(newest.run_id)
    provisional = [date.fromisoformat(day) for day in result.values.get("provisional", ())]
    return review(shown, again=result.tables.get(RECORD), provisional=provisional)


def _made(ws: Opened, insight: str) -> list[Made]:
    from forethought.insights.kinds.demand_record import made_of

    programme = ws.programme
    found = []
    for run_id in programme.runs.ids(insight):
        receipt = programme.receipt(run_id)
        tables = programme.runs.tables(insight, run_id, (MONTHS, UNADJUSTED))
        day = date.fromisoformat(receipt.as_of)
        settings = receipt.settings.get("settings", {})
        found.append(made_of(run_id, day, receipt.made_at, tables, settings))
    return found
