"""What an addressed write asks for, against the ledger's count."""

import numpy as np
import pytest
import torch

from crossbar.kernels.addressed import asked
from crossbar.ledger import slots


def test_the_time_of_whole_numbers():
    n = np.random.default_rng(0).integers(-3, 4, (3, 5, 37)).astype(np.float32)
    n[1] = 0
    whole, span_KO = asked(n)
    assert whole
    np.testing.assert_array_equal(span_KO.sum(1), slots(torch.from_numpy(n)).numpy())
    np.testing.assert_array_equal(span_KO > 0, (n != 0).any(2))


@pytest.mark.parametrize("value", [0.5, -1.25, np.nan, np.inf, -np.inf])
def test_finds_what_is_not_whole(value):
    n = np.zeros((2, 4, 33), np.float32)
    n[1, 3, 32] = value
    assert not asked(n)[0]
