"""A pathway as a Mermaid flowchart: flows in, stages, shares, pools, ways out."""

from __future__ import annotations

from collections.abc import Iterator

from forethought.plan.simulation.pathway import END, Pathway, Resource, Stage

_SHAPES = {"work": ('["', '"]'), "hold": ('[["', '"]]'), "delay": ('("', '")')}
_ESCAPES = {
    "#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;",
}  # fmt: skip


def mermaid(pathway: Pathway) -> str:
    """The flowchart's text; the same pathway always gives the same text.

    Boxes are stages (double: supply is held; round: a delay), slanted ones pools. Lines carry the
    share of cases that go there, for each class where classes differ; dotted lines are visits by
    schedule and the staff or supply that serves a stage, with the skill that a stage asks for.
    """
    ids = {stage.name: f"s{place}" for place, stage in enumerate(pathway.stages)} | {END: "out"}
    lines = ["flowchart LR", *_nodes(pathway, ids), *_flows(pathway, ids)]
    for stage in pathway.stages:
        lines += _ways(pathway, stage, ids)
        lines += _visits(stage, ids)
    for place, pool in enumerate(pathway.resources):
        served = [stage for stage in pathway.stages if pool.name in stage.resources]
        lines += [f"  p{place} -.-{_skill(pool, stage)} {ids[stage.name]}" for stage in served]
    return "\n".join(lines) + "\n"


def _nodes(pathway: Pathway, ids: dict[str, str]) -> Iterator[str]:
    for stage in pathway.stages:
        before, after = _SHAPES[stage.kind]
        yield f"  {ids[stage.name]}{before}{_escaped(stage.label or _words(stage.name))}{after}"
    yield '  out((("Leaves")))'
    for place, pool in enumerate(pathway.resources):
        yield f'  p{place}[/"{_escaped(_pool(pool))}"/]'


def _pool(pool: Resource) -> str:
    unit = "FTE" if pool.kind == "staff" else pool.unit
    skills = (
        f" ({', '.join(_words(skill).lower() for skill in pool.skills)})" if pool.skills else ""
    )
    return f"{pool.label or _words(pool.name)}: {pool.capacity:,g} {unit}{skills}"


def _skill(pool: Resource, stage: Stage) -> str:
    """The skill with which a pool serves a stage that asks for staff by skill."""
    asked = [skill for skill in stage.skills if skill in pool.skills]
    return f'|"{_escaped(_words(asked[0]))}"|' if asked else ""


def _flows(pathway: Pathway, ids: dict[str, str]) -> Iterator[str]:
    number = 0
    for stage in pathway.stages:
        for each in stage.arrivals:
            yield f'  f{number}(["{_escaped(_words(each.flow))}"]) --> {ids[stage.name]}'
            number += 1


def _ways(pathway: Pathway, stage: Stage, ids: dict[str, str]) -> Iterator[str]:
    """One line for each destination, shares by class where they differ."""
    shares: dict[str, dict[str, float]] = {}
    for name, ways in stage.routes.items():
        for way in ways:
            key = name if way.becomes in {None, name} else f"{name} as {way.becomes}"
            by_class = shares.setdefault(way.to, {})
            by_class[key] = by_class.get(key, 0.0) + way.share
    names = {each.name: each.label or _words(each.name) for each in pathway.classes}
    for to, by_class in shares.items():
        same = len(set(by_class.values())) == 1 and list(by_class) == list(stage.routes)
        label = (
            _share(next(iter(by_class.values())))
            if same
            else ", ".join(f"{_named(key, names)} {_share(n)}" for key, n in by_class.items())
        )
        yield f'  {ids[stage.name]} -->|"{_escaped(label)}"| {ids[to]}'


def _named(key: str, names: dict[str, str]) -> str:
    return " as ".join(names.get(part, part) for part in key.split(" as "))


def _visits(stage: Stage, ids: dict[str, str]) -> Iterator[str]:
    told: list[tuple[str, str]] = []
    for visits in stage.schedule.values():
        for visit in visits:
            words = f"after {visit.first_days} days"
            if visit.every_days:
                words += f", then every {visit.every_days} days"
            told.append((visit.to, words))
    for to, words in dict.fromkeys(told):
        yield f'  {ids[stage.name]} -.->|"{words}"| {ids[to]}'


def _words(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _share(share: float) -> str:
    return f"{share:.4%}".rstrip("0%").rstrip(".") + "%" if share else "0%"


def _escaped(label: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in " ".join(label.split()))
