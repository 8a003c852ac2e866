from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.plan.demand_events import areas, made_events

from forethought.errors import UsageError
from forethought.plan.demand import Adjustment, Outlook, Panel, outlook, panel
from forethought.plan.demand.adjustments import checked_adjustments, factors, value_added
from forethought.plan.demand.vocabulary import SERVICES

LAST, KNOWN, UNTIL = date(2024, 10, 1), date(2024, 10, 31), date(2025, 10, 31)
FEWER = Adjustment(
    "Reablement first", "Priya Nair", "A second team starts", "starts", 0.5,
    date(2025, 1, 1), date(2025, 6, 1), service="home_care",
)  # fmt: skip


@pytest.fixture(scope="module")
def history() -> Panel:
    return panel(
        made_events(months=60, last=LAST, seed=11), areas(), known_by=KNOWN, last_month=LAST
    )


def made(history: Panel, *adjustments: Adjustment) -> Outlook:
    return outlook(history, until=UNTIL, paths=200, most_series=24, adjustments=adjustments, seed=1)


def supported(found: Outlook, service: str, month: date) -> float:
    rows = found.months.filter(
        (pl.col("service") == service) & (pl.col("who") == "all") & (pl.col("district") == "all")
        & (pl.col("measure") == "supported") & (pl.col("ds") == month)
    )  # fmt: skip
    return float(rows["mean"][0])


def test_a_judgement_changes_its_service_in_its_months_and_stays_coherent(history: Panel) -> None:
    plain, judged = made(history), made(history, FEWER)
    december, june = date(2024, 12, 1), date(2025, 6, 1)
    assert supported(judged, "home_care", december) == pytest.approx(
        supported(plain, "home_care", december)
    )
    assert supported(judged, "home_care", june) < supported(plain, "home_care", june)
    assert judged.identity_gap < 1e-6
    assert judged.coherence_gap < 1e-6


def test_an_expired_judgement_is_left_out(history: Panel) -> None:
    old = replace(FEWER, expires=date(2024, 10, 30))
    june = date(2025, 6, 1)
    assert supported(made(history, old), "all", june) == supported(made(history), "all", june)


def test_judgements_multiply_in_their_months() -> None:
    months = [date(2025, month, 1) for month in (5, 6, 7)]
    found = factors([FEWER, replace(FEWER, factor=0.8, service=None)], "starts", months, KNOWN)
    place = list(SERVICES).index("home_care")
    assert found[place].tolist() == pytest.approx([0.4, 0.4, 1.0])
    assert found[0].tolist() == pytest.approx([0.8, 0.8, 1.0])
    assert np.all(factors([FEWER], "leaving", months, KNOWN) == 1.0)


def test_every_fault_of_a_judgement_is_named() -> None:
    bad = replace(
        FEWER, flow="start", service="homecare", factor=9, author=" ", last=date(2020, 1, 1)
    )
    with pytest.raises(UsageError) as caught:
        checked_adjustments([bad, replace(FEWER, flow="requests")])
    assert len(caught.value.problems) == 6


def test_value_added_is_the_share_of_error_that_went_away() -> None:
    days = [date(2025, 1, 1), date(2025, 2, 1)]
    actual = pl.DataFrame({"ds": days, "y": [100.0, 100.0]})
    without = pl.DataFrame({"ds": days, "mean": [110.0, 90.0]})
    judged = pl.DataFrame({"ds": days, "mean": [104.0, 96.0]})
    assert value_added(judged, without, actual) == pytest.approx(0.6)
    assert value_added(without, judged, actual) == pytest.approx(-1.5)
    assert np.isnan(value_added(judged, without, actual.clear()))
