import numpy as np
import pytest

from device_models.fit.reading import Train
from device_models.fit.variability import spread
from device_models.fit.window import levelled, moved

UP = np.linspace(1.0, 5.0, 41)


def _train(g, device="1", cycle="1"):
    g = np.asarray(g, dtype=np.float64)
    return Train(device=device, cycle=cycle, polarity_T=np.ones(g.size, dtype=np.int8), conductance_T=g, row_T=np.arange(g.size))


def test_two_wrong_reads_in_a_row_do_not_move_an_end():
    wrong = UP.copy()
    wrong[20:22], wrong[30:32] = 9.0, -3.0
    _, window = levelled((_train(wrong),))
    assert (window.low, window.high) == pytest.approx((1.2, 4.8))  # a median of five is the third read and the last but two
    assert window.weight(np.array([window.low, window.high])) == pytest.approx([-1, 1])
    assert window.conductance(window.weight(UP)) == pytest.approx(UP)
    assert window.drift is None


def test_a_short_train_loses_one_read_at_each_end():
    _, window = levelled((_train([1, 2, 9, 4, 5, 6, 7, 8]),))
    assert (window.low, window.high) == (2, 7)


def test_a_drift_is_measured_and_removed():
    """0.1 per cycle of a range of 4 is 2.5 %; ten cycles differ by nothing else but noise of 0.01, whose slope has an error of 1e-3."""
    rng = np.random.default_rng(0)
    trains = tuple(_train(UP + 0.1 * (c + np.arange(41) / 41) + 0.01 * rng.standard_normal(41), cycle=str(c)) for c in range(10))
    level, window = levelled(trains)
    assert window.drift is not None
    assert window.drift.low <= 0.025 * 4 / (window.high - window.low) <= window.drift.high
    assert np.ptp([t.conductance_T.mean() for t in level]) < 0.02
    assert np.ptp([t.conductance_T.mean() for t in trains]) > 0.8


def test_without_drift_nothing_is_changed():
    trains = tuple(_train(UP + 0.01 * (-1) ** c, cycle=str(c)) for c in range(8))
    level, window = levelled(trains)
    assert all(a is b for a, b in zip(level, trains, strict=True))
    assert window.drift.low <= 0 <= window.drift.high


def test_only_hard_ends_move():
    window = levelled((_train(UP), _train(UP + 0.4, device="2")))[1]
    shifted = moved(window, np.array([-0.1, 0.1]), np.array([True, False]))
    assert shifted.high == window.high
    assert shifted.low == pytest.approx(window.conductance(np.array(-1.1)))
    assert shifted.conductance(shifted.ends_D2) == pytest.approx(window.conductance(window.ends_D2 + np.array([-0.1, 0])))


def test_spread_is_what_errors_do_not_explain_and_its_interval_holds_it():
    """60 samples of 12 devices, spread 0.3 and errors 0.2: 95 % intervals miss 9 or more times with 4e-3."""
    rng = np.random.default_rng(0)
    found = [spread(1 + 0.3 * rng.standard_normal(12) + 0.2 * rng.standard_normal(12), np.full(12, 0.2)) for _ in range(60)]
    assert sum(not s.low <= 0.3 <= s.high for s in found) < 9
    variances = np.array([s.value**2 for s in found])
    # the sample variance of 12 values of variance 0.13 has an error of 0.13 sqrt(2 / 11) = 0.055, the mean of 60 one of 0.0072
    assert variances.mean() == pytest.approx(0.09, abs=4 * 0.0072)


def test_devices_that_differ_by_their_errors_only_have_no_spread():
    rng = np.random.default_rng(1)
    found = spread(1 + 0.2 * rng.standard_normal(20), np.full(20, 0.2))
    assert found.low == 0
