"""The vault: direct identifiers and who they belong to, sealed, apart from everything else.

It holds, by dataset and part, the identifiers of the accepted rows with their `person_id`; one
table of source ids with the person each belongs to; and the people who were erased.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from forethought.data.crypto import seal, unseal
from forethought.data.keys import KeyRing
from forethought.data.manifest import Manifest
from forethought.data.staging import Staging, StoredFile

PEOPLE = "people"
ERASED = "erased"
PEOPLE_SCHEMA = {"partner": pl.String, "source_id": pl.String, "person_id": pl.String}
ERASED_SCHEMA = {"person_id": pl.String, "erased_on": pl.Date}


def seal_frame(frame: pl.DataFrame, key: bytes, context: str) -> bytes:
    """A frame as sealed Parquet, made in memory."""
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd", compression_level=1)
    return seal(target.getvalue(), key, context)


def unseal_frame(sealed: bytes, key: bytes, context: str) -> pl.DataFrame:
    """Open what `seal_frame` made.

    Raises:
        StoreError: The key is another one, or the bytes were changed.
    """
    return pl.read_parquet(io.BytesIO(unseal(sealed, key, context)))


@dataclass(frozen=True, eq=False)
class People:
    """Which person each source id belongs to: the sources that came with a valid NHS number.

    Args:
        known: `partner`, `source_id`, `person_id`.
    """

    known: pl.DataFrame

    def of(self, partner: str) -> dict[str, str]:
        """Source id to person id, for one partner."""
        mine = self.known.filter(pl.col("partner") == partner)
        return dict(zip(mine["source_id"], mine["person_id"], strict=True))

    def with_new(self, partner: str, found: dict[str, str]) -> People:
        """The same and more; a source id that is known stays who it is."""
        new = pl.DataFrame(
            {
                "partner": [partner] * len(found),
                "source_id": list(found.keys()),
                "person_id": list(found.values()),
            },
            schema=PEOPLE_SCHEMA,
        )
        both = pl.concat([self.known, new])
        return People(both.unique(["partner", "source_id"], keep="first", maintain_order=True))

    def without(self, person_ids: Iterable[str]) -> People:
        """The same without some people."""
        return People(self.known.filter(~pl.col("person_id").is_in(list(person_ids))))


class Vault:
    """Reads and stages the sealed files of one manifest.

    Args:
        root: Folder of the store.
        keys: Its key ring.
        manifest: The manifest whose files are read.
    """

    def __init__(self, root: Path, keys: KeyRing, manifest: Manifest) -> None:
        self._root = root
        self._key = keys.sub_key("vault")
        self._manifest = manifest

    def people(self) -> People:
        """Source ids that came with a valid NHS number."""
        return People(self._table(PEOPLE, PEOPLE_SCHEMA))

    def erased(self) -> pl.DataFrame:
        """People whose rows are refused from now on: `person_id`, `erased_on`."""
        return self._table(ERASED, ERASED_SCHEMA)

    def identifiers(self, dataset: str, parts: Collection[str] | None = None) -> pl.DataFrame:
        """Identifiers of a dataset's newest version, with `person_id`, `household_id`, `part`.

        Args:
            dataset: The dataset.
            parts: Names of the parts to open; all of them by default.
        """
        frames = [
            self.read(part.identifiers).with_columns(part=pl.lit(part.name))
            for part in self._manifest.datasets[dataset].parts.values()
            if part.identifiers and (parts is None or part.name in parts)
        ]
        return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()

    def read(self, file: StoredFile) -> pl.DataFrame:
        """One sealed frame.

        Raises:
            StoreError: It was changed, or the key is another one.
        """
        return unseal_frame((self._root / file.path).read_bytes(), self._key, file.path)

    def stage(self, staging: Staging, path: str, frame: pl.DataFrame) -> StoredFile:
        """Stage a sealed frame for a place in the vault."""
        return staging.write(path, seal_frame(frame, self._key, path))

    def stage_table(
        self, staging: Staging, name: str, frame: pl.DataFrame, number: int
    ) -> StoredFile:
        """Stage a new edition of one of the vault's own tables."""
        return self.stage(staging, f"vault/{name}-{number}.sealed", frame)

    def _table(self, name: str, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
        file = self._manifest.vault.get(name)
        return self.read(file) if file else pl.DataFrame(schema=schema)
