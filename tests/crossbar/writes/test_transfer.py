import re

import pytest
import torch

from crossbar.seeds import generator
from crossbar.writes.transfer import Transfer


def learn(array, updates, x, d, lr=0.2):
    for _ in range(updates):
        array.update(x, d, lr)


def test_weights_follow_the_gradient_of_each_chip_and_a_rate_of_zero_writes_nothing(uneven, on):
    array = Transfer(*on(uneven(), chips=3), algorithm="ttv2", every=2, columns=4)
    x, d = torch.ones(3, 4, 4), torch.tensor([1.0, -1.0, 1.0])[:, None, None].expand(3, 4, 3)
    learn(array, 60, x, d, torch.tensor([0.2, 0.2, 0.0]))
    mean = array.weights().mean((1, 2))
    assert float(mean[0]) < -0.1
    assert float(mean[1]) > 0.1
    assert float(mean[2]) == 0
    assert float(array.ledger().pulses_K()[2]) == 0


def test_an_offset_of_the_fast_array_is_transferred_by_ttv2_and_not_by_choppers_or_agad(uneven, on):
    """Gradients of mean 0 drive the fast array to its symmetric point, 0.17 in the mean: for ttv2 that is a signal."""
    drift = {}
    for algorithm in ("ttv2", "chopped", "agad"):
        array = Transfer(*on(uneven(up_down_dtod=0.0), (6, 8)), algorithm=algorithm, every=4, columns=8, chop=0.1, fast_lr=0.05)
        g = generator(2, "noise")
        for _ in range(300):
            array.update(torch.randn(1, 4, 8, generator=g), torch.randn(1, 4, 6, generator=g), 0.2)
        drift[algorithm] = float(array.weights().mean().abs())
    assert max(drift["chopped"], drift["agad"]) < 0.5 * drift["ttv2"], drift


def test_calibration_takes_the_symmetric_point_off(uneven, on):
    drifts = []
    for pairs in (0, 100):
        array = Transfer(*on(uneven(up_down_dtod=0.0), (6, 8)), algorithm="ttv2", every=4, columns=8, fast_lr=0.05, calibrate=pairs)
        g = generator(2, "noise")
        for _ in range(300):
            array.update(torch.randn(1, 4, 8, generator=g), torch.randn(1, 4, 6, generator=g), 0.2)
        drifts.append(float(array.weights().mean().abs()))
    assert drifts[1] < 0.5 * drifts[0], drifts


def test_reads_and_pulses_of_the_fast_array_are_in_the_ledger(uneven, on):
    """12 samples in batches of 6, one transfer of 3 columns every 4 samples: 3 transfers, 9 one-hot vectors, whatever the batches."""
    array = Transfer(*on(uneven()), algorithm="chopped", every=4, columns=3)
    x, d = torch.ones(1, 6, 4), torch.ones(1, 6, 3)
    learn(array, 2, x, d)
    spent = array.ledger()
    assert float(spent.forward_reads_K) == 9
    fast = array.arrays["fast"].ledger()
    assert float(fast.pulses_K()) > 0
    assert float(spent.pulses_K()) == float(fast.pulses_K()) + float(array.arrays["slow"].ledger().pulses_K())
    assert float(spent.digital_ops_K) > 0


def test_batches_do_not_matter_without_automatic_scale(exact):
    """Exact fast and slow cells: the same samples in batches of 1, 3 or 12."""
    g = generator(4, "samples")
    x, d = torch.randn(1, 12, 4, generator=g), torch.randn(1, 12, 3, generator=g)
    ends = []
    for size in (1, 3, 12):
        array = Transfer(*exact(step=0.02), every=5, columns=3, auto_scale=False, fast_lr=0.1, algorithm="ttv2")
        for x_B, d_B in zip(x.split(size, 1), d.split(size, 1), strict=True):
            array.update(x_B, d_B, 0.5)
        ends.append(array.weights())
    assert float(ends[0].abs().max()) > 0
    torch.testing.assert_close(ends[1], ends[0], rtol=0, atol=1e-6)
    torch.testing.assert_close(ends[2], ends[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"algorithm": "ttv1"}, "algorithm must be one of ttv2, chopped, agad, not 'ttv1'"),
        ({"every": 0}, "every must be at least 1, not 0"),
        ({"fast_lr": 0.0}, "fast_lr must be positive, not 0.0"),
        ({"chop": 1.5}, "chop and momentum must be in [0, 1]"),
    ],
)
def test_options_that_do_not_fit(exact, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Transfer(*exact(), **options)
