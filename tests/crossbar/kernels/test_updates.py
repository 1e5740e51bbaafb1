"""The compiled updates against a slow reference: float64, one cell and one pulse at a time, on the same trains and the same draws."""

from types import FunctionType

import numpy as np
import pytest
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    SoftBoundsDevice,
    SoftBoundsReferenceDevice,
)
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.kernels import affine, counting, streams, trains, walking
from crossbar.kernels.batched import batched
from crossbar.kernels.cells import Cells
from crossbar.kernels.laws import law_module
from crossbar.kernels.sequential import sequential
from crossbar.kernels.slots import every
from crossbar.kernels.streams import Purpose

SPREAD = {"dw_min": 2e-3, "up_down": 0.1, "w_max_dtod": 0.1, "w_min_dtod": 0.1}
AFFINE = {
    "constant": ConstantStepDevice(**SPREAD),
    "linear": LinearStepDevice(gamma_up=0.4, gamma_down=0.6, **SPREAD),
    "linear-additive": LinearStepDevice(gamma_up=0.4, gamma_down=0.6, mult_noise=False, dw_min_std=1.0, **SPREAD),
    "soft": SoftBoundsDevice(**SPREAD),
    "reference": SoftBoundsReferenceDevice(reference_std=0.1, dw_min_std=2.0, **SPREAD),
}
OTHERS = {
    "exponential": ExpStepDevice(dw_min_std_add=0.1, dw_min_std_slope=0.1, **SPREAD),
    "power": PowStepDevice(pow_gamma=1.5, **SPREAD),
    "piecewise": PiecewiseStepDevice(piecewise_up=[1.5, 1.0, 0.2], piecewise_down=[0.3, 1.0, 1.4], **SPREAD),
}
SHAPE = (5, 21)
SAMPLES = {"short": (1.0, 2e-3), "sparse": (0.2, 0.02), "dense": (1.0, 1.0)}  # share of nonzero x, rate


def vectors(kind, shape=SHAPE, seed=0):
    rng = np.random.default_rng(seed)
    share, lr = SAMPLES[kind]
    x = rng.normal(size=(24, shape[1])) * (rng.random((24, shape[1])) < share)
    return x.astype(np.float32), rng.normal(size=(24, shape[0])).astype(np.float32), lr


def made(response, kind, shape=SHAPE):
    """Cells away from their bounds, and the words of a batch."""
    x, d, lr = vectors(kind, shape)
    cells = Cells.made(response, shape, 3)
    cells.program(np.random.default_rng(1).uniform(-0.2, 0.2, shape).astype(np.float32), 0)
    plan = trains.plan(x, d, lr, law_module(cells.law).granularity(response), UpdateParameters())
    return cells, cells._lines(x, d, plan, UpdateParameters(), 1, 0)


def pulses(words, o, i):
    """(slot, is_down) of every coincidence of one cell, in order."""
    x, x_negative, d, d_negative = ([int(word) for word in array[:, line]] for array, line in zip(words, (i, i, o, o), strict=True))
    width = 8 * words[0].itemsize
    for n in range(len(x)):
        for at in range(width):
            if (x[n] & d[n]) >> at & 1:
                yield n * width + at, not (x_negative[n] ^ d_negative[n]) >> at & 1


def numbers(words):
    """The numbers of the slots where every sample has words of its own: their places."""
    return np.arange(8 * words[0].itemsize * len(words[0]), dtype=np.uint64)


def exact(step):
    """A law's step with float64's own exponentials and powers, to be called in Python."""
    function = step.py_func
    return FunctionType(function.__code__, function.__globals__ | {"exp": np.exp, "power": np.power})


def draw(stream, counter):
    """Draw ``counter`` of a stream."""
    return float(streams.one_normal(stream, counter))


