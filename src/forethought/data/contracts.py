"""Data contracts: what a partner promises about a dataset, and what we check.

A contract is one Open Data Contract Standard (ODCS) 3.x file. What the standard has no word for
stands in its `customProperties` under `forethought`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
Dimension = Literal[
    "completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy"
]
Severity = Literal["error", "warning"]
Delivery = Literal["whole", "part_per_partner", "part_per_file"]
RuleKind = Literal["type", "required", "unique", "row", "reference"]
Semantic = Literal[
    "none",
    "nhs_number",
    "uprn",
    "postcode",
    "lsoa",
    "date_of_birth",
    "person_name",
    "address",
    "source_person_id",
    "person_reference",
]

DIMENSIONS: tuple[Dimension, ...] = (
    "completeness",
    "uniqueness",
    "consistency",
    "timeliness",
    "validity",
    "accuracy",
)


@dataclass(frozen=True)
class Purpose:
    """Why the data may be used, and on which lawful basis.

    Args:
        id: Name in agreements and requests.
        name: Name for people.
        article6: Basis in Article 6 of the UK GDPR.
        article9: Condition in Article 9, for special categories; empty where there are none.
        schedule1: Condition in Schedule 1 of the Data Protection Act 2018.
    """

    id: str
    name: str
    article6: str
    article9: str = ""
    schedule1: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a dataset.

    Args:
        name: Name in the store.
        heading: Heading in a partner's file, where no layout renames it.
        type: Type of its values.
        required: No value may be missing.
        unique: No value may come twice.
        semantic: What the values are, where that has rules of its own.
        identifier: Tells directly who someone is: goes to the vault.
        derive: What the store keeps instead of an identifier (`birth_month`, `lsoa21`).
        critical: Counts three times in the quality score.
        description: What it means, in plain words.
        unit: Unit of a number (`gbp`, `hours`).
        formats: Date formats that its text may have, as `strptime` writes them.
    """

    name: str
    heading: str
    type: ColumnType
    required: bool = False
    unique: bool = False
    semantic: Semantic = "none"
    identifier: bool = False
    derive: str = ""
    critical: bool = False
    description: str = ""
    unit: str = ""
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One promise about the rows.

    Args:
        id: Name, unique in its contract.
        columns: Columns that it speaks of.
        dimension: Dimension of quality that it counts for.
        severity: `error` keeps a failing row out of the store, `warning` only counts it.
        description: The promise in plain words.
        sql: DuckDB expression over the column names and `as_of`; true and null pass. Rules on
            uniqueness write it as a window.
        kind: How it is evaluated.
        reference: Dataset and column in which the value must be found, for kind `reference`.
    """

    id: str
    columns: tuple[str, ...]
    dimension: Dimension
    severity: Severity
    description: str
    sql: str
    kind: RuleKind = "row"
    reference: tuple[str, str] | None = None


@dataclass(frozen=True)
class Layout:
    """How one kind of file writes the dataset.

    Args:
        name: Name, for messages.
        partners: Partners who send it; empty for all.
        format: `csv`, `xlsx` or `parquet`; empty for any.
        delimiter: Character between the values of a CSV.
        encoding: Encoding of a CSV.
        sheet: Sheet of an XLSX; empty for its first.
        skip_rows: Rows above the headings.
        rename: File heading to column.
        dates: Date formats by column, tried in order.
        codes: File value to contract value, by column.
        decimal: Decimal mark of numbers.
        thousands: Mark between thousands; empty for none.
        absent: Columns that this layout does not have.
        two_digit_births: What a date of birth with a two-digit year means: `past`, the newest such
            date that is not in the future; or `refuse`, none.
    """

    name: str
    partners: tuple[str, ...] = ()
    format: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    sheet: str = ""
    skip_rows: int = 0
    rename: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    decimal: str = "."
    thousands: str = ""
    absent: tuple[str, ...] = ()
    two_digit_births: str = "past"


@dataclass(frozen=True)
class Contract:
    """A data contract, checked and ready to use.

    Args:
        id: Name of the dataset in the store.
        name: Name for people.
        version: Version of the contract.
        status: `draft`, `active`, ... as ODCS names them.
        description: What the data are for.
        owner: Person who answers for the data.
        steward: Person who looks after the data.
        partners: Partners who deliver it.
        delivery: `whole`: the newest file replaces; or a part for each partner or file.
        key: Columns that name a row.
        sensitivity: 1 (open) to 5.
        minimum_count: Smallest count that may be published; 1 for open data.
        maximum_error_share: Share of rows with errors (0-1) above which a file is refused whole.
        retention_years: Years for which the rows are kept.
        timeliness_column: Date column that shows how new the data are; may be empty.
        timeliness_days: Days within which the newest row is expected.
        purposes: What the data may be used for.
        columns: The columns in order.
        rules: All rules, those of types and keys included.
        layouts: Kinds of files; empty where headings are the contract's.
        path: The file.
        raw: The document as parsed.
        fingerprint: SHA-256 of what the document says (not of its spacing).
    """

    id: str
    name: str
    version: str
    status: str
    description: str
    owner: str
    steward: str
    partners: tuple[str, ...]
    delivery: Delivery
    key: tuple[str, ...]
    sensitivity: int
    minimum_count: int
    maximum_error_share: float
    retention_years: float
    timeliness_column: str
    timeliness_days: float
    purposes: tuple[Purpose, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    layouts: tuple[Layout, ...]
    path: Path
    raw: Mapping[str, Any]
    fingerprint: str

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: The contract has none.
        """
        return {column.name: column for column in self.columns}[name]

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Columns that go to the vault."""
        return tuple(column.name for column in self.columns if column.identifier)

    @property
    def is_critical(self) -> Mapping[str, bool]:
        """Whether a column is critical: declared so, or part of the key."""
        return {c.name: c.critical or c.name in self.key for c in self.columns}


def load_contract(path: Path | str) -> Contract:
    """Read and check one contract file.

    Args:
        path: An ODCS 3.x YAML file.

    Raises:
        SpecificationError: Every problem of the file at once, with line and remedy.
    """
    from forethought.data.contract_files import read_contract

    return read_contract(Path(path))


def load_contracts(folder: Path | str) -> dict[str, Contract]:
    """All contracts of a folder, by id.

    Raises:
        SpecificationError: The problems of all files at once; two files with one id.
    """
    from forethought.data.contract_files import read_contracts

    return read_contracts(Path(folder))
