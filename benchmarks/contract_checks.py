"""Contract checks: 10 million rows, 8 rules, Parquet read included; peers on the same rows.

`--quick` takes 1 million rows and one repeat. The rules: unique key, two regular expressions, a
range, a code list, a required column, a date range, and a date order.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

LSOA = "E01[0-9]{6}"
POSTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"
KINDS = ("Request", "Assessment", "Service", "Review")
FIRST, LAST = date(2015, 1, 1), date(2026, 12, 31)
PANDERA_ROWS = 2_000_000  # with half of the rows failing, more needs more memory than most have
SHARES = {"few fail": 1000, "half fail": 2}

CONTRACT = f"""
apiVersion: v3.1.0
kind: DataContract
id: events
version: 1.0.0
status: active
description: {{purpose: Benchmark}}
team: {{members: [{{username: owner, role: owner}}, {{username: steward, role: steward}}]}}
schema:
  - name: events
    properties:
      - {{name: event_reference, logicalType: integer}}
      - {{name: lsoa21, logicalType: string, logicalTypeOptions: {{pattern: "{LSOA}"}}}}
      - {{name: postcode, logicalType: string, logicalTypeOptions: {{pattern: "{POSTCODE}"}}}}
      - name: event_type
        logicalType: string
        enum: [{{value: Request}}, {{value: Assessment}}, {{value: Service}}, {{value: Review}}]
      - {{name: unit_cost, logicalType: number, logicalTypeOptions: {{minimum: 0, maximum: 1000}}}}
      - name: started_on
        logicalType: date
        logicalTypeOptions: {{minimum: "{FIRST}", maximum: "{LAST}"}}
      - {{name: ended_on, logicalType: date}}
      - {{name: team, logicalType: string, required: true}}
    quality:
      - {{id: ends_after_start, type: sql, query: "ended_on >= started_on"}}
slaProperties: [{{property: retention, value: 8, unit: y}}]
customProperties:
  - property: forethought
    value:
      partner: benchmark
      key: [event_reference]
      sensitivity: 1
      minimum_count: 1
      maximum_error_share: 1.0
      purposes: [{{id: benchmark, name: Benchmark, article6: not_personal}}]
"""

ROWS = """
COPY (
  SELECT i AS event_reference,
    CASE WHEN bad AND i % 5 = 0 THEN 'e01x'
      ELSE 'E01' || lpad((hash(i + 1) % 33000)::VARCHAR, 6, '0') END AS lsoa21,
    CASE WHEN bad AND i % 5 = 1 THEN 'nowhere'
      ELSE ['CM', 'SS', 'CO', 'RM'][1 + (hash(i + 2) % 4)::INT] || (1 + hash(i + 3) % 20) || ' '
        || (hash(i + 4) % 10) || ['AB', 'DE', 'LN', 'XY'][1 + (hash(i + 5) % 4)::INT]
      END AS postcode,
    CASE WHEN bad AND i % 5 = 2 THEN 'Other'
      ELSE ['Request', 'Assessment', 'Service', 'Review'][1 + (hash(i + 6) % 4)::INT]
      END AS event_type,
    CASE WHEN bad AND i % 5 = 3 THEN -1.0 ELSE (hash(i + 7) % 100000) / 100.0 END AS unit_cost,
    DATE '2015-01-01' + (hash(i + 8) % 3000)::INT AS started_on,
    DATE '2015-01-01' + (hash(i + 8) % 3000)::INT
      + CASE WHEN bad AND i % 5 = 4 THEN -1 ELSE (hash(i + 10) % 300)::INT END AS ended_on,
    CASE WHEN hash(i + 11) % 2000 = 0 THEN NULL ELSE 'T' || (hash(i + 12) % 40) END AS team
  FROM (SELECT range AS i, hash(range + 9) % {every} = 0 AS bad FROM range({rows}))
) TO '{path}' (FORMAT parquet)
"""


def write_rows(path: Path, rows: int, every: int) -> None:
    """Rows of which one in `every` breaks one rule, and one in 2,000 lacks its team."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(ROWS.format(every=every, rows=rows, path=path))


