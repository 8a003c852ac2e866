"""Check rows against a contract in one DuckDB pass: good rows and bad rows both come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.data.check_sql import Query, Source, compiled
from forethought.data.contracts import Contract, load_contract
from forethought.data.deliveries import Delivery, read_delivery
from forethought.data.quality import Quality, quality_of, share_words
from forethought.data.rules import literal, quoted
from forethought.errors import DataError, Problem, did_you_mean

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    References = Mapping[str, pl.DataFrame]


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
    run = Run(source, contract, day, references or {})
    return run.counted()


class Run:
    """One source under one contract, ready to be queried.

    Args:
        source: Frame, delivery or file.
        contract: The contract.
        as_of: Day of the check.
        references: Frames by dataset name.
    """

    def __init__(
        self,
        source: pl.DataFrame | Delivery | Path | str,
        contract: Contract,
        as_of: date,
        references: References,
    ) -> None:
        self.contract = contract
        self.as_of = as_of
        self.references = references
        self.parquet: Path | None = None
        self.frame: pl.DataFrame | None = None
        self.tidy = False
        if isinstance(source, Path | str):
            path = Path(source)
            if path.suffix == ".parquet" and _has_columns(path, contract):
                self.parquet = path
            else:
                source = read_delivery(path, contract)
        if isinstance(source, Delivery):
            self.frame, self.tidy = source.frame, True
        elif not isinstance(source, Path | str):
            self.frame = source

    def connect(self) -> tuple[duckdb.DuckDBPyConnection, Query]:
        """A connection in memory that sees the rows, and the compiled query."""
        import duckdb

        connection = duckdb.connect(
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        if self.parquet is not None:
            relation = f"read_parquet({literal(self.parquet)}, file_row_number = true)"
            row = "file_row_number + 1"
        else:
            frame = self.frame
            assert frame is not None
            if "source_row" not in frame.columns:
                frame = frame.with_row_index("source_row", offset=1)
            connection.register("delivered", frame.to_arrow())
            relation, row = "delivered", "CAST(source_row AS BIGINT)"
        described = connection.sql(f"SELECT * FROM {relation} LIMIT 0")
        types = dict(zip(described.columns, map(str, described.types), strict=True))
        names = _names(self.contract, list(types))
        source = Source(
            relation, row, names, {name: types[names[name]] for name in names}, self.tidy
        )
        at_hand = self._register_references(connection)
        return connection, compiled(self.contract, source, as_of=self.as_of, references=at_hand)

    def _register_references(self, connection: duckdb.DuckDBPyConnection) -> list[str]:
        at_hand = []
        for rule in self.contract.rules:
            if rule.reference is None or rule.reference[0] not in self.references:
                continue
            dataset, column = rule.reference
            values = self.references[dataset].select(value=column).drop_nulls().unique()
            connection.register(f"known_{rule.id}", values.to_arrow())
            at_hand.append(rule.id)
        return at_hand

    def counted(self) -> Checked:
        """Counts of every rule, and the quality."""
        contract = self.contract
        watched = [c.name for c in contract.columns if c.required or contract.is_critical[c.name]]
        connection, query = self.connect()
        asked = ["count(*)", f"count(*) FILTER (WHERE {query.refused})"]
        asked += [f"count(*) FILTER (WHERE {flag})" for flag in query.flags.values()]
        asked += [f"count({quoted(name + ' given')})" for name in watched]
        newest = contract.timeliness_column
        asked.append(f"max({quoted(newest)})" if newest else "NULL")
        found = self._answer(
            connection, f"{query.common} SELECT {', '.join(asked)} FROM judged"
        ).fetchall()[0]
        connection.close()
        failing = dict(zip(query.flags, found[2 : 2 + len(query.flags)], strict=True))
        filled = dict(zip(watched, found[2 + len(query.flags) : -1], strict=True))
        quality = quality_of(
            contract,
            rows=found[0],
            failing=failing,
            filled=filled,
            newest=_day(found[-1]),
            as_of=self.as_of,
        )
        return Checked(contract, found[0], found[1], failing, quality, self)

    def accepted(self) -> pl.DataFrame:
        """Rows that pass, typed."""
        columns = ", ".join(quoted(column.name) for column in self.contract.columns)
        connection, query = self.connect()
        return self._frame(
            connection,
            f"{query.common} SELECT {columns}, source_row FROM judged"
            f" WHERE NOT ({query.refused}) ORDER BY source_row",
        )

    def refused(self) -> pl.DataFrame:
        """Rows that fail, as text, with the ids of the rules."""
        columns = ", ".join(
            f"CAST({quoted(c.name + ' given')} AS VARCHAR) AS {quoted(c.name)}"
            for c in self.contract.columns
        )
        connection, query = self.connect()
        ids = ", ".join(
            f"CASE WHEN {flag} THEN {literal(rule)} END" for rule, flag in query.refusing
        )
        listed = f"list_filter(CAST([{ids}] AS VARCHAR[]), lambda r: r IS NOT NULL)"
        return self._frame(
            connection,
            f"{query.common} SELECT {columns}, {listed} AS rule_ids, source_row FROM judged"
            f" WHERE {query.refused} ORDER BY source_row",
        )

    def _frame(self, connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
        import polars as pl

        table = self._answer(connection, sql).to_arrow_table()
        frame = pl.DataFrame(table)
        connection.close()
        return frame

    def _answer(self, connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a query; an author's rule that cannot be computed is named, not its values."""
        import duckdb

        try:
            return connection.execute(sql)
        except duckdb.Error:
            raise DataError(
                "A rule cannot be computed on these rows.",
                where=self.contract.path.name,
                remedy="Use TRY_CAST and guard against division by zero in rules of type sql.",
            ) from None


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _has_columns(path: Path, contract: Contract) -> bool:
    import polars as pl

    try:
        present = set(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        return False
    return all(c.name in present or c.heading in present for c in contract.columns)


def _names(contract: Contract, present: list[str]) -> dict[str, str]:
    """The source's name of each contract column: the column's own, or its heading.

    Raises:
        DataError: Every column that is missing.
    """
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
