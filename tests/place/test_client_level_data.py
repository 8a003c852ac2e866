from __future__ import annotations

from pathlib import Path

import forethought.county
from forethought.data.contracts import load_contract
from forethought.place.client_level_data import CODES, FIELDS

CONTRACT = Path(forethought.county.__file__).parent / "template/contracts/asc_events.yaml"


def test_release_2_has_46_fields_of_different_names() -> None:
    assert len({field.heading for field in FIELDS}) == 46
    assert FIELDS[0].heading == "LA_Code"
    assert FIELDS[-1].heading == "Planned_units_per_week"


def test_code_lists_belong_to_fields_and_name_no_value_twice() -> None:
    assert CODES.keys() <= {field.name for field in FIELDS}
    assert all(len(set(codes)) == len(codes) for codes in CODES.values())


def test_the_contract_of_events_has_the_fields_in_their_order() -> None:
    columns = load_contract(CONTRACT).columns
    assert [column.heading for column in columns] == [f.heading for f in FIELDS] + ["Recorded_On"]
    assert [column.name for column in columns[:-1]] == [field.name for field in FIELDS]
    assert [column.type for column in columns[:-1]] == [field.kind for field in FIELDS]
