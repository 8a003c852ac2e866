"""Every broken file gets an error that says where and what to do, and shows nobody's data."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.data.broken import (
    BROKEN,
    CONTRACT,
    HEADINGS,
    LINES,
    PLAIN,
    ROWS,
    SECRETS,
    Broken,
    xlsx_bytes,
)

from forethought.data.contracts import Contract, load_contract
from forethought.data.deliveries import read_delivery
from forethought.errors import DataError


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path = tmp_path_factory.mktemp("contracts") / "people.yaml"
    path.write_text(CONTRACT)
    return load_contract(path)


def test_there_are_sixty_broken_files_of_different_names() -> None:
    assert len({broken.title for broken in BROKEN}) == len(BROKEN) >= 60


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.title)
def test_broken_file_says_where_and_what_to_do(
    broken: Broken, contract: Contract, tmp_path: Path
) -> None:
    path = tmp_path / broken.name
    path.write_bytes(broken.make())
    with pytest.raises(DataError) as caught:
        read_delivery(path, contract)
    error = caught.value
    words = str(error)
    assert broken.name in words
    assert error.remedy or all(problem.remedy for problem in error.problems)
    for expected in broken.words:
        assert expected in words
    for secret in SECRETS:
        assert secret not in words
        assert secret not in str(error.as_json())
    assert error.__suppress_context__ or error.__context__ is None


def test_missing_file_is_named(contract: Contract, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read_delivery(tmp_path / "absent.csv", contract)


def test_folder_is_no_file(contract: Contract, tmp_path: Path) -> None:
    (tmp_path / "people.csv").mkdir()
    with pytest.raises(DataError, match="cannot be opened"):
        read_delivery(tmp_path / "people.csv", contract)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("people.csv", PLAIN.encode()),
        ("people.csv", PLAIN.encode("utf-8-sig")),
        ("people.csv", PLAIN.replace("\n", "\r\n").encode()),
        ("people.csv", PLAIN.replace("\n", "\r").encode()),
        ("people.csv", PLAIN.rstrip().encode()),
        ("people.csv", (PLAIN + "\n\n").encode()),
        ("people.csv", (LINES[0] + "\n\n" + "".join(LINES[1:])).encode()),
        ("people.xlsx", xlsx_bytes()),
    ],
)
def test_what_is_not_broken_is_read_whole(
    name: str, content: bytes, contract: Contract, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    frame = read_delivery(path, contract).frame
    values = frame.drop("source_row").rows()
    assert values == [tuple(value or None for value in row) for row in ROWS]
    assert frame.columns == [*(h.lower() for h in HEADINGS), "source_row"]


def test_bytes_in_memory_read_as_the_file_does(contract: Contract) -> None:
    delivery = read_delivery("people.csv", contract, content=PLAIN.encode())
    assert delivery.rows == 3
    assert delivery.bytes == len(PLAIN.encode())
