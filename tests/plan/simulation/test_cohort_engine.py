"""The daily engine against theory, exact distributions and its own laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import poisson

from forethought.errors import SpecificationError
from forethought.plan.simulation.cohort import (
    alias_table,
    day_chances,
    draw,
    lags_of,
    run_cohort,
)
from forethought.plan.simulation.demand import Demand, demand_of, plan_arrivals
from forethought.plan.simulation.kernels.random import FAMILIES
from forethought.plan.simulation.model import Calendar, Model, Record, Start, lower, shape_of
from forethought.plan.simulation.pathway import (
    Arrivals,
    Availability,
    CareClass,
    Change,
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
from forethought.plan.simulation.simulate import simulate

START = date(2026, 11, 24)
EVERY_DAY = (1 / 7,) * 7
NOBODY = Start(np.zeros((0, 3), dtype=np.int64), np.zeros((0, 3), dtype=np.int64))
ONE = (CareClass("person"),)


def queue(
    fte: float = 10.0,
    effort: float = 1.0,
    *,
    classes: tuple[CareClass, ...] = ONE,
    mix: dict[str, float] | None = None,
    **stage: object,
) -> Pathway:
    """One stage; a member of staff has one hour of work every day of the year."""
    names = [each.name for each in classes]
    settings: dict[str, object] = {
        "resources": ("staff",),
        "arrivals": (
            Arrivals("come", mix or {"person": 1.0}, weekdays=EVERY_DAY, holiday_factor=1.0),
        ),
        "effort": {name: Distribution("fixed", effort) for name in names},
        "routes": {name: (Route("end", 1.0),) for name in names},
    }
    return Pathway(
        "queue",
        classes,
        (
            Resource(
                "staff", capacity=fte, hours_per_week=7.0, weekdays=EVERY_DAY,
                closed_on_holidays=False,
            ),
        ),
        (Stage("work", "work", **(settings | stage)),),  # type: ignore[arg-type]
    )  # fmt: skip


def run(
    pathway: Pathway,
    rate: float | np.ndarray,
    days: int,
    *,
    start: Start = NOBODY,
    replications: int = 200,
    seed: int = 1,
    scenario: Scenario | None = None,
    every: str = "1d",
    **options: object,
) -> Record:
    rates = np.full(days, rate) if np.isscalar(rate) else np.asarray(rate)
    demand = Demand.daily({"come": rates}, start=START)
    calendar = Calendar(START, days, every)
    model = lower(pathway, calendar, scenario)
    plan = plan_arrivals(pathway, demand, calendar)
    return run_cohort(
        model,
        plan,
        start,
        seed=seed,
        replications=replications,
        **options,  # type: ignore[arg-type]
    )


def waiting(*rows: tuple[int, int, int]) -> Start:
    return Start(np.array(rows, dtype=np.int64), NOBODY.working)


def exact_backlog(rates: np.ndarray, capacity: np.ndarray, start: int, most: int) -> np.ndarray:
    """Distribution of the backlog at each day's end: Poisson arrivals convolved, capacity taken."""
    chance = np.zeros(most)
    chance[start] = 1.0
    found = np.zeros((rates.size, most))
    for day, rate in enumerate(rates):
        came = poisson.pmf(np.arange(most), rate)
        chance = np.convolve(chance, came)[:most]
        room = int(capacity[day])
        served = np.zeros(most)
        served[0] = chance[: room + 1].sum()
        served[1 : most - room] = chance[room + 1 :]
        chance = served
        found[day] = chance
    return found


