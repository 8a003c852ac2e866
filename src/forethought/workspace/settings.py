"""`forethought.toml`: place, store and, for demonstrations, a fixed today."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forethought.errors import NotFound, Problem, SpecificationError, did_you_mean

SETTINGS_FILE = "forethought.toml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BoundarySettings(_Part):
    """A file of boundaries that was not made for this program."""

    file: str = Field(description="GeoJSON, plain or .gz, inside the workspace or elsewhere.")
    code: str = Field(description="Property of a feature that holds the area's code.")
    name: str = Field(description="Property of a feature that holds the area's name.")


class PlaceSettings(_Part):
    """Whose workspace it is."""

    name: str = Field(description="Name of the place, as pages write it.")
    council: str = Field(description="Name of the council, in the header of pages.")
    partner: str = Field(
        "", description="The council as a partner: its own data need a record of processing."
    )
    synthetic: bool = Field(False, description="Marks every page and export as made up.")
    geography: str = Field("geography", description="Folder of boundaries (GeoJSON).")
    boundaries: dict[str, BoundarySettings] = Field(
        {}, description="Boundary files by level (district, lsoa21), instead of the folder's."
    )
    contact: str = Field("", description="Whom residents and staff may ask: an e-mail address.")


class StoreSettings(_Part):
    """Where and in which format data is kept."""

    id: str = Field(description="Names the key file of this store.")
    format: int = Field(1, ge=1, description="Format number of the store.")
    folder: str = Field("store", description="Folder of the store inside the workspace.")


class WebSettings(_Part):
    """How pages are served."""

    https: bool = Field(False, description="Send cookies over https only.")
    idle_minutes: int = Field(15, ge=1, le=480, description="Sign out after idle minutes.")


class Settings(_Part):
    """All of `forethought.toml`."""

    place: PlaceSettings
    store: StoreSettings
    web: WebSettings = WebSettings()
    today: date | None = Field(None, description="Fixes today; leave out in real use.")

    def day(self) -> date:
        """Today, as this workspace has it."""
        return self.today or datetime.now(tz=UTC).date()


def load_settings(workspace: Path) -> Settings:
    """Read `forethought.toml`.

    Raises:
        NotFound: The folder is no workspace.
        SpecificationError: All problems of the file at once.
    """
    path = workspace / SETTINGS_FILE
    if not path.is_file():
        raise NotFound(
            f'"{workspace}" is no workspace: it has no {SETTINGS_FILE}.',
            remedy="Make one: forethought init, or forethought demo for a synthetic county.",
        )
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise SpecificationError(f"This is not TOML: {error}.", where=SETTINGS_FILE) from None
    except ValidationError as error:
        problems = [_problem(item["loc"], item["type"], item["msg"]) for item in error.errors()]
        raise SpecificationError(
            f"{len(problems)} problems", where=SETTINGS_FILE, problems=problems
        ) from None


def _problem(place: tuple[int | str, ...], kind: str, message: str) -> Problem:
    where = ".".join(str(key) for key in place)
    if kind == "extra_forbidden":
        part: type[BaseModel] = Settings
        for key in place[:-1]:
            inner = part.model_fields[str(key)].annotation
            part = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else part
        return Problem(
            "This is no setting.", where, did_you_mean(str(place[-1]), part.model_fields)
        )
    return Problem(f"{message}.", where)
