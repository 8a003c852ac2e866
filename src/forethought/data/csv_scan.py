"""The structure of a CSV text, found before any value is read.

One vectorised look at the bytes finds where each record starts, how many fields it has, and the
first quotation mark that stands where none may. What passes here, any CSV parser reads alike.

References:
    RFC 4180, Common Format and MIME Type for CSV Files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 24
NEWLINE, RETURN, QUOTE = 0x0A, 0x0D, 0x22
CRLF = b"\r\n"

Offsets = NDArray[np.int64]
Counts = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Structure:
    """Records of a CSV text.

    Args:
        starts: Byte at which each record starts, and at the end the length of the text.
        fields: Fields of each record; 0 for an empty line.
        bad_quote: Record (from 0) with the first misplaced quotation mark; -1 for none.
        open_quote: Record in which a quotation mark opens and never closes; -1 for none.
    """

    starts: Offsets
    fields: Counts
    bad_quote: int
    open_quote: int

    @property
    def records(self) -> int:
        """Number of records, empty lines included."""
        return len(self.fields)


def structure_of(text: bytes, delimiter: str) -> Structure:
    """Where the records of a text start, and how many fields each has.

    Args:
        text: UTF-8 without a byte order mark; lines end in LF or CRLF.
        delimiter: One ASCII character.
    """
    data = np.frombuffer(text, dtype=np.uint8)
    separator = ord(delimiter)
    special = np.zeros(256, dtype=bool)
    special[[NEWLINE, QUOTE, separator]] = True
    ends: list[Offsets] = []
    separators: list[Offsets] = []
    inside, seen, bad_at = 0, 0, -1
    for start in range(0, len(data), BLOCK):
        block = data[start : start + BLOCK]
        at = np.flatnonzero(special[block])
        marks = block[at]
        quotes = marks == QUOTE
        line_end, split = marks == NEWLINE, marks == separator
        if inside or quotes.any():
            parity = (np.cumsum(quotes, dtype=np.int32) + inside) & 1
            outside = parity == 0
            line_end &= outside
            split &= outside
            if bad_at < 0:
                bad_at = _misplaced_quote(data, start + at[quotes], inside, separator)
            inside = int(parity[-1]) if len(parity) else inside
        running = np.cumsum(split, dtype=np.int64) + seen
        ends.append(at[line_end] + start + 1)
        separators.append(running[line_end])
        seen = int(running[-1]) if len(running) else seen
    return _assembled(data, ends, separators, seen, (bad_at, inside))


def _assembled(
    data: NDArray[np.uint8],
    ends: list[Offsets],
    separators: list[Offsets],
    seen: int,
    quotes: tuple[int, int],
) -> Structure:
    stops = np.concatenate([*ends, np.empty(0, np.int64)]).astype(np.int64)
    totals = np.concatenate([*separators, np.empty(0, np.int64)])
    if len(data) and (not len(stops) or stops[-1] < len(data)):
        stops, totals = np.append(stops, len(data)), np.append(totals, seen)
    starts = np.concatenate([np.zeros(1, np.int64), stops])
    fields = (np.diff(totals, prepend=0) + 1).astype(np.int32)
    lengths = np.diff(starts)
    first = data[starts[:-1]] if len(stops) else np.empty(0, np.uint8)
    empty = ((lengths == 1) & (first == NEWLINE)) | ((lengths == len(CRLF)) & (first == RETURN))
    fields[empty] = 0
    bad_at, inside = quotes
    bad = int(np.searchsorted(starts, bad_at, side="right")) - 1 if bad_at >= 0 else -1
    return Structure(starts, fields, bad, len(fields) - 1 if inside else -1)


def _misplaced_quote(data: NDArray[np.uint8], at: Offsets, inside: int, separator: int) -> int:
    """First quotation mark that neither opens nor closes a field, nor doubles another.

    Opening marks stand at the start of a field; closing ones at its end. A doubled mark closes
    and opens again, so its halves touch.
    """
    number = np.arange(len(at)) + inside
    opening, closing = at[number % 2 == 0], at[number % 2 == 1]
    before = np.where(opening > 0, data[opening - 1], NEWLINE)
    last = len(data) - 1
    after = np.where(closing < last, data[np.minimum(closing + 1, last)], NEWLINE)
    may_stand_before = (before == separator) | (before == NEWLINE) | (before == QUOTE)
    may_stand_after = (
        (after == separator) | (after == NEWLINE) | (after == RETURN) | (after == QUOTE)
    )
    bad = np.concatenate([opening[~may_stand_before], closing[~may_stand_after]])
    return int(bad.min()) if len(bad) else -1