def test_backlog_has_its_exact_distribution_on_every_day() -> None:
    days, replications = 120, 4000
    rates = 12.0 + 4.0 * np.sin(np.arange(days) / 9.0)
    capacity = np.where(np.arange(days) >= 60, 15.0, 12.0)
    join = Scenario("join", resources={"staff": (Change(3.0, START + timedelta(days=60)),)})
    record = run(
        queue(fte=12.0), rates, days, start=waiting((0, 3, 60)), replications=replications,
        scenario=join, seed=7,
    )  # fmt: skip
    exact = exact_backlog(rates, capacity, 60, 400)
    values = np.arange(400)
    mean = exact @ values
    spread = np.sqrt(exact @ values**2 - mean**2)
    z = (record.waiting[:, :, 0].mean(axis=0) - mean) / (spread / np.sqrt(replications))
    assert np.abs(z).max() < 4.5  # the largest of 120
    assert np.sqrt((z**2).mean()) < 2.0
    for share in (0.1, 0.9):
        theory = (exact.cumsum(axis=1) < share - 1e-12).sum(axis=1)
        ours = np.quantile(record.waiting[:, :, 0], share, axis=0, method="inverted_cdf")
        assert np.abs(ours - theory).max() <= 2


def test_fractional_capacity_is_carried_over_not_lost() -> None:
    record = run(queue(fte=2.5), 0.0, 40, start=waiting((0, 0, 60)), replications=1)
    assert record.closed[0, :24, 0].tolist() == [2, 3] * 12
    assert record.waiting[0, 23, 0] == 0


def full_pathway() -> Pathway:
    """Everything that the daily engine knows, in one pathway."""
    classes = (
        CareClass("urgent", 1),
        CareClass("standard", 2, escalate=Escalation("urgent", 0.01, 5)),
        CareClass("review", 3),
    )
    names = [each.name for each in classes]
    gamma, lognormal = Distribution("gamma", 0.8, 0.8), Distribution("lognormal", 3.0, 0.7)
    absence = Availability(0.14, sickness_mean=0.05, sickness_sd=0.02, sickness_winter=1.6)

    def ways(*routes: Route) -> dict[str, tuple[Route, ...]]:
        return dict.fromkeys(names, routes)

    def each(distribution: Distribution) -> dict[str, Distribution]:
        return dict.fromkeys(names, distribution)

    stages = (
        Stage(
            "contact", "work", ways(Route("assessment", 0.4), Route("end", 0.6)), ("advisers",),
            arrivals=(Arrivals("come", {"urgent": 0.2, "standard": 0.8}, dispersion=1.6),),
            effort=each(gamma), discipline="priority",
        ),
        Stage(
            "assessment", "work", ways(Route("bed", 0.2), Route("home", 0.5), Route("end", 0.3)),
            ("workers", "advisers"), fallback_penalty=0.3, discipline="score",
            reserve={"standard": 0.3}, effort=each(lognormal),
            delay=each(Distribution("gamma", 9.0, 1.0)),
            target=each_target(names, 28),
            reneging={name: Reneging((0, 10), (0.002, 0.02)) for name in names},
        ),
        Stage(
            "bed", "hold", ways(Route("home", 1.0)), ("beds",),
            length=each(Distribution("lognormal", 30.0, 0.8)), discipline="due_date",
        ),
        Stage(
            "home", "delay", ways(Route("end", 1.0)),
            length=each(Distribution("weibull", 200.0, 1.3)),
            schedule={name: (Schedule("review", 42, 60, becomes="review"),) for name in names},
        ),
        Stage(
            "review", "work", ways(Route("assessment", 0.1, becomes="standard"), Route("end", 0.9)),
            ("workers",), effort=each(Distribution("exponential", 1.5, 1.0)), precedence=1,
        ),
    )  # fmt: skip
    return Pathway(
        "full",
        classes,
        (
            Resource("advisers", capacity=9.0, available=absence, direct_share=0.7),
            Resource("workers", capacity=16.0, available=absence, caseload_limit=12.0),
            Resource("beds", "supply", capacity=30.0, handback_hazard_per_day=0.01),
        ),
        stages,
    )


def each_target(names: list[str], days: int) -> dict[str, Target]:
    return {
        name: Target(days, 0.9, days="working" if name == "urgent" else "calendar")
        for name in names
    }


def full_start() -> Start:
    queues = [(q, age, 2) for q in (0, 1, 3, 4, 6, 7, 14) for age in range(40, -1, -1)]
    held = [(9, age, 3) for age in range(400, 0, -20)] + [(6, 10, 8), (4, 3, 6)]
    return Start(np.array(queues, dtype=np.int64), np.array(held, dtype=np.int64))


