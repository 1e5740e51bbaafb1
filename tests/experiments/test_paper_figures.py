"""The figures of a report for papers: all of them, nothing overwritten, and the numbers of the page."""

import re

import matplotlib.image
import pytest

from experiments import paper_figures
from experiments.device_figure import device_panel
from experiments.figures import panels
from experiments.paper_figures import write_pages, write_pictures
from experiments.report import write
from experiments.summary import read_results

AXES = {"device.c2c": [0.0, 1.0, 4.0], "device.d2d": [0.0, 1.0], "rule.name": ["bp", "fa"], "rule.lr": [0.01, 1.0], "train.seed": [0, 1]}


@pytest.fixture
def path(results_file, curves):
    def run(at):
        if at["device.c2c"] == 4.0 and at["rule.name"] == "fa":
            return "failed: no"
        return curves(0.1, 0.4, 0.9 - 0.1 * at["device.c2c"] - 0.1 * at["device.d2d"] - 0.01 * at["train.seed"])

    return results_file(AXES, run)


@pytest.fixture
def small(results_file, curves):
    return results_file({"rule.name": ["bp", "fa"]}, lambda at: curves(0.1, 0.4))


def test_a_page_for_every_panel_of_the_report(path, tmp_path):
    results = read_results(path)
    drawn = [panel for panel in (*panels(results), device_panel(results)) if panel.plots]
    assert len(drawn) == 3 + 3 + 4  # axes of numbers, their pairs; learning, correlation, costs, device
    (out,) = write_pages(path, tmp_path / "a.pdf")
    data = out.read_bytes()
    assert data.startswith(b"%PDF")
    assert int(re.search(rb"/Count (\d+)", data)[1]) == len(drawn)
    assert b"/FontFile2" in data  # TrueType, embedded: text stays text
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.pdf", "results.h5"]


def test_a_picture_for_every_panel(small, tmp_path):
    made = write_pictures(small, tmp_path / "a.png")
    assert [file.name for file in made] == [f"a-{number}.png" for number in range(1, 5)]
    for file in made:
        picture = matplotlib.image.imread(file)
        assert picture.shape[1] == round(300 * paper_figures.WIDTH)
        assert picture[..., :3].std() > 0.02  # something is on it
    before = [file.stat().st_mode for file in made]
    assert [file.stat().st_mode for file in write_pictures(small, tmp_path / "a.png")] == before


def test_the_title_says_what_is_held(path):
    results = read_results(path)
    (curves_panel,) = [panel for panel in panels(results) if panel.title == "Learning curves"]
    figure = paper_figures._figure(curves_panel)
    assert figure.get_suptitle() == "Learning curves (device c2c 1, device d2d 1, rule lr 0.01)"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["bp", "fa"]


def test_other_files_stay(small, tmp_path):
    for name in ("a.pdf", "a-2.png"):
        (tmp_path / name).write_text("my thesis")
    with pytest.raises(ValueError, match=r"a\.pdf exists and is no figure of an analogdecor report"):
        write_pages(small, tmp_path / "a.pdf")
    with pytest.raises(ValueError, match=r"a-2\.png exists"):
        write_pictures(small, tmp_path / "a.png")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a-2.png", "a.pdf", "results.h5"]
    assert (tmp_path / "a.pdf").read_text() == "my thesis"


def test_an_unknown_form_is_named(path, tmp_path):
    with pytest.raises(ValueError, match="--format svg is not accepted: html, pdf, png are"):
        write(path, tmp_path / "a.svg", "svg")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["results.h5"]
