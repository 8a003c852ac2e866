"""A real PostgreSQL for a test session: started here where its programs are, else named outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMED = "FORETHOUGHT_TEST_POSTGRES"
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
ROOT = 0
NOBODY = "nobody"  # PostgreSQL refuses to be run by root
STARTS_WITHIN_SECONDS = "20"


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, where they are installed."""
    found = shutil.which("initdb")
    places = [*PLACES, *([Path(found).resolve().parent] if found else [])]
    return next((place for place in places if (place / "pg_ctl").is_file()), None)


@contextmanager
def server() -> Iterator[str]:
    """URL of an empty database; empty where there is no server and none can be started."""
    place = programs()
    if os.environ.get(NAMED) or place is None:
        yield os.environ.get(NAMED, "")
        return
    folder = Path(tempfile.mkdtemp(prefix="forethought-postgresql-"))
    user = NOBODY if os.geteuid() == ROOT else None
    if user:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"
    settings = f"-F -c listen_addresses='' -c unix_socket_directories={folder}"

    def call(program: str, *words: str) -> None:
        command = [str(place / program), *words]
        subprocess.run(command, check=True, cwd=folder, user=user, stdout=subprocess.DEVNULL)

    try:
        call("initdb", "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync")
        start = ("-w", "-t", STARTS_WITHIN_SECONDS, "-l", str(log), "-o", settings, "start")
        call("pg_ctl", "-D", str(data), *start)
        try:
            yield f"postgresql+psycopg://tests@/postgres?host={folder}"
        finally:
            call("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
