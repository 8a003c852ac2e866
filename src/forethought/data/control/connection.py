"""Open the control records, and the two kinds of transaction on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from forethought.data.control import schema
from forethought.errors import StoreError

BUSY_MS = 30_000
GENESIS = "0" * 64
ONLY_ROW = 1
IMMEDIATE = "forethought_immediate"


@dataclass(frozen=True)
class Control:
    """The open control records.

    Args:
        engine: SQLAlchemy's engine; nobody outside `data.control` uses it.
    """

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the records and writes nothing."""
        with _as_store_error(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; on SQLite one writer at a time from its first statement."""
        engine = self.engine.execution_options(**{IMMEDIATE: True})
        with _as_store_error(), engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_control(place: Path | str) -> Control:
    """Open the control records, making them where there are none, bringing old ones up to date.

    Args:
        place: A file for SQLite, or the URL of a PostgreSQL database.

    Raises:
        StoreError: They cannot be opened, or were written by a newer version.
    """
    control = Control(_engine(place))
    try:
        _prepare(control)
    except BaseException:
        control.close()
        raise
    return control


def _engine(place: Path | str) -> Engine:
    if isinstance(place, str) and "://" in place:
        return create_engine(place)
    try:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder of the control records cannot be made ({error.strerror}).",
            where=str(place),
        ) from None
    engine = create_engine(f"sqlite:///{place}", connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _settle_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _settle_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transactions start late and without a lock; ours say BEGIN themselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _prepare(control: Control) -> None:
    with control.writing() as connection:
        schema.metadata.create_all(connection)
        found = connection.execute(select(schema.schema_version.c.version)).scalar()
        if found is None:
            first = {"id": ONLY_ROW, "version": schema.VERSION}
            head = {"id": ONLY_ROW, "seq": 0, "digest": GENESIS}
            connection.execute(insert(schema.schema_version), first)
            connection.execute(insert(schema.audit_head), head)
        elif found > schema.VERSION:
            raise StoreError(
                f"The control records have form {found}; this version knows {schema.VERSION}.",
                remedy="Install the version that wrote them, or a newer one.",
            )
        else:
            for version in range(found, schema.VERSION):
                for statement in schema.UPGRADES[version]:
                    connection.execute(text(statement))
            connection.execute(update(schema.schema_version).values(version=schema.VERSION))


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        # The driver's text may hold bound values; its class says enough.
        cause = type(getattr(error, "orig", None) or error).__name__
        raise StoreError(
            f"The control records could not be read or written ({cause}).",
            remedy="Look whether the disk is full and the file may be written, then try again.",
        ) from None
