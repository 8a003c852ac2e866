# ruff: noqa: S608 (SQL is built from names and rules that the contract's reader vetted)
"""What can be checked, made visible to DuckDB: a frame, a delivery or a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.data.check_keys import Hashes
from forethought.data.check_sql import Source
from forethought.data.contracts import Contract
from forethought.data.deliveries import Delivery, read_delivery
from forethought.data.rules import literal
from forethought.errors import DataError, Problem, did_you_mean

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    References = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to check.

    Args:
        rows: A frame with `source_row`, or the Parquet file that holds them.
        tidy: No text is blank.
    """

    rows: pl.DataFrame | Path
    tidy: bool

    def registered(self, connection: duckdb.DuckDBPyConnection, contract: Contract) -> Source:
        """Let a connection see the rows.

        Raises:
            DataError: Every column of the contract that is missing.
        """
        if isinstance(self.rows, Path):
            relation = f"read_parquet({literal(self.rows)}, file_row_number = true)"
            row = "(file_row_number + 1)"
        else:
            connection.register("delivered", self.rows.to_arrow())
            relation, row = "delivered", "CAST(source_row AS BIGINT)"
        described = connection.sql(f"SELECT * FROM {relation} LIMIT 0")
        types = dict(zip(described.columns, map(str, described.types), strict=True))
        names = _names(contract, list(types))
        found = {name: types[there] for name, there in names.items()}
        return Source(relation, row, names, found, self.tidy)


def rows_of(
    source: pl.DataFrame | Delivery | Path | str, contract: Contract, *, as_of: date
) -> Rows:
    """Rows of a frame, a delivery or a file.

    Raises:
        DataError: The file cannot be read as the contract says.
    """
    if isinstance(source, Path | str):
        path = Path(source)
        if path.suffix == ".parquet" and _has_columns(path, contract):
            return Rows(path, tidy=False)
        source = read_delivery(path, contract, as_of=as_of)
    if isinstance(source, Delivery):
        return Rows(source.frame, tidy=True)
    if "source_row" not in source.columns:
        source = source.with_row_index("source_row", offset=1)
    return Rows(source, tidy=False)


def register_references(
    connection: duckdb.DuckDBPyConnection, contract: Contract, references: References
) -> tuple[str, ...]:
    """Make the values that columns are looked up in known to a connection; the rules served."""
    served = []
    for rule in contract.rules:
        if rule.reference is None or rule.reference[0] not in references:
            continue
        dataset, column = rule.reference
        values = references[dataset].select(value=column).drop_nulls().unique()
        connection.register(f"known_{rule.id}", values.to_arrow())
        served.append(rule.id)
    return tuple(served)


def register_suspects(
    connection: duckdb.DuckDBPyConnection, suspects: Mapping[str, Hashes]
) -> None:
    """Make hashes of keys that may come twice known to a connection."""
    import polars as pl

    for rule, hashes in suspects.items():
        connection.register(f"suspects_{rule}", pl.DataFrame({"h": hashes}).to_arrow())


def _has_columns(path: Path, contract: Contract) -> bool:
    import polars as pl

    try:
        present = set(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        return False
    return all(c.name in present or c.heading in present for c in contract.columns)


def _names(contract: Contract, present: list[str]) -> dict[str, str]:
    """The source's name of each contract column: the column's own, or its heading."""
    names, problems = {}, []
    for column in contract.columns:
        found = next((name for name in (column.name, column.heading) if name in present), None)
        if found is None:
            remedy = did_you_mean(column.name, present)
            problems.append(Problem("The column is missing.", f"field {column.name}", remedy))
        else:
            names[column.name] = found
    if problems:
        count = "1 column is" if len(problems) == 1 else f"{len(problems)} columns are"
        raise DataError(f"{count} missing.", where=contract.id, problems=problems)
    return names