def ours(path: Path, folder: Path) -> tuple[dict[str, int], Callable[[], int]]:
    """Failing rows by rule; a call that fetches what goes to quarantine."""
    from forethought.data import check, load_contract

    contract = load_contract(folder / "events.yaml")
    checked = check(path, contract, as_of=LAST)
    names = {
        "event_reference": "key_unique",
        "lsoa21": "lsoa21_pattern",
        "postcode": "postcode_pattern",
        "event_type": "event_type_codes",
        "unit_cost": "unit_cost_range",
        "started_on": "started_on_range",
        "team": "team_required",
        "ended_on": "ends_after_start",
    }
    failing = {column: checked.failing[rule] for column, rule in names.items()}

    def quarantine() -> int:
        checked.refused.write_parquet(folder / "quarantine.parquet")
        return checked.refused.height

    return failing, quarantine


def with_dataframely(path: Path, folder: Path) -> tuple[dict[str, int], Callable[[], int]]:
    """The same by dataframely's `filter`."""
    import dataframely as dy
    import polars as pl

    class Events(dy.Schema):
        event_reference = dy.Int64(primary_key=True)
        lsoa21 = dy.String(nullable=True, regex=f"^{LSOA}$")
        postcode = dy.String(nullable=True, regex=f"^{POSTCODE}$")
        event_type = dy.String(nullable=True, check=lambda c: c.is_in(KINDS))
        unit_cost = dy.Float64(nullable=True, min=0, max=1000)
        started_on = dy.Date(nullable=True, min=FIRST, max=LAST)
        ended_on = dy.Date(nullable=True)
        team = dy.String(nullable=False)

        @dy.rule()
        def ends_after_start(cls) -> pl.Expr:  # noqa: N805 (the library's form)
            return pl.col("ended_on") >= pl.col("started_on")

    _, failure = Events.filter(pl.read_parquet(path))
    counts = failure.counts()
    failing: dict[str, int] = {}
    for rule, count in counts.items():
        column = {"primary_key": "event_reference", "ends_after_start": "ended_on"}.get(
            rule, rule.split("|")[0]
        )
        failing[column] = failing.get(column, 0) + count

    def quarantine() -> int:
        rows = failure.details()
        rows.write_parquet(folder / "quarantine.parquet")
        return int(rows.height)

    return failing, quarantine


