from __future__ import annotations

import polars as pl

from forethought.results.protocol import SHOWN_ROWS, Result, html_table, notebook_html


def test_all_text_of_a_notebook_is_escaped() -> None:
    bad = "<script>alert(1)</script>"
    frame = pl.DataFrame({bad: [bad, None], "n": [1234.5, -2.0]})
    html = notebook_html(bad, frame, "<svg onload='x'></svg>", bad, alt='" onerror="x')
    assert "<script" not in html
    assert "onload" not in html
    assert '" onerror="' not in html
    assert "&lt;script&gt;" in html
    assert "1,234" in html


def test_a_long_frame_says_how_many_rows_it_has() -> None:
    frame = pl.DataFrame({"n": range(1000)})
    html = notebook_html("Rows", frame)
    assert html.count("<tr>") == SHOWN_ROWS + 1
    assert "of 1,000 rows" in html


def test_a_table_has_scopes_and_numbers_at_the_right() -> None:
    html = html_table(["Area", "People"], [["A", "10"]], [False, True], "People by area.")
    assert '<th scope="col" align="right">People</th>' in html
    assert '<th scope="row" align="left">A</th>' in html
    assert "<caption>People by area.</caption>" in html


def test_a_forecast_offers_what_a_result_must() -> None:
    class Sums:
        frame = pl.DataFrame({"n": [1]})

        def headline(self) -> str:
            return "One."

        def chart(self) -> None:
            return None

        def _repr_html_(self) -> str:
            return notebook_html(self.headline(), self.frame)

    assert isinstance(Sums(), Result)
    assert not isinstance(object(), Result)
