"""A report of a simulation study to the STRESS-DES standard, filled from what was run.

References:
    Monks et al. (2019), Strengthening the reporting of empirical simulation studies: introducing
    the STRESS guidelines, Journal of Simulation 13(1).
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version

from forethought.plan.simulation.load import stage_load
from forethought.plan.simulation.pathway import Distribution, Resource, Scenario, Stage
from forethought.plan.simulation.result import Simulation
from forethought.results.words import counted, day_words, listed, percent

_PACKAGES = ("numba", "numpy", "polars", "scipy")
_NOT_SAID = "The pathway's file does not say."


def stress_report(simulation: Simulation, *, purpose: str = "", sharing: str = "") -> str:
    """The report in Markdown, all sections of the checklist in its order and numbers.

    Args:
        simulation: The simulation.
        purpose: Why it was made; empty: the pathway's description.
        sharing: How the model can be had; empty: that the pathway and settings stand in it.
    """
    pathway = simulation.pathway
    parts = [
        f"# STRESS-DES report: {pathway.title or pathway.name}",
        "## 1. Objectives",
        *_section("1.1 Purpose of the model", purpose or pathway.description or _NOT_SAID),
        *_section("1.2 Model outputs", _OUTPUTS),
        *_section("1.3 Experimentation aims", _aims(simulation)),
        "## 2. Logic",
        *_section("2.1 Base model overview diagram", f"```mermaid\n{pathway.diagram()}\n```"),
        *_section("2.2 Base model logic", "\n".join(_logic(simulation))),
        *_section("2.3 Scenario logic", "\n".join(map(_scenario, simulation.scenarios))),
        *_section("2.4 Algorithms", "\n".join(_algorithms(simulation))),
        *_section("2.5.1 Entities", "\n".join(_entities(simulation))),
        *_section("2.5.2 Activities", "\n".join(map(_activity, pathway.stages))),
        *_section("2.5.3 Resources", "\n".join(map(_resource, pathway.resources))),
        *_section("2.5.4 Queues", "\n".join(map(_queue, pathway.stages))),
        *_section("2.5.5 Entry and exit points", "\n".join(_doors(simulation))),
        "## 3. Data",
        *_section("3.1 Data sources", pathway.source or _NOT_SAID),
        *_section("3.2 Pre-processing", _PREPARED),
        *_section("3.3 Input parameters", "\n".join(_inputs(simulation))),
        *_section("3.4 Assumptions", "\n".join(_assumptions(simulation))),
        "## 4. Experimentation",
        *_section("4.1 Initialisation", _initial(simulation)),
        *_section("4.2 Run length", _length(simulation)),
        *_section("4.3 Estimation approach", _estimation(simulation)),
        "## 5. Implementation",
        *_section("5.1 Software or programming language", _software()),
        *_section("5.2 Random sampling", _sampling(simulation)),
        *_section("5.3 Model execution", f"Engine `{simulation.engine}`: {simulation.reason}."),
        *_section("5.4 System specification", _machine()),
        "## 6. Code access",
        *_section("6.1 Computer model sharing statement", sharing or _shared(simulation)),
    ]
    return "\n\n".join(parts) + "\n"


_OUTPUTS = (
    "Cases waiting, in progress and overdue, and cases that come in, are started, closed or leave, "
    "at the end of each period; days waited until work starts; share of targets kept; use of staff "
    "hours; money by financial year. Each with ranges over simulated futures (prediction "
    "intervals) and, for chances, the error that comes of the number of futures."
)
_PREPARED = (
    "Demand is read as paths by month or day and shared out over working days. The waiting list "
    "is counted by stage, class and days waited."
)


def _section(title: str, text: str) -> tuple[str, str]:
    return f"### {title}", text


def _aims(simulation: Simulation) -> str:
    names = [scenario.name for scenario in simulation.scenarios]
    if len(names) == 1:
        return "One plan is simulated, `base`."
    return f"{len(names)} plans are compared on the same random numbers: {listed(names)}."


def _logic(simulation: Simulation) -> Iterator[str]:
    for stage in simulation.pathway.stages:
        for name, ways in stage.routes.items():
            went = [
                f"{percent(way.share, 1)} to {way.to}"
                + ("" if way.becomes is None else f" as {way.becomes}")
                for way in ways
            ]
            yield f"- {stage.name}, {name}: {listed(went)}."
        for name, visits in stage.schedule.items():
            for visit in visits:
                again = f", then every {visit.every_days} days" if visit.every_days else ""
                yield f"- {stage.name}, {name}: {visit.to} after {visit.first_days} days{again}."


def _scenario(scenario: Scenario) -> str:
    said = [
        f"{pool}: {change.add:+g} from {change.starts_on}"
        + (f" to {change.ends_on}" if change.ends_on else "")
        for pool, changes in scenario.resources.items()
        for change in changes
    ]
    said += [f"demand of {each.flow} times {each.scale:g}" for each in scenario.demand]
    said += [f"effort of {name} times {by:g}" for name, by in scenario.effort_scale.items()]
    return f"- {scenario.name}: {listed(said) if said else 'the pathway as it is'}."


def _algorithms(simulation: Simulation) -> Iterator[str]:
    if simulation.engine == "cohort":
        yield "- Cases are counted by day, stage, class and day of entry."
        yield "- Each day teams spend their hours on the most urgent case first."
    else:
        yield "- Each case is followed from event to event within the day."
    for stage in simulation.pathway.stages:
        kept = [f"{percent(share)} of hours for {name}" for name, share in stage.reserve.items()]
        extra = f"; kept back: {listed(kept)}" if kept else ""
        yield f"- {stage.name}: {stage.discipline.replace('_', ' ')}{extra}."


def _entities(simulation: Simulation) -> Iterator[str]:
    for each in simulation.pathway.classes:
        grown = "" if each.escalate is None else (
            f"; becomes {each.escalate.to} with a chance of {each.escalate.hazard_per_day:g} a day "
            f"from waiting day {each.escalate.after_days}"
        )  # fmt: skip
        yield f"- {each.name}: priority {each.priority}{grown}."


def _spread(each: Distribution, unit: str) -> str:
    spread = "" if each.cv == 0 else f", cv {each.cv:g}"
    return f"{each.family}, mean {each.mean:g} {unit}{spread}"


def _activity(stage: Stage) -> str:
    parts = [f"effort of {n}: {_spread(d, 'hours')}" for n, d in stage.effort.items()]
    parts += [f"delay of {n}: {_spread(d, 'days')}" for n, d in stage.delay.items()]
    parts += [f"length of {n}: {_spread(d, 'days')}" for n, d in stage.length.items()]
    return f"- {stage.name} ({stage.kind}): {'; '.join(parts)}."


def _resource(pool: Resource) -> str:
    if pool.kind == "supply":
        return f"- {pool.name}: {pool.capacity:g} {pool.unit}."
    away = pool.available
    lost = away.leave_share + away.sickness_mean + away.training_share
    limit = "" if pool.caseload_limit is None else f", at most {pool.caseload_limit:g} cases each"
    skills = f"; skills: {listed(list(pool.skills))}" if pool.skills else ""
    return (
        f"- {pool.name}: {pool.capacity:g} FTE of {pool.hours_per_week:g} hours a week, "
        f"{percent(lost)} absent, {percent(pool.direct_share)} of the rest on cases{limit}{skills}."
    )


def _queue(stage: Stage) -> str:
    left = [
        f"{name} leave with a chance of {max(each.hazard_per_day):g} a day at most"
        for name, each in stage.reneging.items()
    ]
    served = listed(list(stage.resources)) if stage.resources else "no one; there is room for all"
    served += f" (skill {', then '.join(stage.skills)})" if stage.skills else ""
    return f"- {stage.name}: served by {served}{''.join('; ' + each for each in left)}."


def _doors(simulation: Simulation) -> Iterator[str]:
    for stage in simulation.pathway.stages:
        for each in stage.arrivals:
            mix = [f"{percent(share)} {name}" for name, share in each.mix.items()]
            yield f"- In: flow {each.flow} at {stage.name} ({listed(mix)})."
    out = [
        stage.name
        for stage in simulation.pathway.stages
        if any(way.to == "end" for ways in stage.routes.values() for way in ways)
    ]
    yield f"- Out: from {listed(out)}."


def _inputs(simulation: Simulation) -> Iterator[str]:
    days = simulation.calendar.dates()
    demand = simulation.demand
    paths = counted(demand.paths, "path", "paths", 1)
    yield f"- Demand: {paths} by {demand.every}, as {demand.kind}."
    for flow in simulation.demand.flows:
        rate = float(simulation.demand.mean_per_day(flow, days[0], days[-1]).mean())
        yield f"- Flow {flow}: {rate * 7:,.1f} a week on average."
    yield "- Effort, delays, lengths, staff: sections 2.5.2 and 2.5.3."


def _assumptions(simulation: Simulation) -> Iterator[str]:
    yield "- Routing does not depend on how long a case waited, nor on how busy staff are."
    yield "- Staff do not work faster when lists are long."
    days = simulation.calendar.dates()
    load = stage_load(simulation.pathway, simulation.demand, start=days[0], end=days[-1])
    for warning in load["warning"]:
        if warning:
            yield f"- Load: {warning}"


def _initial(simulation: Simulation) -> str:
    frame = simulation.initial.frame
    started = int(frame.filter(frame["started"])["cases"].sum())
    return (
        f"The simulation starts from {counted(simulation.initial.cases, 'case', 'cases', 1)} that "
        f"are there on {day_words(simulation.calendar.start)}, {started:,} of them in progress. "
        "It looks ahead from today, so there is no warm-up."
    )


def _length(simulation: Simulation) -> str:
    days = simulation.calendar.dates()
    return (
        f"{day_words(days[0])} to {day_words(days[-1])}: {len(days):,} days, recorded every "
        f"{simulation.calendar.every}."
    )


def _estimation(simulation: Simulation) -> str:
    return (
        f"{simulation.replications:,} futures for each plan. Future r follows demand path r modulo "
        f"the {simulation.demand.paths:,} there are. Plans are compared future by future."
    )


def _software() -> str:
    parts = [f"{name} {version(name)}" for name in _PACKAGES]
    ours, python = version("forethought"), platform.python_version()
    return f"Forethought {ours} on Python {python}; {listed(parts)}."


def _sampling(simulation: Simulation) -> str:
    return (
        f"Counter-based numbers keyed by seed ({simulation.seed}), future, purpose and queue: the "
        "same on any number of processors, and shared by all plans (common random numbers)."
    )


def _machine() -> str:
    return f"{platform.system()} {platform.release()}, {platform.machine()}."


def _shared(simulation: Simulation) -> str:
    return f"The pathway as it was run:\n\n```yaml\n{simulation.pathway.to_yaml().strip()}\n```"
