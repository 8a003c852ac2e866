"""Errors are part of the interface: what is wrong, where, and what to do.

Each class has one exit code (CLI) and one HTTP status (web); both come from here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        what: The fact, in plain words, without an identifier's value.
        where: File, row, field or setting; empty where the error itself says it.
        remedy: What the reader does next.
    """

    what: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        lead = f"{self.where}: " if self.where else ""
        return " ".join(part for part in (f"{lead}{self.what}", self.remedy) if part)


class ForethoughtError(Exception):
    """Base of all errors that a user may meet; shown without a traceback.

    Args:
        what: What is wrong, in one sentence.
        where: File, row, field, dataset or run.
        remedy: What to do next, in one sentence.
        problems: The parts of it, where several things are wrong at once.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.problems = tuple(problems)

    def __str__(self) -> str:
        lines = [str(Problem(self.what, self.where, self.remedy))]
        lines += [f"  {problem}" for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            lines.append(f"  and {len(self.problems) - SHOWN_PROBLEMS:,} more")
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """The one JSON shape of an error, for the CLI's `--json` and the web's API."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "remedy": self.remedy,
            "problems": [vars(problem) for problem in self.problems],
        }


class UsageError(ForethoughtError):
    """A command, an argument or a library call was used in a way that it does not have."""

    exit_code = 2
    http_status = 400


class NotFound(ForethoughtError):
    """A dataset, insight, run or person of that name does not exist here."""

    exit_code = 2
    http_status = 404


class SpecificationError(ForethoughtError):
    """A file of the workspace (contract, agreement, insight, settings) is wrong."""

    exit_code = 10
    http_status = 422


class DataError(ForethoughtError):
    """A data file or a frame cannot be used as it is."""

    exit_code = 11
    http_status = 422


class AccessDenied(ForethoughtError):
    """The gate refused: person, purpose, agreement or remit does not allow it."""

    exit_code = 12
    http_status = 403


class CheckFailed(ForethoughtError):
    """A check ran and did not pass (quality, verification, audit chain)."""

    exit_code = 13
    http_status = 409


class DisclosureError(ForethoughtError):
    """A result would reveal a small number."""

    exit_code = 14
    http_status = 409


class ApprovalMissing(ForethoughtError):
    """An approval is missing, expired or withdrawn."""

    exit_code = 15
    http_status = 409


class StoreError(ForethoughtError):
    """The store cannot be opened, read or written."""

    exit_code = 16
    http_status = 503


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: the nearest known one, or the list where it is short."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    if names and len(names) <= SHOWN_PROBLEMS:
        return "Known: " + ", ".join(names) + "."
    return ""
