"""Addresses of the pages, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from forethought.web.interface import Target

FIXED = {"home": "/", "catalogue": "/data", "trust": "/trust", "audit": "/trust/audit"}


def query(view: Mapping[str, str]) -> str:
    """`?a=1&b=2`, or nothing; sorted, so that one view has one address."""
    return f"?{urlencode(sorted(view.items()))}" if view else ""


def insight(insight_id: str, view: Mapping[str, str] | None = None) -> str:
    """Page of an insight."""
    return f"/insights/{quote(insight_id)}{query(view or {})}"


def finer(insight_id: str, run_id: str, part: int, step: int, view: Mapping[str, str]) -> str:
    """Where a page asks whether a part of it is ready in more detail than a step."""
    return f"/insights/{quote(insight_id)}/finer/{quote(run_id)}/{part}/{step}{query(view)}"


def run(run_id: str) -> str:
    """Receipt of a run."""
    return f"/runs/{quote(run_id)}"


def chart(run_id: str, name: str, size: str, view: Mapping[str, str]) -> str:
    """Drawing of a run: `wide`, `medium` or `narrow`; immutable."""
    return f"/runs/{quote(run_id)}/charts/{quote(name)}/{size}.svg{query(view)}"


def keep(insight_id: str) -> str:
    """Where a what-if of an insight is kept as a scenario (POST)."""
    return f"/insights/{quote(insight_id)}/keep"


def respond(insight_id: str) -> str:
    """Where a signal of an insight is answered (POST)."""
    return f"/insights/{quote(insight_id)}/respond"


def download(run_id: str, file_format: str, view: Mapping[str, str]) -> str:
    """File of a run."""
    return f"/runs/{quote(run_id)}/download.{quote(file_format)}{query(view)}"


def dataset(name: str) -> str:
    """Page of a dataset."""
    return f"/data/{quote(name)}"


def href(target: Target) -> str:
    """Address of anything that has a page of its own."""
    if target.kind in FIXED:
        return FIXED[target.kind]
    by_name: dict[str, Callable[[str], str]] = {
        "room": room,
        "insight": insight,
        "run": run,
        "dataset": dataset,
    }
    return by_name[target.kind](target.name)


def room(name: str) -> str:
    """List of a room."""
    return f"/{quote(name)}"


def local(path: str) -> str:
    """The path where it stays on this site, else the home page (after sign-in)."""
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
