"""What leaves for a spreadsheet: text that a spreadsheet would run as a formula is disarmed.

References:
    OWASP, CSV Injection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutralised(text: str) -> str:
    """A text that a spreadsheet shows and never runs.

    The store keeps the text as it came; only an export calls this. Numbers are not text: a
    negative number in a number column needs no mark.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def neutralised_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame whose text columns are all neutralised."""
    import polars as pl

    text = pl.col(pl.String)
    risky = text.str.contains(r"^[=+\-@\t\r]")
    return frame.with_columns(pl.when(risky).then("'" + text).otherwise(text).name.keep())
