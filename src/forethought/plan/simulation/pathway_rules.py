"""What must hold between the parts of a pathway: names, sums, reach, ways out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from forethought.place.yaml_files import Place
from forethought.plan.simulation.pathway import END, Change, Pathway, Resource, Stage
from forethought.plan.simulation.pathway_lowering import Issue, Lowered
from forethought.plan.simulation.pathway_shapes import RESERVED
from forethought.plan.simulation.traffic import routing, spectral_radius, visits
from forethought.plan.simulation.units import nearest

EXACT = 1e-9
_WEEK_REMEDY = (
    "Write a share of the week for each working day, 1 in all: mon-fri, or {mon: 0.2, …}."
)
_KEYS = {
    "work": ("effort", "delay", "reserve", "reneging", "target"),
    "hold": ("length", "units", "schedule", "reserve", "reneging", "target"),
    "delay": ("length", "schedule"),
}
_ALL_KEYS = ("effort", "delay", "length", "units", "schedule", "reserve", "reneging", "target")


def broken_rules(made: Lowered, document: Mapping[str, Any]) -> list[Issue]:
    """Every rule that a pathway breaks: where, what, remedy.

    Args:
        made: The pathway and where its parts stand.
        document: The file's value; a name is known if it stands there, faulty or not.
    """
    checks = _Checks(made, document)
    issues = [*checks.names(), *checks.classes(), *checks.resources(), *checks.stages()]
    issues += [*checks.ways(), *checks.scenarios(), *checks.whole()]
    if not issues:
        issues += checks.growth()
    return issues


class _Checks:
    def __init__(self, made: Lowered, document: Mapping[str, Any]) -> None:
        self.made, self.pathway = made, made.pathway
        self.known = {
            part: [str(name) for name in given]
            if isinstance(given := document.get(part), dict)
            else []
            for part in ("classes", "resources", "stages")
        }
        said = document.get("stages")
        self.stages_said = said if isinstance(said, dict) else {}
        self.known["skills"] = _skills_in(document.get("resources"))

    def _unknown(self, place: Any, name: str, part: str, word: str) -> Iterator[Issue]:
        extra = [END] if part == "stages" and "next" in place else []
        if name not in self.known[part] and name not in extra:
            yield place, f'"{name}" is no {word}.', nearest(name, [*self.known[part], *extra])

    def names(self) -> Iterator[Issue]:
        for name in self.known["classes"]:
            if name in RESERVED:
                what = f'"{name}" is a word of the file and cannot name a class.'
                yield ("classes", name), what, "Name it otherwise."
        if END in self.known["stages"]:
            yield ("stages", END), '"end" is where cases leave.', "Name the stage otherwise."
        for each in self.pathway.classes:
            if each.escalate is not None:
                at: Place = ("classes", each.name, "escalate", "to")
                yield from self._unknown(at, each.escalate.to, "classes", "class")
        for stage in self.pathway.stages:
            yield from self._names_of(stage)
            yield from self._destinations(stage)
        for key, named in (
            ("waiting", self.pathway.costs.delay_per_waiting_day_gbp),
            ("services", self.pathway.costs.service_started_gbp_per_week),
        ):
            for name in named:
                yield from self._unknown(("costs", key, name), name, "stages", "stage")

    def _names_of(self, stage: Stage) -> Iterator[Issue]:
        at = ("stages", stage.name)
        for name in stage.resources:
            if not stage.skills:
                yield from self._unknown((*at, "resource"), name, "resources", "resource")
        for skill in stage.skills:
            key = "skill" if "skill" in self.stages_said.get(stage.name, ()) else "skills"
            if skill not in self.known["skills"]:
                what = f'"{skill}" is no skill of a resource.'
                remedy = nearest(skill, self.known["skills"]) or "Give a resource skills: [...]."
                yield (*at, key), what, remedy
        for name in stage.reserve:
            yield from self._unknown((*at, "reserve", name), name, "classes", "class")

    def _destinations(self, stage: Stage) -> Iterator[Issue]:
        for key, found in (("next", stage.routes), ("schedule", stage.schedule)):
            for name, ways in found.items():
                place = self.made.place(key, stage.name, name)
                for way in ways:
                    yield from self._unknown((*place, way.to), way.to, "stages", "stage")
                    if way.becomes is not None:
                        at = (*place, way.to, "becomes")
                        yield from self._unknown(at, way.becomes, "classes", "class")
                    if way.to == END and way.becomes is not None:
                        yield (*place, way.to), "Who leaves becomes nothing.", "Take becomes out."

    def classes(self) -> Iterator[Issue]:
        if not self.pathway.classes and not self.known["classes"]:
            yield ("classes",), "There is no class of cases.", "Add one: classes: {all: {}}."
        for each in self.pathway.classes:
            if each.escalate is not None and each.escalate.to == each.name:
                at = ("classes", each.name, "escalate", "to")
                yield at, "It becomes what it is.", "Name another class."

    def resources(self) -> Iterator[Issue]:
        for pool in self.pathway.resources:
            at = ("resources", pool.name)
            if not _sums(pool.weekdays):
                what = f"The days have {_plain(sum(pool.weekdays))} of the week."
                yield (*at, "weekdays"), what, _WEEK_REMEDY
            yield from _absence(pool)
            low = _lowest(pool, pool.changes)
            if low is not None:
                what = f"From {low[0]} there would be {_plain(low[1])}: fewer than none."
                yield (*at, "changes"), what, "Take less away, or end the change that adds before."

    def stages(self) -> Iterator[Issue]:
        if not self.pathway.stages and not self.known["stages"]:
            yield ("stages",), "There is no stage.", "Add one under stages."
        kept: dict[str, float] = {}
        for stage in self.pathway.stages:
            yield from self._kind(stage)
            at = ("stages", stage.name)
            yield from _arrivals(stage)
            for name, found in stage.reneging.items():
                days = found.from_days
                if not days or days[0] != 0 or sorted(set(days)) != list(days):
                    where = self.made.place("reneging", stage.name, name)
                    yield where, "The bands are not in order.", "Start at 0d, then rise."
            if stage.resources:
                first = stage.resources[0]
                kept[first] = kept.get(first, 0.0) + sum(stage.reserve.values())
                if kept[first] > 1 + EXACT:
                    what = f"Reserves keep {_plain(kept[first])} of the hours of {first}."
                    yield (*at, "reserve"), what, "Keep 1 in all, over all stages it serves first."

    def _kind(self, stage: Stage) -> Iterator[Issue]:
        at = ("stages", stage.name)
        for key in _ALL_KEYS:
            if getattr(stage, key) and key not in _KEYS[stage.kind]:
                right = " or ".join(kind for kind, keys in _KEYS.items() if key in keys)
                what = f"{key} belongs to stages of kind {right}; this one is {stage.kind}."
                yield (*at, key), what, "Take it out, or change the kind."
        pools = [pool for pool in self.pathway.resources if pool.name in stage.resources]
        wanted = {"work": "staff", "hold": "supply"}.get(stage.kind)
        if wanted is None and stage.resources:
            what = "A delay has room for all and needs no resource."
            yield (*at, "resource"), what, "Take it out, or make the kind hold."
        elif wanted is not None and not stage.resources and not stage.skills:
            yield (
                at,
                f"Nobody serves this stage ({stage.kind}).",
                f"Add resource: a name of {wanted}" + (", or skill." if wanted == "staff" else "."),
            )
        elif len(set(stage.resources)) < len(stage.resources):
            yield (*at, "resource"), "A resource is named twice.", "Name each once, best first."
        for pool in pools:
            if wanted is not None and pool.kind != wanted:
                right = "hold" if wanted == "staff" else "work"
                what = f"{pool.name} is {pool.kind}; a stage of kind {stage.kind} needs {wanted}."
                yield (*at, "resource"), what, f"Name {wanted}, or make the kind {right}."
        if stage.kind == "hold" and len(stage.resources) > 1:
            what = "A case is held by one supply."
            yield (*at, "resource"), what, "Name one; make a stage for each other."

    def ways(self) -> Iterator[Issue]:
        for stage in self.pathway.stages:
            for name, ways in stage.routes.items():
                total = sum(way.share for way in ways)
                if abs(total - 1) > EXACT:
                    where = self.made.place("next", stage.name, name)
                    what = f"The ways out sum to {_plain(total)}, not 1."
                    less = total < 1
                    remedy = f"Send the other {_plain(1 - total)} somewhere (end: leaves)."
                    yield where, what, remedy if less else "Make the shares smaller."
        reached = _reached(self.pathway)
        for stage in self.pathway.stages:
            for each in self.pathway.classes:
                if (stage.name, each.name) not in reached:
                    continue
                key = "effort" if stage.kind == "work" else "length"
                at = ("stages", stage.name)
                if each.name not in getattr(stage, key):
                    what = f"Cases of {each.name} come here and have no {key}."
                    yield (*at, key), what, f"Add {key} for {each.name}, or for all classes."
                if each.name not in stage.routes:
                    what = f"Cases of {each.name} come here and have no way out."
                    yield (*at, "next"), what, f"Add next for {each.name}: {{end: 1}}."
        yield from self._traps(reached)

    def _traps(self, reached: set[tuple[str, str]]) -> Iterator[Issue]:
        """Stages from which no case ever leaves the pathway."""
        leaves: set[tuple[str, str]] = set()
        grew = True
        while grew:
            grew = False
            for stage in self.pathway.stages:
                for name, ways in stage.routes.items():
                    out = any(
                        way.share > 0 and (way.to == END or (way.to, way.becomes or name) in leaves)
                        for way in ways
                    )
                    if out and (stage.name, name) not in leaves:
                        leaves.add((stage.name, name))
                        grew = True
        for stage in self.pathway.stages:
            for name, ways in stage.routes.items():
                known = all(way.to in (*self.known["stages"], END) for way in ways)
                if ways and known and (stage.name, name) in reached - leaves:
                    where = self.made.place("next", stage.name, name)
                    yield where, "From here no case ever leaves.", "Add a way to end in the circle."

    def scenarios(self) -> Iterator[Issue]:
        flows = {each.flow for stage in self.pathway.stages for each in stage.arrivals}
        pools = {pool.name: pool for pool in self.pathway.resources}
        for each in self.pathway.scenarios:
            at = ("scenarios", each.name)
            for change in each.demand:
                if change.flow not in flows:
                    what = f'"{change.flow}" is no flow of demand.'
                    yield (*at, "arrivals", change.flow), what, nearest(change.flow, flows)
            for stage in each.effort_scale:
                place = (*at, "effort_scale", stage)
                yield from self._unknown(place, stage, "stages", "stage")
                found = [item for item in self.pathway.stages if item.name == stage]
                if found and found[0].kind != "work":
                    yield place, f"{stage} takes no effort of staff.", "Name a stage of kind work."
            for name, changes in each.resources.items():
                if name in pools:
                    low = _lowest(pools[name], (*pools[name].changes, *changes))
                    if low is not None:
                        what = f"From {low[0]} there would be {_plain(low[1])}: fewer than none."
                        yield (*at, "resources", name), what, "Take less away."

    def whole(self) -> Iterator[Issue]:
        costs = self.pathway.costs
        kinds = {stage.name: stage.kind for stage in self.pathway.stages}
        for name in costs.service_started_gbp_per_week:
            if kinds.get(name) == "work":
                what = f"{name} is work; its cost is its staff's."
                yield ("costs", "services", name), what, "Name stages of kind hold or delay."
        for name in costs.delay_per_waiting_day_gbp:
            if kinds.get(name) == "delay":
                what = f"Nobody waits at {name}."
                yield ("costs", "waiting", name), what, "Name stages of kind work or hold."
        if costs.currency != "GBP":
            yield ("costs", "currency"), f"{costs.currency} is not known.", "Write GBP."

    def growth(self) -> list[Issue]:
        """Work that makes more work than ends, by its schedules."""
        if not any(stage.schedule for stage in self.pathway.stages):
            return []
        radius = spectral_radius(routing(self.pathway) + visits(self.pathway))
        if radius < 1 - EXACT:
            return []
        stages = [stage for stage in self.pathway.stages if stage.schedule]
        what = f"Each visit leads to {_plain(radius)} further ones on average: work never ends."
        remedy = "Let visits lead back to a stage with a schedule less often."
        return [(("stages", stage.name, "schedule"), what, remedy) for stage in stages[:1]]


def _skills_in(resources: Any) -> list[str]:
    """Every skill that stands in the file, in the order of its resources."""
    parts = resources.values() if isinstance(resources, dict) else ()
    given = [part.get("skills") for part in parts if isinstance(part, dict)]
    named = [[item] if isinstance(item, str) else item for item in given]
    return [str(name) for item in named if isinstance(item, list) for name in item]


def _reached(pathway: Pathway) -> set[tuple[str, str]]:
    """Stages and classes to which cases can come."""
    classes = {each.name: each for each in pathway.classes}
    stages = {stage.name: stage for stage in pathway.stages}
    waiting = [
        (stage.name, name)
        for stage in pathway.stages
        for each in stage.arrivals
        for name, part in each.mix.items()
        if part > 0
    ]
    if not any(stage.arrivals for stage in pathway.stages):
        waiting = [(stage.name, name) for stage in pathway.stages for name in stage.routes]
    found: set[tuple[str, str]] = set()
    while waiting:
        stage_name, name = waiting.pop()
        if (stage_name, name) in found or stage_name not in stages or name not in classes:
            continue
        found.add((stage_name, name))
        stage, escalate = stages[stage_name], classes[name].escalate
        waiting += [
            (way.to, way.becomes or name) for way in stage.routes.get(name, ()) if way.share > 0
        ]
        waiting += [(each.to, each.becomes or name) for each in stage.schedule.get(name, ())]
        if escalate is not None and escalate.hazard_per_day > 0 and stage.kind != "delay":
            waiting.append((stage_name, escalate.to))
    return found


def _arrivals(stage: Stage) -> Iterator[Issue]:
    for position, each in enumerate(stage.arrivals):
        at: Place = ("stages", stage.name, "arrivals")
        if len(stage.arrivals) > 1:
            at = (*at, position)
        if each.mix and not _sums(each.mix.values()):
            what = f"The mix sums to {_plain(sum(each.mix.values()))}."
            yield (*at, "mix"), what, "Make the shares of the classes sum to 1."
        if not _sums(each.weekdays):
            what = f"The days have {_plain(sum(each.weekdays))} of the week."
            yield (*at, "weekdays"), what, _WEEK_REMEDY


def _absence(pool: Resource) -> Iterator[Issue]:
    at: tuple[str, ...] = ("resources", pool.name, "available")
    away = pool.available
    months = away.leave_by_month
    if len(months) != 12 or abs(sum(months) / 12 - 1) > 1e-6:  # noqa: PLR2004  months of a year
        what = f"{len(months)} months with mean {_plain(sum(months) / max(len(months), 1))}."
        yield (*at, "leave", "by_month"), what, "Write twelve factors, January first, of mean 1."
    elif away.leave_share * max(months) + away.training_share >= 1:
        yield at, "Leave and training take all hours of a month.", "Make them smaller."
    mean, winter = away.sickness_mean, away.sickness_winter
    if winter > 4 or mean * winter >= 1:  # noqa: PLR2004  winter is a quarter of the year
        what = f"A winter factor of {winter:g} leaves no mean of {mean:g} over the year."
        yield (*at, "sickness", "winter"), what, "Write a factor of up to 4, such as 1.3."
    elif away.sickness_sd > 0:
        levels = (mean * winter, mean * (4 - winter) / 3)
        room = min(math.sqrt(level * (1 - level)) for level in levels)
        if away.sickness_sd >= room:
            what = f"A spread of {away.sickness_sd:g} is impossible around a mean of {mean:g}."
            yield (*at, "sickness", "sd"), what, f"Write less than {room:.2g}."


def _lowest(pool: Resource, changes: tuple[Change, ...]) -> tuple[date, float] | None:
    """The first day on which a pool would have less than nothing."""
    days = {change.starts_on + timedelta(days=change.ramp_days) for change in changes}
    days |= {c.ends_on + timedelta(days=1) for c in changes if c.ends_on is not None}
    for day in sorted(days):
        there = pool.capacity + sum(_on(change, day) for change in changes)
        if there < -EXACT:
            return day, there
    return None


def _on(change: Change, day: date) -> float:
    if day < change.starts_on or (change.ends_on is not None and day > change.ends_on):
        return 0.0
    if change.ramp_days == 0:
        return change.add
    since = (day - change.starts_on).days
    return change.add * min((since + 1) / (change.ramp_days + 1), 1.0)


def _sums(shares: Iterable[float]) -> bool:
    return abs(sum(shares) - 1) <= EXACT


def _plain(value: float) -> str:
    return f"{round(value, 9):g}" if abs(value - round(value, 4)) < EXACT else f"{value:.9f}"
