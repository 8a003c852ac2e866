"""A runnable Ciw script of a pathway, so that somebody else's simulator can check ours.

Ciw (Palmer, Knight and others, Cardiff) is an independent discrete-event simulator. It has no
calendars of hours, no today's list and no teams that serve several stages, so a script says at its
top, line by line, what of the pathway it leaves out or replaces.
"""

from __future__ import annotations

import math
from datetime import date

from forethought.plan.simulation.demand import Demand, demand_of
from forethought.plan.simulation.load import available, stage_load
from forethought.plan.simulation.model import shape_of
from forethought.plan.simulation.pathway import END, Distribution, Pathway, Resource, Stage

_DAYS_IN_WEEK = 7
_TEMPLATE = '''"""{title}: exported from Forethought, for a check with Ciw.

Time is in days. What this script leaves out or replaces:
{left_out}
"""

import json
import statistics

import ciw

NODES = {nodes!r}
network = ciw.create_network(
    arrival_distributions={{
{arrivals}
    }},
    service_distributions={{
{services}
    }},
    number_of_servers={servers},
    routing={{
{routing}
    }},{priorities}{reneging}
)


def mean_waits(seed, days={days}, warm_up={warm_up}):
    """Mean days from arrival at a node until service, by node and class."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(days)
    waits = {{}}
    for record in simulation.get_all_records(only=["service"]):
        if record.arrival_date >= warm_up:
            key = (NODES[record.node - 1], record.original_customer_class)
            waits.setdefault(key, []).append(record.waiting_time)
    return {{key: statistics.fmean(values) for key, values in waits.items()}}


if __name__ == "__main__":
    runs = [mean_waits(seed) for seed in range({replications})]
    for key in sorted({{key for run in runs for key in run}}):
        values = [run[key] for run in runs if key in run]
        error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
        print(json.dumps({{
            "stage": key[0], "class": key[1], "mean_days": statistics.fmean(values),
            "standard_error": error,
        }}))
'''


def ciw_script(
    pathway: Pathway,
    demand: Demand | None = None,
    *,
    start: date,
    end: date,
    replications: int = 20,
    warm_up_share: float = 0.2,
) -> str:
    """A Python script that simulates the pathway with Ciw and prints mean waits as JSON lines.

    Arrivals come at their mean rate over the window, at random; staff work evenly over all days.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        start: First day of the window; its length is that of a run.
        end: Last day.
        replications: Runs, each with a seed of its own.
        warm_up_share: Share of a run whose arrivals are not counted, as Ciw starts empty.

    Raises:
        DataError: The demand does not fit.
    """
    nodes = _nodes(pathway)
    names = [each.name for each in pathway.classes]
    days = (end - start).days + 1
    rates = _rates(pathway, demand_of(pathway, demand, start=start, end=end), start, end)
    servers, split = _servers(pathway, demand, start, end)
    per_day = {pool.name: _hours_per_day(pathway, pool, start, end) for pool in pathway.resources}

    def by_class(lines: dict[str, list[str]]) -> str:
        return "\n".join(
            f"        {name!r}: [{', '.join(values)}]," for name, values in lines.items()
        )

    arrivals = {name: [_arrival(rates, node, name) for node in nodes] for name in names}
    services = {name: [_service(n, name, per_day) for n in nodes] for name in names}
    return _TEMPLATE.format(
        title=pathway.title or pathway.name,
        left_out="\n".join(f"- {line}" for line in left_out(pathway, split)),
        nodes=[_name(node) for node in nodes],
        arrivals=by_class(arrivals),
        services=by_class(services),
        servers="[" + ", ".join(_server(node, servers) for node in nodes) + "]",
        routing="\n".join(f"        {name!r}: {_matrix(nodes, name)}," for name in names),
        priorities=_priorities(pathway),
        reneging=_reneging(nodes, names),
        days=days,
        warm_up=round(days * warm_up_share, 1),
        replications=replications,
    )


