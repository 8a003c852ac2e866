"""The check: good and bad rows both come back, and a plain oracle agrees on every one."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.oracle import ORACLE_CONTRACT, WARNINGS, Row, failed_rules, value_of

from forethought.data.checks import Checked, check
from forethought.data.contracts import Contract, load_contract
from forethought.data.semantics import is_nhs_number
from forethought.errors import DataError

DAY = date(2026, 11, 24)
NAMES = ("place", "number", "cost", "opened", "closed", "kind", "urgent", "nhs_number")


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path = tmp_path_factory.mktemp("contracts") / "visits.yaml"
    path.write_text(ORACLE_CONTRACT)
    return load_contract(path)


def changed(contract: Contract, *changes: tuple[str, str]) -> Contract:
    text = ORACLE_CONTRACT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = contract.path.with_name("changed.yaml")
    path.write_text(text)
    return load_contract(path)


def frame_of(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.String), orient="row")


def good(number: int = 1, **changes: str | None) -> Row:
    values = ("AB1", str(number), "1.5", "2026-01-01", None, "A", "no", None)
    return dict(zip(NAMES, values, strict=True)) | changes


def found(checked: Checked) -> dict[int, set[str]]:
    rows = checked.refused.select("source_row", "rule_ids").rows()
    return {row: set(ids) for row, ids in rows}


DATES = st.sampled_from(["2026-02-28", "2024-02-29", "2026-02-29", "2026-13-01", "1/2/26", None])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "place": st.sampled_from(["AB1", "CD2", "ab1", "AB12", "=A1", None]),
            "number": st.sampled_from(["1", "2", "2.0", "-0", "51", "1.5", "x", "9" * 25, None]),
            "cost": st.sampled_from(["0", "-0.01", "1e2", ".5", "1,5", "nan", "1e999", None]),
            "opened": DATES,
            "closed": DATES,
            "kind": st.sampled_from(["A", "B", "C", "a", None]),
            "urgent": st.sampled_from(["yes", "no", "perhaps", None]),
            "nhs_number": st.sampled_from(
                ["9434765919", "943 476 5919", "9434765918", "1111111111", "x", None]
            ),
        }
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_the_pass_agrees_with_the_oracle_and_row_order_changes_nothing(
    contract: Contract, rows: list[Row], seed: int
) -> None:
    rows = [row | ({"cost": "2"} if row["cost"] == "1e999" else {}) for row in rows]
    expected = failed_rules(rows)
    checked = check(frame_of(rows), contract, as_of=DAY)
    refused = {
        number: failed - WARNINGS
        for number, failed in enumerate(expected, start=1)
        if failed - WARNINGS
    }
    assert found(checked) == refused
    assert dict(checked.failing) == {
        rule.id: sum(rule.id in failed for failed in expected) for rule in contract.rules
    }
    assert checked.accepted.height + checked.refused.height == checked.rows == len(rows)
    assert checked.refused_rows == checked.refused.height
    shuffled = list(range(len(rows)))
    random.Random(seed).shuffle(shuffled)  # noqa: S311 (a test's order, no secret)
    again = check(frame_of([rows[i] for i in shuffled]), contract, as_of=DAY)
    assert again.failing == checked.failing
    assert {shuffled[row - 1] + 1: ids for row, ids in found(again).items()} == refused
    for row in checked.accepted.rows(named=True):
        given_row = rows[row["source_row"] - 1]
        assert all(row[name] == value_of(name, given_row[name]) for name in NAMES)


def test_accepted_rows_have_the_contracts_types(contract: Contract) -> None:
    accepted = check(frame_of([good()]), contract, as_of=DAY).accepted
    kinds = (pl.String, pl.Int64, pl.Float64, pl.Date, pl.Date, pl.String, pl.Boolean, pl.String)
    assert accepted.schema == {**dict(zip(NAMES, kinds, strict=True)), "source_row": pl.Int64}


def test_refused_rows_are_text_as_they_came(contract: Contract) -> None:
    row = good(cost="-1.50", opened="31/12/2026")
    refused = check(frame_of([row]), contract, as_of=DAY).refused
    assert {name: refused[name][0] for name in NAMES} == row
    assert refused["rule_ids"].to_list() == [["cost_range", "opened_type"]]


def test_after_a_failed_reading_the_other_rules_are_unknown(contract: Contract) -> None:
    row = good(cost="a lot", urgent="yes", opened="never", closed="2020-01-01")
    checked = check(frame_of([row]), contract, as_of=DAY)
    assert found(checked) == {1: {"cost_type", "opened_type"}}


def test_a_warning_is_counted_and_keeps_the_row(contract: Contract) -> None:
    checked = check(frame_of([good(nhs_number="9434765918")]), contract, as_of=DAY)
    assert checked.failing["nhs_number_is_nhs_number"] == 1
    assert checked.refused_rows == 0
    assert checked.accepted["nhs_number"].to_list() == ["9434765918"]


def test_all_rows_of_a_repeated_key_are_refused_and_missing_keys_are_not_repeated(
    contract: Contract,
) -> None:
    rows = [good(1), good(1, cost="9"), good(2), good(place=None), good(place=None)]
    assert found(check(frame_of(rows), contract, as_of=DAY)) == {
        1: {"key_unique"},
        2: {"key_unique"},
        4: {"place_required"},
        5: {"place_required"},
    }


def test_blank_text_is_a_missing_value(contract: Contract) -> None:
    checked = check(frame_of([good(kind="  ", nhs_number="")]), contract, as_of=DAY)
    assert found(checked) == {1: {"kind_required"}}


@pytest.mark.parametrize("rows", [1, 70_000])
def test_rows_keep_the_order_of_the_file(contract: Contract, rows: int) -> None:
    frame = frame_of([good()]).join(pl.DataFrame({"copy": range(rows)}), how="cross")
    frame = frame.with_columns(
        place=pl.format("AB{}", pl.int_range(rows) % 10),
        number=(pl.int_range(rows) % 50).cast(pl.String),
        kind=pl.when(pl.int_range(rows) % 7 == 0).then(pl.lit("Z")).otherwise("kind"),
    )
    checked = check(frame, contract, as_of=DAY)
    assert checked.refused["source_row"].is_sorted()
    assert checked.accepted["source_row"].is_sorted()
    assert checked.rows == rows


def test_typed_frame_parquet_and_text_give_the_same_answer(
    contract: Contract, tmp_path: Path
) -> None:
    rows = [good(1), good(2, kind="Z"), good(3, closed="2025-01-01"), good(3, cost="-1")]
    text = frame_of(rows)
    typed = text.with_columns(
        pl.col("number").cast(pl.Int32),
        pl.col("cost").cast(pl.Float64),
        pl.col("opened", "closed").str.to_date(),
        pl.col("kind").cast(pl.Categorical),
        urgent=pl.col("urgent") == "yes",
    )
    typed.write_parquet(tmp_path / "visits.parquet")
    answers = [
        found(check(source, contract, as_of=DAY))
        for source in (text, typed, tmp_path / "visits.parquet", str(tmp_path / "visits.parquet"))
    ]
    assert answers == [{2: {"kind_codes"}, 3: {"closes_after_opening", "key_unique"},
                        4: {"cost_range", "key_unique"}}] * 4  # fmt: skip


def test_numbers_that_are_not_finite_are_no_numbers(contract: Contract) -> None:
    frame = frame_of([good(1), good(2)]).with_columns(cost=pl.Series([float("nan"), float("inf")]))
    assert found(check(frame, contract, as_of=DAY)) == {1: {"cost_type"}, 2: {"cost_type"}}


def test_fraction_in_a_whole_number_is_refused_not_rounded(contract: Contract) -> None:
    frame = frame_of([good(1), good(2)]).with_columns(number=pl.Series([1.5, 2.0]))
    checked = check(frame, contract, as_of=DAY)
    assert found(checked) == {1: {"number_type"}}
    assert checked.accepted["number"].to_list() == [2]


def test_more_errors_than_allowed_refuse_the_whole_with_the_commonest_reasons(
    contract: Contract,
) -> None:
    rows = [good(i, kind="Z" if i < 3 else "A", cost="-1" if i < 2 else "1") for i in range(20)]
    checked = check(frame_of(rows), contract, as_of=DAY)
    assert checked.error_share == pytest.approx(0.15)
    assert checked.is_refused_whole
    first, second = checked.reasons(10)
    assert first.startswith("kind_codes: ")
    assert "3 of 20 rows (15.0%)" in first
    assert second.startswith("cost_range: ")
    assert checked.reasons(1) == (first,)


def test_missing_column_of_a_frame_is_named(contract: Contract) -> None:
    with pytest.raises(DataError) as caught:
        check(frame_of([good()]).rename({"opened": "openned"}), contract, as_of=DAY)
    assert 'Did you mean "openned"?' in str(caught.value)


def test_nested_column_is_refused(contract: Contract) -> None:
    frame = frame_of([good()]).with_columns(kind=pl.concat_list("kind"))
    with pytest.raises(DataError, match="one plain value"):
        check(frame, contract, as_of=DAY)


def test_rule_that_cannot_be_computed_is_named_without_a_value(contract: Contract) -> None:
    broken = changed(contract, ('"closed >= opened"', '"CAST(place AS INTEGER) > 1"'))
    with pytest.raises(DataError) as caught:
        check(frame_of([good(place="SECRET")]), broken, as_of=DAY)
    assert "rule closes_after_opening" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_rule_may_ask_for_the_day_of_the_check(contract: Contract) -> None:
    dated = changed(contract, ('"closed >= opened"', '"opened <= as_of"'))
    frame = frame_of([good(1, opened="2026-11-24"), good(2, opened="2026-11-25")])
    assert found(check(frame, dated, as_of=DAY)) == {2: {"closes_after_opening"}}


def test_accuracy_is_judged_where_a_reference_is_given(contract: Contract) -> None:
    block = "{semantic: none, reference: {dataset: places, column: code}}"
    extra = f", customProperties: [{{property: forethought, value: {block}}}]}}"
    told = changed(contract, ('{pattern: "[A-Z]{2}[0-9]"}}', '{pattern: "[A-Z]{2}[0-9]"}' + extra))
    frame = frame_of([good(1), good(2, place="CD2"), good(3, place="EF3")])
    known = {"places": pl.DataFrame({"code": ["AB1", "CD2", "CD2", None]})}
    checked = check(frame, told, as_of=DAY, references=known)
    assert checked.failing["place_known"] == 1
    assert checked.refused_rows == 0
    assert checked.quality.scores["accuracy"] == pytest.approx(100 * 2 / 3, abs=0.01)
    without = check(frame, told, as_of=DAY)
    assert "accuracy" not in without.quality.scores
    assert without.rule_counts.filter(pl.col("rule") == "place_known")["failing"].to_list() == [
        None
    ]


@settings(max_examples=200, deadline=None)
@given(first_nine=st.integers(0, 999_999_999))
def test_one_check_digit_at_most_makes_nine_digits_an_nhs_number(first_nine: int) -> None:
    right = [d for d in range(10) if is_nhs_number(f"{first_nine:09d}{d}")]
    assert len(right) <= 1


def test_sql_and_python_agree_on_semantic_types(contract: Contract) -> None:
    import duckdb

    from forethought.data import semantics

    rng = random.Random(7)  # noqa: S311 (made-up codes)
    alphabet = "EWS01 ABQZ19-x"
    numbers = [f"{rng.randrange(10**10):010d}" for _ in range(3000)]
    judged = {
        "nhs_number": (semantics.is_nhs_number, numbers),
        "postcode": (semantics.is_postcode, ["CM1 1AB", "cm11ab", "GIR0AA", "CM1 1AC", "W1A 0AX"]),
        "uprn": (semantics.is_uprn, ["1", "000100023336956", "0", "12x", "1" * 12, "1" * 13]),
        "lsoa": (semantics.is_lsoa, ["E01021234", "e01021234", "E02021234", "X01021234"]),
    }  # fmt: skip
    for semantic, (holds, values) in judged.items():
        noise = ["".join(rng.choices(alphabet, k=rng.randrange(1, 11))) for _ in range(300)]
        texts = [text for text in values + noise if text.strip()]
        frame = pl.DataFrame({"t": texts})
        with duckdb.connect() as connection:
            connection.register("texts", frame.to_arrow())
            tidy = semantics.tidy_sql(semantic, "t")
            rule = semantics.rule_sql(semantic, f"({tidy})")
            answers = [row[0] for row in connection.sql(f"SELECT {rule} FROM texts").fetchall()]  # noqa: S608
        assert answers == [holds(text) for text in texts], semantic
        assert Counter(answers)[True] > 0