def full_run(days: int = 300, *, every: str = "1d", **options: object) -> tuple[Model, Record]:
    pathway, calendar = full_pathway(), Calendar(START, days, every)
    end = START + timedelta(days=days)
    demand = demand_of(
        pathway, Demand.constant({"come": 22.0}, start=START, end=end), start=START, end=end
    )
    model = lower(pathway, calendar)
    plan = plan_arrivals(pathway, demand, calendar)
    settings: dict[str, object] = {"seed": 5, "replications": 12} | options
    return model, run_cohort(model, plan, full_start(), **settings)  # type: ignore[arg-type]


def test_nobody_appears_or_vanishes_on_any_day_at_any_stage_of_any_class() -> None:
    _, record = full_run()
    start = full_start()
    waiting_first, working_first = np.zeros(15, dtype=np.int64), np.zeros(15, dtype=np.int64)
    for q, _, cases in start.waiting:
        waiting_first[q] += cases
    for q, _, cases in start.working:
        working_first[q] += cases
    came = record.incoming + record.moved_in + record.handed_back
    went = record.started + record.left + record.moved_out
    assert (waiting_first + np.cumsum(came - went, axis=1) == record.waiting).all()
    done = record.closed + record.handed_back
    assert (working_first + np.cumsum(record.started - done, axis=1) == record.working).all()
    everything = start.waiting[:, 2].sum() + start.working[:, 2].sum()
    moved = record.moved_in.sum(axis=2) - record.moved_out.sum(axis=2)
    assert (moved == 0).all()
    assert everything > 0
    for name in ("left", "moved_in", "handed_back", "overdue", "judged", "on_time"):
        assert getattr(record, name).sum() > 0, name


def test_weeks_add_up_to_the_days_they_are_made_of() -> None:
    _, daily = full_run(every="1d")
    _, weekly = full_run(every="1w")
    for name in ("incoming", "started", "closed", "left", "judged", "on_time", "waiting_days"):
        ours, theirs = getattr(weekly, name), getattr(daily, name)
        assert np.allclose(ours.sum(axis=1), theirs.sum(axis=1)), name
    assert (weekly.waiting[:, -1] == daily.waiting[:, -1]).all()


@pytest.mark.parametrize(("workers", "block"), [(1, 3), (2, 5), (8, 1)])
def test_bits_do_not_depend_on_workers_or_blocks(workers: int, block: int) -> None:
    _, one = full_run(60, workers=1, block=100)
    _, other = full_run(60, workers=workers, block=block)
    for name, ours, theirs in zip(Record._fields, one, other, strict=True):
        assert np.array_equal(np.asarray(ours), np.asarray(theirs), equal_nan=True), name


def test_a_replication_is_the_same_whichever_block_it_belongs_to() -> None:
    _, all_of_them = full_run(60, replications=12)
    _, last = full_run(60, replications=4, first_replication=8)
    assert (all_of_them.waiting[8:] == last.waiting).all()


def test_waits_counted_add_up_to_those_who_started() -> None:
    _, record = full_run()
    started = record.started.sum(axis=(0, 1))
    assert (record.wait_days.sum(axis=1) == started).all()
    days = np.arange(record.wait_days.shape[1])
    assert np.allclose(record.wait_days @ days, record.waited_days.sum(axis=(0, 1)))


def test_littles_law_holds_at_the_stage() -> None:
    """Case-days of waiting are the days waited by those who went, and by those still there."""
    record = run(queue(fte=11.0), 10.5, 400, replications=50)
    waited_by_started = record.waited_days.sum()
    # A case that waits k whole days is counted at the end of k days.
    still = record.waiting[:, -1].sum()
    assert record.waiting_days.sum() >= waited_by_started
    assert record.waiting_days.sum() - waited_by_started <= still * 400


