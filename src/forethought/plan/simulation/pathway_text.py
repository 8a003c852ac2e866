"""A pathway as the text of its file. What has its default value is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import yaml

from forethought.plan.simulation.pathway import (
    Arrivals,
    Availability,
    CareClass,
    Change,
    DemandChange,
    Distribution,
    Pathway,
    Reneging,
    Resource,
    Route,
    Scenario,
    Schedule,
    Stage,
    Target,
)
from forethought.plan.simulation.pathway_shapes import WEEKDAYS
from forethought.plan.simulation.pathway_skills import served_by_skill

Keys = dict[str, Any]


def pathway_to_yaml(pathway: Pathway) -> str:
    """The text of a pathway's file; reading it gives an equal pathway."""
    document: Keys = {"version": 1, "pathway": pathway.name}
    document |= _set(pathway, "title", "description", "source")
    if pathway.continuous:
        document["clock"] = {"step": "day", "calendar": "none"}
    document["classes"] = {each.name: _class(each) for each in pathway.classes}
    document["resources"] = {pool.name: _resource(pool) for pool in pathway.resources}
    document["stages"] = {stage.name: _stage(stage, pathway) for stage in pathway.stages}
    costs = _costs(pathway)
    if costs:
        document["costs"] = costs
    if pathway.scenarios:
        kinds = {pool.name: pool.kind for pool in pathway.resources}
        document["scenarios"] = {each.name: _scenario(each, kinds) for each in pathway.scenarios}
    return yaml.safe_dump(
        document, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _set(part: Any, *names: str) -> Keys:
    """Fields that differ from their default, as plain values."""
    defaults = {each.name: each.default for each in fields(part)}
    found = {name: getattr(part, name) for name in names}
    return {name: value for name, value in found.items() if value != defaults[name]}


def _class(each: CareClass) -> Keys:
    found = _set(each, "priority", "points", "points_per_day", "label")
    if each.escalate is not None:
        found["escalate"] = {
            "to": each.escalate.to,
            "hazard_per_day": each.escalate.hazard_per_day,
            "after": f"{each.escalate.after_days}d",
        }
    return found | _records(each.records)


def _records(records: Mapping[str, tuple[str, ...]]) -> Keys:
    return {"records": {name: list(values) for name, values in records.items()}} if records else {}


def _week(shares: Iterable[float]) -> Keys:
    return {day: share for day, share in zip(WEEKDAYS, shares, strict=True) if share}


def _resource(pool: Resource) -> Keys:
    is_staff = pool.kind == "staff"
    found: Keys = {"fte" if is_staff else "units": pool.capacity}
    found |= _set(pool, "direct_share", "caseload_limit", "closed_on_holidays", "label")
    if is_staff and pool.hours_per_week != Resource.hours_per_week:
        found["hours"] = f"{_number(pool.hours_per_week)}h a week"
    if is_staff and pool.weekdays != Resource.weekdays:
        found["weekdays"] = _week(pool.weekdays)
    if pool.available != Availability():
        found["available"] = _availability(pool.available)
    if not is_staff:
        found["unit"] = pool.unit
    if pool.cost_per_year_gbp:
        found["cost"] = f"{_number(pool.cost_per_year_gbp)} GBP a year"
    if pool.handback_hazard_per_day:
        found["handback"] = {"hazard_per_day": pool.handback_hazard_per_day}
    if pool.changes:
        found["changes"] = [_change(change, pool.kind) for change in pool.changes]
    if pool.skills:
        found["skills"] = list(pool.skills)
    if pool.records:
        found["records"] = {"teams": list(pool.records)}
    return found


def _availability(away: Availability) -> Keys:
    found: Keys = {}
    if away.leave_by_month != Availability.leave_by_month:
        found["leave"] = {"mean": away.leave_share, "by_month": list(away.leave_by_month)}
    elif away.leave_share:
        found["leave"] = away.leave_share
    if away.sickness_sd or away.sickness_winter != 1:
        found["sickness"] = {
            "mean": away.sickness_mean,
            "sd": away.sickness_sd,
            "winter": away.sickness_winter,
        }
    elif away.sickness_mean:
        found["sickness"] = away.sickness_mean
    if away.training_share:
        found["training"] = away.training_share
    return found


def _change(change: Change, kind: str) -> Keys:
    found: Keys = {"add_fte" if kind == "staff" else "add_units": change.add}
    found["from"] = change.starts_on
    if change.ends_on is not None:
        found["to"] = change.ends_on
    if change.ramp_days:
        found["ramp"] = f"{change.ramp_days}d"
    if change.cost_per_year_gbp is not None:
        found["cost"] = f"{_number(change.cost_per_year_gbp)} GBP a year"
    if change.one_off_gbp:
        found["one_off"] = f"{_number(change.one_off_gbp)} GBP"
    return found | _set(change, "why")


def _stage(stage: Stage, pathway: Pathway) -> Keys:
    names = [each.name for each in pathway.classes]
    unit = "d" if pathway.continuous else "h"

    def by_class(key: str, given: Mapping[str, Any], wrote: Callable[[Any], Any]) -> Keys:
        values = {name: wrote(value) for name, value in given.items()}
        found = list(values.values())
        if list(values) == names and all(value == found[0] for value in found):
            return {key: found[0]}
        return {key: values} if values else {}

    found: Keys = _set(stage, "label", "kind", "list_of") | {"kind": stage.kind}
    if stage.arrivals:
        found["arrivals"] = [_arrivals(each) for each in stage.arrivals]
    if served_by_skill(stage, pathway.resources):
        found["skills"] = list(stage.skills)
    elif stage.resources:
        found["resource"] = list(stage.resources)
    found |= _set(stage, "fallback_penalty", "discipline", "precedence")
    if stage.reserve:
        found["reserve"] = dict(stage.reserve)
    found |= by_class("effort", stage.effort, lambda each: _spread(each, unit))
    found |= by_class("delay", stage.delay, lambda each: _spread(each, "d"))
    found |= by_class("length", stage.length, lambda each: _spread(each, "d"))
    found |= by_class("units", stage.units, float)
    found |= by_class("next", stage.routes, _ways)
    found |= by_class("schedule", stage.schedule, _visits)
    found |= by_class("target", stage.target, _target)
    found |= by_class("reneging", stage.reneging, _reneging)
    return found | _records(stage.records)


def _spread(each: Distribution, unit: str) -> Any:
    mean = f"{_number(each.mean)}{unit}"
    if each.family == "fixed":
        return {"fixed": mean}
    if each.family == "exponential":
        return {"exponential": {"mean": mean}}
    return {each.family: {"mean": mean, "cv": each.cv}}


def _ways(ways: tuple[Route, ...]) -> Any:
    if any(way.becomes for way in ways) or len({way.to for way in ways}) < len(ways) or not ways:
        return [{"to": way.to, "share": way.share} | _set(way, "becomes") for way in ways]
    return {way.to: way.share for way in ways}


def _visits(visits: tuple[Schedule, ...]) -> Any:
    return [
        {"to": each.to, "first": f"{each.first_days}d"}
        | ({"then": f"{each.every_days}d"} if each.every_days else {})
        | _set(each, "becomes")
        for each in visits
    ]


def _target(each: Target) -> Keys:
    found: Keys = {"within": f"{each.within_days}d"}
    return found | _set(each, "share", "basis", "days", "until", "source")


def _reneging(each: Reneging) -> Any:
    bands = zip(each.from_days, each.hazard_per_day, strict=True)
    return [{"from": f"{day}d", "hazard_per_day": hazard} for day, hazard in bands]


def _arrivals(each: Arrivals) -> Keys:
    found: Keys = {"flow": each.flow, "mix": dict(each.mix)}
    found |= _set(each, "per_year", "dispersion", "holiday_factor")
    if each.weekdays != Arrivals.weekdays:
        found["weekdays"] = _week(each.weekdays)
    return found


def _costs(pathway: Pathway) -> Keys:
    costs = pathway.costs
    found = _set(costs, "currency", "prices")
    waiting = costs.delay_per_waiting_day_gbp
    if waiting:
        found["waiting"] = {name: f"{_number(sum_)} GBP a day" for name, sum_ in waiting.items()}
    if costs.service_started_gbp_per_week:
        found["services"] = {
            name: f"{_number(sum_)} GBP a week"
            for name, sum_ in costs.service_started_gbp_per_week.items()
        }
    return found


def _scenario(each: Scenario, kinds: Mapping[str, str]) -> Keys:
    found: Keys = {}
    flows: dict[str, list[Keys]] = {}
    for change in each.demand:
        flows.setdefault(change.flow, []).append(_demand(change))
    if flows:
        found["arrivals"] = flows
    if each.resources:
        found["resources"] = {
            name: [_change(change, kinds.get(name, "staff")) for change in changes]
            for name, changes in each.resources.items()
        }
    if each.effort_scale:
        found["effort_scale"] = dict(each.effort_scale)
    return found | _set(each, "author", "source")


def _demand(change: DemandChange) -> Keys:
    found: Keys = {"scale": change.scale}
    if change.starts_on is not None:
        found["from"] = change.starts_on
    if change.ends_on is not None:
        found["to"] = change.ends_on
    return found
