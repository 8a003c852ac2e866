"""Occupational therapy follows from the people and their requests, and touches nothing else."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from forethought.county.contacts import DISCHARGE
from forethought.county.county import County
from forethought.county.therapy import STAGES, TEAMS, Therapy, therapy
from forethought.county.work import work


@cache
def done(county: County) -> Therapy:
    return therapy(county)


def by_number(county: County) -> pl.DataFrame:
    return done(county).items.with_columns(pl.col("therapy_item_id").str.slice(2).alias("number"))


def test_stages_follow_each_other_for_the_same_person(county: County) -> None:
    items = by_number(county)
    for stage, before in (
        ("therapy_assessment", ["therapy_request"]),
        ("equipment", ["therapy_request", "therapy_assessment"]),
        ("grant_decision", ["therapy_assessment"]),
    ):
        own = items.filter(pl.col("stage") == stage)
        earlier = items.filter(pl.col("stage").is_in(before)).drop_nulls("completed_on")
        pairs = own.join(earlier, on=["number", "person"], suffix="_before")
        came = pairs.filter(pl.col("received_on") == pl.col("completed_on_before"))
        # an earlier piece may be recorded after today, and is then not in the extract
        assert came["number"].n_unique() > 0.99 * own.height, stage


def test_every_item_has_its_own_number_and_no_day_before_the_first(county: County) -> None:
    items = done(county).items
    assert items["therapy_item_id"].n_unique() == items.height
    assert set(items["stage"]) == set(STAGES)
    assert set(items["team"]) == set(TEAMS)
    closed = items.drop_nulls("completed_on")
    assert (closed["completed_on"] >= closed["received_on"]).all()
    gone = np.minimum(county.people.died, county.people.left)
    last = closed["completed_on"].cast(pl.Int32).to_numpy()
    received = closed["received_on"].cast(pl.Int32).to_numpy()
    assert (last <= np.maximum(gone[closed["person"].to_numpy()], received)).all()


def test_the_frailer_ask_more_often_for_therapy(county: County) -> None:
    """The effect that the county states (0.30 a standard deviation of frailty) comes back."""
    asked = county.asked
    real = np.flatnonzero(~asked.is_repeat & (asked.route == DISCHARGE))
    number = done(county).items.filter(pl.col("stage") == STAGES[0])["therapy_item_id"]
    asks = np.isin(real, number.str.slice(2).cast(pl.Int64).to_numpy())
    frail = county.lasting.frail[asked.person[real]]
    low, high = frail < np.quantile(frail, 0.3), frail > np.quantile(frail, 0.7)
    stated = np.exp(0.30 * (frail[high].mean() - frail[low].mean()))
    ratio = asks[high].mean() / asks[low].mean()
    error = np.sqrt(1 / asks[high].sum() + 1 / asks[low].sum())
    assert abs(np.log(ratio / stated)) < 4 * error
    assert ratio > 1.1


def test_urgent_people_are_seen_within_days_while_others_wait(county: County) -> None:
    seen = done(county).items.filter(stage="therapy_assessment").drop_nulls("completed_on")
    days = (pl.col("completed_on") - pl.col("received_on")).dt.total_days()
    waits = dict(seen.group_by("priority").agg(days.quantile(0.9)).iter_rows())
    assert waits["Urgent"] <= 5 < waits["Standard"]


def test_other_work_is_the_same_with_and_without_therapy(county: County) -> None:
    before = work(county)
    therapy(county)
    after = work(county)
    assert before.items.equals(after.items)
    assert len(before.staff) == len(after.staff)
