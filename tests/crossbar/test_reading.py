"""Reads that come finished, against the formula s W v + c v + b over plain reads with the same draws."""

import pytest
import torch
from torch import Tensor

from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.io import Periphery
from crossbar.pulsed import Pulsed
from crossbar.reading import After, OneHot, read
from crossbar.scaled import Scaled
from crossbar.writes.accumulate import Accumulate
from device_models.cell import as_cell

CHIPS, LINES, SAMPLES = 3, 41, 37
SCALE_K, CARRY_K = torch.tensor([0.5, 2.0, 1.5]), torch.tensor([1.0, 0.0, -0.25])
OFFSET_KN = torch.randn(CHIPS, LINES, generator=torch.Generator().manual_seed(1))
AFTERS = {
    "nothing": After(),
    "scale": After(scale_K=SCALE_K),
    "carry": After(carry_K=CARRY_K),
    "offset": After(offset_KN=OFFSET_KN),
    "all": After(SCALE_K, CARRY_K, OFFSET_KN),
}
PERIPHERIES = {
    "default": Periphery(),
    "clips": Periphery(out_bound=0.2),
    "noisy input": Periphery(inp_noise=0.05),
    "unmanaged": Periphery(noise_management="NONE"),
    "drop along the wires": Periphery(ir_drop=1.0),
    "perfect": Periphery(is_perfect=True),
}


def pulsed(periphery: Periphery) -> Pulsed:
    io = periphery.forward_io(), periphery.backward_io()
    array = Pulsed((LINES, LINES), as_cell("fefet_jerry2017_mirror"), seeds=range(CHIPS), forward_io=io[0], backward_io=io[1])
    array.program(0.2 * torch.randn(CHIPS, LINES, LINES, generator=torch.Generator().manual_seed(2)))
    return array


def drives() -> Tensor:
    v_KBM = torch.randn(CHIPS, SAMPLES, LINES, generator=torch.Generator().manual_seed(3))
    v_KBM[1, 4] = 0.0  # reads as zeros, and its share of zeros
    return v_KBM


def wanted(y_KBN: Tensor, v_KBM: Tensor, after: After) -> Tensor:
    """The formula in float64."""
    y_KBN, v_KBM = y_KBN.double(), v_KBM.double()
    y_KBN = y_KBN if after.scale_K is None else after.scale_K.double()[:, None, None] * y_KBN
    y_KBN = y_KBN if after.carry_K is None else y_KBN + after.carry_K.double()[:, None, None] * v_KBM
    return y_KBN if after.offset_KN is None else y_KBN + after.offset_KN.double()[:, None, :]


@pytest.mark.parametrize("after", AFTERS.values(), ids=AFTERS)
@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("periphery", PERIPHERIES.values(), ids=PERIPHERIES)
def test_pulsed_arrays_finish_their_reads(periphery, way, after):
    finishing, plain, v_KBM = pulsed(periphery), pulsed(periphery), drives()
    found = read(finishing, way, v_KBM, after)
    torch.testing.assert_close(found.double(), wanted(getattr(plain, way)(v_KBM), v_KBM, after), rtol=1e-5, atol=1e-5)
    assert torch.equal(finishing.ledger().forward_reads_K, plain.ledger().forward_reads_K)
    assert torch.equal(finishing.ledger().backward_reads_K, plain.ledger().backward_reads_K)


@pytest.mark.parametrize("after", AFTERS.values(), ids=AFTERS)
@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("periphery", PERIPHERIES.values(), ids=PERIPHERIES)
def test_one_hot_drives_are_vectors_of_zeros_and_a_one(periphery, way, after):
    line_KB = torch.randint(0, LINES, (CHIPS, SAMPLES), generator=torch.Generator().manual_seed(4))
    one_hot = OneHot(line_KB)
    listed, plain = pulsed(periphery), pulsed(periphery)
    v_KBM = one_hot.drives(LINES, torch.float32)
    assert torch.equal(v_KBM.argmax(2), line_KB)
    assert (v_KBM.sum(2) == 1).all()
    found = read(listed, way, one_hot, after)
    torch.testing.assert_close(found.double(), wanted(getattr(plain, way)(v_KBM), v_KBM, after), rtol=1e-5, atol=1e-5)


def test_what_nobody_looks_at_is_counted_and_changes_nothing_else():
    array, plain = pulsed(Periphery()), pulsed(Periphery())
    line_KB = torch.arange(LINES).expand(CHIPS, LINES)
    wanted_KB = torch.rand(CHIPS, LINES, generator=torch.Generator().manual_seed(5)) < 0.5
    some, all_of_them = read(array, "forward", OneHot(line_KB, wanted_KB)), read(plain, "forward", OneHot(line_KB))
    assert torch.equal(some[wanted_KB], all_of_them[wanted_KB])
    assert array.ledger().forward_reads_K.tolist() == [LINES] * CHIPS


@pytest.mark.parametrize("after", AFTERS.values(), ids=AFTERS)
@pytest.mark.parametrize("way", ["forward", "backward"])
def test_wrappers_pass_on_what_they_do_behind_the_adc(way, after):
    """I + s A by a factor, a share and an offset, against the weights that the array says it has, without noise."""
    inner = Accumulate(pulsed(Periphery(is_perfect=True)))
    array, v_KBM = Deviation(Scaled(inner, torch.tensor([0.05, 0.1, 0.2]))), drives()
    w_KOI = array.weights().double()
    product = v_KBM.double() @ (w_KOI.mT if way == "forward" else w_KOI)
    found = read(array, way, v_KBM, after)
    torch.testing.assert_close(found.double(), wanted(product, v_KBM, after), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_arrays_that_do_not_finish_reads_have_them_finished(way):
    v_KBM, after = drives(), AFTERS["all"]
    w_KOI = torch.randn(CHIPS, LINES, LINES, generator=torch.Generator().manual_seed(7))
    array = Exact(w_KOI)
    torch.testing.assert_close(read(array, way, v_KBM, after).double(), wanted(getattr(array, way)(v_KBM), v_KBM, after))
    assert torch.equal(array.weights(), w_KOI)


@pytest.mark.parametrize(
    ("shape", "v", "after", "words"),
    [
        ((3, 4), torch.zeros(2, 1, 4), After(carry_K=torch.ones(2)), "only a square array carries .* not 3 x 4"),
        ((4, 4), torch.zeros(2, 1, 4), After(scale_K=torch.ones(3)), r"scale_K must be of shape \(2,\), not \(3,\)"),
        ((3, 4), torch.zeros(2, 1, 4), After(offset_KN=torch.ones(2, 4)), r"offset_KN must be of shape \(2, 3\), not \(2, 4\)"),
        ((3, 4), OneHot(torch.tensor([[0], [4]])), After(), "names lines below 4 for 2 chips"),
        ((3, 4), OneHot(torch.tensor([[0]])), After(), "names lines below 4 for 2 chips"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_counted(shape, v, after, words):
    """A kernel would read and write beyond its arrays."""
    io = Periphery()
    array = Pulsed(shape, as_cell("fefet_jerry2017_mirror"), seeds=range(2), forward_io=io.forward_io(), backward_io=io.backward_io())
    with pytest.raises(ValueError, match=words):
        read(array, "forward", v, after)
    assert array.ledger().forward_reads_K.tolist() == [0, 0]