def test_one_more_worker_never_leaves_more_waiting() -> None:
    few = run(queue(fte=10.0), 11.0, 200, replications=100)
    more = run(queue(fte=11.0), 11.0, 200, replications=100)
    assert (more.waiting <= few.waiting).all()
    assert more.waiting.sum() < few.waiting.sum()


def test_no_demand_leaves_nothing_to_do_and_no_staff_closes_nothing() -> None:
    idle = run(queue(), 0.0, 50, replications=3)
    assert idle.incoming.sum() == idle.closed.sum() == idle.waiting.sum() == 0
    assert idle.hours_used.sum() == 0
    alone = run(queue(fte=0.0), 5.0, 50, replications=3)
    assert alone.closed.sum() == 0
    assert (alone.waiting[:, -1, 0] == alone.incoming.sum(axis=(1, 2))).all()


def test_urgent_cases_are_started_before_standard_ones() -> None:
    classes = (CareClass("standard", 2), CareClass("urgent", 1))
    pathway = queue(
        fte=10.0, classes=classes, mix={"standard": 0.3, "urgent": 0.7}, discipline="priority"
    )
    record = run(pathway, 18.0, 200, replications=20)
    urgent_waits = record.waiting[:, :, 1] > 0
    assert (record.started[:, :, 0][urgent_waits] == 0).all()
    reserved = replace(pathway, stages=(replace(pathway.stages[0], reserve={"standard": 0.5}),))
    kept = run(reserved, 18.0, 200, replications=20)
    assert kept.waiting[:, -1, 0].mean() < record.waiting[:, -1, 0].mean()
    assert kept.started[:, 1:, 0].mean() == pytest.approx(5.0, rel=0.05)


def test_leaving_brings_the_backlog_to_its_balance() -> None:
    """M/M/infinity: with no staff, arrivals of rate a and a rate of leaving b, a / b wait."""
    pathway = queue(fte=0.0, reneging={"person": Reneging((0,), (0.05,))})
    record = run(pathway, 10.0, 300, replications=400)
    balance = 10.0 / -np.log1p(-0.05)  # a chance of 0.05 a day is a rate of 0.0513
    ours = record.waiting[:, -1, 0]
    error = ours.std(ddof=1) / np.sqrt(400)
    assert error < 0.01 * balance
    assert abs(ours.mean() - balance) < 4 * error
    assert ours.var(ddof=1) == pytest.approx(balance, rel=0.3)  # a Poisson number


def test_leaving_follows_the_bands_of_waiting_days() -> None:
    pathway = queue(fte=0.0, reneging={"person": Reneging((0, 20), (0.0, 0.1))})
    record = run(pathway, 0.0, 60, start=waiting((0, 0, 1000)), replications=200)
    share = record.waiting[:, :, 0].mean(axis=0) / 1000
    assert (share[:20] == 1.0).all()
    after = np.arange(20, 60)  # who came on the first day came at noon
    assert np.allclose(share[20:], 0.9 ** (after - 19.5), atol=0.01)


def test_escalation_moves_people_and_keeps_their_waiting_days() -> None:
    classes = (
        CareClass("standard", 2, escalate=Escalation("urgent", 0.1, 10)),
        CareClass("urgent"),
    )
    pathway = queue(fte=0.0, classes=classes, mix={"standard": 1.0, "urgent": 0.0},
                    target={"urgent": Target(30), "standard": Target(30)})  # fmt: skip
    record = run(pathway, 0.0, 40, start=waiting((0, 0, 500)), replications=100)
    assert record.moved_out[:, :10, 0].sum() == 0
    stays = record.waiting[:, -1, 0].mean() / 500
    assert stays == pytest.approx(0.9**29.5, abs=0.005)
    assert (record.overdue[:, -1].sum(axis=1) == 500).all()


