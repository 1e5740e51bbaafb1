"""Pulse trains: lengths and probabilities as aihwkit manages them, bits as the probabilities say, layouts without influence."""

import numpy as np
import pytest
from aihwkit.simulator.parameters.enums import PulseType
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.kernels import packing, streams, trains
from crossbar.kernels.streams import Purpose


def test_management_in_numbers():
    """k = lr max|x| max|d| / dw_min = 0.01 * 2 * 0.5 / 1e-3 = 10: ten slots, and the largest x and d certain."""
    x, d = np.array([[2.0, -1.0]], dtype=np.float32), np.array([[0.5, 0.1]], dtype=np.float32)
    plan = trains.plan(x, d, 0.01, 1e-3, UpdateParameters())
    assert plan.length_B.tolist() == [10]
    assert plan.x_gain_B[0] * 2 == pytest.approx(1.0, rel=1e-6)
    assert plan.d_gain_B[0] * 0.5 == pytest.approx(1.0, rel=1e-6)


def test_beyond_the_longest_train_d_is_clipped_and_x_is_not():
    x, d = np.array([[2.0]], dtype=np.float32), np.array([[0.5]], dtype=np.float32)
    plan = trains.plan(x, d, 1.0, 1e-3, UpdateParameters(desired_bl=31))
    assert plan.length_B.tolist() == [31]
    assert plan.x_gain_B[0] * 2 == pytest.approx(1.0, rel=1e-6)
    assert plan.d_gain_B[0] * 0.5 == pytest.approx(1000 / 31, rel=1e-6)


@pytest.mark.parametrize("managed", [True, False])
def test_expected_pulses_are_the_wanted_change(managed):
    """length * P(x) * P(d) * dw_min = lr |x| |d| wherever nothing is clipped."""
    rng = np.random.default_rng(0)
    x, d = rng.uniform(0.1, 1, (6, 5)).astype(np.float32), rng.uniform(0.1, 1, (6, 4)).astype(np.float32)
    plan = trains.plan(x, d, 0.02, 1e-3, UpdateParameters(update_management=managed, update_bl_management=managed))
    p_x, p_d = x * plan.x_gain_B[:, None], d * plan.d_gain_B[:, None]
    assert max(p_x.max(), p_d.max()) <= 1 + 1e-6
    change = 1e-3 * plan.length_B[:, None, None] * p_d[:, :, None] * p_x[:, None, :]
    np.testing.assert_allclose(change, 0.02 * d[:, :, None] * x[:, None, :], rtol=1e-5)


def test_a_sample_of_zeros_sends_no_train():
    x = np.array([[0.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    plan = trains.plan(x, np.ones((2, 1), dtype=np.float32), 0.01, 1e-3, UpdateParameters())
    assert plan.length_B.tolist() == [0, 10]


def filled(v, gain, length, parts=((0, None),), first_draw=0, layout=None):
    plan = trains.Plan(np.array(length), np.full(len(v), gain, np.float32), np.full(len(v), gain, np.float32))
    layout = layout or packing.packed(plan)
    out = [np.zeros((layout.words, v.shape[1]), dtype=layout.dtype) for _ in range(2)]
    for begin, end in parts:
        trains.fill(
            streams.key(0, Purpose.X_TRAIN, 1), first_draw, v, plan.x_gain_B, plan.length_B, layout.start_B, layout.width,
            0.0, False, begin, v.shape[1] if end is None else end, *out,
        )  # fmt: skip
    return layout, out


def slots(layout, words, b, length):
    """The bits of one sample [length, lines]."""
    at = layout.start_B[b] + np.arange(length)
    return words[at // layout.width] >> (at % layout.width).astype(words.dtype)[:, None] & words.dtype.type(1)


@pytest.mark.parametrize("length", [[3, 0, 7, 64, 1], [31, 30, 32, 0, 31], [200, 1, 64, 65, 3]])
def test_bits_have_their_probability_and_signs_their_place(length):
    """Share of pulses per sample over 4000 lines and its slots: 5.5 sigma."""
    rng = np.random.default_rng(1)
    size = rng.uniform(0.05, 1.5, (len(length), 1))
    v = (size * rng.choice([-1, 1], (len(length), 4000))).astype(np.float32)
    layout, (pulses, negative) = filled(v, 0.8, length)
    assert (layout.width == 32) == (length == [31, 30, 32, 0, 31])
    for b, count in enumerate(length):
        if count == 0:
            continue
        p = min(0.8 * float(size[b, 0]), 1.0)
        share = slots(layout, pulses, b, count).mean()
        assert abs(share - p) <= 5.5 * np.sqrt(p * (1 - p) / (4000 * count)) + 1e-7
        assert (slots(layout, negative, b, count) == (v[b] < 0)).all()
    assert int(np.bitwise_count(negative).sum()) == sum(count * int((v[b] < 0).sum()) for b, count in enumerate(length))


def test_slots_and_lines_are_independent():
    """Covariance between slots of a line, and between lines of a slot: 5.5 sigma over 19000 and 12000 pairs of bits."""
    v = np.full((1, 20000), 0.4, dtype=np.float32)
    layout, (pulses, _) = filled(v, 1.0, [30])
    bit = slots(layout, pulses, 0, 30).astype(np.float64) - 0.4
    for a, b in ((bit[1:], bit[:-1]), (bit[2:], bit[:-2]), (bit[:, 1:], bit[:, :-1])):
        assert abs((a * b).mean()) < 5.5 * 0.24 / np.sqrt(a.size)


def test_how_lines_are_divided_does_not_matter():
    v = np.random.default_rng(2).normal(size=(4, 50)).astype(np.float32)
    whole = filled(v, 0.5, [5, 9, 0, 3])[1]
    parts = filled(v, 0.5, [5, 9, 0, 3], ((16, 50), (0, 16)))[1]
    for a, b in zip(whole, parts, strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(whole[0], filled(v, 0.5, [5, 9, 0, 3], first_draw=100)[1][0])


def test_what_is_no_train_is_refused():
    for wrong in ({"pulse_type": PulseType.NONE}, {"desired_bl": 0}, {"res": 2.0}, {"um_grad_scale": 0.0}):
        with pytest.raises(ValueError, match=next(iter(wrong)).replace("pulse_type", "pulse type")):
            trains.check(UpdateParameters(**wrong))
