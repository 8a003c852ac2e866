"""Disclosure control against published examples, and against an attacker who solves for cells."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forethought.data.disclosure import attack, protect, protect_linked, safe_counts
from forethought.data.disclosure_cells import (
    Cells,
    Standing,
    add_table,
    checked,
    layout_of,
    merged,
)
from forethought.data.disclosure_moves import bounds, sum_matrix, webs
from forethought.data.disclosure_search import Demand, Search
from forethought.errors import DataError, UsageError

ALL = "All"
Counts = Mapping[Any, int]
Lines = Mapping[str, Sequence[int]]


def with_totals(cells: Counts, names: Sequence[str]) -> pl.DataFrame:
    """A long table of cells and all their totals."""
    held: dict[tuple[str, ...], int] = {}
    for labels, value in cells.items():
        for way in itertools.product(*((label, ALL) for label in labels)):
            held[way] = held.get(way, 0) + value
    rows = [(*labels, value) for labels, value in held.items()]
    return pl.DataFrame(rows, schema=[*names, "n"], orient="row")


def two_way(lines: Lines, columns: str) -> pl.DataFrame:
    cells = {
        (row, column): value
        for row, values in lines.items()
        for column, value in zip(columns, values, strict=True)
    }
    return with_totals(cells, ["r", "c"])


def keys(table: pl.DataFrame, mark: str) -> set[tuple[Any, ...]]:
    return set(table.filter(pl.col("suppressed") == mark).select("r", "c").iter_rows())


def hide(table: pl.DataFrame, cells: set[tuple[str, str]]) -> pl.DataFrame:
    here = pl.Series([pair in cells for pair in table.select("r", "c").iter_rows()])
    return table.with_columns(pl.when(~here).then(pl.col("n")).alias("n"))


TWO_WAY_TOTALS = {"r": ALL, "c": ALL}
ORACLE_A = two_way(
    {
        "w": (30, 47, 64, 89),
        "x": (90, 124, 5, 31),
        "y": (92, 100, 59, 85),
        "z": (800, 991, 651, 685),
    },
    "abcd",
)
HIDDEN_A = {
    *(("w", column) for column in "abc"),
    *(("x", column) for column in "ac"),
    *(("y", column) for column in "bd"),
    *(("z", column) for column in "bd"),
}


def limits(published: pl.DataFrame, least: float = 1) -> dict[tuple[str, str], tuple[float, ...]]:
    found = attack(published, count="n", by=["r", "c"], totals=TWO_WAY_TOTALS, least=least)
    return {(r, c): (round(low, 6), round(high, 6)) for r, c, low, high in found.iter_rows()}


# Oracle A: sdcTable, test-simpleheuristic.R ---------------------------------------------------
def test_the_attacker_finds_a_cell_that_two_hidden_cells_a_line_do_not_protect() -> None:
    found = limits(hide(ORACLE_A, HIDDEN_A), least=0)
    assert found["w", "b"] == (47, 47)
    assert found["w", "a"] == (25, 94)
    assert found["x", "c"] == (0, 69)
    assert found["z", "b"] == (906, 1091)


def test_one_more_hidden_cell_opens_the_bounds_again() -> None:
    found = limits(hide(ORACLE_A, {*HIDDEN_A, ("x", "b")}), least=0)
    assert found["w", "b"] == (0, 141)


def test_protection_adds_what_the_pattern_of_two_a_line_lacks() -> None:
    pairs = list(ORACLE_A.select("r", "c").iter_rows())
    marked = ORACLE_A.with_columns(pl.Series("secret", [pair in HIDDEN_A for pair in pairs]))
    done = protect(
        marked,
        count="n",
        by=["r", "c"],
        minimum_count=10,
        totals=TWO_WAY_TOTALS,
        sensitive="secret",
    )
    assert keys(done.table, "primary") == HIDDEN_A
    assert len(keys(done.table, "secondary")) == 1
    assert all(high - low >= 5 for low, high in limits(done.table.select("r", "c", "n")).values())


# Oracle B: sdcTable, test-linked-tables.r ----------------------------------------------------
REGIONS = pl.DataFrame({"region": list("ABIJKLMN"), "n": [2, 2, 8, 8, 3, 3, 3, 7]})
COUNTY = {name: "county 1" if name in "ABIJ" else "county 2" for name in "ABIJKLMN"}
SIZE = {name: "big" if name in "LM" else "small" for name in "ABIJKLMN"}


def regions_hidden(groupings: Sequence[Mapping[str, str]]) -> str:
    done = protect(
        REGIONS, count="n", by=["region"], minimum_count=4, groupings={"region": groupings}
    )
    assert done.withheld.is_empty()
    hidden = done.table.filter(pl.col("suppressed").is_not_null())
    return "".join(sorted(hidden["region"]))


def test_two_groupings_are_each_safe_alone_and_need_one_more_cell_together() -> None:
    assert regions_hidden([COUNTY]) == "ABKLM"
    assert regions_hidden([SIZE]) == "ABKLM"
    assert regions_hidden([COUNTY, SIZE]) == "ABKLMN"


# Oracle C: sdcTable, test-protectTable.r, singletons ------------------------------------------
@pytest.mark.parametrize(("least_hidden", "secondary"), [(None, {"b"}), (5, {"b", "all"})])
def test_two_people_alone_protect_nobody(least_hidden: int | None, secondary: set[str]) -> None:
    table = pl.DataFrame({"r": ["a", "b", "c", "d", "all"], "n": [1, 2, 1, 0, 4]})
    done = protect(
        table,
        count="n",
        by=["r"],
        minimum_count=2,
        totals={"r": "all"},
        least_hidden=least_hidden,
    )
    marks = dict(done.table.select("r", "suppressed").iter_rows())
    assert {name for name, mark in marks.items() if mark == "primary"} == {"a", "c"}
    assert {name for name, mark in marks.items() if mark == "secondary"} == secondary
    assert done.table.filter(pl.col("r") == "d")["n"].to_list() == [0]


def test_whoever_is_alone_in_a_cell_cannot_subtract_themselves() -> None:
    table = pl.DataFrame({"r": ["a", "b", "c", "all"], "n": [1, 9, 50, 60]})
    done = protect(table, count="n", by=["r"], minimum_count=10, totals={"r": "all"}).table
    assert done["n"].to_list() == [None, None, None, 60]  # 10 - 1 would tell the 9
    lonelier = pl.DataFrame({"r": ["a", "b", "c", "all"], "n": [2, 8, 50, 60]})
    done = protect(lonelier, count="n", by=["r"], minimum_count=10, totals={"r": "all"}).table
    assert done["n"].to_list() == [None, None, 50, 60]


# Oracle D: sdcTable, test-protectTable.r, the optimum ------------------------------------------
def test_the_cheapest_rectangle_is_the_optimum() -> None:
    table = two_way({"A": (2, 18), "B": (19, 14), "C": (10, 12), "D": (14, 11)}, "fm")
    done = protect(table, count="n", by=["r", "c"], minimum_count=3, totals=TWO_WAY_TOTALS)
    assert keys(done.table, "primary") == {("A", "f")}
    assert keys(done.table, "secondary") == {("A", "m"), ("C", "f"), ("C", "m")}
    assert done.table["n"].count() == 11


# Properties -----------------------------------------------------------------------------------
small_counts = st.one_of(st.integers(0, 3), st.integers(1, 12), st.integers(1, 60))


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    values = draw(st.lists(small_counts, min_size=rows * columns, max_size=rows * columns))
    labels = itertools.product("wxyz"[:rows], "abcd"[:columns])
    return with_totals(dict(zip(labels, values, strict=True)), ["r", "c"])


def protected(table: pl.DataFrame, minimum: int = 10) -> pl.DataFrame:
    by = ["r", "c"]
    return protect(table, count="n", by=by, minimum_count=minimum, totals=TWO_WAY_TOTALS).table


@settings(max_examples=25, deadline=None, derandomize=True)
@given(tables(), st.sampled_from([3, 5, 10]))
def test_no_attacker_bounds_a_hidden_count_exactly_or_narrowly(
    table: pl.DataFrame, minimum: int
) -> None:
    done = protected(table, minimum)
    width = (minimum + 1) // 2
    marks = {(r, c): mark for r, c, _, mark in done.iter_rows()}
    for cell, (low, high) in limits(done.select("r", "c", "n")).items():
        assert high - low >= (width if marks[cell] == "primary" else 1) - 1e-6, cell


@settings(max_examples=15, deadline=None, derandomize=True)
@given(tables())
def test_nobody_alone_in_a_cell_works_out_another_hidden_person(table: pl.DataFrame) -> None:
    done = protected(table).with_columns(truth=table["n"])
    people = done.filter(pl.col("suppressed") == "primary", pl.col("truth") == 1)
    for r, c in people.select("r", "c").head(3).iter_rows():
        own = (pl.col("r") == r) & (pl.col("c") == c)
        known = done.with_columns(n=pl.when(own).then(1).otherwise(pl.col("n")))
        marks = {(a, b): mark for a, b, mark in done.select("r", "c", "suppressed").iter_rows()}
        truth = {(a, b): n for a, b, n in done.select("r", "c", "truth").iter_rows()}
        for cell, (low, high) in limits(known.select("r", "c", "n")).items():
            same_person = truth[cell] == 1 and _nested(cell, (r, c))
            if marks[cell] == "primary" and not same_person:
                assert high - low >= 1 - 1e-6, (cell, (r, c))


def _nested(one: tuple[str, str], other: tuple[str, str]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a in (b, ALL) for a, b in pairs) or all(b in (a, ALL) for a, b in pairs)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(tables(), st.integers(0, 99))
def test_what_is_shown_is_true_and_never_small(table: pl.DataFrame, seed: int) -> None:
    done = protected(table)
    shown = done.filter(pl.col("suppressed").is_null())
    joined = shown.join(table, on=["r", "c"], suffix="_true", how="left")
    assert (joined["n"] == joined["n_true"]).all()
    assert not ((shown["n"] > 0) & (shown["n"] < 10)).any()
    assert done.filter(table["n"] == 0)["n"].null_count() == 0
    again = protected(table.sample(fraction=1, shuffle=True, seed=seed))
    assert again.sort("r", "c").equals(done.sort("r", "c"))


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.lists(small_counts, min_size=12, max_size=12))
def test_a_three_way_table_with_all_its_totals_cannot_be_solved(values: list[int]) -> None:
    labels = itertools.product("wxy", "ab", "pq")
    names = ["r", "c", "s"]
    table = with_totals(dict(zip(labels, values, strict=True)), names)
    totals = dict.fromkeys(names, ALL)
    done = protect(table, count="n", by=names, minimum_count=10, totals=totals).table
    found = attack(done.select(*names, "n"), count="n", by=names, totals=totals)
    narrow = found.join(done, on=names).filter(
        pl.col("upper") - pl.col("lower")
        < pl.when(pl.col("suppressed") == "primary").then(5 - 1e-6).otherwise(1 - 1e-6)
    )
    assert narrow.is_empty()


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(small_counts, min_size=18, max_size=18))
def test_tables_with_a_margin_in_common_do_not_give_each_other_away(values: list[int]) -> None:
    people = {
        (district, group, age): value
        for (district, group, age), value in zip(
            itertools.product("xyz", "gh", ("old", "older", "oldest")), values, strict=True
        )
    }
    whole = with_totals(people, ["district", "group", "age"])
    by_group = whole.filter(pl.col("age") == ALL).drop("age")
    by_age = whole.filter(pl.col("group") == ALL).drop("group")
    totals = {"district": ALL, "group": ALL, "age": ALL}
    both = {"group": by_group, "age": by_age}
    by = {"group": ["district", "group"], "age": ["district", "age"]}
    done = protect_linked(both, count="n", by=by, minimum_count=10, totals=totals)
    cells = Cells()
    for name, result in done.items():
        own = dict.fromkeys(by[name], ALL)
        layout = layout_of(result.table, by[name], own, {})
        assert add_table(cells, result.table, "n", layout) == []
    known = np.asarray(cells.values)
    hidden = np.isnan(known)
    low, high = bounds(sum_matrix(cells), np.nan_to_num(known), hidden, np.ones(known.size))
    assert (high - low >= 1 - 1e-6).all()
    margins = [
        result.table.filter(pl.col(column) == ALL).select("district", "n").sort("district")
        for column, result in done.items()
    ]
    assert margins[0].equals(margins[1])


def test_totals_that_readers_know_from_elsewhere_are_withheld_where_they_tell() -> None:
    table = pl.DataFrame({"r": ["x", "x", "y", "y"], "c": list("abab"), "n": [4, 0, 30, 40]})
    done = protect(table, count="n", by=["r", "c"], minimum_count=10)
    withheld = {(r, c) for c, r in done.withheld.select("c", "r").iter_rows()}
    assert ("x", None) in withheld  # it is the 4 itself: the other cell of x shows 0
    full = with_totals({(r, c): n for r, c, n in table.iter_rows()}, ["r", "c"])
    hidden = {(r or ALL, c or ALL) for r, c in withheld} | {
        (r, c) for r, c, n, _ in done.table.iter_rows() if n is None
    }
    for low, high in limits(hide(full, hidden)).values():
        assert high - low >= 1


def test_columns_without_totals_make_tables_of_their_own() -> None:
    months = pl.DataFrame({"month": [1, 1, 2, 2], "r": list("abab"), "n": [5, 50, 60, 70]})
    done = protect(months, count="n", by=["month", "r"], minimum_count=10, totals=["r"])
    assert done.table["n"].to_list() == [None, None, 60, 70]


def test_without_totals_small_counts_alone_are_hidden() -> None:
    table = pl.DataFrame({"r": list("abc"), "n": [0, 9, 10]})
    done = protect(table, count="n", by=["r"], minimum_count=10, totals=())
    assert done.table["n"].to_list() == [0, None, 10]
    assert done.headline() == ("1 of 3 counts are hidden: 1 below 10 and 0 that would tell them.")


def test_other_measures_are_emptied_with_the_count() -> None:
    table = pl.DataFrame({"r": list("ab"), "n": [3, 20], "cost_gbp": [900.0, 8000.0]})
    done = protect(table, count="n", by=["r"], minimum_count=10, totals=(), also=["cost_gbp"])
    assert done.table["cost_gbp"].to_list() == [None, 8000.0]


def test_rounding_makes_nothing_but_zero_zero() -> None:
    table = pl.DataFrame({"r": list("abcd"), "n": [0, 2, 12, 13]})
    done = protect(table, count="n", by=["r"], minimum_count=2, totals=(), round_to=5)
    assert done.table["n"].to_list() == [0, 5, 10, 15]


def test_every_count_that_cannot_be_protected_is_named_at_once() -> None:
    table = pl.DataFrame({"r": ["a", "a", "b", ALL], "n": [4, 4, 7, 99]})
    with pytest.raises(DataError) as error:
        protect(table, count="n", by=["r"], minimum_count=10, totals={"r": ALL})
    assert "Two rows name the same cell" in str(error.value)
    assert "The total is not the sum of its parts" in str(error.value)


@pytest.mark.parametrize("bad", [[-1, 2], [None, 2]])
def test_missing_and_negative_counts_are_refused(bad: list[int | None]) -> None:
    with pytest.raises(DataError, match="missing, negative"):
        protect(pl.DataFrame({"r": ["a", "b"], "n": bad}), count="n", by=["r"], minimum_count=5)


def test_a_minimum_below_one_has_no_meaning() -> None:
    with pytest.raises(UsageError):
        safe_counts(pl.DataFrame({"n": [1]}), count="n", minimum_count=0)


def test_safe_counts_hide_small_counts_of_a_series_and_keep_gaps() -> None:
    series = pl.DataFrame({"ds": [1, 2, 3, 4], "y": [0.0, 9.5, None, 10.0], "rate": [0, 1, 2, 3]})
    safe = safe_counts(series, count="y", minimum_count=10, also=["rate"])
    assert safe["y"].to_list() == [0.0, None, None, 10.0]
    assert safe["rate"].to_list() == [0, None, 2, 3]
    assert safe["suppressed"].to_list() == [False, True, False, False]


def test_a_published_table_that_contradicts_itself_is_told() -> None:
    table = pl.DataFrame({"r": ["a", "b", ALL], "n": [4, 5, 10]})
    with pytest.raises(DataError, match="contradicts itself"):
        attack(table, count="n", by=["r"], totals={"r": ALL})


@pytest.mark.parametrize("seed", range(8))
def test_every_hidden_count_has_its_proof_however_little_is_asked_for_the_small_ones(
    seed: int,
) -> None:
    """A cell that is hidden for another's sake is proven to be open by one person at least."""
    draw = np.random.default_rng(seed)
    rows = [
        (f"a{a}", f"b{b}", int(draw.poisson(draw.choice([2, 30]))))
        for a in range(3)
        for b in range(3)
    ]
    table = pl.DataFrame(rows, schema=["a", "b", "n"], orient="row")
    checked_rows = checked(table, "n", ["a", "b"])
    cells = Cells()
    assert add_table(cells, checked_rows, "n", layout_of(checked_rows, ["a", "b"], None, {})) == []
    cells = merged(cells)
    values = np.asarray(cells.values)
    primary = (values > 0) & (values < 5) & (np.asarray(cells.standing) != Standing.UNSEEN)
    for _, web in webs(cells, primary):
        search = Search(web, Demand(width=0.5, hidden=0.0))
        hidden = search.run()
        assert hidden.any()
        assert ((search.above + search.below)[hidden & ~web.primary] >= 1 - 1e-6).all()
