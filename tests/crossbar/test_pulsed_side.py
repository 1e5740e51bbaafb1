"""What a side keeps between reads is made anew when something else is asked for."""

import torch

from crossbar.io import Periphery
from crossbar.pulsed import Pulsed
from crossbar.reading import NOTHING, After, OneHot, every_line
from device_models.cell import as_cell

K, LINES = 2, 6


def quiet() -> Pulsed:
    """Reads without noise, rounded by the converters."""
    periphery = Periphery(out_noise=0.0)
    io = {"forward_io": periphery.forward_io(), "backward_io": periphery.backward_io()}
    array = Pulsed((LINES, LINES), as_cell("gokmen_vlasov"), seeds=(3, 4), **io)
    array.program(0.3 * torch.randn(K, LINES, LINES, generator=torch.Generator().manual_seed(0)))
    return array


def test_digital_logic_may_change_from_read_to_read():
    array, x = quiet(), torch.randn(K, 5, LINES, generator=torch.Generator().manual_seed(1))
    plain = array.read("forward", x)
    assert plain.any()
    scale, offset = torch.tensor([2.0, 4.0]), torch.arange(float(K * LINES)).reshape(K, LINES)
    scaling, both = After(scale), After(scale, offset_KN=offset)
    for after, factor, added in ((scaling, scale, 0), (NOTHING, torch.ones(K), 0), (both, scale, offset[:, None]), (scaling, scale, 0)):
        for way in ("forward", "forward"):  # the second time it is kept
            torch.testing.assert_close(array.read(way, x, after), factor[:, None, None] * plain + added, rtol=1e-6, atol=1e-6)
    scale.mul_(0.5)  # a register that is written in place
    torch.testing.assert_close(array.read("forward", x, scaling), scale[:, None, None] * plain, rtol=1e-6, atol=1e-6)


def test_lines_may_change_from_read_to_read():
    array, whole = quiet(), every_line(K, LINES, torch.device("cpu"))
    rows = array.read("backward", whole)
    some = OneHot(torch.tensor([[3, 1], [0, 5]]))
    wanted = torch.stack([rows[k, some.line_KB[k]] for k in range(K)])
    for lines, found in ((some, wanted), (whole, rows), (some, wanted), (some, wanted)):
        assert torch.equal(array.read("backward", lines), found)


def test_every_way_counts_for_itself():
    array, x = quiet(), torch.ones(K, 5, LINES)
    array.forward(x)
    array.backward(x)
    array.read("backward", every_line(K, LINES, torch.device("cpu")))
    ledger = array.ledger()
    assert ledger.forward_reads_K.tolist() == [5.0] * K
    assert ledger.backward_reads_K.tolist() == [5.0 + LINES] * K
    assert array.state()["steps"].tolist() == [1, 1, 2]  # programming is a write