def test_people_in_progress_follow_the_offered_load_of_time_varying_arrivals() -> None:
    """M_t/G/infinity: a Poisson number with mean sum over days of arrivals x chance of staying."""
    days, replications = 200, 600
    rates = 20.0 * (1 + 0.5 * np.sin(2 * np.pi * np.arange(days) / 70))
    daily = Arrivals("come", {"person": 1.0}, weekdays=EVERY_DAY, holiday_factor=1.0)
    pathway = Pathway(
        "held", ONE, (),
        (Stage("home", "delay", {"person": (Route("end", 1.0),)}, arrivals=(daily,),
               length={"person": Distribution("gamma", 25.0, 0.6)}),),
    )  # fmt: skip
    record = run(pathway, rates, days, replications=replications)
    model = lower(pathway, Calendar(START, days, "1d"))
    chance = np.diff(lags_of(model).cumulative, prepend=0.0)
    chance[1] += chance[0]  # a hold lasts a night at least
    chance[0] = 0.0
    stays = 1.0 - np.cumsum(chance)
    load = np.array([(rates[: t + 1][::-1] * stays[: t + 1]).sum() for t in range(days)])
    z = (record.working[:, :, 0].mean(axis=0) - load) / np.sqrt(load / replications)
    assert np.abs(z[5:]).max() < 4.5
    assert record.working[:, -1, 0].var(ddof=1) == pytest.approx(load[-1], rel=0.25)


def test_beds_hold_no_more_people_than_there_are() -> None:
    stage = Stage(
        "bed", "hold", {"person": (Route("end", 1.0),)}, ("beds",),
        arrivals=(Arrivals("come", {"person": 1.0}, weekdays=EVERY_DAY, holiday_factor=1.0),),
        length={"person": Distribution("exponential", 10.0, 1.0)}, units={"person": 2.0},
    )  # fmt: skip
    pathway = Pathway("beds", ONE, (Resource("beds", "supply", capacity=41.0),), (stage,))
    record = run(pathway, 3.0, 300, replications=50)
    assert record.working.max() == 20  # two units each
    assert record.waiting[:, -1].mean() > 50
    starts = record.started[:, 100:, 0].mean()
    lags = lags_of(lower(pathway, Calendar(START, 300, "1d")))
    chance = np.diff(lags.cumulative, prepend=0.0)
    stay = (chance * np.maximum(np.arange(chance.size), 1)).sum()
    assert starts == pytest.approx(20 / stay, rel=0.03)


def test_reviews_come_seven_weeks_after_the_start_and_then_every_year() -> None:
    stages = (
        Stage(
            "home", "delay", {"person": (Route("end", 1.0),)},
            arrivals=(Arrivals("come", {"person": 1.0}, weekdays=EVERY_DAY, holiday_factor=1.0),),
            length={"person": Distribution("fixed", 800.0)},
            schedule={"person": (Schedule("review", 49, 365),)},
        ),
        Stage("review", "delay", {"person": (Route("end", 1.0),)},
              length={"person": Distribution("fixed", 1.0)}),
    )  # fmt: skip
    rates = np.zeros(1000)
    rates[0] = 25.0
    record = run(Pathway("reviews", ONE, (), stages), rates, 1000, replications=2)
    for replication in range(2):
        days = np.flatnonzero(record.incoming[replication, :, 1])
        assert days.tolist() == [49, 49 + 365, 49 + 730]
        assert (record.incoming[replication, days, 1] == record.incoming[replication, 0, 0]).all()


def test_targets_are_judged_in_calendar_and_in_working_days() -> None:
    friday = date(2026, 12, 4)
    late = queue(fte=0.0, target={"person": Target(2, until="started")})
    working = queue(fte=0.0, target={"person": Target(2, days="working", until="started")})
    arrive = Scenario("monday", resources={"staff": (Change(50.0, friday + timedelta(days=3)),)})
    for pathway, kept in ((late, 0), (working, 8)):
        calendar = Calendar(friday, 10, "1d")
        model = lower(pathway, calendar, arrive)
        plan = plan_arrivals(pathway, Demand.daily({"come": np.zeros(10)}, start=friday), calendar)
        record = run_cohort(model, plan, waiting((0, 0, 8)), seed=0, replications=1)
        assert record.judged.sum() == 8
        assert record.on_time.sum() == kept


