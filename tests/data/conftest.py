"""A small store with made people, for the tests of the data room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from forethought.data.contracts import Contract, load_contract
from forethought.data.gate import Decision, ReadRequest
from forethought.data.ingest import ingest
from forethought.data.keys import KeyRing
from forethought.data.reading import Read
from forethought.data.reports import IngestReport
from forethought.data.store import Store

AS_OF = date(2026, 11, 24)
RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
COUNCIL = "saltmarshire"

SOURCE_ID = {"semantic": "source_person_id", "identifier": True}
NUMBER = {"semantic": "nhs_number", "identifier": True, "severity": "warning"}
NAME = {"semantic": "person_name", "identifier": True}
BORN = {
    "logicalType": "date",
    "semantic": "date_of_birth",
    "identifier": True,
    "derive": "birth_month",
}
POSTCODE = {"semantic": "postcode", "identifier": True, "derive": "lsoa21"}
UPRN = {"semantic": "uprn", "identifier": True}
DATE = {"logicalType": "date"}

CLIENTS: Mapping[str, Mapping[str, Any]] = {
    "record": {"required": True},
    "person": SOURCE_ID,
    "nhs_number": NUMBER,
    "last_name": NAME,
    "date_of_birth": BORN,
    "uprn": UPRN,
    "team": {},
    "carer_for": {"semantic": "person_reference"},
    "recorded_on": DATE,
}
VISITS: Mapping[str, Mapping[str, Any]] = {
    "visit": {"required": True},
    "person": SOURCE_ID,
    "minutes": {"logicalType": "integer", "required": True},
    "recorded_on": DATE,
}


@dataclass
class OpenGate:
    """Allows what it is told to allow, and keeps what it recorded."""

    decision: Decision = field(default_factory=lambda: Decision(allowed=True, rekey="rop-1"))
    recorded: list[tuple[ReadRequest, Decision]] = field(default_factory=list)

    def decide(self, request: ReadRequest) -> Decision:
        assert request.person
        return self.decision

    def record(self, request: ReadRequest, decision: Decision) -> None:
        self.recorded.append((request, decision))


def contract_text(
    dataset: str,
    columns: Mapping[str, Any],
    *,
    key: Iterable[str] = (),
    **settings: Any,
) -> str:
    """A contract in the open standard's form; column settings may be ours or the standard's."""
    standard = {"logicalType", "required", "unique", "quality"}
    properties = [
        {
            "name": name,
            "physicalName": name,
            "logicalType": "string",
            **{word: value for word, value in of.items() if word in standard},
            "customProperties": [
                {
                    "property": "forethought",
                    "value": {word: value for word, value in of.items() if word not in standard},
                }
            ],
        }
        for name, of in columns.items()
    ]
    recorded = "recorded_on" in columns
    value = {
        "partners": [COUNCIL],
        "delivery": "whole",
        "key": list(key),
        "sensitivity": 4,
        "minimum_count": 10,
        "maximum_error_share": 0.5,
        "timeliness": {"column": "recorded_on", "days": 400} if recorded else None,
        "purposes": [
            {
                "id": "plan-services",
                "name": "Planning services",
                "article6": "public_task",
                "article9": "health_or_social_care",
                "schedule1": "paragraph 2",
            }
        ],
        **settings,
    }
    return yaml.safe_dump(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": dataset,
            "name": dataset.replace("_", " "),
            "version": "1.0.0",
            "status": "active",
            "description": {"purpose": "Tests."},
            "team": {
                "members": [
                    {"username": "elin.marsh", "role": "owner"},
                    {"username": "joe.pell", "role": "steward"},
                ]
            },
            "schema": [{"name": dataset, "physicalType": "table", "properties": properties}],
            "slaProperties": [{"property": "retention", "value": 8, "unit": "y"}],
            "customProperties": [{"property": "forethought", "value": value}],
        }
    )


def written_contract(
    folder: Path, dataset: str, columns: Mapping[str, Any], **settings: Any
) -> Contract:
    """A contract, by way of its file; the first column is the key."""
    path = folder / f"{dataset}.yaml"
    settings.setdefault("key", [next(iter(columns))])
    path.write_text(contract_text(dataset, columns, **settings), encoding="utf-8")
    return load_contract(path)


@dataclass
class Bench:
    """A store, its keys and gate, and an inbox."""

    folder: Path
    keys: KeyRing
    gate: OpenGate
    store: Store

    def contract(self, dataset: str, columns: Mapping[str, Any], **settings: Any) -> Contract:
        """A contract of the given columns; the first column is the key."""
        return written_contract(self.folder, dataset, columns, **settings)

    def deliver(
        self,
        contract: Contract,
        rows: str | pl.DataFrame,
        *,
        name: str = "",
        partner: str = COUNCIL,
        received_at: datetime = RECEIVED,
    ) -> IngestReport:
        """Write rows (a table drawn with `|`) to a CSV in the inbox, and ingest it."""
        path = self.folder / "inbox" / partner / (name or f"{contract.id}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.write(rows, path)
        return ingest(
            self.store, contract, path, partner=partner, received_at=received_at, as_of=AS_OF
        )

    def write(self, rows: str | pl.DataFrame, path: Path) -> None:
        """Write rows, drawn or not, to a CSV file."""
        (table(rows) if isinstance(rows, str) else rows).write_csv(path)

    def read(self, dataset: str, *columns: str, **how: Any) -> Read:
        """Read as an analyst."""
        request = ReadRequest("sam.okoro", "plan-services", dataset, columns, "a test")
        return self.store.read(request, **how)

    def reopened(self) -> Store:
        """The same store opened again, as another process would."""
        return Store.open(self.store.path, self.keys, self.gate)

    def files(self) -> set[str]:
        """Every file of the store but the lock."""
        root = self.store.path
        return {
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.is_file() and path.name != ".lock"
        }


def table(drawn: str) -> pl.DataFrame:
    """Rows as drawn: a line of headings, then rows, values between `|`; blank is no value."""
    lines = [line.strip() for line in drawn.strip().splitlines()]
    cells = [[cell.strip() or None for cell in line.split("|")] for line in lines]
    headings = [str(heading) for heading in cells[0]]
    return pl.DataFrame(cells[1:], schema=dict.fromkeys(headings, pl.String), orient="row")


@pytest.fixture(scope="session")
def make_bench() -> Callable[[Path], Bench]:
    """Makes a store in a folder."""

    def make(folder: Path) -> Bench:
        keys = KeyRing.create(folder / "keys" / "store.key")
        path = folder / "county" / "store"
        Store.create(path, keys, store_id="made")
        gate = OpenGate()
        return Bench(folder, keys, gate, Store.open(path, keys, gate))

    return make


@pytest.fixture
def bench(tmp_path: Path, make_bench: Callable[[Path], Bench]) -> Bench:
    """An empty store."""
    return make_bench(tmp_path)


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract of clients: record, person, nhs_number, last_name, ..."""
    return written_contract(tmp_path_factory.mktemp("contracts"), "clients", CLIENTS)


@pytest.fixture(scope="session")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract of visits: visit, person, minutes, recorded_on."""
    return written_contract(tmp_path_factory.mktemp("contracts"), "visits", VISITS)


@pytest.fixture(scope="session")
def nhs_number() -> Callable[[int], str]:
    """Valid NHS numbers from the range that is kept for tests."""

    def number(place: int) -> str:
        while True:
            stem = f"999{place:06d}"
            check = -sum((10 - i) * int(digit) for i, digit in enumerate(stem)) % 11
            if check < 10:
                return f"{stem}{check}"
            place += 100_000

    return number
