"""What a contract says under `forethought`, where the open standard has no word for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from forethought.data.contracts import Delivery, Semantic, Severity

Article6 = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
    "not_personal",
]
Article9 = Literal[
    "",
    "explicit_consent",
    "employment_and_social_security",
    "vital_interests",
    "not_for_profit_body",
    "made_public",
    "legal_claims",
    "substantial_public_interest",
    "health_or_social_care",
    "public_health",
    "archiving_research_or_statistics",
]
NEEDS_SCHEDULE_1 = (
    "employment_and_social_security",
    "substantial_public_interest",
    "health_or_social_care",
    "public_health",
    "archiving_research_or_statistics",
)


def _known_encoding(name: str) -> str:
    import codecs

    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f'"{name}" is no encoding. Use utf-8, cp1252 or utf-16.') from None
    return name


class Block(BaseModel):
    """Base: nothing unknown passes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PurposeBlock(Block):
    """A purpose with its lawful basis."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    name: str
    article6: Article6
    article9: Article9 = ""
    schedule1: str = ""


class TimelinessBlock(Block):
    """How new the newest row should be."""

    column: str
    days: float = Field(gt=0)


class ReferenceBlock(Block):
    """Where the true values of a column stand."""

    dataset: str
    column: str
    severity: Severity = "warning"


class LayoutBlock(Block):
    """How one kind of file writes the dataset."""

    name: str
    partners: tuple[str, ...] = ()
    format: Literal["", "csv", "xlsx", "parquet"] = ""
    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    sheet: str | None = None
    skip_rows: int = Field(0, ge=0, le=1000)
    rename: dict[str, str] = Field(default_factory=dict)
    dates: dict[str, str | list[str]] = Field(default_factory=dict)
    codes: dict[str, dict[str, str]] = Field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    absent: tuple[str, ...] = ()
    two_digit_births: Literal["past", "refuse"] = "past"


class DatasetBlock(Block):
    """The block of a whole contract."""

    partner: str = ""
    partners: tuple[str, ...] = ()
    delivery: Delivery = "whole"
    key: tuple[str, ...] = ()
    sensitivity: int = Field(ge=1, le=5)
    minimum_count: int = Field(ge=1)
    maximum_error_share: float = Field(0.05, ge=0, le=1)
    timeliness: TimelinessBlock | None = None
    purposes: tuple[PurposeBlock, ...] = ()
    layouts: tuple[LayoutBlock, ...] = ()


class ColumnBlock(Block):
    """The block of a column."""

    semantic: Semantic = "none"
    severity: Severity = "error"
    identifier: bool = False
    derive: Literal["", "birth_month", "lsoa21"] = ""
    unit: str = ""
    reference: ReferenceBlock | None = None
