import re

import pytest
import torch
from aihwkit.simulator.configs import IOParameters

from crossbar.seeds import generator
from crossbar.writes.accumulate import Accumulate
from crossbar.writes.verify import Verify
from device_models.cell import as_cell
from device_models.presets import preset


def walk(array, updates=40, chips=2):
    """Random updates; what they asked for in all."""
    g = generator(0, "walk")
    wanted = torch.zeros(chips, 3, 4)
    for _ in range(updates):
        x, d = torch.randn(chips, 2, 4, generator=g), torch.randn(chips, 2, 3, generator=g)
        array.update(x, d, 0.03)
        wanted -= 0.03 * d.mT @ x
    return wanted


def miss(array, wanted):
    """Root mean square of what the weights are away from what was wanted."""
    return float((array.weights() - wanted).square().mean().sqrt())


def test_a_verified_write_lands_within_its_tolerance(uneven, on):
    """From 0.3 to 0.8, where a down pulse is 1.4 times as large as at 0: with exact reads every cell ends within such a pulse of the
    target, open loop they are two such pulses away on average."""
    array = Verify(*on(uneven(), chips=2), rounds=6)
    array.program(torch.full((2, 3, 4), 0.3))
    array.update(torch.ones(2, 1, 4), -torch.ones(2, 1, 3), 0.52)
    up, down = array.steps()
    target = 0.3 + float(torch.trunc(0.52 / up[0]) * up[0])
    assert float((array.weights() - target).abs().max()) < 1.4 * float(down.max())
    open_loop = Accumulate(on(uneven(), chips=2)[0])
    open_loop.program(torch.full((2, 3, 4), 0.3))
    open_loop.update(torch.ones(2, 1, 4), -torch.ones(2, 1, 3), 0.52)
    assert float((open_loop.weights() - target).abs().mean()) > 2.0 * float(down.max())
    assert float(array.ledger().verify_reads_K[0]) == 7 * 12
    assert float(array.ledger().forward_reads_K[0]) == (7 + 2) * 4


def test_verification_tracks_what_was_wanted_better_than_open_loop(uneven, on):
    cell = uneven(dw_min_dtod=0.3, dw_min_std=0.5)
    open_loop, verified = Accumulate(on(cell, chips=2)[0]), Verify(*on(cell, chips=2), rounds=3)
    loose, close = miss(open_loop, walk(open_loop)), miss(verified, walk(verified))
    assert close < 0.8 * loose, (close, loose)


def test_noise_beyond_the_tolerance_is_written_unless_it_is_known_or_averaged(uneven, on):
    """Reads of 2 steps' noise: corrected at every half step they make it worse than open loop; 64 reads averaged, or misses within 3 sigma
    left alone, do not."""
    io = IOParameters(inp_res=-1, out_res=-1, out_noise=0.1)
    misses = {}
    for name, options in {"naive": {"sure": 0.0}, "averaged": {"sure": 0.0, "reads": 64}, "sure": {}}.items():
        array = Verify(*on(uneven(), chips=2, io=io), rounds=1, **options)
        misses[name] = miss(array, walk(array))
    open_loop = Accumulate(on(uneven(), chips=2, io=io)[0])
    loose = miss(open_loop, walk(open_loop))
    assert max(misses["averaged"], misses["sure"]) < 1.2 * loose < 0.5 * misses["naive"], (misses, loose)


def test_a_ramp_counts_pulses_along_the_programming_curve(on):
    """The mean FeFET: open loop at 0.6 falls short by the smaller steps there, a ramp does not; both give whole pulses."""
    cell = preset("fefet_jerry2017_mirror")
    still = as_cell(cell.response.__class__(**{**vars(cell.response), "dw_min_std": 0.0}))
    short, right = Accumulate(on(still)[0]), Verify(*on(still), rounds=0, ramp=True)
    for array in (short, right):
        array.program(torch.full((1, 3, 4), 0.4))
        array.update(torch.ones(1, 1, 4), -torch.ones(1, 1, 3), 0.3)
    reached = [float(array.weights().mean()) for array in (short, right)]
    step = float(right.steps()[0])
    assert reached[0] < 0.7 - 1.3 * step
    assert 0.7 - step < reached[1] <= 0.7 + 1e-5
    rest = float(right.state()["Verify.wanted_KOI"].mean())
    assert reached[1] + rest == pytest.approx(0.7, abs=1e-3)


def test_nothing_that_is_wanted_is_lost_without_noise(exact):
    """Exact steps: weights and remainder make up what was asked for."""
    array = Verify(*exact(chips=2), rounds=2, every=2)
    wanted = walk(array, updates=20)
    torch.testing.assert_close(array.weights() + array.state()["Verify.wanted_KOI"], wanted.double(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("options", [{"rounds": -1}, {"every": 0}, {"reads": 0}, {"tolerance": 0.3}, {"sure": -1.0}])
def test_options_out_of_range(exact, options):
    with pytest.raises(
        ValueError, match=re.escape("rounds and sure are at least 0, every and reads at least 1 and tolerance at least 0.5 steps")
    ):
        Verify(*exact(), **options)


def test_a_ramp_needs_a_programming_curve(on):
    array, around = on(preset("ideal"))
    with pytest.raises(ValueError, match="IdealDevice"):
        Verify(array, around, ramp=True)
