"""The whole path on real public files that nobody prepared."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import forethought as ft
from forethought.data.contracts import load_contract
from forethought.insights.blocks import Map, Table
from forethought.insights.programme import spec_of
from forethought.insights.registry import kind_of
from forethought.testing.insights import problems_of_blocks
from forethought.workspace import check_workspace, open_workspace
from forethought.workspace.making import settle
from forethought.workspace.wiring import Wiring

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "public-figures"
SCOTLAND = "scotland_delayed_discharge_council_monthly_2016_2023.csv.gz"
REAL_DISTRICTS = "geography/essex_lad24.geojson.gz"
ENGLAND = "nhs_england_ae_monthly_2016_2019.csv.gz"
FEW_KEYS = {
    "delayed-discharges": "ltla_code: [S12000005, S12000006, S12000036]",
    "ae-attendances": "org_code: [RQ8, RDD, RDE]",
}

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def workspace(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's workspace with both files loaded, straight from the publishers' form."""
    folder = tmp_path_factory.mktemp("public") / "figures"
    shutil.copytree(EXAMPLE, folder)
    for insight, few in FEW_KEYS.items():  # a handful of series: the tests must stay short
        path = folder / "insights" / f"{insight}.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("    where: {", f"    where: {{{few}, "), encoding="utf-8")
    settle(Wiring(folder))
    ws = open_workspace(folder, person="steward")
    forecasts = shared_data / "forecast"
    reports = [
        *ws.ingest([forecasts / SCOTLAND], dataset="delayed_discharges"),
        *ws.ingest([forecasts / ENGLAND], dataset="ae_attendances"),
    ]
    assert [report.status for report in reports] == ["new version", "new version"]
    return folder


@pytest.mark.parametrize("name", [SCOTLAND, ENGLAND])
def test_a_contract_is_drafted_from_the_file_and_can_be_read(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name.partition('.')[0]}.yaml"
    path.write_text(ft.data.draft_contract(shared_data / "forecast" / name), encoding="utf-8")
    contract = load_contract(path)
    frame = pl.read_csv(shared_data / "forecast" / name, n_rows=1)
    assert [column.name for column in contract.columns] == frame.columns
    assert {column.type for column in contract.columns} >= {"date", "string"}


def test_the_workspace_is_in_order() -> None:
    assert check_workspace(EXAMPLE).contracts == 2


def test_the_faults_that_the_publisher_names_are_stated(workspace: Path) -> None:
    version = open_workspace(workspace).wiring.store.manifest().datasets["delayed_discharges"]
    counts = {str(rule["rule"]): int(rule["failing"]) for rule in version.rule_counts}
    assert counts["council_known"] == 1_350
    assert counts["part_not_total"] == 22_140
    assert (version.rows, version.quarantined) == (45_900, 0)


def test_bed_days_are_forecast_beside_simpler_methods(workspace: Path) -> None:
    ws = open_workspace(workspace, person="analyst")
    receipt = ws.run("delayed-discharges").receipt
    assert all(check.passed for check in receipt.checks), receipt.checks
    blocks = list(ws.page(receipt.run_id, {}).blocks)
    accuracy = next(b for b in blocks if isinstance(b, Table) and "accuracy" in b.name)
    models = {row[0] for row in accuracy.rows}
    assert len(models) >= 3
    assert models >= {"AutoETS", "The same month a year earlier"}


def test_attendances_are_forecast_up_to_the_last_month_known(workspace: Path) -> None:
    ws = open_workspace(workspace, person="analyst")
    receipt = ws.run("ae-attendances", date(2019, 3, 31)).receipt
    failed = {check.name for check in receipt.checks if not check.passed}
    assert failed <= {"Earlier forecasts"}  # 36 months leave few earlier forecasts to judge by
    blocks = list(ws.page(receipt.run_id, {}).blocks)
    assert [p for p in problems_of_blocks(blocks, 1) if "no SVG" not in p] == []


def test_real_boundaries_take_the_place_of_the_countys(shared_data: Path, demo_copy: Path) -> None:
    with gzip.open(shared_data / REAL_DISTRICTS, "rt", encoding="utf-8") as text:
        districts = [
            feature
            for feature in json.load(text)["features"]
            if feature["properties"]["ltla24_code"].startswith("E07")
        ]
    for feature, code in zip(districts, _county_codes(demo_copy), strict=True):
        feature["properties"]["council_code"] = code
    real = demo_copy / "real.geojson"
    real.write_text(json.dumps({"type": "FeatureCollection", "features": districts}))
    ours = _map(demo_copy)
    with (demo_copy / "forethought.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            '\n[place.boundaries.district]\nfile = "real.geojson"\ncode = "council_code"\n'
            'name = "ltla24_name"\n'
        )
    theirs = _map(demo_copy)
    assert theirs.wide != ours.wide
    assert theirs.alt == ours.alt  # the same figures under other shapes


def _county_codes(folder: Path) -> list[str]:
    with gzip.open(folder / "geography" / "district.geojson.gz", "rt", encoding="utf-8") as text:
        return [f["properties"]["district_code"] for f in json.load(text)["features"]]


def _map(folder: Path) -> Map:
    ws = open_workspace(folder, person="sam.okoro")
    receipt = ws.receipt("demand")
    spec = spec_of(receipt)
    day = date.fromisoformat(receipt.as_of)
    context = ws.programme.context(spec, day, receipt.minimum_count, receipt.upstream)
    result = ws.programme.result(receipt.run_id)
    blocks = kind_of(spec.kind).publish(result, spec, context, {})
    return next(block for block in blocks if isinstance(block, Map))
