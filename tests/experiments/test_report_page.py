"""The parts of a page."""

import json
import re

import pytest

from experiments.panel import Panel, Plot
from experiments.report_page import facts, page, table


def test_text_inside_a_figure_cannot_end_its_script():
    figure = {"data": [{"name": "</script><b>"}], "layout": {"height": 100}}
    panel = Panel(title="t", caption="", plots=(Plot("", (figure,)),))
    text = page(title="", lede="", when="", sections=[("t", "")], panels=[panel])
    stored = re.search(r'id="figures">(.*?)</script>', text, re.DOTALL)[1]
    assert json.loads(stored)[0]["plots"] == [[figure]]


def test_not_a_number_never_reaches_the_page():
    figure = {"data": [{"y": [float("nan")]}], "layout": {"height": 100}}
    with pytest.raises(ValueError, match="JSON"):
        page(title="", lede="", when="", sections=[], panels=[Panel(title="t", caption="", plots=(Plot("", (figure,)),))])


def test_only_a_whole_doi_becomes_a_link():
    assert 'href="https://doi.org/10.1109/IEDM.2017.8268338"' in facts([("doi", "10.1109/IEDM.2017.8268338")])
    for text in ("none", "javascript:alert(1)", "10.1109/a | 10.1109/b", "see 10.1109/a"):
        assert "href" not in facts([("doi", text)])
    assert '"><i>' not in facts([("doi", '10.1109/"><i>')])


def test_a_table_marks_its_best_row_and_aligns_numbers():
    text = table(["rule", "n"], [["bp", "1"], ["fa", "2"]], numeric=[False, True], best=1)
    assert '<tr><td>bp</td><td class="number">1</td></tr><tr class="best"><td>fa</td><td class="number">2</td></tr>' in text
