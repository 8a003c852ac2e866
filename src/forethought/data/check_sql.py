# ruff: noqa: S608 (SQL is built from names and rules that the contract's reader vetted)
"""A contract compiled to one DuckDB query over a source of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forethought.data.check_keys import hash_sql, is_whole_sql
from forethought.data.contracts import Column, Contract, Rule
from forethought.data.rules import literal, quoted
from forethought.data.semantics import tidy_sql
from forethought.errors import DataError

WHOLE = r"[+-]?[0-9]{1,19}([.]0+)?"
MASK_BITS = 62
DECIMAL = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00([.]0+)?)?)?"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?"
TRUE_WORDS, FALSE_WORDS = ("true", "yes", "y", "t", "1"), ("false", "no", "n", "f", "0")
WHOLE_TYPES = frozenset({"INTEGER", "UINTEGER"}) | frozenset(
    size + "INT" for size in ("TINY", "SMALL", "BIG", "HUGE", "UTINY", "USMALL", "UBIG", "UHUGE")
)


@dataclass(frozen=True)
class Source:
    """Rows to check, as DuckDB sees them.

    Args:
        relation: What stands after FROM.
        row: Expression of the row number.
        names: The source's name of each contract column.
        types: DuckDB type of each contract column in the source.
        tidy: No text is blank.
    """

    relation: str
    row: str
    names: Mapping[str, str]
    types: Mapping[str, str]
    tidy: bool


@dataclass(frozen=True)
class Query:
    """The parts of the compiled query.

    Args:
        common: The WITH clause; `judged` holds typed columns, their text (`<name> given`) and
            one flag per rule that says "fails".
        flags: Flag of each rule that can be evaluated, by rule id.
        refusing: Flags of the rules that refuse a row.
        keeps_order: The rows come in the source's order.
    """

    common: str
    flags: Mapping[str, str]
    refusing: tuple[tuple[str, str], ...]
    keeps_order: bool

    @property
    def refused(self) -> str:
        """Condition: some `error` rule fails."""
        return " OR ".join(flag for _, flag in self.refusing) or "FALSE"

    @property
    def masks(self) -> tuple[str, ...]:
        """Bit masks of the `error` rules that a row fails, `MASK_BITS` rules each."""
        flags = [flag for _, flag in self.refusing]
        return tuple(
            " + ".join(
                f"CASE WHEN {flag} THEN {1 << bit}::BIGINT ELSE 0 END"
                for bit, flag in enumerate(flags[start : start + MASK_BITS])
            )
            for start in range(0, len(flags), MASK_BITS)
        )

    def rules_in(self, masks: Sequence[int]) -> list[str]:
        """Ids of the rules that masks stand for."""
        return [
            rule
            for number, (rule, _) in enumerate(self.refusing)
            if masks[number // MASK_BITS] >> (number % MASK_BITS) & 1
        ]


def typed_step(contract: Contract, source: Source, as_of: date) -> str:
    """WITH clause of `typed`: each column in its type, and its text as `<name> given`."""
    typed = [f"{source.row} AS source_row", f"{literal(as_of)} AS as_of"]
    for column in contract.columns:
        given = given_sql(column, source)
        typed.append(f"{given} AS {quoted(column.name + ' given')}")
        typed.append(f"{typed_sql(column, given, source)} AS {quoted(column.name)}")
    return f"WITH typed AS NOT MATERIALIZED (SELECT {', '.join(typed)} FROM {source.relation})"


def compiled(
    contract: Contract, typed: str, *, references: Collection[str], suspects: Collection[str]
) -> Query:
    """Compile the rules of a contract.

    Args:
        contract: The contract.
        typed: The clause of `typed_step`.
        references: `reference` rules whose values are at hand, as tables `known_<id>`.
        suspects: `unique` rules with keys that may come twice, whose hashes are at hand, as
            tables `suspects_<id>`.
    """
    columns = {column.name: column for column in contract.columns}
    rules = [rule for rule in contract.rules if rule.kind != "reference" or rule.id in references]
    steps, flags, joins = [typed], [], []
    for number, rule in enumerate(rules):
        if rule.kind == "reference":
            joins.append(_known(rule, number))
        if rule.kind == "unique" and rule.id in suspects:
            steps.append(_twice(rule, number))
            joins.append(_again(rule, number))
        fails = _fails(rule, number, columns)
        if rule.kind == "unique" and rule.id not in suspects:
            fails = "FALSE"
        flags.append(f"{fails} AS fails_{number}")
    steps.append(
        "judged AS NOT MATERIALIZED ("
        f"SELECT typed.*, {', '.join(flags) or 'FALSE AS none'} FROM typed {' '.join(joins)})"
    )
    named = {rule.id: f"fails_{number}" for number, rule in enumerate(rules)}
    refusing = tuple((rule.id, named[rule.id]) for rule in rules if rule.severity == "error")
    return Query(", ".join(steps), named, refusing, keeps_order=not joins)


def given_sql(column: Column, source: Source) -> str:
    """SQL of a value as it came, blank text as null.

    Nearly all text starts after the space in the order of characters: only the rest is trimmed.
    """
    name = quoted(source.names[column.name])
    kind = source.types[column.name]
    if kind.startswith("ENUM"):
        name, kind = f"CAST({name} AS VARCHAR)", "VARCHAR"
    if kind == "VARCHAR" and not source.tidy:
        return f"CASE WHEN {name} >= '!' THEN {name} WHEN trim({name}) <> '' THEN {name} END"
    return name


def typed_sql(column: Column, given: str, source: Source) -> str:
    """SQL of a value in the contract's type; null where it cannot be read.

    Raises:
        DataError: The source holds lists, structures or bytes.
    """
    kind = source.types[column.name]
    if kind.endswith("]") or kind.startswith(("BLOB", "STRUCT", "MAP", "UNION")):
        raise DataError(
            f"{column.name} does not hold one plain value a cell.", remedy="Deliver flat columns."
        )
    family = kind.split("(")[0].split()[0]
    direct = _DIRECT.get((column.type, "WHOLE" if family in WHOLE_TYPES else family))
    if direct is not None:
        return direct.format(given)
    text = given if family in {"VARCHAR", "ENUM"} else f"CAST({given} AS VARCHAR)"
    if column.type == "string":
        return tidy_sql(column.semantic, text)
    return _FROM_TEXT[column.type].format(text)


_WHOLE_PART = "CASE WHEN {0} = floor({0}) THEN TRY_CAST({0} AS BIGINT) END"
_FINITE = "CASE WHEN isfinite({0}) THEN CAST({0} AS DOUBLE) END"
_AS_DOUBLE = "CAST({0} AS DOUBLE)"
_DIRECT = {
    ("integer", "WHOLE"): "TRY_CAST({0} AS BIGINT)",
    ("integer", "DOUBLE"): _WHOLE_PART,
    ("integer", "FLOAT"): _WHOLE_PART,
    ("integer", "DECIMAL"): _WHOLE_PART,
    ("number", "WHOLE"): _AS_DOUBLE,
    ("number", "DECIMAL"): _AS_DOUBLE,
    ("number", "DOUBLE"): _FINITE,
    ("number", "FLOAT"): _FINITE,
    ("boolean", "BOOLEAN"): "{0}",
    ("date", "DATE"): "{0}",
    ("date", "TIMESTAMP"): "CASE WHEN {0} = date_trunc('day', {0}) THEN CAST({0} AS DATE) END",
    ("timestamp", "DATE"): "CAST({0} AS TIMESTAMP)",
    ("timestamp", "TIMESTAMP"): "CAST({0} AS TIMESTAMP)",
}


def _when_matches(pattern: str, value: str) -> str:
    escaped = pattern.replace("{", "{{").replace("}", "}}")
    return f"CASE WHEN regexp_full_match({{0}}, '{escaped}') THEN {value} END"


_YES, _NO = (", ".join(map(literal, words)) for words in (TRUE_WORDS, FALSE_WORDS))
_FROM_TEXT = {
    "integer": _when_matches(WHOLE, "TRY_CAST({0} AS BIGINT)"),
    "number": _when_matches(
        DECIMAL, "CASE WHEN isfinite(TRY_CAST({0} AS DOUBLE)) THEN TRY_CAST({0} AS DOUBLE) END"
    ),
    "boolean": f"CASE WHEN lower({{0}}) IN ({_YES}) THEN TRUE"
    f" WHEN lower({{0}}) IN ({_NO}) THEN FALSE END",
    "date": _when_matches(DAY, "TRY_CAST(left({0}, 10) AS DATE)"),
    "timestamp": _when_matches(MOMENT, "TRY_CAST({0} AS TIMESTAMP)"),
}


def _fails(rule: Rule, number: int, columns: Mapping[str, Column]) -> str:
    """SQL: the rule fails. Null and what follows from an unreadable value do not."""
    if rule.kind == "type":
        name = rule.columns[0]
        return f"({quoted(name + ' given')} IS NOT NULL AND {quoted(name)} IS NULL)"
    if rule.kind == "required":
        return f"({quoted(rule.columns[0] + ' given')} IS NULL)"
    if rule.kind == "unique":
        return f"(found_{number}.row_count IS NOT NULL)"
    if rule.kind == "reference":
        return f"({quoted(rule.columns[0])} IS NOT NULL AND found_{number}.value IS NULL)"
    unreadable = " OR ".join(
        f"({quoted(name + ' given')} IS NOT NULL AND {quoted(name)} IS NULL)"
        for name in rule.columns
        if columns[name].type != "string" and len(rule.columns) > 1
    )
    holds = f"coalesce({rule.sql}, TRUE)"
    return f"(NOT {holds} AND NOT ({unreadable}))" if unreadable else f"(NOT {holds})"


def _known(rule: Rule, number: int) -> str:
    """Join to the values that a column should be among."""
    value = f"typed.{quoted(rule.columns[0])}"
    return f"LEFT JOIN known_{rule.id} AS found_{number} ON {value} = found_{number}.value"


def _twice(rule: Rule, number: int) -> str:
    """Step: the keys that come more than once, among those whose hashes do."""
    names = ", ".join(map(quoted, rule.columns))
    keys = ", ".join(f"{quoted(name)} AS key_{i}" for i, name in enumerate(rule.columns))
    return (
        f"twice_{number} AS MATERIALIZED (SELECT {keys}, count(*) AS row_count FROM typed"
        f" WHERE {is_whole_sql(rule)} AND {hash_sql(rule)} IN (SELECT h FROM suspects_{rule.id})"
        f" GROUP BY {names} HAVING count(*) > 1)"
    )


def _again(rule: Rule, number: int) -> str:
    """Join to the keys that come more than once."""
    on = " AND ".join(
        f"typed.{quoted(name)} = found_{number}.key_{i}" for i, name in enumerate(rule.columns)
    )
    return f"LEFT JOIN twice_{number} AS found_{number} ON {on}"
