from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from forethought.county import TODAY, build_county, write_template
from forethought.county.build import CountySummary
from forethought.county.names import DISTRICTS
from forethought.county.planting import FORMULAS
from forethought.data.checks import check
from forethought.data.contracts import Contract, load_contracts
from forethought.data.deliveries import read_delivery
from forethought.errors import UsageError
from forethought.trust.agreements import load_agreements
from forethought.trust.people import load_people

TINY = 0.001  # one area of each district
COUNCIL = (
    "asc_events", "asc_clients", "asc_work_items", "asc_allocations", "asc_plans", "asc_staff",
    "asc_finance", "therapy_items", "therapy_staff",
)  # fmt: skip
STATISTICS = (
    "population_estimates", "population_projections", "area_lookup", "deprivation",
    "postcode_directory",
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CountySummary, list[str]]:
    """The smallest county, with its summary and what it said while it was built."""
    folder = tmp_path_factory.mktemp("tiny")
    said: list[str] = []
    summary = build_county(folder, scale=TINY, seed=3, progress=said.append)
    return folder, summary, said


@pytest.fixture(scope="session")
def contracts(small_county: Path) -> dict[str, Contract]:
    return load_contracts(small_county / "contracts")


def files(workspace: Path) -> list[Path]:
    return sorted(path for path in (workspace / "inbox").rglob("*") if path.is_file())