def with_pandera(path: Path, folder: Path) -> tuple[dict[str, int], Callable[[], int]]:
    """The same by Pandera on polars, all failures collected."""
    import pandera.polars as pa
    import polars as pl
    from pandera.errors import SchemaErrors

    def ordered(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("ended_on") >= pl.col("started_on"))

    schema = pa.DataFrameSchema(
        {
            "event_reference": pa.Column(pl.Int64, unique=True),
            "lsoa21": pa.Column(pl.String, pa.Check.str_matches(f"^{LSOA}$"), nullable=True),
            "postcode": pa.Column(pl.String, pa.Check.str_matches(f"^{POSTCODE}$"), nullable=True),
            "event_type": pa.Column(pl.String, pa.Check.isin(KINDS), nullable=True),
            "unit_cost": pa.Column(pl.Float64, pa.Check.in_range(0, 1000), nullable=True),
            "started_on": pa.Column(pl.Date, pa.Check.in_range(FIRST, LAST), nullable=True),
            "ended_on": pa.Column(pl.Date, nullable=True),
            "team": pa.Column(pl.String, nullable=False),
        },
        checks=pa.Check(ordered, name="ends_after_start"),
    )
    cases = pl.DataFrame()
    failing = dict.fromkeys(("event_reference", "lsoa21", "postcode", "event_type"), 0)
    failing |= dict.fromkeys(("unit_cost", "started_on", "ended_on", "team"), 0)
    try:
        schema.validate(pl.read_parquet(path), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        counts = cases.group_by("column", "check").len()
        for column, rule, count in counts.rows():
            name = "ended_on" if rule == "ends_after_start" else column
            failing[name] = failing.get(name, 0) + count

    def quarantine() -> int:
        cases.write_parquet(folder / "quarantine.parquet")
        return cases.height

    return failing, quarantine


CONTENDERS = {"ours": ours, "dataframely": with_dataframely, "pandera": with_pandera}


def measured(task: tuple[str, str, str, int]) -> dict[str, Any]:
    """One contender on one file, in a process of its own."""
    name, path, folder, repeats = task
    run = CONTENDERS[name]
    started = time.perf_counter()
    run(Path(folder) / "warm-up.parquet", Path(folder))
    first = time.perf_counter() - started
    walls, cpus = [], []
    failing: dict[str, int] = {}
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        failing, quarantine = run(Path(path), Path(folder))
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall = time.perf_counter()
    quarantined = quarantine()
    return {
        "wall_s": round(statistics.median(walls), 3),
        "cpu_s": round(statistics.median(cpus), 3),
        "walls_s": [round(value, 3) for value in walls],
        "import_and_first_1000_rows_s": round(first, 3),
        "peak_mib": round(peak),
        "quarantine_s": round(time.perf_counter() - wall, 3),
        "quarantine_rows": quarantined,
        "failing": failing,
    }


def in_own_process(task: tuple[str, str, str, int]) -> dict[str, Any]:
    """A fresh process for each contender and file: peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (task,))


def compared(folder: Path, rows: int, repeats: int) -> dict[str, Any]:
    """Every contender on both files, and whether all found the same failures."""
    (folder / "events.yaml").write_text(CONTRACT)
    write_rows(folder / "warm-up.parquet", 1000, 2)
    results: dict[str, dict[str, Any]] = {name: {} for name in CONTENDERS}
    agree = True
    for share, every in SHARES.items():
        path = folder / f"{share.replace(' ', '-')}.parquet"
        write_rows(path, rows, every)
        small = folder / "smaller.parquet"
        write_rows(small, min(rows, PANDERA_ROWS), every)
        for name in CONTENDERS:
            smaller = name == "pandera" and every == SHARES["half fail"] and rows > PANDERA_ROWS
            task = (name, str(small if smaller else path), str(folder), 1 if smaller else repeats)
            found = in_own_process(task)
            failing = {k: v for k, v in found.pop("failing").items() if v}
            found["rows"] = PANDERA_ROWS if smaller else rows
            results[name][share] = found
            print(f"{name}, {share}: {found['wall_s']} s, {failing}", file=sys.stderr)
            if name == "ours":
                expected = failing
            elif not smaller and failing != expected:
                agree = False
    return {"results": results, "agree": agree}


def report(rows: int, found: dict[str, Any]) -> dict[str, Any]:
    """The one JSON object of a benchmark."""
    results = found["results"]
    mine = results["ours"]
    per_row = {
        name: {
            share: round(
                (of[share]["wall_s"] / of[share]["rows"])
                / (mine[share]["wall_s"] / mine[share]["rows"]),
                2,
            )
            for share in SHARES
        }
        for name, of in results.items()
        if name != "ours"
    }
    names = ("forethought", "duckdb", "polars", "dataframely", "pandera")
    return {
        "name": "contract-checks",
        "work": {"rows": rows, "rules": 8, "read": "Parquet", "shares": list(SHARES)},
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.processor() or platform.machine(),
            "python": platform.python_version(),
            "load_before": [round(value, 2) for value in os.getloadavg()],
            "versions": {name: version(name) for name in names},
        },
        "ours": mine,
        "peers": {name: of for name, of in results.items() if name != "ours"},
        "ratio": {
            "half_over_few": round(mine["half fail"]["wall_s"] / mine["few fail"]["wall_s"], 2),
            "peer_time_over_ours_per_row": per_row,
        },
        "accuracy": {"all_found_the_same_failures": found["agree"]},
    }


def main() -> None:
    """Run the benchmark and print its JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1 million rows, one repeat")
    quick = parser.parse_args().quick
    rows, repeats = (1_000_000, 1) if quick else (10_000_000, 5)
    load = os.getloadavg()
    with tempfile.TemporaryDirectory() as folder:
        found = compared(Path(folder), rows, repeats)
    result = report(rows, found)
    result["machine"]["load_before"] = [round(value, 2) for value in load]
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
