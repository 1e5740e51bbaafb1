import pytest
import torch

from crossbar.io import Periphery
from crossbar.on_cells import on_cells
from device_models import preset

W_KOI = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
PERFECT = Periphery(is_perfect=True)


def test_holds_the_initial_weights_of_every_chip_within_its_range() -> None:
    array = on_cells("idealized", seeds=(0, 1), periphery=PERFECT)("layer", W_KOI)
    torch.testing.assert_close(array.weights(), W_KOI, rtol=1e-5, atol=1e-6)
    x_KBI = torch.eye(4).expand(2, 4, 4)
    torch.testing.assert_close(array.forward(x_KBI), W_KOI.mT, rtol=1e-5, atol=1e-5)


def test_the_cells_full_range_is_so_many_deviations_of_the_initial_weights() -> None:
    array = on_cells("fefet_jerry2017_mirror", seeds=(0, 1), weight_range=2.0, periphery=PERFECT)("layer", W_KOI)
    array.program(torch.full_like(W_KOI, 100.0))
    torch.testing.assert_close(array.weights(), torch.full_like(W_KOI, 2.0 * float(W_KOI.std())), rtol=1e-5, atol=0)


def test_layers_and_chips_draw_their_own_devices() -> None:
    make = on_cells("capacitor", seeds=(0, 1), write="direct", periphery=PERFECT)
    one, same, other = (make(name, torch.zeros(2, 3, 4) + W_KOI) for name in ("a", "a", "b"))
    for array in (one, same, other):
        array.pulse(torch.ones(2, 3, 4))
    assert torch.equal(one.weights(), same.weights())
    assert not torch.equal(one.weights(), other.weights())
    moved_KOI = one.weights() - W_KOI
    assert not torch.equal(moved_KOI[0], moved_KOI[1])


def test_cells_age_where_they_are_told_to() -> None:
    laws = preset("fefet_jerry2017_mirror").ageing
    array = on_cells("fefet_jerry2017_mirror", seeds=(0, 1), periphery=PERFECT, ageing=laws)("layer", W_KOI)
    array.elapse(3e8)
    torch.testing.assert_close(array.weights(), float(laws.retention.remaining(0.0, 3e8)) * W_KOI)


def test_unknown_names_are_told() -> None:
    with pytest.raises(ValueError, match="unknown preset"):
        on_cells("fefet", seeds=(0,))
    with pytest.raises(ValueError, match="unknown write scheme"):
        on_cells("ideal", seeds=(0,), write="direkt")