def hashes(workspace: Path) -> dict[str, str]:
    return {
        str(path.relative_to(workspace)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("inbox", "geography", "truth")
        for path in sorted((workspace / folder).rglob("*"))
        if path.is_file()
    }


def test_every_dataset_has_its_contract_and_its_files(
    small_county: Path, contracts: dict[str, Contract]
) -> None:
    assert set(contracts) == {*COUNCIL, *STATISTICS, "district_housing"}
    found = {(path.parent.parent.name, path.parent.name) for path in files(small_county)}
    assert found == (
        {("saltmarshire", name) for name in COUNCIL}
        | {("statistics", name) for name in STATISTICS}
        | {(district.partner, "district_housing") for district in DISTRICTS}
    )


def test_contracts_agreements_and_people_agree(contracts: dict[str, Contract]) -> None:
    template = Path(write_template.__globals__["_TEMPLATE"])
    agreements = load_agreements(template / "agreements")
    people = load_people(template)
    assert agreements.problems(contracts) == []
    for contract in contracts.values():
        assert contract.owner in people
        assert contract.steward in people
        for partner in contract.partners:
            for purpose in contract.purposes:
                assert agreements.covering(contract.id, partner, purpose.id), contract.id


@pytest.mark.parametrize(
    "datasets", [("asc_events",), (*COUNCIL[1:], *STATISTICS), ("district_housing",)], ids=str
)
def test_exactly_the_planted_rows_are_refused(
    small_county: Path, contracts: dict[str, Contract], datasets: tuple[str, ...]
) -> None:
    planted = pl.read_parquet(small_county / "truth/planted_errors.parquet")
    messy = [p for p in files(small_county) if p.parent.name in datasets]
    for path in messy:
        dataset, partner = path.parent.name, path.parent.parent.name
        contract = contracts[dataset]
        delivery = read_delivery(path, contract, partner)
        checked = check(delivery, contract, as_of=TODAY)
        name = f"{partner}/{dataset}/{path.name}"
        errors = {rule.id for rule in contract.rules if rule.severity == "error"}
        expected = planted.filter((pl.col("file") == name) & pl.col("rule").is_in(errors))
        if path.name == "tenancies-2025.csv":
            continue  # last year's file is a part of this year's
        if path.name == "rents.csv":
            middle = delivery.rows // 2  # headings stand again half way
            shift = (pl.col("source_row") >= middle + 2).cast(pl.Int64)
            expected = expected.with_columns(pl.col("source_row") + shift)
        assert set(checked.refused["source_row"]) == set(expected["source_row"]), name
        by_row = dict(checked.refused.select("source_row", "rule_ids").iter_rows())
        for row, rule in expected.select("source_row", "rule").iter_rows():
            assert rule in by_row[row], f"{name} row {row}"


def test_errors_are_modest_and_of_many_kinds(
    small_county: Path, contracts: dict[str, Contract]
) -> None:
    planted = pl.read_parquet(small_county / "truth/planted_errors.parquet")
    assert planted["error"].n_unique() >= 12
    for dataset in ("asc_events", "asc_clients", "asc_work_items", "district_housing"):
        rows = sum(
            read_delivery(path, contracts[dataset], path.parent.parent.name).rows
            for path in files(small_county)
            if path.parent.name == dataset
        )
        wrong = planted.filter((pl.col("dataset") == dataset) & (pl.col("rule") != "")).height
        assert 0.005 < wrong / rows < 0.02, dataset
        assert wrong / rows < contracts[dataset].maximum_error_share


def test_districts_write_in_several_ways(small_county: Path) -> None:
    heads = {}
    for path in files(small_county):
        if path.parent.name == "district_housing" and path.suffix == ".csv":
            heads[path.parent.parent.name] = path.read_bytes().splitlines()[0]
    assert len(set(heads.values())) == 4, "and workbooks make a fifth"
    assert b";" in heads["wexlow"]
    changing = (small_county / "inbox/osmerton/district_housing/rents.csv").read_text()
    lines = changing.splitlines()
    assert lines[0].startswith("TEN_REF")
    assert any(line.startswith("tenancy_id") for line in lines[1:])


def test_formula_like_text_stands_in_a_free_text_field(small_county: Path) -> None:
    text = (small_county / "inbox/saltmarshire/asc_events/asc_events.csv").read_text()
    assert any(formula in text for formula in FORMULAS)


def test_canaries_sit_where_identifiers_are_and_nowhere_else(small_county: Path) -> None:
    birds = json.loads((small_county / "truth/canaries.json").read_text())
    assert len(birds) == 10
    numbers = {bird["nhs_number"] for bird in birds}
    events = pl.read_csv(
        small_county / "inbox/saltmarshire/asc_events/asc_events.csv", infer_schema=False
    )
    assert len(numbers & set(events["NHS_Number"])) >= 9
    clients = (small_county / "inbox/saltmarshire/asc_clients/asc_clients.csv").read_text()
    assert sum(bird["last_name"] in clients for bird in birds) >= 9
    assert sum(bird["address_line"] in clients for bird in birds) == 10
    for path in files(small_county):
        if path.parent.name in STATISTICS and path.suffix == ".csv":
            assert not any(bird["last_name"] in path.read_text() for bird in birds)


def test_dates_run_from_april_2016_to_the_last_whole_month(small_county: Path) -> None:
    finance = pl.read_excel(small_county / "inbox/saltmarshire/asc_finance/asc_finance.xlsx")
    months = finance["month"].cast(pl.Date)
    assert (months.min(), months.max()) == (date(2016, 4, 1), date(2026, 10, 1))
    assert months.n_unique() == 127


def test_same_seed_same_bytes(tiny: tuple[Path, CountySummary, list[str]], tmp_path: Path) -> None:
    build_county(tmp_path, scale=TINY, seed=3)
    assert hashes(tmp_path) == hashes(tiny[0])


def test_a_scale_or_seed_out_of_range_is_refused(tmp_path: Path) -> None:
    for scale, seed in ((0.0, 1), (1.5, 1), (0.1, -1)):
        with pytest.raises(UsageError, match="is no"):
            build_county(tmp_path, scale=scale, seed=seed)


def test_the_summary_counts_what_was_built(tiny: tuple[Path, CountySummary, list[str]]) -> None:
    folder, summary, said = tiny
    assert said[0] == "areas"
    assert summary.areas == 12
    assert summary.files == len(files(folder)) == 27
    people = pl.read_parquet(folder / "truth/people.parquet")
    here = people.filter(pl.col("left_on").is_null() & pl.col("died_on").is_null())
    assert summary.residents == pytest.approx(here.height, abs=3)
