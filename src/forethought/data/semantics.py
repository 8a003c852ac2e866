"""What a value *is* (an NHS number, a postcode, ...): its tidy form and the rule that it obeys.

Each rule is written twice: as DuckDB SQL, which checks millions of rows, and as plain Python,
which judges the SQL in tests and guesses semantic types in a draft.

References:
    NHS Data Dictionary, NHS NUMBER (modulus 11 check digit); BS 7666 (UPRN, up to 12 digits);
    Royal Mail, postcode format; ONS, coding and naming policy (nine-character area codes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

POSTCODE = r"(GIR 0AA|[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][ABD-HJLNP-UW-Z]{2})"
UPRN = r"[1-9][0-9]{0,11}"
LSOA = r"([EWS]01|[A-DF-RT-VX-Z][0-9]{2})[0-9]{6}"
EARLIEST_BIRTH = "1895-01-01"
NHS_DIGITS = 10

DESCRIPTIONS: Mapping[str, str] = {
    "nhs_number": "is an NHS number (ten digits, check digit right)",
    "uprn": "is a UPRN (up to twelve digits)",
    "postcode": "has the form of a postcode",
    "lsoa": "has the form of an LSOA code",
    "date_of_birth": f"is a date of birth (from {EARLIEST_BIRTH[:4]}, not in the future)",
}


def tidy_sql(semantic: str, text: str) -> str:
    """SQL for the tidy form of a text: spaces, hyphens and case as the standard writes them."""
    if semantic == "nhs_number":
        return f"translate({text}, ' -', '')"
    if semantic == "uprn":
        return f"ltrim({text}, '0')"
    if semantic == "postcode":
        bare = f"upper(replace({text}, ' ', ''))"
        return f"regexp_replace({bare}, '^(.+)(.{{3}})$', '\\1 \\2')"
    if semantic == "lsoa":
        return f"upper({text})"
    return text


def rule_sql(semantic: str, column: str) -> str:
    """SQL of the rule on a tidy value; empty where the semantic type has none."""
    if semantic == "nhs_number":
        number = f"TRY_CAST({column} AS BIGINT)"
        weighted = " + ".join(
            f"{10 - i} * (({number} // {10 ** (9 - i)}) % 10)" for i in range(NHS_DIGITS - 1)
        )
        return (
            f"regexp_full_match({column}, '[0-9]{{10}}') AND {number} % 1111111111 <> 0"
            f" AND ({weighted} + {number} % 10) % 11 = 0"
        )
    pattern = {"uprn": UPRN, "postcode": POSTCODE, "lsoa": LSOA}.get(semantic)
    if pattern:
        return f"regexp_full_match({column}, '{pattern}')"
    if semantic == "date_of_birth":
        return f"{column} BETWEEN DATE '{EARLIEST_BIRTH}' AND as_of"
    return ""


def is_nhs_number(text: str) -> bool:
    """Whether ten digits carry a right check digit and are no repeated digit.

    The digits times 10, 9, ..., 1 sum to a multiple of 11 exactly when the check digit is right.
    """
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"[0-9]{10}", digits) or len(set(digits)) == 1:
        return False
    return sum((10 - i) * int(digit) for i, digit in enumerate(digits)) % 11 == 0


def is_postcode(text: str) -> bool:
    """Whether a text has the form of a postcode, with or without its space."""
    bare = text.replace(" ", "").upper()
    return re.fullmatch(POSTCODE, f"{bare[:-3]} {bare[-3:]}") is not None


def is_uprn(text: str) -> bool:
    """Whether a text has the form of a UPRN."""
    return re.fullmatch(UPRN, text.lstrip("0")) is not None


def is_lsoa(text: str) -> bool:
    """Whether a text has the form of an LSOA code."""
    return re.fullmatch(LSOA, text.upper()) is not None
