# ruff: noqa: S608 (SQL is built from names and rules that the contract's reader vetted)
"""Check rows against a contract in one DuckDB pass: good rows and bad rows both come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.data.check_keys import suspects
from forethought.data.check_sources import (
    Rows,
    register_references,
    register_suspects,
    rows_of,
)
from forethought.data.check_sql import Query, compiled, typed_step
from forethought.data.contracts import Contract, load_contract
from forethought.data.deliveries import Delivery
from forethought.data.quality import Quality, quality_of, share_words
from forethought.data.rules import quoted
from forethought.errors import DataError, Problem

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from forethought.data.check_sources import References


@dataclass(frozen=True, eq=False)
class Checked:
    """What a check found. Rows are fetched when first asked for.

    Args:
        contract: The contract.
        rows: Rows checked.
        refused_rows: Rows that fail some `error` rule.
        failing: Failing rows by rule; a rule that could not be evaluated is absent.
        quality: Scores by dimension.
        run: How the rows are fetched.
    """

    contract: Contract
    rows: int
    refused_rows: int
    failing: Mapping[str, int]
    quality: Quality
    run: Run = field(repr=False)

    @property
    def accepted_rows(self) -> int:
        """Rows that fail no `error` rule."""
        return self.rows - self.refused_rows

    @property
    def error_share(self) -> float:
        """Share of the rows that are refused, 0-1."""
        return self.refused_rows / self.rows if self.rows else 0.0

    @property
    def is_refused_whole(self) -> bool:
        """More rows fail than the contract allows."""
        return self.error_share > self.contract.maximum_error_share

    @cached_property
    def accepted(self) -> pl.DataFrame:
        """Rows that pass, in the contract's types, identifiers included, with `source_row`."""
        return self.run.accepted()

    @cached_property
    def refused(self) -> pl.DataFrame:
        """Rows that fail, as text, with `source_row` and `rule_ids` (the `error` rules failed)."""
        return self.run.refused()

    @property
    def rule_counts(self) -> pl.DataFrame:
        """One row a rule: rule, dimension, severity, columns, failing, share, description.

        `failing` and `share` (0-1) are null where a rule had no reference to look into.
        """
        import polars as pl

        counts = [
            {
                "rule": rule.id,
                "dimension": rule.dimension,
                "severity": rule.severity,
                "columns": list(rule.columns),
                "failing": self.failing.get(rule.id),
                "share": self.failing[rule.id] / max(self.rows, 1)
                if rule.id in self.failing
                else None,
                "description": rule.description,
            }
            for rule in self.contract.rules
        ]
        return pl.DataFrame(
            counts,
            schema={
                "rule": pl.String,
                "dimension": pl.String,
                "severity": pl.String,
                "columns": pl.List(pl.String),
                "failing": pl.Int64,
                "share": pl.Float64,
                "description": pl.String,
            },
        )

    def reasons(self, n: int = 10) -> tuple[str, ...]:
        """The commonest reasons for refusing rows, in words."""
        failed = [
            (self.failing.get(rule.id, 0), rule)
            for rule in self.contract.rules
            if rule.severity == "error"
        ]
        ordered = sorted((pair for pair in failed if pair[0]), key=lambda p: (-p[0], p[1].id))
        return tuple(
            f"{rule.id}: {rule.description.rstrip('.')}; not so in {count:,} of {self.rows:,} rows"
            f" ({share_words(count, self.rows)})."
            for count, rule in ordered[:n]
        )


def check(
    source: pl.DataFrame | Delivery | Path | str,
    contract: Contract | Path | str,
    *,
    as_of: date | None = None,
    references: References | None = None,
) -> Checked:
    """Check rows against a contract.

    Args:
        source: A frame with the contract's columns (any types), a delivery, or a file.
        contract: The contract or its file.
        as_of: Day of the check, for rules on dates and for timeliness; today if not given.
        references: Frames by dataset name, for rules on accuracy.

    Raises:
        DataError: A column is missing, the file cannot be read, a rule cannot be computed.
        SpecificationError: The contract is wrong.
    """
    if not isinstance(contract, Contract):
        contract = load_contract(contract)
    day = as_of or datetime.now().astimezone().date()
    return Run(rows_of(source, contract, as_of=day), contract, day, references or {}).counted()


