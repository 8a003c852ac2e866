"""Separation at the door: identifiers to the vault, pseudonyms to everything else.

`person_id` is the pseudonym of the valid NHS number, else of the source's own id; a source id
that ever came with a valid NHS number means that person wherever its partner uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from forethought.data.pseudonyms import (
    Pseudonymiser,
    clean_postcode,
    clean_text,
    clean_uprn,
    translated,
    valid_nhs_number,
)
from forethought.errors import DataError

if TYPE_CHECKING:
    from forethought.data.contracts import Contract

PERSON_ID, HOUSEHOLD_ID = "person_id", "household_id"
POSTCODE_DIRECTORY = "postcode_directory"


@dataclass(frozen=True, eq=False)
class Identity:
    """What the vault knows while a delivery is separated.

    Args:
        partner: Who delivered it.
        pseudonymiser: Makes the store's pseudonyms.
        known: Source id of this partner to the person it belongs to.
        erased: Pseudonyms whose rows are not taken in again.
        directory: `postcode`, `lsoa21`; None where the store has none yet.
    """

    partner: str
    pseudonymiser: Pseudonymiser
    known: Mapping[str, str]
    erased: frozenset[str] = frozenset()
    directory: pl.DataFrame | None = None

    def by_source(self, source_id: str) -> str:
        """The pseudonym of a source id that no NHS number is known for."""
        return self.pseudonymiser.one(f"source|{self.partner}", source_id)

    def by_number(self, nhs_number: str) -> str:
        """The pseudonym of a valid NHS number."""
        return self.pseudonymiser.one("nhs", nhs_number)


@dataclass(frozen=True, eq=False)
class Separated:
    """A delivery in two halves.

    Args:
        stored: What the store keeps: pseudonyms, derived columns and the rest.
        identifiers: Identifiers with the ids they belong to; None where there are none.
        pseudonyms: Column to `person` or `household`.
        found: Source ids that came with a valid NHS number for the first time, with the person.
        join: Rows by how the person is known: `nhs_number`, `source_id` (of which `resolved`
            by an NHS number seen elsewhere), `none`; `household`, `area`; `rows` in all.
        erased: Rows left out because the person was erased.
    """

    stored: pl.DataFrame
    identifiers: pl.DataFrame | None
    pseudonyms: Mapping[str, str]
    found: Mapping[str, str]
    join: Mapping[str, int]
    erased: int


def separate(accepted: pl.DataFrame, contract: Contract, identity: Identity) -> Separated:
    """Part a delivery's accepted rows into what the store and what the vault keeps.

    Args:
        accepted: Typed rows with all columns of the contract.
        contract: Names the identifiers and what the store keeps in their place.
        identity: What the vault knows.

    Raises:
        DataError: Areas are to be derived and there is no postcode directory.
    """
    named = name_people(accepted, contract, identity)
    frame = _with_households(named.frame, contract, identity)
    frame = _with_derived(frame, contract, identity)
    frame = _with_references(frame, contract, identity, named.found)
    hidden = _hidden(contract)
    stored = frame.drop([*hidden, "source_row"], strict=False)
    ids = [name for name in (PERSON_ID, HOUSEHOLD_ID) if name in stored.columns]
    references = _of(contract, "person_reference")
    return Separated(
        stored=stored.select(*ids, pl.exclude(ids)),
        identifiers=_identifiers(frame, ids, hidden),
        pseudonyms={name: "person" for name in (PERSON_ID, *references) if name in stored.columns}
        | ({HOUSEHOLD_ID: "household"} if HOUSEHOLD_ID in ids else {}),
        found=named.found,
        join=_join(named.frame, frame, named.how),
        erased=accepted.height - named.frame.height,
    )


@dataclass(frozen=True, eq=False)
class Named:
    """Rows with `person_id`, without those of erased people.

    Args:
        frame: The rows; without `person_id` where the contract knows no person.
        found: As in `Separated`.
        how: Rows by how the person is known.
    """

    frame: pl.DataFrame
    found: Mapping[str, str]
    how: Mapping[str, int]


def name_people(frame: pl.DataFrame, contract: Contract, identity: Identity) -> Named:
    """Give each row its `person_id`; also used on refused rows, whose columns are text."""
    numbers, sources = _of(contract, "nhs_number")[:1], _of(contract, "source_person_id")[:1]
    if not numbers and not sources:
        return Named(frame, {}, {})
    known_by = frame.select(
        valid_nhs_number(pl.col(numbers[0])).alias("number") if numbers else _nobody("number"),
        clean_text(pl.col(sources[0])).alias("source") if sources else _nobody("source"),
    )
    number, source = known_by["number"], known_by["source"]
    by_number = {text: identity.by_number(text) for text in number.drop_nulls().unique()}
    pairs = known_by.with_columns(person=translated(number, by_number)).drop_nulls()
    found = _found(pairs, identity.known)
    resolved = {**found, **identity.known}
    plain = {text: identity.by_source(text) for text in source.drop_nulls().unique()}
    by_source = {text: resolved.get(text, own) for text, own in plain.items()}
    people = known_by.select(
        translated(number, by_number).alias("by_number"),
        translated(source, by_source).alias("by_source"),
        translated(source, plain).alias("plain"),
    )
    person = people.select(pl.coalesce("by_number", "by_source").alias(PERSON_ID)).to_series()
    named = frame.with_columns(person)
    gone = people.select(
        pl.any_horizontal(pl.col("by_number", "by_source", "plain").is_in(list(identity.erased)))
        .fill_null(value=False)
        .alias("gone")
    ).to_series()
    if gone.any():
        named, people = named.filter(~gone), people.filter(~gone)
        found = {text: who for text, who in found.items() if not _erased(text, who, identity)}
    return Named(named, found, _how(people))


def _erased(source_id: str, person_id: str, identity: Identity) -> bool:
    return person_id in identity.erased or identity.by_source(source_id) in identity.erased


def _found(pairs: pl.DataFrame, known: Mapping[str, str]) -> dict[str, str]:
    """The person of each source id: the NHS number that most of its rows carry."""
    commonest = (
        pairs.group_by("source", "person")
        .len()
        .sort("len", "person", descending=[True, False])
        .unique("source", keep="first", maintain_order=True)
    )
    people = zip(commonest["source"], commonest["person"], strict=True)
    return {source: person for source, person in people if source not in known}


def _how(people: pl.DataFrame) -> dict[str, int]:
    by_number = pl.col("by_number").is_not_null()
    by_source = ~by_number & pl.col("by_source").is_not_null()
    counts = people.select(
        by_number.sum().alias("nhs_number"),
        by_source.sum().alias("source_id"),
        (by_source & (pl.col("by_source") != pl.col("plain"))).sum().alias("resolved"),
        (~by_number & ~by_source).sum().alias("none"),
    )
    return {name: int(count) for name, count in counts.row(0, named=True).items()}


def _with_households(frame: pl.DataFrame, contract: Contract, identity: Identity) -> pl.DataFrame:
    properties = _of(contract, "uprn")[:1]
    if not properties:
        return frame
    uprn = frame.select(clean_uprn(pl.col(properties[0])).alias(HOUSEHOLD_ID)).to_series()
    return frame.with_columns(identity.pseudonymiser.column("uprn", uprn))


def _with_derived(frame: pl.DataFrame, contract: Contract, identity: Identity) -> pl.DataFrame:
    for column in contract.columns:
        if column.derive == "birth_month" and column.name in frame.columns:
            month = pl.col(column.name).cast(pl.Date, strict=False).dt.month_start()
            frame = frame.with_columns(month.alias("birth_month"))
        elif column.derive == "lsoa21" and column.name in frame.columns:
            frame = _with_area(frame, column.name, contract, identity.directory)
    return frame


def _with_area(
    frame: pl.DataFrame, postcode: str, contract: Contract, directory: pl.DataFrame | None
) -> pl.DataFrame:
    if directory is None:
        raise DataError(
            "Areas are derived from postcodes, and there is no postcode directory yet.",
            where=f"dataset {contract.id}",
            remedy=f"Load {POSTCODE_DIRECTORY} first.",
        )
    areas = directory.select(
        clean_postcode(pl.col("postcode")).alias("tidy_postcode"),
        pl.col("lsoa21").alias("derived_area"),
    ).unique("tidy_postcode", keep="first", maintain_order=True)
    joined = frame.with_columns(clean_postcode(pl.col(postcode)).alias("tidy_postcode")).join(
        areas, on="tidy_postcode", how="left", maintain_order="left"
    )
    known = ["lsoa21"] if "lsoa21" in frame.columns else []
    area = pl.coalesce(*known, "derived_area").alias("lsoa21")
    return joined.with_columns(area).drop("tidy_postcode", "derived_area")


def _with_references(
    frame: pl.DataFrame, contract: Contract, identity: Identity, found: Mapping[str, str]
) -> pl.DataFrame:
    resolved = {**found, **identity.known}
    for name in _of(contract, "person_reference"):
        source = frame.select(clean_text(pl.col(name)).alias(name)).to_series()
        people = {
            text: resolved.get(text) or identity.by_source(text)
            for text in source.drop_nulls().unique()
        }
        kept = {text: who for text, who in people.items() if not _erased(text, who, identity)}
        frame = frame.with_columns(translated(source, kept))
    return frame


def _identifiers(frame: pl.DataFrame, ids: list[str], hidden: list[str]) -> pl.DataFrame | None:
    columns = [name for name in hidden if name in frame.columns]
    if not columns:
        return None
    some = pl.any_horizontal(pl.col(columns).is_not_null())
    return frame.select(*ids, *columns).filter(some).unique(maintain_order=True)


def _join(named: pl.DataFrame, frame: pl.DataFrame, how: Mapping[str, int]) -> dict[str, int]:
    counts = {"rows": named.height, **how}
    if HOUSEHOLD_ID in frame.columns:
        counts["household"] = frame[HOUSEHOLD_ID].count()
    if "lsoa21" in frame.columns and "lsoa21" not in named.columns:
        counts["area"] = frame["lsoa21"].count()
    return counts


def _hidden(contract: Contract) -> list[str]:
    references = _of(contract, "person_reference")
    return [c.name for c in contract.columns if c.identifier and c.name not in references]


def _of(contract: Contract, semantic: str) -> list[str]:
    return [column.name for column in contract.columns if column.semantic == semantic]


def _nobody(name: str) -> pl.Expr:
    return pl.lit(None, dtype=pl.String).alias(name)
