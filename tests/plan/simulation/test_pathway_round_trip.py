"""Writing a pathway and reading it again gives the same pathway, whatever it holds."""

from __future__ import annotations

import math
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forethought.plan.simulation.pathway import (
    Arrivals,
    Availability,
    CareClass,
    Change,
    Costs,
    DemandChange,
    Distribution,
    Escalation,
    Pathway,
    Reneging,
    Resource,
    Route,
    Scenario,
    Schedule,
    Stage,
    Target,
)

FIRST = date(2026, 1, 1)
NAMES = ["alpha", "b2", "review", "Urgent-1", "long_name"]
positive = st.floats(0.01, 5000, allow_nan=False)
shares = st.floats(0, 1)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
days = st.dates(FIRST, date(2030, 1, 1))


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    family = draw(
        st.sampled_from(["fixed", "exponential", "gamma", "lognormal", "weibull", "uniform"])
    )
    mean = draw(positive)
    cv = {"fixed": 0.0, "exponential": 1.0}.get(family, draw(st.floats(0.05, 0.5)))
    return Distribution(family, mean, cv)  # type: ignore[arg-type]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    start = draw(days)
    return Change(
        add=draw(positive),
        starts_on=start,
        ends_on=draw(st.none() | st.integers(0, 400).map(lambda n: start + timedelta(days=n))),
        ramp_days=draw(st.integers(0, 60)),
        cost_per_year_gbp=draw(st.none() | positive),
        one_off_gbp=draw(st.just(0.0) | positive),
        why=draw(words),
    )


@st.composite
def weeks(draw: st.DrawFn) -> tuple[float, ...]:
    parts = draw(st.lists(st.integers(0, 4), min_size=7, max_size=7).filter(any))
    return tuple(part / sum(parts) for part in parts)


@st.composite
def split(draw: st.DrawFn, number: int) -> list[float]:
    """Shares that sum to 1 as closely as files must."""
    parts = draw(st.lists(st.integers(1, 9), min_size=number, max_size=number))
    return [part / sum(parts) for part in parts]


@st.composite
def routes(draw: st.DrawFn, stages: list[str], classes: list[str]) -> tuple[Route, ...]:
    """Some way out first, so that no circle is closed; then others, forward or back."""
    ways = draw(
        st.lists(
            st.tuples(st.sampled_from(stages), st.none() | st.sampled_from(classes)), max_size=3
        )
    )
    parts = draw(split(len(ways) + 1))
    found = [Route("end", parts[0])]
    return (
        *found,
        *(Route(to, part, name) for (to, name), part in zip(ways, parts[1:], strict=True)),
    )


@st.composite
def stages_of(draw: st.DrawFn, names: list[str], classes: list[str]) -> tuple[Stage, ...]:
    made = []
    for place, name in enumerate(names):
        kind = draw(st.sampled_from(["work", "hold", "delay"]))
        by_class = {each: draw(distributions()) for each in classes}
        some = draw(st.lists(st.sampled_from(classes), unique=True))
        bands = draw(st.lists(st.integers(1, 300), max_size=3, unique=True).map(sorted))
        flows = draw(st.integers(1 if place == 0 else 0, 2))
        made.append(
            Stage(
                name=name,
                kind=kind,  # type: ignore[arg-type]
                resources={"work": ("staff", "more"), "hold": ("supply",), "delay": ()}[kind],
                fallback_penalty=draw(shares),
                arrivals=tuple(
                    Arrivals(
                        flow=f"flow{place}{n}",
                        mix=dict(zip(classes, draw(split(len(classes))), strict=True)),
                        per_year=draw(st.none() | positive),
                        dispersion=draw(st.floats(1, 4)),
                        weekdays=draw(weeks()),
                        holiday_factor=draw(shares),
                    )
                    for n in range(flows)
                ),
                discipline=draw(
                    st.sampled_from(["fifo", "priority", "due_date", "longest_wait", "score"])
                ),
                precedence=draw(st.integers(-2, 5)),
                reserve=dict.fromkeys(some, 0.1) if kind == "work" and place == 0 else {},
                effort=by_class if kind == "work" else {},
                delay={each: draw(distributions()) for each in some} if kind == "work" else {},
                length=by_class if kind != "work" else {},
                units={each: draw(positive) for each in some} if kind == "hold" else {},
                routes={each: draw(routes(names, classes)) for each in classes},
                target={
                    each: Target(
                        draw(st.integers(0, 400)),
                        draw(shares),
                        draw(st.sampled_from(["duty", "guidance", "local"])),
                        draw(st.sampled_from(["calendar", "working"])),
                        draw(st.sampled_from(["started", "closed"])),
                        draw(words),
                    )
                    for each in some
                }
                if kind != "delay"
                else {},
                reneging={
                    each: Reneging((0, *bands), tuple(draw(shares) for _ in range(len(bands) + 1)))
                    for each in some
                }
                if kind != "delay"
                else {},
                label=draw(words),
                list_of=draw(st.sampled_from(["assessment", "care", "review", ""])),
                records=draw(
                    st.dictionaries(
                        st.sampled_from(["stage", "team"]), st.tuples(words), max_size=2
                    )
                ),
                skills=draw(st.sampled_from([(), ("one", "two"), ("one", "three")]))
                if kind == "work"
                else (),
            )
        )
    return tuple(made)


