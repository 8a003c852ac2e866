"""The duties of a decision, carried out on rows before they leave the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from forethought.data.gate import Decision
from forethought.data.pseudonyms import Pseudonymiser, translated
from forethought.data.versions import DatasetVersion, Part
from forethought.errors import AccessDenied, NotFound, did_you_mean


def obey(
    rows: pl.DataFrame,
    decision: Decision,
    columns: Sequence[str],
    pseudonyms: Mapping[str, str],
    key: bytes,
) -> pl.DataFrame:
    """Filter, limit, mask and re-key rows as a decision says.

    Args:
        rows: Stored rows with at least `columns` and the filter's columns.
        decision: An allowing decision.
        columns: Columns asked for.
        pseudonyms: Column to `person` or `household`.
        key: Key under which ids leave.

    Raises:
        AccessDenied: The filter names a column that the dataset lacks: no row can be shown to
            pass it.
    """
    frame = within_remit(rows, decision).select(columns)
    masked = {name: frame.schema[name] for name in columns if name in decision.masked}
    frame = frame.with_columns(pl.lit(None, dtype=of).alias(name) for name, of in masked.items())
    return rekeyed(frame, pseudonyms, key)


def covered(
    version: DatasetVersion, decision: Decision, without: Collection[str] = ()
) -> dict[str, Part]:
    """Parts of a version whose rows a decision lets leave.

    Args:
        version: The version that is read.
        decision: An allowing decision.
        without: Partners whose parts stay besides.
    """
    return {
        name: part
        for name, part in version.parts.items()
        if decision.covers(part.partner) and part.partner not in without
    }


def left_out_of(
    version: DatasetVersion, kept: Collection[str], decision: Decision
) -> dict[str, str]:
    """Partner to why their rows stay, for those who have parts in a version."""
    partners = (part.partner for name, part in version.parts.items() if name not in kept)
    return {
        partner: decision.left_out.get(partner, "no agreement covers them")
        if not decision.covers(partner)
        else "left out as in the run before"
        for partner in dict.fromkeys(partners)
    }


def within_remit(rows: pl.DataFrame, decision: Decision) -> pl.DataFrame:
    """Rows that pass the decision's filter.

    Raises:
        AccessDenied: The filter names a column that the dataset lacks.
    """
    for name, allowed in (decision.row_filter or {}).items():
        rows = rows.filter(_passes(rows, name, allowed))
    return rows


def _passes(rows: pl.DataFrame, name: str, allowed: Any) -> pl.Expr:
    if name not in rows.columns:
        raise AccessDenied(
            f'The remit is told by column "{name}", which the dataset lacks.',
            remedy="Ask information governance to mend the policy.",
        )
    values = [allowed] if isinstance(allowed, str) or not hasattr(allowed, "__iter__") else allowed
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    wanted = pl.Series(texts, dtype=pl.String)
    return pl.col(name).cast(pl.String).is_in(wanted.implode()).fill_null(value=False)


def rekeyed(frame: pl.DataFrame, pseudonyms: Mapping[str, str], key: bytes) -> pl.DataFrame:
    """The frame with the store's pseudonyms replaced by those of an agreement."""
    outgoing = Pseudonymiser(key)
    present = [name for name in frame.columns if name in pseudonyms]
    return frame.with_columns(outgoing.column(pseudonyms[name], frame[name]) for name in present)


def recorded_by(rows: pl.DataFrame, column: str, limit: date) -> pl.DataFrame:
    """Rows that were recorded on or before a day."""
    return rows.filter(pl.col(column).cast(pl.Date) <= limit)


def identified(
    identifiers: pl.DataFrame,
    inside: pl.DataFrame,
    key: bytes,
    person_ids: Sequence[str],
    columns: Sequence[str],
) -> pl.DataFrame:
    """Identifiers of the people asked for, under the ids that were asked with.

    Args:
        identifiers: The vault's rows of a dataset.
        inside: Stored rows that lie in the reader's remit, with `person_id`.
        key: Key under which the ids left.
        person_ids: Ids as they left.
        columns: Identifiers wanted.

    Raises:
        NotFound: The vault keeps no such identifier of this dataset.
    """
    for name in columns:
        if name not in identifiers.columns:
            raise NotFound(
                f'The vault holds no "{name}" of this dataset.',
                remedy=did_you_mean(name, identifiers.columns),
            )
    allowed = identifiers.join(inside.select("person_id").unique(), on="person_id", how="semi")
    outgoing = Pseudonymiser(key).mapping("person", allowed["person_id"].unique())
    return (
        allowed.with_columns(translated(allowed["person_id"], outgoing))
        .filter(pl.col("person_id").is_in(list(person_ids)))
        .select("person_id", *columns)
        .unique(maintain_order=True)
    )


def refused_list(
    version: DatasetVersion, paths: Mapping[str, Path], decision: Decision
) -> pl.DataFrame:
    """Which rows were set aside, by which rules.

    Args:
        version: The version asked about.
        paths: Readable file of refused rows by part.
        decision: An allowing decision.

    Raises:
        AccessDenied: The reader is limited to a remit.
    """
    if decision.row_filter:
        raise AccessDenied(
            "Rows that were set aside cannot be shown to lie in your remit.",
            where=version.dataset,
            remedy="Ask the data steward.",
        )
    columns = {"part": pl.String, "source": pl.String, "source_row": pl.Int64}
    frames = [
        pl.read_parquet(path).select(
            pl.lit(name).alias("part"),
            pl.lit(version.parts[name].source).alias("source"),
            "source_row",
            "rule_ids",
        )
        for name, path in paths.items()
    ]
    empty = pl.DataFrame(schema={**columns, "rule_ids": pl.List(pl.String)})
    return pl.concat([empty, *frames])


def known_columns(columns: Iterable[str], version: DatasetVersion) -> None:
    """Refuse a column that a version does not have.

    Raises:
        NotFound: It has none of that name.
    """
    for name in columns:
        if name not in version.schema:
            raise NotFound(
                f'Dataset {version.dataset} has no column "{name}".',
                remedy=did_you_mean(name, version.schema),
            )
