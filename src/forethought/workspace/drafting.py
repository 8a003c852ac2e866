"""Draft a data contract from a file or a database query."""

from __future__ import annotations

from pathlib import Path

from forethought.errors import NotFound


def draft_contract(source: str, query: str = "") -> str:
    """The draft, as ODCS YAML for a person to correct.

    Args:
        source: A file, or the URL of a database (`sqlite:///file.db`) with a query.
        query: SQL, where the source is a database.

    Raises:
        NotFound: There is no such file.
        DataError: The file cannot be read.
    """
    from forethought.data import draft

    if query or "://" in source:
        return draft.draft_query(source, query)
    path = Path(source)
    if not path.is_file():
        raise NotFound("There is no such file.", where=source)
    return draft.draft_contract(path)