@st.composite
def pathways(draw: st.DrawFn) -> Pathway:
    classes = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    stages = draw(stages_of(names, classes))
    held = [stage.name for stage in stages if stage.kind != "work"]
    waited = [stage.name for stage in stages if stage.kind != "delay"]
    worked = [stage.name for stage in stages if stage.kind == "work"]
    return Pathway(
        name="made",
        classes=tuple(
            CareClass(
                name,
                draw(st.integers(1, 9)),
                draw(positive),
                draw(positive),
                draw(
                    st.none()
                    | st.builds(Escalation, st.sampled_from(others), shares, st.integers(0, 90))
                )
                if (others := [each for each in classes if each != name])
                else None,
                draw(words),
                {},
            )
            for name in classes
        ),
        resources=(
            Resource(
                name="staff",
                capacity=draw(positive),
                hours_per_week=draw(st.floats(1, 168)),
                weekdays=draw(weeks()),
                available=Availability(
                    draw(st.floats(0, 0.3)),
                    draw(st.sampled_from([(1.0,) * 12, (0.5, 1.5) * 6])),
                    draw(st.floats(0.01, 0.1)),
                    draw(st.floats(0, 0.05)),
                    draw(st.floats(0.5, 1.5)),
                    draw(st.floats(0, 0.2)),
                ),
                direct_share=draw(shares),
                caseload_limit=draw(st.none() | positive),
                changes=tuple(draw(st.lists(changes(), max_size=2))),
                closed_on_holidays=draw(st.booleans()),
                cost_per_year_gbp=draw(positive),
                label=draw(words),
                records=tuple(draw(st.lists(words, max_size=2))),
                skills=("one", "two"),
            ),
            Resource(name="more", capacity=1.0, skills=("two", "three")),
            Resource(
                name="supply",
                kind="supply",
                capacity=draw(positive),
                unit=draw(words),
                handback_hazard_per_day=draw(shares),
                cost_per_year_gbp=draw(positive),
            ),
        ),
        stages=stages,
        scenarios=(
            Scenario(
                name="other",
                demand=(DemandChange("flow00", draw(positive), draw(st.none() | days)),),
                resources={"staff": (draw(changes()),)},
                effort_scale=dict.fromkeys(worked, draw(positive)),
                author=draw(words),
                source=draw(words),
            ),
        ),
        costs=Costs(
            prices=draw(words),
            delay_per_waiting_day_gbp=dict.fromkeys(waited, draw(positive)),
            service_started_gbp_per_week=dict.fromkeys(held, draw(positive)),
        ),
        title=draw(words),
        description=draw(words),
        source=draw(words),
    )


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(pathways())
def test_a_pathway_that_is_written_and_read_is_the_same(pathway: Pathway) -> None:
    assert Pathway.from_yaml(pathway.to_yaml()) == pathway


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(pathways())
def test_the_diagram_of_any_pathway_has_one_statement_a_line(pathway: Pathway) -> None:
    lines = pathway.diagram().splitlines()
    assert lines[0] == "flowchart LR"
    assert all(line.startswith("  ") for line in lines[1:])
    quotes = [line.count('"') for line in lines]
    assert all(count in {0, 2} for count in quotes)


def test_a_schedule_and_a_continuous_clock_survive_too() -> None:
    every = {"all": Distribution("exponential", 2.0, 1.0)}
    pathway = Pathway(
        name="queue",
        classes=(CareClass("all"),),
        resources=(Resource("server", capacity=3.0),),
        stages=(
            Stage("work", "work", {"all": (Route("held", 1.0),)}, ("server",), effort=every,
                  arrivals=(Arrivals("in", {"all": 1.0}, 365.25),)),
            Stage("held", "delay", {"all": (Route("end", 1.0),)}, length=every,
                  schedule={"all": (Schedule("work", 30, 0), Schedule("work", 45, 365))}),
        ),
        continuous=True,
    )  # fmt: skip
    read = Pathway.from_yaml(pathway.to_yaml())
    assert read == pathway
    assert math.isclose(read.stage("work").effort["all"].mean, 2.0)
