"""Keyed pseudonyms of people and households, made from distinct values, never row by row."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTERS = 32  # 128 bits: two of 10 million people share one with chance 1.5e-25
NHS_DIGITS = 10
REPEATED_ONES = 1_111_111_111  # its multiples below ten thousand million are one digit ten times


class Pseudonymiser:
    """Pseudonyms under one key: HMAC-SHA256, cut to 128 bits, in hexadecimal.

    Without the key a pseudonym cannot be tried out against the thousand million NHS numbers;
    with it the same value always gives the same pseudonym.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def one(self, kind: str, value: str) -> str:
        """The pseudonym of one value; `kind` keeps numbers of different sorts apart."""
        return hmac.digest(self._key, f"{kind}|{value}".encode(), "sha256").hex()[:LETTERS]

    def mapping(self, kind: str, values: Iterable[str]) -> dict[str, str]:
        """Each distinct value to its pseudonym."""
        return {value: self.one(kind, value) for value in values}

    def column(self, kind: str, values: pl.Series) -> pl.Series:
        """A column of pseudonyms; nothing stays nothing."""
        return translated(values, self.mapping(kind, values.drop_nulls().unique()))


def translated(values: pl.Series, mapping: dict[str, str]) -> pl.Series:
    """The column with each value replaced through the mapping; what it lacks becomes null."""
    if not mapping:
        return pl.Series(values.name, [None] * len(values), dtype=pl.String)
    return values.replace_strict(
        list(mapping.keys()), list(mapping.values()), default=None, return_dtype=pl.String
    )


def clean_text(values: pl.Expr) -> pl.Expr:
    """An id as written, without blanks around it; empty text is no id."""
    trimmed = values.cast(pl.String).str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def valid_nhs_number(values: pl.Expr) -> pl.Expr:
    """The NHS number's ten digits where it is valid, else null.

    Valid: ten digits (blanks and hyphens between them are ignored), the modulus 11 check digit
    of the NHS Data Dictionary, and not one digit ten times, which systems write as a
    placeholder and which would pass the check.
    """
    digits = values.cast(pl.String).str.replace_all(r"[\s-]", "")
    digits = pl.when(digits.str.contains(r"^[0-9]{10}$")).then(digits)
    number = digits.cast(pl.Int64, strict=False)
    weighted = pl.sum_horizontal(
        number // 10**place % 10 * (place + 1) for place in range(1, NHS_DIGITS)
    )
    check = (11 - weighted % 11) % 11
    placeholder = number % REPEATED_ONES == 0
    return pl.when((check == number % 10) & ~placeholder).then(digits)


def clean_uprn(values: pl.Expr) -> pl.Expr:
    """A Unique Property Reference Number: 1 to 12 digits without leading noughts, else null."""
    digits = values.cast(pl.String).str.strip_chars().str.strip_chars_start("0")
    return pl.when(digits.str.contains(r"^[0-9]{1,12}$")).then(digits)


def clean_postcode(values: pl.Expr) -> pl.Expr:
    """A postcode in capitals without blanks, so that two ways of writing it meet."""
    joined = values.cast(pl.String).str.replace_all(r"\s", "").str.to_uppercase()
    return pl.when(joined != "").then(joined)
