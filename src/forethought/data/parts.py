"""The files of one part of a dataset: staged together, and rewritten together."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl

from forethought.data.crypto import SealedReader, SealedWriter
from forethought.data.keys import KeyRing
from forethought.data.separate import PERSON_ID
from forethought.data.staging import StoredFile, plain_name
from forethought.data.vault import seal_frame, unseal_frame
from forethought.data.versions import Part

if TYPE_CHECKING:
    from forethought.data.change import Change

REFUSED_CLEAR = ("source_row", "rule_ids")
COPY_BYTES = 1 << 20


@dataclass(frozen=True, eq=False)
class PartFrames:
    """What a part consists of.

    Args:
        stored: Accepted rows, pseudonymised.
        refused: Refused rows as text, with `source_row`, `rule_ids` and, where known, `person_id`.
        identifiers: Identifiers of the accepted rows; None where the dataset has none.
    """

    stored: pl.DataFrame
    refused: pl.DataFrame
    identifiers: pl.DataFrame | None


@dataclass(frozen=True)
class Place:
    """Where a part's files go.

    Args:
        dataset: Its dataset.
        version: Version that they belong to.
        part: Name of the part.
        edition: Number of the manifest, where a version is rewritten (erasure); 0 for the first.
    """

    dataset: str
    version: int
    part: str
    edition: int = 0

    def path(self, folder: str, suffix: str) -> str:
        """A path in the store."""
        edition = f".{self.edition}" if self.edition else ""
        name = f"{plain_name(self.part)}{edition}{suffix}"
        return f"{folder}/{self.dataset}/{self.version}/{name}"


def parquet(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet, in memory."""
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd", compression_level=3)
    return target.getvalue()


def schema_of(frame: pl.DataFrame) -> dict[str, str]:
    """Columns with the names of their types."""
    return {name: str(of) for name, of in frame.schema.items()}


def stage_part(change: Change, place: Place, frames: PartFrames) -> dict[str, Any]:
    """Stage a part's frames; returns the fields of `Part` that they fill.

    Of a refused row only its number and the broken rules are readable: a value may stand in the
    wrong column, so its whole text is sealed.
    """
    fields: dict[str, Any] = {
        "data": change.staging.write(place.path("snapshots", ".parquet"), parquet(frames.stored)),
        "rows": frames.stored.height,
        "quarantined": frames.refused.height,
        "schema": schema_of(frames.stored),
        "refused": None,
        "refused_sealed": None,
        "identifiers": None,
    }
    if frames.refused.height:
        clear = parquet(frames.refused.select(REFUSED_CLEAR))
        fields["refused"] = change.staging.write(place.path("quarantine", ".parquet"), clear)
        path = place.path("quarantine", ".sealed")
        sealed = seal_frame(frames.refused, change.keys.sub_key("quarantine"), path)
        fields["refused_sealed"] = change.staging.write(path, sealed)
    if frames.identifiers is not None:
        path = place.path("vault", ".sealed")
        fields["identifiers"] = change.vault.stage(change.staging, path, frames.identifiers)
    return fields


def part_frames(change: Change, part: Part) -> PartFrames:
    """Read a part's frames back."""
    return PartFrames(
        stored=pl.read_parquet(change.root / part.data.path),
        refused=refused_rows(change, part),
        identifiers=change.vault.read(part.identifiers) if part.identifiers else None,
    )


def refused_rows(change: Change, part: Part) -> pl.DataFrame:
    """The refused rows of a part as text; an empty frame where there are none."""
    file = part.refused_sealed
    if file is None:
        return pl.DataFrame(schema={"source_row": pl.Int64, "rule_ids": pl.List(pl.String)})
    sealed = (change.root / file.path).read_bytes()
    return unseal_frame(sealed, change.keys.sub_key("quarantine"), file.path)


def renamed_part(
    change: Change, place: Place, part: Part, columns: list[str], people: Mapping[str, str]
) -> Part | None:
    """The part with some people's ids replaced; None where it holds none of them.

    Args:
        change: The write in progress.
        place: Where the new files go.
        part: The part as it is.
        columns: Columns that hold person ids.
        people: Old person id to new.
    """
    present = [name for name in columns if name in part.schema]
    if not present or not people:
        return None
    ids = pl.read_parquet(change.root / part.data.path, columns=present)
    old = pl.Series(list(people), dtype=pl.String).implode()
    refused = refused_rows(change, part)
    met = ids.select(pl.any_horizontal(pl.all().is_in(old)).any()).item()
    if PERSON_ID in refused.columns:
        met = met or refused[PERSON_ID].is_in(old).any()
    if not met:
        return None
    frames = part_frames(change, part)
    renamed = PartFrames(
        stored=_replaced(frames.stored, present, people),
        refused=_replaced(frames.refused, [PERSON_ID], people),
        identifiers=None
        if frames.identifiers is None
        else _replaced(frames.identifiers, [PERSON_ID], people).unique(maintain_order=True),
    )
    return replace(part, **stage_part(change, place, renamed))


def _replaced(frame: pl.DataFrame, columns: list[str], people: Mapping[str, str]) -> pl.DataFrame:
    present = [name for name in columns if name in frame.columns]
    return frame.with_columns(
        pl.col(present).replace(list(people.keys()), list(people.values())) if present else []
    )


def land(change: Change, source: Path | bytes, where: str) -> StoredFile:
    """Stage a delivered file for landing: compressed, sealed, in chunks, never in the clear."""
    import pyarrow as pa

    key = change.keys.sub_key("landing")

    def fill(file: BinaryIO) -> None:
        opened = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        with (
            opened as delivered,
            SealedWriter(file, key, where) as sealed,
            pa.CompressedOutputStream(sealed, "zstd") as target,
        ):
            while chunk := delivered.read(COPY_BYTES):
                target.write(chunk)

    return change.staging.stream(where, fill)


def landed(root: Path, keys: KeyRing, file: StoredFile) -> bytes:
    """A landed file as it came, in memory.

    Raises:
        StoreError: It was changed, or the key is another one.
    """
    import pyarrow as pa

    with (root / file.path).open("rb") as sealed:
        reader = SealedReader(sealed, keys.sub_key("landing"), file.path)
        compressed = io.BytesIO(reader.readall() or b"")
    with pa.CompressedInputStream(compressed, "zstd") as content:
        return bytes(content.read())