def reference(cells, words, stream):
    """Every cell's weight after its pulses, float64, and its numbers of pulses up and down."""
    step = exact(law_module(cells.law).step)
    p, g = cells.p_POI.astype(np.float64), cells.g.astype(np.float64)
    w = cells.w.astype(np.float64)
    counts = np.zeros((2, *w.shape), dtype=np.int64)
    for (o, i), _ in np.ndenumerate(w):
        for slot, is_down in pulses(words, o, i):
            xi = draw(stream, slot * w.size + o * w.shape[1] + i)
            w[o, i] = min(max(float(step(w[o, i], is_down, xi, p, o, i, g)), p[0, o, i]), p[1, o, i])
            counts[int(is_down), o, i] += 1
    return w, counts


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("name", AFFINE | OTHERS)
def test_walking_is_the_reference_pulse_by_pulse(name, kind):
    cells, words = made((AFFINE | OTHERS)[name], kind)
    stream = streams.key(3, Purpose.PULSE, 1)
    expected, counts = reference(cells, words, stream)
    own = (cells.w, cells.p_POI, cells.g, cells.up, cells.down)
    for begin, end in ((2, 5), (0, 2)):
        every(law_module(cells.law).step)(stream, stream, *words, numbers(words), begin, end, *own)
    np.testing.assert_array_equal(np.stack([cells.up, cells.down]), counts)
    # one float32 rounding of a weight below 1 per pulse (2^-25), accumulated without cancelling
    assert np.abs(cells.w - expected).max() <= 2**-25 * 4 * counts.sum(0).max()


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("name", AFFINE | OTHERS)
def test_listed_cells_are_walked_as_the_reference_and_no_others(name, kind):
    """Sixteen at a time: 21 cells are one whole group and a part of one."""
    cells, words = made((AFFINE | OTHERS)[name], kind)
    stream, before = streams.key(3, Purpose.PULSE, 1), cells.w.copy()
    expected, counts = reference(cells, words, stream)
    held = np.random.default_rng(4).permutation(before.size)[:21]
    waiting = np.zeros(walking.WAITING, dtype=np.uint64)
    waiting[:21] = [walking.place.py_func(np.uint64(cell // SHAPE[1]), np.uint64(cell % SHAPE[1])) for cell in held]
    walk = walking.listed(law_module(cells.law).step)
    walk(stream, *words, numbers(words), waiting, 21, cells.w, cells.p_POI, cells.g)
    chosen = np.isin(np.arange(before.size), held).reshape(before.shape)
    np.testing.assert_array_equal(cells.w[~chosen], before[~chosen])
    # as above: one float32 rounding per pulse, accumulated without cancelling
    assert np.abs(cells.w - expected)[chosen].max() <= 2**-25 * 4 * counts.sum(0).max()


def moments(cells, words):
    """Mean, variance, and how near the mean came to a bound, of every cell after its pulses, by the exact recursion in float64."""
    p, (relative, absolute) = cells.p_POI.astype(np.float64), cells.g.astype(np.float64)
    m, v = cells.w.astype(np.float64), np.zeros(cells.w.shape)
    c = p[6:] if len(p) == 8 else p[2:4]
    counts, room = np.zeros((2, *m.shape), dtype=np.int64), np.minimum(m - p[0], p[1] - m)
    for (o, i), _ in np.ndenumerate(m):
        for _, is_down in pulses(words, o, i):
            sign = -1 if is_down else 1
            k = int(is_down)
            change = p[2 + k, o, i] + p[4 + k, o, i] * m[o, i]
            b = p[4 + k, o, i]
            v[o, i] = v[o, i] * ((1 + sign * b) ** 2 + (relative * b) ** 2) + (relative * change) ** 2 + (absolute * c[k, o, i]) ** 2
            m[o, i] += sign * change
            counts[k, o, i] += 1
            room[o, i] = min(room[o, i], m[o, i] - p[0, o, i], p[1, o, i] - m[o, i])
    return m, v, room, counts


def advance(cells, words, order, sums):
    stream = streams.key(3, Purpose.PULSE, 1)
    own = (0, len(cells.w), cells.w, cells.p_POI, cells.g, cells.up, cells.down)
    (batched if order == "batched" else sequential)(stream, sums, *words, numbers(words), *own)


@pytest.mark.parametrize("order", ["sequential", "batched"])
@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("name", AFFINE)
def test_closed_forms_have_the_mean_of_the_pulses(name, kind, order):
    response = type(AFFINE[name])(**{**vars(AFFINE[name]), "dw_min_std": 0.0})
    cells, words = made(response, kind)
    start = cells.w.copy()
    m, _, room, counts = moments(cells, words)
    inside = room > 0.05
    advance(cells, words, order, streams.key(3, Purpose.PULSE_SUM, 1))
    np.testing.assert_array_equal(np.stack([cells.up, cells.down]), counts)
    bound = 2**-25 * 4 * counts.sum(0)  # one rounding per pulse
    if order == "batched":  # and what depends on the order: at most n n' |a b' - a' b|
        p = cells.p_POI.astype(np.float64)
        bound = bound + counts[0] * counts[1] * np.abs(p[2] * p[5] + p[3] * p[4] * -1)
    error = np.abs(cells.w - m)
    assert inside.mean() > 0.5
    assert (error <= bound)[inside].all(), (error / np.maximum(bound, 1e-12))[inside].max()
    assert not np.array_equal(cells.w, start)


@pytest.mark.parametrize("order", ["sequential", "batched"])
@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("name", ["soft", "linear-additive", "reference"])
def test_closed_forms_have_the_spread_of_the_pulses(name, kind, order):
    """z = (w - mean) / deviation over up to 576 cells and 30 draws is standard normal: variance to 5 sigma (false alarm 6e-7 each)."""
    cells, words = made(AFFINE[name], kind, (24, 24))
    start = cells.w.copy()
    _, v, room, counts = moments(cells, words)
    quiet = type(AFFINE[name])(**{**vars(AFFINE[name]), "dw_min_std": 0.0})
    centre, _ = made(quiet, kind, (24, 24))
    advance(centre, words, order, streams.key(3, Purpose.PULSE_SUM, 1))  # the mean of this very order
    inside = (room > 8 * np.sqrt(v)) & (counts.sum(0) > 0)
    assert inside.mean() > 0.3
    z = []
    for draw_number in range(30):
        cells.w[:] = start
        advance(cells, words, order, streams.key(3, Purpose.PULSE_SUM, draw_number))
        z.append(((cells.w - centre.w) / np.sqrt(np.maximum(v, 1e-30)))[inside])
    z = np.stack(z).astype(np.float64).ravel()
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    tolerance = 0.03 if order == "batched" else 2e-3  # batched: the weight that the noise sees depends on the order, too
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / z.size) + tolerance, z.var()


def test_cells_near_a_bound_or_with_steep_steps_are_walked():
    """At a hard bound, and with 20 steps across the range, the fast kernels are the reference pulse by pulse."""
    stream = streams.key(3, Purpose.PULSE, 1)
    for response in (ConstantStepDevice(dw_min=2e-3, w_max=0.1, w_min=-0.1), SoftBoundsDevice(dw_min=0.1)):
        for kind in SAMPLES:
            cells, words = made(response, kind)
            cells.program(cells.p_POI[1], 0)
            expected, counts = reference(cells, words, stream)
            advance(cells, words, "sequential", streams.key(3, Purpose.PULSE_SUM, 1))
            np.testing.assert_array_equal(np.stack([cells.up, cells.down]), counts)
            assert np.abs(cells.w - expected)[counts.sum(0) > 0].max() <= 2**-25 * 4 * counts.sum(0).max()


def test_the_order_of_pulses_matters_in_sequential_alone():
    """Ten ups before ten downs, and the other way round: the difference is that of the reference, and in batched there is none."""
    device = SoftBoundsDevice(dw_min=2e-3, dw_min_std=0.0, dw_min_dtod=0.0, up_down_dtod=0.0, w_max_dtod=0.0, w_min_dtod=0.0)
    moves = {}
    for order in ("sequential", "batched", "reference"):
        for d_first in (1.0, -1.0):
            cells = Cells.made(device, (1, 40), 0)
            d = np.array([[d_first], [-d_first]], dtype=np.float32)
            x = np.ones((2, 40), dtype=np.float32)
            plan = trains.plan(x, d, 0.02, 2e-3, UpdateParameters())
            words = cells._lines(x, d, plan, UpdateParameters(), 1, 0)
            if order == "reference":
                moves[order, d_first] = reference(cells, words, streams.key(0, Purpose.PULSE, 1))[0]
            else:
                advance(cells, words, order, streams.key(0, Purpose.PULSE_SUM, 1))
                moves[order, d_first] = cells.w.astype(np.float64)
    exact, ours, mixed = (moves[order, 1.0] - moves[order, -1.0] for order in ("reference", "sequential", "batched"))
    kappa = 20 * 2e-3 / 0.6
    assert abs(exact).min() > 1e-3 * kappa  # n n' c = 100 * 2 (2e-3)^2 / 0.6
    # each of the two is missed by at most kappa^2 / 16 of 20 steps, and by float32 roundings
    assert abs(ours - exact).max() <= 2 * (20 * 2e-3 * kappa**2 / 16) + 2**-22
    assert abs(mixed).max() <= 2**-22


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.uint64])
def test_counts_and_pairs_are_those_of_single_bits(dtype):
    """Words of random bits; signs per word and line, so that every word has one sign per cell."""
    rng = np.random.default_rng(5)
    width = 8 * np.dtype(dtype).itemsize
    full = np.iinfo(dtype).max
    x, d = (rng.integers(0, full, (11, lines), dtype=dtype, endpoint=True) for lines in (40, 3))
    x &= rng.integers(0, full, x.shape, dtype=dtype, endpoint=True)
    d[[2, 7]] = 0
    x_negative, d_negative = (np.where(rng.random(v.shape) < 0.5, full, 0).astype(dtype) for v in (x, d))
    u, words = np.empty(3 * counting.SIZE, dtype), np.empty(11, np.int64)
    for o in range(3):
        counting.count(x, x_negative, d, d_negative, 1, 11, o, 0, 40, counting.SIZE, words, u)
        for i in range(40):
            up = every = pairs = 0
            for slot, is_down in pulses([x, x_negative, d, d_negative], o, i):
                if slot >= width:
                    pairs += up * is_down
                    up += not is_down
                    every += 1
            assert [u[i], u[counting.SIZE + i], u[2 * counting.SIZE + i]] == [up, every, pairs]


