"""What the page on early warning says was measured is what the benchmarks' results say."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


def test_tables_of_early_warning_are_those_of_the_results() -> None:
    found = spec_from_file_location("early", CHECKOUT / "scripts" / "early_warning_page.py")
    assert found is not None
    assert found.loader is not None
    script = module_from_spec(found)
    found.loader.exec_module(script)
    text = (CHECKOUT / "docs" / "explanation" / "early-warning.md").read_text(encoding="utf-8")
    assert script.page(text) == text
