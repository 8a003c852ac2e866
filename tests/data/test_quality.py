"""Quality scores: what they weigh, and the sentence about the worst critical rule."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.data.oracle import ORACLE_CONTRACT

from forethought.data.contracts import Contract, load_contract
from forethought.data.quality import Quality, quality_of, share_words

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path: Path = tmp_path_factory.mktemp("contracts") / "visits.yaml"
    timely = "key: [place, number]\n      timeliness: {column: opened, days: 7}"
    path.write_text(ORACLE_CONTRACT.replace("key: [place, number]", timely))
    return load_contract(path)


def scored(
    contract: Contract,
    rows: int = 100,
    newest: date | None = DAY,
    gaps: int = 0,
    **failing: int,
) -> Quality:
    every = {rule.id: 0 for rule in contract.rules if rule.kind != "reference"} | failing
    filled = {"place": rows - gaps, "number": rows, "kind": rows}
    return quality_of(contract, rows=rows, failing=every, filled=filled, newest=newest, as_of=DAY)


def test_rows_without_a_fault_score_a_hundred_everywhere(contract: Contract) -> None:
    quality = scored(contract)
    assert set(quality.scores) == {
        *("completeness", "uniqueness", "consistency", "timeliness", "validity"),
    }
    assert set(quality.scores.values()) == {100.0}
    assert quality.overall == 100.0
    assert quality.worst_critical == "No critical rule fails."


def test_score_is_the_weighted_pass_rate_with_critical_columns_three_times(
    contract: Contract,
) -> None:
    """Completeness: place and number are key columns (weight 3), kind is not (weight 1)."""
    assert scored(contract, gaps=10).scores["completeness"] == round(
        100 * (3 * 0.9 + 3 * 1 + 1 * 1) / 7, 2
    )
    assert scored(contract, key_unique=25).scores["uniqueness"] == 75.0
    assert scored(contract, closes_after_opening=10).scores["consistency"] == 95.0


def test_overall_is_the_mean_of_the_dimensions(contract: Contract) -> None:
    quality = scored(contract, key_unique=50)
    assert quality.overall == (4 * 100 + 50) / 5


@pytest.mark.parametrize(
    ("age_days", "expected"), [(-3, 100.0), (0, 100.0), (7, 100.0), (14, 50.0), (70, 10.0)]
)
def test_timeliness_falls_as_promised_age_over_real_age(
    contract: Contract, age_days: int, expected: float
) -> None:
    quality = scored(contract, newest=DAY - timedelta(days=age_days))
    assert quality.scores["timeliness"] == expected


def test_no_date_at_all_is_not_timely(contract: Contract) -> None:
    assert scored(contract, newest=None).scores["timeliness"] == 0.0


def test_worst_critical_rule_is_said_in_words(contract: Contract) -> None:
    quality = scored(contract, rows=2000, number_range=3, place_pattern=40, kind_codes=900)
    assert quality.worst_critical == (
        '"place has the declared form" fails in 40 of 2,000 rows (2.0%).'
    )


def test_no_rows_have_no_quality(contract: Contract) -> None:
    quality = scored(contract, rows=0)
    assert (quality.scores, quality.overall, quality.rows) == ({}, 0.0, 0)


def test_quality_survives_json(contract: Contract) -> None:
    quality = scored(contract, key_unique=1)
    assert Quality.from_dict(quality.as_dict()) == quality


@given(st.integers(1, 10**9), st.data())
def test_a_share_never_reads_as_none_or_all_unless_it_is(rows: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, rows))
    words = share_words(count, rows)
    assert (words == "0.0%") == (count == 0)
    assert (words == "100.0%") == (count == rows)
