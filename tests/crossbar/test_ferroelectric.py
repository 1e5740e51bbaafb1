"""Arrays of domains against the published table, binomial statistics, and the film without chance."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from crossbar.ferroelectric import Ferroelectric
from crossbar.io import Periphery
from crossbar.kernels import threads
from crossbar.seeds import generator
from device_models.switching import AmplitudeRamp, Film, IdenticalPulses, PulseScheme, WidthRamp
from device_models.switching.disturb import disturbed_path
from device_models.switching.expected import expected_train, saturated, switched_path
from device_models.switching.readout import ExponentialReadout, LinearReadout, ThresholdReadout
from device_models.switching.tables import DENG_FEFET, MFM_DENG

IO = Periphery(is_perfect=True)
RAMP = AmplitudeRamp(start=1.1e8, step=0.03e8, width=75e-9, count=32)


def identical(field=1.5e8, width=75e-9, count=32):
    return IdenticalPulses(field=field, width=width, count=count)


def film(train, *, domains=20, down=None, model=DENG_FEFET, cycles=0, **options):
    return Film(model=model, scheme=PulseScheme(train, down or train), domains=domains, cycles=cycles, **options)


def array(cell, shape=(100, 100), seeds=(0,)):
    made = Ferroelectric(shape, cell, seeds=seeds, forward_io=IO.forward_io(), backward_io=IO.backward_io())
    made.program(torch.full((len(seeds), *shape), -1.0))
    return made


def fraction(cells):
    return (1 + cells.polarisation()) / 2


def ones(cells, n=1):
    return torch.full((cells.chips, *cells.shape), float(n))


@pytest.mark.parametrize(("field", "switched"), [(1.0, 0.08), (1.2, 0.28), (1.4, 0.61), (1.6, 0.87), (1.8, 0.97), (2.0, 1.0)])
def test_fraction_after_32_identical_pulses_is_that_of_the_table(field, switched):
    """200,000 domains of Deng's film: the table's rounding of 0.005 and 5 standard errors."""
    cells = array(film(identical(field * 1e8)))
    cells.pulse(ones(cells, 32))
    assert abs(float(fraction(cells).mean()) - switched) < 0.006 + 5 * (0.25 / 2e5) ** 0.5


@pytest.mark.parametrize("train", [RAMP, WidthRamp(field=1.5e8, start=20e-9, step=10e-9, count=20)])
@pytest.mark.parametrize("part", [0.3, 0.6, 1.0])
def test_mean_of_a_ramp_that_is_written_at_once_is_that_of_infinitely_many_domains(train, part):
    count = int(part * train.count)
    cells = array(film(train))
    cells.pulse(ones(cells, count))
    assert abs(float(fraction(cells).mean()) - switched_path(DENG_FEFET, train)[count]) < 5 * (0.25 / 2e5) ** 0.5


def test_a_ramp_that_is_read_before_every_pulse_is_the_train_for_cells_of_many_domains():
    """1000 domains: the mean of 400 cells, pulse after pulse, within 2 % of all domains."""
    cells, path = array(film(RAMP, domains=1000), (20, 20)), switched_path(DENG_FEFET, RAMP)
    for wanted in path[1:]:
        cells.pulse(ones(cells))
        assert abs(float(fraction(cells).mean()) - wanted) < 0.02


def test_mean_way_up_and_down_again_is_that_of_infinitely_many_domains():
    """Within 5 standard errors of 200,000 domains at every pulse (4e-5 for 64 pulses)."""
    train = identical()
    cells = array(film(train))
    state, up = expected_train(DENG_FEFET, saturated(DENG_FEFET), train, +1)
    for wanted in up[1:]:
        cells.pulse(ones(cells))
        assert abs(float(fraction(cells).mean()) - wanted) < 5 * (0.25 / 2e5) ** 0.5
    _, down = expected_train(DENG_FEFET, state, train, -1)
    for wanted in down[1:]:
        cells.pulse(-ones(cells))
        assert abs(float(fraction(cells).mean()) - wanted) < 5 * (0.25 / 2e5) ** 0.5


@pytest.mark.parametrize("domains", [20, 200, 1000])
def test_a_step_of_fresh_cells_has_binomial_mean_and_spread(domains):
    """10,000 cells: mean and standard deviation of the number that switches, within 5 standard errors (6e-7 each)."""
    cells = array(film(identical(), domains=domains))
    cells.pulse(ones(cells))
    p, counts = switched_path(DENG_FEFET, identical())[1], fraction(cells).double() * domains
    sd = (domains * p * (1 - p)) ** 0.5
    assert abs(float(counts.mean()) - domains * p) < 5 * sd / 100
    assert abs(float(counts.std()) / sd - 1) < 5 * ((2 + 1 / (domains * p * (1 - p))) / 4e4) ** 0.5 + 1e-3


def test_weights_are_the_settled_window_in_conductance():
    for readout in (
        LinearReadout(g_min=1e-8, g_max=1e-6),
        ExponentialReadout(g_min=1e-8, g_max=1e-6),
        ThresholdReadout(threshold=0.6, window=1.0, swing=0.08, read_voltage=0.8, slope=1e-6),
    ):
        cell = film(identical(1.2e8), domains=500, cycles=10, readout=readout)
        low, high = cell.window()
        assert 0 <= low < high < 0.5
        np.testing.assert_allclose(cell.weight(np.array([low, high])), [-1, 1], atol=1e-12)
        middle = cell.fraction(np.array([0.0]))
        g = [float(readout.conductance(torch.tensor(2 * at - 1, dtype=torch.float64))) for at in (low, float(middle[0]), high)]
        assert g[1] == pytest.approx((g[0] + g[2]) / 2, rel=1e-3)
        made = array(cell, (3, 4))
        made.program(ones(made, 0.3))
        assert float((made.weights() - 0.3).abs().max()) <= float(np.diff(cell.weight(np.arange(501) / 500)).max())


def test_nominal_steps_are_those_of_the_mean_cell_at_weight_0():
    """900 cells brought to weight 0 on a settled way, then one more pulse."""
    cell = film(identical(1.4e8), domains=200, cycles=10)
    cells = array(cell, (30, 30))
    for _ in range(3):
        cells.pulse(ones(cells, 32))
        cells.pulse(-ones(cells, 32))
    before = cells.weights()
    while float(before.mean()) < 0:
        cells.pulse(ones(cells))
        after = cells.weights()
        last, before = (before.mean(), after.mean() - before.mean()), after
    assert last[1] == pytest.approx(cell.steps()[0], rel=0.15)


def test_a_ramp_reads_before_it_writes_and_goes_on_where_the_cell_is():
    cells = array(film(RAMP, domains=100), (20, 20))
    n = torch.zeros(1, 20, 20)
    n[0, :, :5] = 3
    cells.pulse(n)
    cells.pulse(n)
    assert cells.ledger().verify_reads_K.tolist() == [200.0]
    assert cells.ledger().adc_conversions_K.tolist() == [200.0]
    path = switched_path(DENG_FEFET, RAMP)
    at = np.searchsorted(np.rint(path[:-1] * 100), fraction(cells)[0, :, :5].numpy() * 100, side="right") - 1
    assert abs(at.mean() - 6) < 1
    same = array(film(identical(), domains=100), (20, 20))
    same.pulse(n)
    assert same.ledger().verify_reads_K.tolist() == [0.0]


def test_half_selected_cells_switch_by_the_closed_form():
    """A row is written 3000 times at V/2: its other cells, all opposed, against the film under so many pulses of half the field."""
    cell = film(identical(2.6e8), selection="V/2")
    cells = array(cell, (2, 2000))
    n = torch.zeros(1, 2, 2000)
    n[0, 0, 0] = 1
    for _ in range(30):
        cells.pulse(100 * n)
    p = disturbed_path(DENG_FEFET, 2.6e8, 75e-9, 3000, "V/2")[-1]
    assert 0.05 < p < 0.95
    found = fraction(cells)[0]
    assert abs(float(found[0, 1:].mean()) - p) < 5 * (p * (1 - p) / (20 * 1999)) ** 0.5
    assert not found[1, 1:].any()  # neither the row nor a column is shared
    assert float(found[1, 0]) > 0  # the column is
    quiet = array(film(identical(2.6e8)), (2, 2000))
    quiet.pulse(100 * n)
    assert not fraction(quiet)[0, 0, 1:].any()


@pytest.mark.parametrize("selection", ["V/2", "V/3"])
def test_half_selected_pulses_are_those_of_every_slot(selection):
    """Counted slot by slot: the written row and its pulsed columns are selected, up before down."""
    n = torch.randint(-3, 4, (5, 6), generator=generator(2)).numpy()
    cells = array(film(identical(), selection=selection), (5, 6))
    wanted = np.zeros((2, 5, 6))
    for row, way in itertools.product(range(5), range(2)):
        counts = n[row].clip(min=0) if way == 0 else (-n[row]).clip(min=0)
        for slot in range(counts.max()):
            columns = counts > slot
            on_lines = np.zeros((5, 6), dtype=bool)
            on_lines[row], on_lines[:, columns] = True, True
            on_lines[row, columns] = False
            wanted[way] += on_lines
            if selection == "V/3":
                others = np.ones((5, 6), dtype=bool)
                others[row], others[:, columns] = False, False
                wanted[1 - way] += others
    np.testing.assert_array_equal(cells._half_selected(n.clip(min=0), (-n).clip(min=0)), wanted)


def test_coincidences_write_what_is_wanted_on_average():
    """Pulses of 400 samples: lr |x d| / granularity each, within 5 standard errors of a binomial number."""
    cells = array(film(identical(), domains=50, cycles=10), (3, 4))
    x, d = torch.full((1, 400, 4), 0.5), torch.tensor([0.5, -0.5, 0.25]).expand(1, 400, 3)
    rate = 0.05
    cells.update(x, d, rate)
    wanted = 400 * rate * 0.5 * d[0, 0].abs() / np.mean(cells._film.steps())
    ledger = cells.ledger()
    down, up = ledger.pulses_down_KOI[0].mean(1), ledger.pulses_up_KOI[0].mean(1)
    assert not up[[0, 2]].any()  # descent: x and d of one sign
    assert not down[1]
    assert bool(((down + up - wanted).abs() < 5 * (wanted / 4) ** 0.5).all())


def test_a_ramp_has_no_coincidence_write():
    cells = array(film(RAMP), (2, 3))
    with pytest.raises(ValueError, match="written by a ramp; use the write scheme 'accumulate'"):
        cells.update(torch.ones(1, 2, 3), torch.ones(1, 2, 2), 0.1)


def lived(cells):
    for n in range(3):
        pulses = [torch.randint(-3, 4, cells.shape, generator=generator(chip, "life", n)) for chip in range(cells.chips)]
        cells.pulse(torch.stack(pulses))
        draws = [torch.randn(70, sum(cells.shape), generator=generator(chip, "batch", n)) for chip in range(cells.chips)]
        x, d = torch.stack(draws).split(cells.shape[::-1], dim=2)
        cells.update(x, d, 0.01)
        cells.forward(x)
        cells.elapse(1.0)
    return cells


def test_a_chip_of_a_fleet_has_the_bits_it_has_alone_on_any_number_of_threads():
    cell = film(identical(), domains=33, selection="V/3", cycles=5)
    fleet = lived(array(cell, (9, 11), (4, 5, 6)))
    threads.limit(3)
    try:
        alone = lived(array(cell, (9, 11), (4,)))
    finally:
        threads.limit(1)
    for name, value in alone.state().items():
        whole = fleet.state()[name]
        assert torch.equal(whole if whole.shape == value.shape else whole[:1], value), name


def test_history_fades_without_a_field_where_the_film_says_so():
    model = replace(DENG_FEFET, relaxation=2.0)
    cells = array(film(identical(1.2e8), model=model), (4, 4))
    cells.pulse(ones(cells, 5))
    before = cells.state()["domains.history"]
    cells.elapse(3.0)
    torch.testing.assert_close(cells.state()["domains.history"], before * np.exp(-1.5))


def test_other_films_and_exponents():
    cells = array(film(identical(2.0e8, 1e-6), model=MFM_DENG), (50, 50))
    cells.pulse(ones(cells, 10))
    wanted = switched_path(MFM_DENG, identical(2.0e8, 1e-6))[10]
    assert abs(float(fraction(cells).mean()) - wanted) < 5 * (0.25 / 5e4) ** 0.5


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="1 to 2048 domains, not 0"):
        film(identical(), domains=0)
    with pytest.raises(ValueError, match="selection is one of none, V/2, V/3, not 'V/4'"):
        film(identical(), selection="V/4")
    with pytest.raises(ValueError, match="switch no domain"):
        film(identical(1e6))
    with pytest.raises(ValueError, match="pulses must be whole numbers"):
        array(film(identical()), (2, 2)).pulse(torch.full((1, 2, 2), 0.5))
