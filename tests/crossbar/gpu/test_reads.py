"""Reads in torch against the compiled array's: the same numbers without noise, the same spread with it (its normals are made otherwise)."""

import pytest
import torch
from aihwkit.simulator.configs.devices import SoftBoundsDevice
from aihwkit.simulator.parameters.enums import AnalogMVType, BoundManagementType, NoiseManagementType, WeightNoiseType
from aihwkit.simulator.parameters.io import IOParameters

from crossbar.pulsed import Pulsed
from crossbar.torch_pulsed import TorchPulsed
from device_models.cell import as_cell

SEEDS, SHAPE = (3, 2**62 + 5, 11), (7, 19)
QUIET = {"out_noise": 0.0}
PERIPHERIES = {
    "plain": IOParameters(**QUIET),
    "clipping": IOParameters(out_bound=0.3, **QUIET),
    "worst case": IOParameters(out_bound=0.3, bound_management=BoundManagementType.ITERATIVE_WORST_CASE, **QUIET),
    "rounded at random": IOParameters(inp_sto_round=True, out_sto_round=True, **QUIET),
    "two passes": IOParameters(mv_type=AnalogMVType.POS_NEG_SEPARATE, ir_drop=1.0, inp_asymmetry=0.1, out_asymmetry=0.2, **QUIET),
    "digital sum": IOParameters(mv_type=AnalogMVType.POS_NEG_SEPARATE_DIGITAL_SUM, noise_management=NoiseManagementType.NONE, **QUIET),
    "sums": IOParameters(noise_management=NoiseManagementType.ABS_MAX_NP_SUM, **QUIET),
    "constant": IOParameters(noise_management=NoiseManagementType.CONSTANT, nm_thres=2.0, **QUIET),
    "largest": IOParameters(noise_management=NoiseManagementType.MAX, nm_thres=1.5, **QUIET),
    "perfect": IOParameters(is_perfect=True),
}
CONSTANT, RELATIVE = WeightNoiseType.ADDITIVE_CONSTANT, WeightNoiseType.PCM_READ
NO_STEPS = {"inp_res": -1.0, "out_res": -1.0}
NOISES = {
    "outputs": IOParameters(out_noise=0.1, out_noise_std=0.3, **NO_STEPS),
    "inputs": IOParameters(inp_noise=0.05, **QUIET, **NO_STEPS),
    "cells": IOParameters(w_noise=0.05, w_noise_type=CONSTANT, **QUIET, **NO_STEPS),
    "cells by weight": IOParameters(w_noise=0.1, w_noise_type=RELATIVE, **QUIET, **NO_STEPS),
}
PLACES = [torch.device("cpu"), *([torch.device("cuda")] if torch.cuda.is_available() else [])]


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("name", PERIPHERIES)
def test_reads_are_the_compiled_arrays(name, place):
    """An output changes by one step of the ADC where a rounding decides it: at most 1 of 100 outputs, all others to 1e-5."""
    g, io = torch.Generator().manual_seed(4), PERIPHERIES[name]
    make = {"shape": SHAPE, "cells": as_cell(SoftBoundsDevice()), "seeds": SEEDS, "forward_io": io, "backward_io": io}
    theirs, ours = Pulsed(**make), TorchPulsed(**make, device=place)
    x_KBI, d_KBO = torch.randn(3, 40, SHAPE[1], generator=g), torch.randn(3, 40, SHAPE[0], generator=g)
    x_KBI[0, 1] = 0
    w_KOI = 0.3 * torch.randn(3, *SHAPE, generator=g)
    theirs.program(w_KOI)
    ours.program(w_KOI.to(place))
    for _ in range(2):
        for a, b in ((theirs.forward(x_KBI), ours.forward(x_KBI.to(place))), (theirs.backward(d_KBO), ours.backward(d_KBO.to(place)))):
            assert b.device.type == place.type
            apart = (a - b.cpu()).abs()
            assert float((apart > 1e-5).double().mean()) <= 0.01
            assert float(apart.max()) < 0.5


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("name", NOISES)
def test_the_noise_of_reads_is_the_compiled_arrays(name, place):
    """Mean and variance of 4,000 reads of a vector, per output: within 6 sigma of each other (false alarm 2e-9 each, 104 per case)."""
    g, io, reads = torch.Generator().manual_seed(4), NOISES[name], 4000
    make = {"shape": SHAPE, "cells": as_cell(SoftBoundsDevice()), "seeds": SEEDS[:2], "forward_io": io, "backward_io": io}
    theirs, ours = Pulsed(**make), TorchPulsed(**make, device=place)
    w_KOI = 0.3 * torch.randn(2, *SHAPE, generator=g)
    theirs.program(w_KOI)
    ours.program(w_KOI.to(place))
    x_KBI, d_KBO = (torch.randn(2, 1, lines, generator=g).expand(-1, reads, -1) for lines in (SHAPE[1], SHAPE[0]))
    for a, b in ((theirs.forward(x_KBI), ours.forward(x_KBI.to(place))), (theirs.backward(d_KBO), ours.backward(d_KBO.to(place)))):
        a, b = a.double(), b.cpu().double()
        sigma = ((a.var(1) + b.var(1)) / reads).sqrt()
        assert float(a.var(1).min()) > 0
        assert float(((a.mean(1) - b.mean(1)).abs() / sigma).max()) < 6
        assert float((b.var(1) / a.var(1)).log().abs().max()) < 6 * (4 / reads) ** 0.5