def test_scaling_days_to_hours_changes_nothing() -> None:
    days = run(queue(fte=10.0, effort=1.0), 9.5, 120, replications=20)
    longer = queue(fte=10.0, effort=3.0)
    pool = replace(longer.resources[0], hours_per_week=21.0)
    hours = run(replace(longer, resources=(pool,)), 9.5, 120, replications=20)
    assert (days.waiting == hours.waiting).all()


def test_a_forecast_path_is_shared_out_over_working_days_to_the_last_case() -> None:
    import polars as pl

    uneven = Arrivals("come", {"person": 1.0}, dispersion=2.0)
    pathway = replace(queue(), stages=(replace(queue().stages[0], arrivals=(uneven,)),))
    months = [date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
    frame = pl.DataFrame(
        [("come", month, path, 100 * (path + 1) + 7 * n)
         for n, month in enumerate(months) for path in range(3)],
        schema=["flow", "ds", "path", "y"], orient="row",
    )  # fmt: skip
    calendar = Calendar(date(2026, 12, 1), 90, "1d")
    plan = plan_arrivals(pathway, Demand(frame), calendar)
    came = draw(plan, 90, seed=3, replications=9)[:, :, 0]
    for replication in range(9):
        path = replication % 3
        by_month = [came[replication, :31].sum(), came[replication, 31:62].sum()]
        assert by_month == [100 * (path + 1), 100 * (path + 1) + 7]
    days = calendar.dates()
    closed = [
        n for n, day in enumerate(days) if day.weekday() >= 5 or (day.day, day.month) == (25, 12)
    ]
    assert came[:, closed].sum() == 0
    assert came[:, days.index(date(2026, 12, 28))].sum() == 0  # Boxing Day, moved to Monday


def test_days_are_more_uneven_with_dispersion() -> None:
    pathway = queue()
    arrivals = pathway.stages[0].arrivals[0]
    uneven = replace(
        pathway, stages=(replace(pathway.stages[0], arrivals=(replace(arrivals, dispersion=3.0),)),)
    )
    for each, ratio in ((pathway, 1.0), (uneven, 3.0)):
        record = run(each, 20.0, 200, replications=100)
        came = record.incoming[:, :, 0].astype(float)
        assert came.var() / came.mean() == pytest.approx(ratio, rel=0.05)
        assert came.mean() == pytest.approx(20.0, rel=0.01)


def test_an_order_that_counts_by_day_cannot_keep_is_refused_not_ignored() -> None:
    pathway = queue(discipline="longest_wait")
    with pytest.raises(SpecificationError, match="whole pathway"):
        simulate(
            pathway, Demand.constant({"come": 1.0}, start=START, end=START), start=START,
            end=START, replications=1, engine="cohort",
        )  # fmt: skip


def test_an_exponential_effort_has_its_spread_whether_it_is_said_or_not() -> None:
    said = queue(effort=1.0)
    unsaid = replace(
        said,
        stages=(replace(said.stages[0], effort={"person": Distribution("exponential", 1.0)}),),
    )
    assert lower(unsaid, Calendar(START, 5, "1d")).effort[0, 2] == 1.0


@pytest.mark.parametrize("family", FAMILIES)
def test_days_in_progress_keep_their_mean(family: str) -> None:
    spread = 0.0 if family == "fixed" else 1.0 if family == "exponential" else 0.5
    each = Distribution(family, 11.3, spread)  # type: ignore[arg-type]
    chance = day_chances(FAMILIES.index(family), each.mean, each.cv, shape_of(each), 1000)
    assert chance.sum() == pytest.approx(1.0)
    assert (chance * np.arange(chance.size)).sum() == pytest.approx(11.3, rel=1e-3)


def test_an_alias_table_gives_back_its_chances() -> None:
    chance = np.array([0.05, 0.0, 0.4, 0.15, 0.3, 0.1])
    accept, other = alias_table(chance)
    back = accept.copy()
    for place, alias in enumerate(other):
        back[alias] += 1.0 - accept[place]
    assert np.allclose(back / chance.size, chance)
