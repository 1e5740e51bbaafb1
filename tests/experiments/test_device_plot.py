import dataclasses

import numpy as np
import pytest
import torch

from device_models import preset
from device_models.noise import scaled
from device_models.pulse_response import pulse_response
from device_models.steps import mean_step
from device_models.switching.response import film_response
from experiments.device_plot import _drawn, _steps, plot_cell

STARTS = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}


def drawn(name, count=20):
    cell = preset(name)
    w_ND = pulse_response(cell, up=count, down=count, devices=30, seed=0)
    return _drawn(cell, w_ND, count), w_ND


@pytest.mark.parametrize("suffix", STARTS)
def test_the_suffix_decides_the_format(suffix, tmp_path):
    path = plot_cell(preset("fefet_jerry2017_mirror"), tmp_path / f"cell{suffix}", devices=20)
    assert path.read_bytes().startswith(STARTS[suffix])


@pytest.mark.parametrize("name", ["cell.jpg", "cell", "cell.png.txt"])
def test_other_formats_are_refused_before_anything_is_written(name, tmp_path):
    with pytest.raises(ValueError, match=r"written as \.png, \.pdf, \.svg, not as"):
        plot_cell(preset("ecram"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_ideal_cell_has_no_picture(tmp_path):
    with pytest.raises(ValueError, match="ideal and has no pulses"):
        plot_cell(preset("ideal"), tmp_path / "cell.png")


def test_the_mean_curve_is_the_mean_of_the_measured_devices():
    figure, w_ND = drawn("fefet_jerry2017_mirror")
    line = next(line for line in figure.axes[0].lines if line.get_label() == "mean of 30")
    np.testing.assert_allclose(line.get_ydata(), w_ND.mean(axis=1))
    np.testing.assert_array_equal(line.get_xdata(), np.arange(41))


def test_the_second_axis_reads_conductance():
    figure, _ = drawn("fefet_jerry2017_mirror")
    cell = preset("fefet_jerry2017_mirror")
    figure.draw_without_rendering()
    (second,) = figure.axes[0].child_axes
    low, high = figure.axes[0].get_ylim()
    expected = [cell.g_min + (w + 1) * (cell.g_max - cell.g_min) / 2 for w in (low, high)]
    np.testing.assert_allclose(second.get_ylim(), expected)
    assert not drawn("ecram")[0].axes[0].child_axes


def test_the_caption_names_source_and_confidence():
    figure, _ = drawn("ecram")
    text = " ".join(" ".join(part.get_text().split()) for part in figure.texts)
    assert "J. Tang et al., IEDM 2018" in text
    assert "10.1109/IEDM.2018.8614551" in text
    assert "Confidence: single-device" in text


def test_steps_are_the_law_of_the_device():
    cell = preset("ecram")
    (w_up, up), (w_down, down), law = _steps(cell, np.zeros((3, 1)), 1)
    assert law
    np.testing.assert_array_equal(up, mean_step(cell.response, w_up, 1))
    np.testing.assert_array_equal(down, -mean_step(cell.response, w_down, -1))


def test_steps_of_a_unit_cell_are_measured():
    """A device without noise in disguise: what is measured is its law, in bins as wide as a few of its steps."""
    cell = scaled(preset("epiram_choi2018"), c2c=0)
    w_ND = pulse_response(cell, up=50, down=50, devices=1, seed=0)
    (w_up, up), (w_down, down), law = _steps(dataclasses.replace(cell, response=preset("pcm").response), w_ND, 50)
    assert not law
    np.testing.assert_allclose(up, mean_step(cell.response, w_up, 1), rtol=1e-4)  # linear, so that means over a bin stay on it
    np.testing.assert_allclose(down, -mean_step(cell.response, w_down, -1), rtol=1e-4)


def titles(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("fefet_jerry2017_mirror", ["retention", "wear"]),
        ("ftj_luo2022", ["wear"]),
        ("fefet_deng2020_ramp", ["switched by one pulse"]),
        ("ecram", []),
    ],
)
def test_what_is_known_of_switching_and_ageing_is_drawn_below(name, shown):
    figure, _ = drawn(name)
    found = titles(figure)
    for title in ("retention", "wear", "switched by one pulse"):
        assert (title in found) == (title in shown)


def test_a_cell_of_domains_is_drawn_by_its_domains(tmp_path):
    """20 domains have 21 weights; the fitted step on a tile has as many as devices."""
    cell = preset("fefet_deng2020_ramp")
    plot_cell(cell, tmp_path / "cell.svg", devices=30)
    w_ND = film_response(cell.film, devices=30, generator=torch.Generator().manual_seed(0))
    assert len(np.unique(w_ND.round(9))) <= 21
