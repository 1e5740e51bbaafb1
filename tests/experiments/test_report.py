"""The report page as text: complete, self-contained, escaped, and careful with what is already there."""

import json
import re
from html.parser import HTMLParser

import pytest

from experiments.report import write_report
from experiments.report_page import MARKER, POLICY

AXES = {
    "device.c2c": [0.0, 1.0, 2.0],
    "rule.lr": [0.01, 0.1],
    "rule.name": ["bp", "fa"],
    "decorrelation.on": ["none", "crossbar"],
    "train.seed": [0, 1],
}
EVIL = '<script>alert("x")</script>'


def run_of(curves):
    def run(at):
        if at["device.c2c"] == 2.0 and at["rule.name"] == "fa":
            return f"failed: Traceback\n  line\nValueError: {EVIL}"
        return curves(0.1, 0.4, 0.9 - 0.1 * at["device.c2c"] - 0.01 * at["train.seed"] - 0.1 * (at["rule.name"] == "fa"))

    return run


class Page(HTMLParser):
    """Elements with their attributes, the text outside of scripts and styles, and the open elements at the end."""

    VOID = ("meta", "br", "path", "circle", "rect")

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture
def html(results_file, curves, tmp_path):
    path = results_file(
        AXES, run_of(curves), preset_doi="10.1109/IEDM.2017.8268338", command_line=EVIL, end_utc="2026-01-02T03:04:05+00:00"
    )
    write_report(path, tmp_path / "report.html")
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_has_every_plot(html):
    page = Page(html)
    assert page.open == []
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', html, re.DOTALL)[1])
    plots = [attrs for attrs in page.of("div") if attrs.get("class") == "plot"]
    assert len(plots) == sum(len(panel["plots"]) for panel in figures)
    # two axes of numbers; a heat map for each of four lines; four learning curves; correlation; two costs; the device
    assert len(plots) == 2 + 4 + 4 + 1 + 2 + 1
    ids = [attrs["id"] for attrs in page.of("section")]
    assert len(ids) == len(set(ids))
    assert {panel["id"] for panel in figures} <= set(ids)
    assert {attrs["href"][1:] for attrs in page.of("a") if attrs["href"].startswith("#")} == set(ids)


def test_every_choice_has_as_many_options_as_the_views_need(html):
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', html, re.DOTALL)[1])
    for panel in figures:
        section = re.search(rf'<section id="{panel["id"]}">(.*?)</section>', html, re.DOTALL)[1]
        views = 1
        for choice in re.findall(r"<select>(.*?)</select>", section):
            views *= choice.count("<option")
            assert choice.count(" selected") == 1
        assert {len(plot) for plot in panel["plots"]} == {views}


def test_plotly_is_inside_once_and_nothing_is_loaded(html):
    page = Page(html)
    assert html.count("plotly.js v") == 1
    assert len(page.of("script")) == 3  # figures, plotly, ours
    for tag in ("link", "img", "iframe", "object", "embed", "base"):
        assert page.of(tag) == []
    assert all("src" not in attrs for _, attrs in page.elements)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in page.of("meta")
    links = [attrs["href"] for attrs in page.of("a") if not attrs["href"].startswith("#")]
    assert links == ["https://doi.org/10.1109/IEDM.2017.8268338"]


def test_words_from_the_file_are_text_never_markup(html):
    assert EVIL not in html
    assert EVIL in "".join(Page(html).words)


def test_the_sentence_says_what_was_swept_how_it_ended_and_what_was_best(html):
    words = re.search(r'<p class="lede">(.*?)</p>', html)[1]
    swept = "3 values of device c2c, 2 values of rule lr, 2 values of rule, 2 values of decorrelation and 2 values of train seed"
    assert f"Swept: {swept}. 48 runs: 40 ok, 8 failed." in words
    assert "Best: device c2c 0, rule lr 0.01, rule bp, decorrelation none, with 89.5 ± 0.7 % test accuracy" in words
    assert "analogdecor report · 2026-01-02 03:04 UTC" in html


def test_every_failure_is_listed_with_its_reason(html):
    words = Page(html).words
    assert words.count("failed") == 8
    assert words.count(f"ValueError: {EVIL}") == 8
    assert sum(word == "device c2c 2, rule lr 0.1, rule fa, decorrelation crossbar, train seed 1" for word in words) == 1


@pytest.mark.parametrize(
    ("axes", "outcome", "sentence"),
    [
        ({}, None, "1 run, ok. It reached 70.0 % test accuracy after the last epoch."),
        ({"rule.name": ["bp", "fa"]}, None, "Swept: 2 values of rule. 2 runs, all ok. Best: rule bp, with 70.0 %"),
        ({"rule.name": ["bp", "fa"]}, "failed: x", "2 runs: 2 failed. No run gave a test accuracy."),
        ({"device.c2c": [0.0, 1.0]}, "missing", "2 runs: 2 missing. No run gave a test accuracy."),
    ],
)
def test_small_and_broken_files_make_a_page(axes, outcome, sentence, results_file, curves, tmp_path):
    write_report(results_file(axes, lambda at: outcome or curves(0.1, 0.7)), tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert sentence in text
    assert Page(text).open == []


def test_all_numbers_nan_makes_a_page(results_file, curves, tmp_path):
    nan = float("nan")
    path = results_file({"device.c2c": [0.0, 1.0]}, lambda at: {name: [nan, nan] for name in curves(0.1, 0.2)})
    write_report(path, tmp_path / "r.html")
    assert "No run gave a test accuracy." in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_an_earlier_report_is_replaced_and_any_other_file_is_kept(results_file, curves, tmp_path):
    path, out = results_file({}, lambda at: curves(0.1, 0.7)), tmp_path / "r.html"
    out.write_text(f"<!DOCTYPE html>\n{MARKER}\nold")
    write_report(path, out)
    assert out.stat().st_size > 1_000_000
    other = tmp_path / "thesis.html"
    other.write_text("<html>mine</html>")
    for target in (other, path, tmp_path):
        with pytest.raises(ValueError, match="not overwritten"):
            write_report(path, target)
    assert other.read_text() == "<html>mine</html>"


def test_a_place_that_cannot_be_written_is_one_line_and_leaves_nothing(results_file, curves, tmp_path):
    path = results_file({}, lambda at: curves(0.1, 0.7))
    with pytest.raises(ValueError, match=r"cannot write .*No such file or directory") as caught:
        write_report(path, tmp_path / "absent" / "r.html")
    assert "\n" not in str(caught.value)
    write_report(path, tmp_path / "r.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.html", "results.h5"]