@dataclass(frozen=True, eq=False)
class Run:
    """One source under one contract, ready to be queried.

    Args:
        rows: The rows.
        contract: The contract.
        as_of: Day of the check.
        references: Frames by dataset name.
    """

    rows: Rows
    contract: Contract
    as_of: date
    references: References

    def counted(self) -> Checked:
        """Counts of every rule, and the quality."""
        contract = self.contract
        watched = [c.name for c in contract.columns if c.required or contract.is_critical[c.name]]
        newest = contract.timeliness_column
        with self._opened() as (connection, query):
            asked = ["count(*)", f"count(*) FILTER (WHERE {query.refused})"]
            asked.append(f"max({quoted(newest)})" if newest else "NULL")
            asked += [f"count({quoted(name + ' given')})" for name in watched]
            asked += [f"count(*) FILTER (WHERE {flag})" for flag in query.flags.values()]
            sql = f"{query.common} SELECT {', '.join(asked)} FROM judged"
            rows, refused, latest, *counts = connection.sql(sql).fetchall()[0]
        filled = dict(zip(watched, counts, strict=False))
        failing = dict(zip(query.flags, counts[len(watched) :], strict=True))
        quality = quality_of(
            contract,
            rows=rows,
            failing=failing,
            filled=filled,
            newest=latest.date() if isinstance(latest, datetime) else latest,
            as_of=self.as_of,
        )
        return Checked(contract, rows, refused, failing, quality, self)

    def accepted(self) -> pl.DataFrame:
        """Rows that pass, typed."""
        columns = ", ".join(quoted(column.name) for column in self.contract.columns)
        with self._opened() as (connection, query):
            return _fetched(connection, query, columns, f"NOT ({query.refused})")

    def refused(self) -> pl.DataFrame:
        """Rows that fail, as text, with the ids of the rules.

        Rules come as bit masks: few patterns of failure exist, so each is spelt out once.
        """
        import polars as pl

        columns = ", ".join(
            f"CAST({quoted(c.name + ' given')} AS VARCHAR) AS {quoted(c.name)}"
            for c in self.contract.columns
        )
        with self._opened() as (connection, query):
            names = [f"mask {number}" for number in range(len(query.masks))]
            masks = [
                f"{sql} AS {quoted(name)}" for sql, name in zip(query.masks, names, strict=True)
            ]
            rows = _fetched(connection, query, ", ".join([columns, *masks]), query.refused)
        patterns = rows.select(names).unique() if names else pl.DataFrame()
        ids = [query.rules_in(pattern) for pattern in patterns.rows()]
        spelt = patterns.with_columns(rule_ids=pl.Series(ids, dtype=pl.List(pl.String)))
        if not names:
            return rows.with_columns(rule_ids=pl.lit([], dtype=pl.List(pl.String)))
        return rows.join(spelt, on=names, how="left", maintain_order="left").drop(names)

    @cached_property
    def _prepared(self) -> tuple[duckdb.DuckDBPyConnection, str]:
        """A connection in memory that sees the rows, and the clause that gives them types."""
        import duckdb

        connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "temp_directory": "",  # rows with identifiers never spill to a disk in the clear
            }
        )
        source = self.rows.registered(connection, self.contract)
        return connection, typed_step(self.contract, source, self.as_of)

    @cached_property
    def _query(self) -> Query:
        """The compiled contract; keys are looked through once."""
        connection, typed = self._prepared
        served = register_references(connection, self.contract, self.references)
        found = suspects(connection, self.contract, typed)
        register_suspects(connection, found)
        return compiled(self.contract, typed, references=served, suspects=found.keys())

    @contextmanager
    def _opened(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Query]]:
        """Connection and query; errors never show a value."""
        import duckdb

        connection, typed = self._prepared
        try:
            yield connection, self._query
        except duckdb.Error:
            raise self._uncomputable(connection, typed) from None

    def _uncomputable(self, connection: duckdb.DuckDBPyConnection, typed: str) -> DataError:
        """The error for rules that DuckDB cannot compute on these rows, naming them."""
        import duckdb

        problems = []
        for rule in self.contract.rules:
            if rule.kind != "row":
                continue
            try:
                connection.sql(
                    f"{typed} SELECT count(*) FILTER (WHERE {rule.sql}) FROM typed"
                ).fetchall()
            except duckdb.Error:
                problems.append(Problem("It fails on some value.", f"rule {rule.id}"))
        if not problems:
            return DataError(
                "The rows cannot be checked.",
                where=self.contract.path.name,
                remedy="Look at the types of the file's columns; report it if they are plain.",
            )
        return DataError(
            "Rules cannot be computed on these rows.",
            where=self.contract.path.name,
            remedy="Use TRY_CAST, and guard the cases that the expression cannot take.",
            problems=problems,
        )


def _fetched(
    connection: duckdb.DuckDBPyConnection, query: Query, columns: str, condition: str
) -> pl.DataFrame:
    import polars as pl

    order = "" if query.keeps_order else " ORDER BY source_row"
    found = connection.sql(
        f"{query.common} SELECT {columns}, source_row FROM judged WHERE {condition}{order}"
    )
    return pl.DataFrame(found.to_arrow_table())
