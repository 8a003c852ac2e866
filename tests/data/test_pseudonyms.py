"""Pseudonyms: who is the same person, and who cannot be found out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forethought.data.pseudonyms import (
    Pseudonymiser,
    clean_postcode,
    clean_uprn,
    valid_nhs_number,
)
from forethought.data.semantics import is_nhs_number

if TYPE_CHECKING:
    from tests.data.conftest import Bench

    from forethought.data.contracts import Contract


KEY = b"k" * 32
CLIENTS = "record | person | nhs_number | last_name | date_of_birth | uprn | team | carer_for"


def rows(*lines: str) -> str:
    return "\n".join([f"{CLIENTS} | recorded_on", *(f"{line} | 2026-01-01" for line in lines)])


def one(expression: pl.Expr, value: str | None) -> str | None:
    found: str | None = (
        pl.DataFrame({"x": [value]}, schema={"x": pl.String}).select(expression).item()
    )
    return found


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("943 476 5919", "9434765919"),  # the NHS Data Dictionary's example
        ("943-476-5919", "9434765919"),
        ("9434765918", None),  # check digit wrong
        ("1111111111", None),  # a placeholder with a right check digit
        ("0000000000", None),
        ("943476591", None),
        ("94347659190", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_an_nhs_number_counts_only_with_its_check_digit(
    written: str | None, number: str | None
) -> None:
    assert one(valid_nhs_number(pl.col("x")), written) == number


@given(st.lists(st.integers(0, 10**10 - 1).map("{:010d}".format), min_size=1, max_size=50))
def test_many_numbers_at_once_are_judged_as_the_plain_rule_judges_each(numbers: list[str]) -> None:
    frame = pl.DataFrame({"x": numbers}).select(valid_nhs_number(pl.col("x")))
    assert [number is not None for number in frame["x"]] == [is_nhs_number(n) for n in numbers]


@pytest.mark.parametrize(
    ("written", "clean"),
    [("000100", "100"), (" 100 ", "100"), ("1234567890123", None), ("10a", None), ("000", None)],
)
def test_a_uprn_is_the_same_with_and_without_leading_noughts(
    written: str | None, clean: str | None
) -> None:
    assert one(clean_uprn(pl.col("x")), written) == clean


def test_a_postcode_is_the_same_however_it_is_spaced() -> None:
    assert one(clean_postcode(pl.col("x")), " sm1 1aa") == "SM11AA"


def test_a_pseudonym_has_128_bits_and_nothing_of_the_number() -> None:
    made = Pseudonymiser(KEY).one("nhs", "9434765919")
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_another_key_or_kind_gives_another_pseudonym() -> None:
    made = {
        Pseudonymiser(key).one(kind, "9434765919")
        for key in (KEY, b"j" * 32)
        for kind in ("nhs", "source|wold")
    }
    assert len(made) == 4


def test_nothing_stays_nothing() -> None:
    column = Pseudonymiser(KEY).column("nhs", pl.Series("x", ["a", None, "a"]))
    assert column[0] == column[2]
    assert column[1] is None


# Who is the same person ---------------------------------------------------------------------------


def people(bench: Bench, dataset: str = "clients", column: str = "person_id") -> list[str | None]:
    return bench.read(dataset, column).frame[column].to_list()


def test_a_valid_nhs_number_makes_two_source_ids_one_person(
    bench: Bench, clients: Contract, nhs_number: Callable[[int], str]
) -> None:
    number = nhs_number(1)
    bench.deliver(
        clients,
        rows(f"c1 | A1 | {number} | x | | | e | ", f"c2 | B7 | {number} | x | | | e | "),
    )
    first, second = people(bench)
    assert first == second


def test_a_source_id_seen_with_a_number_is_that_person_in_every_row(
    bench: Bench, clients: Contract, nhs_number: Callable[[int], str]
) -> None:
    bench.deliver(
        clients, rows(f"c1 | A1 | {nhs_number(1)} | x | | | e | ", "c2 | A1 | | x | | | e | ")
    )
    first, second = people(bench)
    assert first == second
    join = bench.store.manifest().datasets["clients"].join
    assert (join["nhs_number"], join["source_id"], join["resolved"]) == (0.5, 0.5, 0.5)


def test_an_invalid_number_names_nobody(bench: Bench, clients: Contract) -> None:
    bench.deliver(
        clients,
        rows("c1 | A1 | 1111111111 | x | | | e |", "c2 | A2 | 1111111111 | x | | | e |"),
    )
    first, second = people(bench)
    assert first != second


def test_the_number_that_most_rows_carry_is_the_source_ids(
    bench: Bench, clients: Contract, nhs_number: Callable[[int], str]
) -> None:
    slip, right = nhs_number(2), nhs_number(1)
    bench.deliver(
        clients,
        rows(
            f"c1 | A1 | {slip} | x | | | e | ",
            f"c2 | A1 | {right} | x | | | e | ",
            f"c3 | A1 | {right} | x | | | e | ",
            "c4 | A1 | | x | | | e | ",
        ),
    )
    first, second, _, bare = people(bench)
    assert bare == second != first


VISITS = "visit | person | minutes | recorded_on\nv1 | A1 | 5 | 2026-01-01"


@pytest.mark.parametrize("order", ["clients first", "visits first"])
def test_a_person_is_the_same_across_datasets_in_whatever_order_they_come(
    bench: Bench, clients: Contract, visits: Contract, nhs_number: Callable[[int], str], order: str
) -> None:
    deliveries = [
        (clients, rows(f"c1 | A1 | {nhs_number(1)} | x | | | e | ")),
        (visits, VISITS),
    ]
    for contract, delivered in deliveries if order == "clients first" else deliveries[::-1]:
        report = bench.deliver(contract, delivered)
    assert people(bench) == people(bench, "visits")
    if order == "visits first":
        assert report.also_changed == {"visits": 2}
        assert bench.store.manifest().datasets["visits"].reason == (
            "people recognised through clients"
        )


def test_a_quarantined_row_is_found_by_the_person_it_turned_out_to_be(
    bench: Bench, clients: Contract, visits: Contract, nhs_number: Callable[[int], str]
) -> None:
    bench.deliver(visits, VISITS + "\nv2 | A1 | few | 2026-01-01")
    bench.deliver(clients, rows(f"c1 | A1 | {nhs_number(1)} | x | | | e | "))
    part = bench.store.manifest().datasets["visits"].parts["whole"]
    from forethought.data.parts import refused_rows

    with bench.store.writing() as change:
        refused = refused_rows(change, part)
    inside = bench.store.rows(bench.store.history("clients")[-1], ["person_id"])
    assert refused["person_id"].to_list() == inside["person_id"].to_list()


def test_the_same_source_id_of_two_partners_is_two_people(bench: Bench) -> None:
    columns: dict[str, Any] = {
        "record": {"required": True},
        "person": {"semantic": "source_person_id", "identifier": True},
    }
    contract = bench.contract(
        "contacts", columns, partners=["wold", "fen"], delivery="part_per_partner"
    )
    for partner in ("wold", "fen"):
        bench.deliver(contract, "record | person\nr1 | A1", partner=partner)
    first, second = people(bench, "contacts")
    assert first != second


def test_a_reference_follows_the_person_it_refers_to(
    bench: Bench, clients: Contract, nhs_number: Callable[[int], str]
) -> None:
    line = "c1 | A1 | | x | | | e | A2"
    bench.deliver(clients, rows(line))
    bench.deliver(clients, rows(line, f"c2 | A2 | {nhs_number(2)} | x | | | e | "))
    assert people(bench, column="carer_for")[0] == people(bench)[1]


def test_one_address_is_one_household(bench: Bench, clients: Contract) -> None:
    bench.deliver(
        clients,
        rows(
            "c1 | A1 | | x | | 0100 | e | ",
            "c2 | A2 | | x | | 100 | e | ",
            "c3 | A3 | | x | | | e | ",
        ),
    )
    first, second, third = people(bench, column="household_id")
    assert first == second
    assert third is None


def test_join_rates_sum_to_one(
    bench: Bench, clients: Contract, nhs_number: Callable[[int], str]
) -> None:
    bench.deliver(
        clients,
        rows(
            f"c1 | A1 | {nhs_number(1)} | x | | | e | ",
            "c2 | A2 | | x | | | e | ",
            "c3 | | | x | | | e | ",
            "c4 | | | x | | | e | ",
        ),
    )
    join = bench.store.manifest().datasets["clients"].join
    assert (join["nhs_number"], join["source_id"], join["none"]) == (0.25, 0.25, 0.5)
    assert people(bench)[2:] == [None, None]


def test_a_dataset_without_people_has_no_person_id(bench: Bench) -> None:
    contract = bench.contract("staff", {"team": {"required": True}})
    bench.deliver(contract, "team\neast")
    assert bench.read("staff").frame.columns == ["team"]
    assert "none" not in bench.store.manifest().datasets["staff"].join