Node = tuple[Stage, bool]
"""A stage, and whether this is the elapsed delay behind its work."""


def _nodes(pathway: Pathway) -> list[Node]:
    found: list[Node] = []
    for stage in pathway.stages:
        found.append((stage, False))
        if stage.kind == "work" and stage.delay:
            found.append((stage, True))
    return found


def _name(node: Node) -> str:
    return f"{node[0].name} delay" if node[1] else node[0].name


def _rates(
    pathway: Pathway, demand: Demand, start: date, end: date
) -> dict[tuple[str, str], float]:
    """Mean arrivals a day from outside, by stage and class."""
    found: dict[tuple[str, str], float] = {}
    for stage in pathway.stages:
        for each in stage.arrivals:
            rate = float(demand.mean_per_day(each.flow, start, end).mean())
            for name, share in each.mix.items():
                key = (stage.name, name)
                found[key] = found.get(key, 0.0) + rate * share
    return found


def _servers(
    pathway: Pathway, demand: Demand | None, start: date, end: date
) -> tuple[dict[str, int], list[str]]:
    """Whole servers of each stage, and the stages whose team was split."""
    load = stage_load(pathway, demand, start=start, end=end)
    found, split = {}, []
    for stage in pathway.stages:
        if not stage.resources:
            continue
        pool = pathway.resource(stage.resources[0])
        users = [s for s in pathway.stages if s.resources and s.resources[0] == pool.name]
        share = 1.0
        if len(users) > 1:
            needs = {s.name: _need(load.filter(stage=s.name).rows(named=True)) for s in users}
            total = sum(needs.values())
            share = needs[stage.name] / total if total > 0 else 1.0 / len(users)
            split.append(stage.name)
        units = max(stage.units.values(), default=1.0) if stage.kind == "hold" else 1.0
        found[stage.name] = max(round(pool.capacity * share / units), 1)
    return found, split


def _need(rows: list[dict[str, float | None]]) -> float:
    return sum((row["hours_needed_per_week"] or row["units_needed"] or 0.0) for row in rows)


def _hours_per_day(pathway: Pathway, pool: Resource, start: date, end: date) -> float:
    """Effort that one server does a day, spread evenly over all days."""
    if pathway.continuous or pool.kind != "staff":
        return 1.0
    there = available(pathway, pool, start=start, end=end)
    return max(there / max(pool.capacity, 1e-9) / _DAYS_IN_WEEK, 1e-9)


def _server(node: Node, servers: dict[str, int]) -> str:
    if node[1] or node[0].kind == "delay":
        return 'float("inf")'
    return str(servers[node[0].name])


def _arrival(rates: dict[tuple[str, str], float], node: Node, name: str) -> str:
    rate = 0.0 if node[1] else rates.get((node[0].name, name), 0.0)
    return f"ciw.dists.Exponential({rate!r})" if rate > 0 else "None"


def _service(node: Node, name: str, per_day: dict[str, float]) -> str:
    stage, is_delay = node
    if is_delay:
        found, unit = stage.delay.get(name), 1.0
    elif stage.kind == "work":
        found, unit = stage.effort.get(name), per_day[stage.resources[0]]
    else:
        found, unit = stage.length.get(name), 1.0
    return "ciw.dists.Deterministic(0.0)" if found is None else distribution(found, 1.0 / unit)


def distribution(each: Distribution, scale: float = 1.0) -> str:
    """A distribution in Ciw's words, its mean multiplied by a factor."""
    mean = each.mean * scale
    if each.family == "exponential":
        return f"ciw.dists.Exponential({1.0 / mean!r})"
    if each.family == "fixed" or each.cv == 0:
        return f"ciw.dists.Deterministic({mean!r})"
    shape = shape_of(each)
    if each.family == "gamma":
        return f"ciw.dists.Gamma({shape!r}, {mean / shape!r})"
    if each.family == "lognormal":
        return f"ciw.dists.Lognormal({math.log(mean) - shape**2 / 2!r}, {shape!r})"
    if each.family == "weibull":
        return f"ciw.dists.Weibull({mean / math.gamma(1 + 1 / shape)!r}, {shape!r})"
    half = mean * each.cv * math.sqrt(3.0)
    return f"ciw.dists.Uniform({mean - half!r}, {mean + half!r})"


