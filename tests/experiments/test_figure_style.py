"""Colours, markers and scales."""

import itertools
import json

import numpy as np
import pytest

from experiments.figure_style import COLOURS, band, from_zero, pen, plain, share_range


def test_numbers_become_json_with_five_digits():
    assert plain([1 / 3, np.nan, np.inf, np.float32(2)]) == [0.33333, None, None, 2.0]
    json.dumps(plain(np.array([np.nan, 1.0])), allow_nan=False)


def test_no_two_of_seven_lines_share_a_marker_or_both_colour_and_dash():
    pens = [pen(2 * rule + on, rule, on) for rule in range(3) for on in range(2)]
    for one, other in itertools.combinations(pens, 2):
        assert one.symbol != other.symbol
        assert (one.colour, one.dash) != (other.colour, other.dash)


def luminance(colour):
    """Relative luminance of an sRGB colour, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", COLOURS)
def test_colours_stand_out_on_white(colour):
    # yellow of the same palette has 1.3; lines are thick, carry a marker and a dash, so 2 : 1 is asked, not the 4.5 : 1 of text
    assert 1.05 / (luminance(colour) + 0.05) > 2


def test_the_range_of_shares_holds_them_in_tenths():
    low, high = np.array([0.34, np.nan, 0.5]), np.array([0.41, np.nan, 0.88])
    bottom, top = share_range(low, high)
    assert bottom == pytest.approx(0.3)
    assert 0.9 <= top < 0.92
    assert share_range(np.array([np.nan]), np.array([np.nan])) == [0.0, 1.0]


@pytest.mark.parametrize(("values", "kind"), [([1.0, 31.0], "log"), ([1.0, 29.0], "linear"), ([0.0, 100.0], "linear")])
def test_wide_positive_values_get_a_logarithmic_axis(values, kind):
    assert from_zero(values)["type"] == kind


def test_a_band_skips_what_is_not_finite():
    area = band([0, 1, 2], np.array([0.1, np.nan, 0.3]), np.array([0.2, np.nan, 0.5]), "rgba(0,0,0,0.1)")
    assert area["x"] == [0, 2, 2, 0]
    assert area["y"] == [0.2, 0.5, 0.3, 0.1]