def test_pieces_of_a_batch_have_noise_of_their_own():
    """The same certain pulses of three samples twice, in two pieces of one update: draws in common would correlate their moves.

    Ten slots per sample fill 16 bits each: pieces that begin 30 slots apart would share 8 draws of 30.
    """
    device = PowStepDevice(pow_gamma=0.01, dw_min=1e-4, dw_min_std=1.0, dw_min_dtod=0.0, up_down_dtod=0.0, w_max_dtod=0.0)
    x, d = np.ones((6, 3000), dtype=np.float32), -np.ones((6, 1), dtype=np.float32)
    once, twice = Cells.made(device, (1, 3000), 0), Cells.made(device, (1, 3000), 0)
    once.update(x[:3], d[:3], 1e-3, UpdateParameters(), 1, "sequential", 3)
    twice.update(x, d, 1e-3, UpdateParameters(), 1, "sequential", 3)
    correlation = np.corrcoef(once.w.ravel(), (twice.w - once.w).ravel())[0, 1]
    assert abs(correlation) < 5 / np.sqrt(3000)  # 5 sigma, false alarm 6e-7


def test_the_affine_step_is_the_documented_one():
    p = np.array([-1, 1, 0.1, 0.2, -0.3, 0.4, 0.5, 0.6]).reshape(8, 1, 1)
    up = affine.step.py_func(0.5, False, 2.0, p, 0, 0, np.array([0.1, 0.0]))
    down = affine.step.py_func(0.5, True, 2.0, p, 0, 0, np.array([0.0, 0.1]))
    assert up == pytest.approx(0.5 + (0.1 - 0.3 * 0.5) * 1.2)
    assert down == pytest.approx(0.5 - (0.2 + 0.4 * 0.5) - 0.6 * 0.2)
