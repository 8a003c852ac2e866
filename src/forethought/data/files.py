"""A delivered file: opened once, read within limits, hashed."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forethought.errors import DataError

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Limits:
    """How much a file may ask of the machine before it is refused.

    Args:
        uncompressed_bytes: Size of all that unpacks from it.
        ratio: Unpacked size over packed size, from `ratio_from_bytes` on.
        ratio_from_bytes: Unpacked size below which the ratio is not looked at.
        line_bytes: Length of one line.
        columns: Number of columns.
        cells: Rows times columns of a sheet.
    """

    uncompressed_bytes: int = 4 << 30
    ratio: float = 200.0
    ratio_from_bytes: int = 64 << 20
    line_bytes: int = 1 << 20
    columns: int = 4096
    cells: int = 50_000_000


@dataclass(frozen=True)
class DeliveredFile:
    """A file as it came, from disk or from memory.

    Args:
        name: Its name, for kind and messages.
        path: Where it lies; not read when `content` is given.
        content: Its bytes, where they are in memory (an opened landing file).
        limits: What it may ask for.
    """

    name: str
    path: Path
    content: bytes | None = None
    limits: Limits = Limits()

    @property
    def kind(self) -> str:
        """`csv`, `xlsx` or `parquet`, by its name.

        Raises:
            DataError: It has another ending.
        """
        name = self.name.lower().removesuffix(".gz")
        for kind, endings in KINDS.items():
            if name.endswith(endings):
                return kind
        raise DataError(
            "This kind of file is not read.",
            where=self.name,
            remedy="Deliver .csv, .csv.gz, .xlsx or .parquet.",
        )

    @property
    def size(self) -> int:
        """Bytes as delivered."""
        return self.path.stat().st_size if self.content is None else len(self.content)

    def open(self) -> io.BufferedReader | io.BytesIO:
        """The bytes as delivered.

        Raises:
            DataError: There is no such file, or it cannot be read.
        """
        if self.content is not None:
            return io.BytesIO(self.content)
        try:
            return self.path.open("rb")
        except FileNotFoundError:
            raise DataError(
                "The file does not exist.", where=self.name, remedy="Look at its name and folder."
            ) from None
        except OSError as error:
            raise DataError(
                f"The file cannot be opened: {error.strerror or 'unknown reason'}.",
                where=self.name,
                remedy="Look at its permissions, and that it is a file.",
            ) from None

    def sha256(self) -> str:
        """Hash of the bytes as delivered."""
        with self.open() as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def start(self, length: int) -> bytes:
        """The first bytes as delivered."""
        with self.open() as stream:
            return stream.read(length)

    def unpacked(self) -> Iterator[bytes]:
        """The content in chunks, unpacked where it is gzip, within the limits.

        Raises:
            DataError: It is no gzip, is cut off, or unpacks to too much.
        """
        with self.open() as stream:
            if not self.name.lower().endswith(".gz"):
                yield from self._within_limits(stream)
                return
            if stream.read(2) != GZIP_MAGIC:
                raise DataError(
                    "The file is named .gz but is not packed by gzip.",
                    where=self.name,
                    remedy="Deliver it under its right name, or pack it.",
                )
            stream.seek(0)
            try:
                with gzip.GzipFile(fileobj=stream) as packed:
                    yield from self._within_limits(packed)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                raise DataError(
                    "The gzip file is cut off or damaged.",
                    where=self.name,
                    remedy="Send it again, and compare its size with the sender's.",
                ) from None

    def _within_limits(
        self, stream: io.BufferedReader | io.BytesIO | gzip.GzipFile
    ) -> Iterator[bytes]:
        total = 0
        packed = max(self.size, 1)
        while chunk := stream.read(CHUNK):
            total += len(chunk)
            self.allow(total, packed)
            yield chunk

    def allow(self, unpacked: int, packed: int) -> None:
        """Refuse a file that unpacks to too much.

        Raises:
            DataError: The limit on size or ratio is passed.
        """
        limits = self.limits
        if unpacked > limits.uncompressed_bytes:
            raise DataError(
                f"The file unpacks to more than {limits.uncompressed_bytes >> 20:,} MiB.",
                where=self.name,
                remedy="Ask the sender what it is; deliver it in parts.",
            )
        if unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * packed:
            raise DataError(
                f"The file unpacks to more than {limits.ratio:,.0f} times its size: "
                "a zip bomb, or not data.",
                where=self.name,
                remedy="Do not open it; ask the sender what it is.",
            )


KINDS = {
    "csv": (".csv", ".txt", ".tsv"),
    "xlsx": (".xlsx", ".xlsm"),
    "parquet": (".parquet",),
}
