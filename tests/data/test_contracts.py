"""Contract files: what loads, and how every problem is named at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.data.broken import CONTRACT

from forethought.data.contracts import Contract, load_contract, load_contracts
from forethought.errors import SpecificationError

PURPOSES = "purposes: [{id: plan-services, name: Planning, article6: public_task}]"
LATE = "partner: saltmarshire\n      timeliness: {column: birn, days: 7}"
TWICE = "id: r, metric: duplicateValues"


def written(folder: Path, text: str, name: str = "people.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def loaded(folder: Path, *changes: tuple[str, str]) -> Contract:
    text = CONTRACT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_contract(written(folder, text))


def refused(folder: Path, *changes: tuple[str, str]) -> SpecificationError:
    with pytest.raises(SpecificationError) as caught:
        loaded(folder, *changes)
    return caught.value


def test_contract_says_who_answers_and_what_is_checked(tmp_path: Path) -> None:
    contract = loaded(tmp_path)
    assert (contract.owner, contract.steward) == ("elin.marsh", "joe.pell")
    assert contract.partners == ("saltmarshire",)
    assert contract.key == ("ref",)
    assert contract.retention_years == 8
    assert contract.identifiers == ("nhs_number", "surname")
    assert contract.purposes[0].article6 == "public_task"
    assert {rule.id for rule in contract.rules} == {
        *("ref_required", "nhs_number_is_nhs_number", "born_type", "kind_required"),
        *("cost_type", "cost_range", "key_unique"),
    }


def test_fingerprint_ignores_spacing_and_notices_meaning(tmp_path: Path) -> None:
    plain = loaded(tmp_path)
    spaced = load_contract(written(tmp_path, "# a comment\n" + CONTRACT.replace(": ", ":   ")))
    other = loaded(tmp_path, ("minimum_count: 10", "minimum_count: 5"))
    assert spaced.fingerprint == plain.fingerprint
    assert other.fingerprint != plain.fingerprint


def test_key_columns_are_required_though_the_file_does_not_say_so(tmp_path: Path) -> None:
    contract = loaded(
        tmp_path,
        (
            "logicalType: string, required: true}\n      - name",
            "logicalType: string}\n      - name",
        ),
    )
    assert contract.column("ref").required
    assert "ref_required" in {rule.id for rule in contract.rules}


def test_all_problems_come_at_once_with_their_lines(tmp_path: Path) -> None:
    error = refused(
        tmp_path,
        ("logicalType: number", "logicalType: numbr"),
        ("minimum_count: 10", "minimum_cuont: 10"),
        ("kind: DataContract", "kind: DataContrct"),
    )
    words = [str(problem) for problem in error.problems]
    assert words == sorted(words, key=lambda line: int(line.split()[1]))
    assert len(words) == 4
    assert words[0].startswith("line 3  kind")
    assert "numbr" in words[1]
    assert 'Did you mean "minimum_count"?' in str(error)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("semantic: nhs_number", "semantic: nhs_numbr"), 'Did you mean "nhs_number"?'),
        (("sensitivity: 4", "sensitivity: 9"), "sensitivity"),
        (("key: [ref]", "key: [reff]"), 'Did you mean "ref"?'),
        ((PURPOSES, ""), "No purpose"),
        (("role: owner", "role: boss"), "no owner"),
        (("username: elin.marsh", "username: to be named"), "still to be named"),
        (("status: active", "status: actve"), 'Did you mean "active"?'),
        (("apiVersion: v3.1.0", "apiVersion: v2.2.2"), "ODCS 3"),
        (("logicalType: number", "logicalType: numbr"), 'Did you mean "number"?'),
        (("minimum: 0", "minimun: 0"), 'Did you mean "minimum"?'),
        (("minimum: 0", "minimum: 5, maximum: 1"), "above maximum"),
        (("name: kind", "name: Kind"), "no column name"),
        (("name: kind", "name: person_id"), "store uses itself"),
        (("physicalName: Kind", "physicalName: Cost"), 'the heading "cost"'),
        (("physicalName: Kind", "phisicalName: Kind"), 'Did you mean "physicalName"?'),
        (("semantic: nhs_number", "semantic: date_of_birth"), "is a date, not a string"),
        (("semantic: person_name", "semantic: person_name, derive: lsoa21"), "cannot be derived"),
        (("article6: public_task", "article6: public_tusk"), 'Did you mean "public_task"?'),
        (("article6: public_task", "article6: public_task, article9: public_health"), "Schedule 1"),
        (("slaProperties: [{property: retention, value: 8, unit: y}]", ""), "No retention"),
        (("unit: y", "unit: fortnight"), "no value in y, m or d"),
        (("partner: saltmarshire", "delivery: whole"), "No partner"),
        (("partner: saltmarshire", LATE), 'Did you mean "born"?'),
        (
            ("property: forethought\n    value:", "property: other\n    value:"),
            "no forethought part",
        ),
    ],
)
def test_each_mistake_is_named_with_its_remedy(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    error = refused(tmp_path, change)
    assert expected in str(error)
    assert all("line " in problem.where for problem in error.problems)
    assert error.where == "people.yaml"


RULE = "logicalTypeOptions: {minimum: 0}}"


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        ("{id: r, type: sql, query: 'cost < '}", "no single expression"),
        ("{id: r, type: sql, query: 'csot > 1'}", 'Did you mean "cost"?'),
        ("{id: r, type: sql, query: 'SELECT count(*) FROM people'}", "single expression"),
        ("{id: r, type: sql, query: 'cost IN (SELECT 1)'}", "beyond its row"),
        ("{id: r, type: sql, query: 'sum(cost) > 1'}", "beyond its row"),
        ("{id: r, type: sql, query: 'born < current_date'}", "as_of"),
        ("{id: r, type: sql, query: 'random() < cost'}", "as_of"),
        ("{id: r, type: sql, query: 'cost + 1'}", "not true or false"),
        ("{id: r, type: sql, query: 'nosuchfunction(cost) > 1'}", "DuckDB says"),
        ("{id: r, type: sql, query: 'cost > 1', severity: fatal}", "no severity"),
        ("{id: r, type: sql, query: 'cost > 1', dimension: conformity}", "no dimension"),
        ("{type: sql, query: 'cost > 1'}", "no name of a rule"),
        ("{id: key_unique, type: sql, query: 'cost > 1'}", "Two rules"),
        ("{id: r, metric: nullValues, mustBe: 0}", "under that column"),
        (f"{{{TWICE}, mustBe: 0, arguments: {{properties: [borm]}}}}", 'Did you mean "born"?'),
        (f"{{{TWICE}, mustBeLessThan: 3, arguments: {{properties: [born]}}}}", "mustBe: 0"),
    ],
)
def test_rules_of_a_table_are_vetted(tmp_path: Path, quality: str, expected: str) -> None:
    error = refused(tmp_path, (RULE, f"{RULE}\n    quality:\n      - {quality}"))
    assert expected in str(error)


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        ("{id: r, metric: invalidValues, mustBe: 0, arguments: {pattern: '['}}", "DuckDB says"),
        ("{id: r, metric: invalidValues, mustBe: 0}", "validValues or a pattern"),
        ("{id: r, metric: rowCount, mustBe: 0}", "no metric that is checked"),
        ("{id: r, type: custom, engine: soda}", '"custom" are not checked'),
    ],
)
def test_rules_of_a_column_are_vetted(tmp_path: Path, quality: str, expected: str) -> None:
    kind = "physicalName: Kind, logicalType: string, required: true"
    error = refused(tmp_path, (kind, f"{kind}, quality: [{quality}]"))
    assert expected in str(error)


def test_layout_names_only_known_columns_and_partners(tmp_path: Path) -> None:
    layouts = (
        "layouts: [{name: a, partners: [wolds], rename: {Ref No: reff}, dates: {birn: '%d/%m/%Y'},"
        " codes: {knd: {A: B}}, absent: [ref], encoding: utf-9}]"
    )
    error = refused(tmp_path, ("key: [ref]", f"key: [ref]\n      {layouts}"))
    assert 'utf-9" is no encoding' in str(error)
    error = refused(
        tmp_path, ("key: [ref]", f"key: [ref]\n      {layouts.replace(', encoding: utf-9', '')}")
    )
    words = str(error)
    for expected in ('"reff"', '"birn"', '"knd"', '"wolds"', "required but absent"):
        assert expected in words


def test_draft_may_leave_people_and_purposes_open(tmp_path: Path) -> None:
    contract = loaded(
        tmp_path,
        ("status: active", "status: draft"),
        ("username: elin.marsh", "username: to be named"),
        (PURPOSES, "purposes: []"),
        ("slaProperties: [{property: retention, value: 8, unit: y}]", ""),
    )
    assert contract.status == "draft"
    assert contract.owner == "to be named"


def test_folder_gives_the_problems_of_all_files(tmp_path: Path) -> None:
    written(tmp_path, CONTRACT.replace("sensitivity: 4", "sensitivity: 6"), "a.yaml")
    written(tmp_path, CONTRACT.replace("kind: DataContract", "kind: X"), "b.yaml")
    written(tmp_path, "[1, 2", "c.yaml")
    with pytest.raises(SpecificationError) as caught:
        load_contracts(tmp_path)
    assert all(name in str(caught.value) for name in ("a.yaml", "b.yaml", "c.yaml"))


def test_folder_refuses_one_id_twice(tmp_path: Path) -> None:
    written(tmp_path, CONTRACT, "a.yaml")
    written(tmp_path, CONTRACT, "b.yaml")
    with pytest.raises(SpecificationError, match=r"that of a\.yaml too"):
        load_contracts(tmp_path)


def test_folder_gives_contracts_by_id(tmp_path: Path) -> None:
    written(tmp_path, CONTRACT)
    assert list(load_contracts(tmp_path)) == ["people"]


@pytest.mark.parametrize("column", ["kind", "cost"])
def test_timeliness_of_a_column_without_dates_is_named_with_its_line(
    tmp_path: Path, column: str
) -> None:
    error = refused(tmp_path, ("partner: saltmarshire", LATE.replace("birn", column)))
    (problem,) = error.problems
    assert f'"{column}" holds no dates' in problem.what
    line = next(
        number
        for number, text in enumerate((tmp_path / "people.yaml").read_text().splitlines(), 1)
        if "timeliness" in text
    )
    assert f"line {line}" in problem.where
