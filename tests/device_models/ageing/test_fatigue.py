import math
from dataclasses import replace

import pytest
import torch

from device_models.ageing.fatigue import Fatigue
from device_models.cell import Source

LAW = Fatigue(wake_up=0.3, n_wake_up=1e3, loss=0.2, n_fatigue=1e5, most=1e12, source=Source(citation="a test", confidence="assumed"))


def test_the_window_wakes_up_and_tires():
    assert LAW.window(0.0).item() == 1
    assert LAW.window(1e3).item() == pytest.approx(1 + 0.3 * (1 - math.exp(-1)) - 0.2 * math.log10(1.01))
    assert LAW.window(9e5).item() == pytest.approx(1.3 - 0.2)
    assert LAW.window(1e12).item() == 0  # 1.3 - 0.2 * 7 would be below


@pytest.mark.parametrize("counts", [(0.0, 10.0, 1e4), (1e3, 1e6, 1e9), (0.0, 0.0, 0.0), (5.0, 1e8, 1e12)])
def test_changes_compose(counts):
    n0, n1, n2 = counts
    assert (LAW.change(n0, n1) * LAW.change(n1, n2)).item() == pytest.approx(LAW.change(n0, n2).item(), rel=1e-12)


def test_a_closed_window_stays_closed():
    assert LAW.change(1e12, 1e12).item() == 0


def test_every_cell_counts_for_itself():
    law = replace(LAW, loss=torch.tensor([0.0, 0.2], dtype=torch.float64))
    window = law.window(torch.tensor([9e5, 9e5]))
    assert window.tolist() == pytest.approx([1.3, 1.1])


def test_errors_name_the_value():
    with pytest.raises(ValueError, match=r"within 0 and 1e\+12 cycles, where the law holds, not from 0\.0 to -1\.0"):
        LAW.window(-1.0)
    with pytest.raises(ValueError, match=r"not from 10\.0 to 5\.0"):
        LAW.change(10.0, 5.0)
    with pytest.raises(ValueError, match=r"loss must be 0 or more, not -0\.1"):
        replace(LAW, loss=-0.1)
    with pytest.raises(ValueError, match="n_wake_up must be above 0 cycles, not 0"):
        replace(LAW, n_wake_up=0)