def _matrix(nodes: list[Node], name: str) -> str:
    places = {_name(node): place for place, node in enumerate(nodes)}
    rows = []
    for stage, is_delay in nodes:
        row = [0.0] * len(nodes)
        if not is_delay and stage.kind == "work" and stage.delay:
            row[places[f"{stage.name} delay"]] = 1.0
        else:
            for way in stage.routes.get(name, ()):
                if way.to != END:
                    row[places[way.to]] += way.share
        rows.append(row)
    return repr(rows)


def _priorities(pathway: Pathway) -> str:
    if not any(stage.discipline == "priority" for stage in pathway.stages):
        return ""
    levels = sorted({each.priority for each in pathway.classes})
    ranks = {each.name: levels.index(each.priority) for each in pathway.classes}
    return f"\n    priority_classes={ranks!r},"


def _reneging(nodes: list[Node], names: list[str]) -> str:
    lines = []
    for name in names:
        values = []
        for stage, is_delay in nodes:
            found = None if is_delay else stage.reneging.get(name)
            hazard = 0.0 if found is None else found.hazard_per_day[0]
            values.append(f"ciw.dists.Exponential({hazard!r})" if hazard > 0 else "None")
        lines.append(f"        {name!r}: [{', '.join(values)}],")
    if all("Exponential" not in line for line in lines):
        return ""
    return "\n    reneging_time_distributions={\n" + "\n".join(lines) + "\n    },"


def left_out(pathway: Pathway, split: list[str]) -> list[str]:
    """What of a pathway Ciw cannot express, or this script does not, in words."""
    stages, pools = pathway.stages, pathway.resources
    found = ["today's waiting list: Ciw starts empty, so the first part of a run is left out"]
    if not pathway.continuous:
        found.append("working days, holidays, leave: staff work evenly over all days")
        found.append("day-of-week and dispersion of arrivals: they come at random at one rate")
    kinds = {stage.name: stage.discipline for stage in stages}
    checks = (
        (split, "teams of several stages are split between them by load"),
        ([p.name for p in pools if p.changes], "dated changes of staff"),
        ([p.name for p in pools if p.caseload_limit is not None], "caseload limits"),
        ([p.name for p in pools if p.capacity != round(p.capacity)], "parts of an FTE (rounded)"),
        ([p.name for p in pools if p.available.sickness_sd > 0], "weekly spread of sickness"),
        ([p.name for p in pools if p.handback_hazard_per_day > 0], "units given back"),
        ([s.name for s in stages if len(s.resources) > 1], "help from a second team"),
        ([s.name for s in stages if s.reserve], "hours reserved for a class"),
        ([s.name for s in stages if s.schedule], "scheduled visits such as reviews"),
        ([s.name for s in stages if s.precedence], "precedence between stages"),
        ([s.name for s in stages if _changes_class(s)], "changes of class on a route"),
        ([s.name for s in stages if _has_bands(s)], "leaving the list by bands of waiting days"),
        ([each.name for each in pathway.classes if each.escalate], "escalation while waiting"),
        (
            [name for name, each in kinds.items() if each not in {"fifo", "priority"}],
            "orders of the queue other than first come and priority",
        ),
    )
    found += [f"{words}: {', '.join(names)}" for names, words in checks if names]
    if len({each for each in kinds.values() if each in {"fifo", "priority"}}) > 1:
        found.append("first come first served at some stages only: priorities hold everywhere")
    return found


def _changes_class(stage: Stage) -> bool:
    return any(way.becomes is not None for ways in stage.routes.values() for way in ways)


def _has_bands(stage: Stage) -> bool:
    return any(len(each.hazard_per_day) > 1 for each in stage.reneging.values())
