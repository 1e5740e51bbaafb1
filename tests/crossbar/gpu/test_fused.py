"""The Triton kernels against plain torch on the CPU, bit for bit: interpreted here, compiled where there is a GPU."""

import os
import subprocess
import sys

import pytest
import torch
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.gpu import converters, plain, trains
from crossbar.gpu.converters import Adc, Dac
from crossbar.gpu.functions import functions, fused
from crossbar.gpu.streams import Stream
from crossbar.kernels.laws import law_module
from crossbar.kernels.streams import Purpose
from tests.crossbar.gpu.cases import KINDS, RESPONSES, SEEDS, SMOOTH, chips, pulsed, vectors

CPU = torch.device("cpu")
SEEDS_K = torch.tensor(SEEDS)


def stream(device, *parts, under=()):
    return Stream(SEEDS_K.to(device), tuple(int(part) for part in parts), under)


@pytest.mark.parametrize("parts", [(4, 1), (8, 7, 2)])
@pytest.mark.parametrize("under", [(), (13, 1)])
def test_normals(parts, under, where):
    ours = fused().normals(stream(where, *parts, under=under), (3, 700))
    assert torch.equal(ours.cpu(), plain.normals(stream(CPU, *parts, under=under), (3, 700)))


def filled(kind, parameters, shape, samples, granularity, device, make):
    """Plan and words of x and d."""
    x_KBI, d_KBO, lr = vectors(kind, shape, samples)
    rates, steps = (torch.full((2,), value, dtype=torch.float64, device=device) for value in (lr, granularity))
    plan = trains.plan(x_KBI.to(device), d_KBO.to(device), rates, steps, parameters)
    lines = ((Purpose.X_TRAIN, x_KBI, plan.x_gain_KB), (Purpose.D_TRAIN, d_KBO, plan.d_gain_KB))
    return plan, [make(stream(device, p, 1), v.to(device), gain, plan, parameters) for p, v, gain in lines]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("samples", [3, 130])
def test_plans(kind, samples, where):
    x_KBI, d_KBO, lr = vectors(kind, (4, 9), samples)
    x_KBI[:, 1::7], d_KBO[0, 2::5] = 0, 0
    lr_K, step_K = torch.tensor([lr, 0.0], dtype=torch.float64), torch.tensor([2e-3, 1e-3], dtype=torch.float64)
    for parameters in (
        UpdateParameters(),
        UpdateParameters(desired_bl=100, um_grad_scale=0.7),
        UpdateParameters(update_bl_management=False),
    ):
        theirs = trains.plan(x_KBI, d_KBO, lr_K, step_K, parameters)
        ours = fused().plan(*(v.to(where) for v in (x_KBI, d_KBO, lr_K, step_K)), parameters)
        for name, value in vars(theirs).items():
            mine = getattr(ours, name)
            assert mine == value if name == "words" else torch.equal(mine.cpu(), value) and mine.dtype == value.dtype, name


@pytest.mark.parametrize("kind", ["short", "dense"])
@pytest.mark.parametrize("more", [{}, {"desired_bl": 40}, {"res": 0.1}, {"res": 0.1, "sto_round": True}], ids=str)
def test_trains(kind, more, where):
    parameters = UpdateParameters(**more)
    _, theirs = filled(kind, parameters, (2, 133), 2, 2e-3, CPU, trains.fill)
    _, ours = filled(kind, parameters, (2, 133), 2, 2e-3, where, fused().fill)
    assert all(torch.equal(mine.cpu(), other) for mine, other in zip(ours, theirs, strict=True))


def agree(ours, theirs, exact):
    """Counts and weights of two sets of cells; laws with exponentials and powers to one rounding per pulse, with 8 to spare."""
    assert torch.equal(ours.up_KOI.cpu(), theirs.up_KOI)
    assert torch.equal(ours.down_KOI.cpu(), theirs.down_KOI)
    bound = 0.0 if exact else 8 * 2**-24 * max(int((theirs.up_KOI + theirs.down_KOI).max()), 1)
    assert float((ours.w_KOI.cpu() - theirs.w_KOI).abs().max()) <= bound


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RESPONSES)
def test_walk(name, kind, where):
    shape = (2, 131)
    made = chips(name, shape)
    theirs, ours = pulsed(made, CPU), pulsed(made, where)
    granularity = law_module(made[0].law).granularity(made[0].response)
    plan, words = filled(kind, UpdateParameters(), shape, 1, granularity, CPU, trains.fill)
    plain.walk(stream(CPU, Purpose.PULSE, 1), *words, trains.first_slots(plan), theirs)
    moved = [word.to(where) for word in words]
    fused().walk(stream(where, Purpose.PULSE, 1), *moved, trains.first_slots(plan).to(where), ours)
    assert int(theirs.up_KOI.sum() + theirs.down_KOI.sum()) > 0
    agree(ours, theirs, name not in SMOOTH)


@pytest.mark.parametrize("name", RESPONSES)
def test_addressed(name, where):
    shape = (3, 50)
    made = chips(name, shape)
    theirs, ours = pulsed(made, CPU), pulsed(made, where)
    n_KOI = torch.randint(-3, 4, (2, *shape), generator=torch.Generator().manual_seed(1)).float()
    n_KOI[1] = 0
    plain.addressed(stream(CPU, Purpose.ADDRESSED, 4), n_KOI, theirs)
    fused().addressed(stream(where, Purpose.ADDRESSED, 4), n_KOI.to(where), ours)
    agree(ours, theirs, name not in SMOOTH)


@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize(("resolution", "noise", "negative"), [(2 / 126, 0.01, 1.0), (0.0, 0.0, 0.9)])
def test_converters(stochastic, resolution, noise, negative, where):
    g = torch.Generator().manual_seed(2)
    x_KBM, y_KBN = torch.randn(2, 3, 150, generator=g), 4 * torch.randn(2, 3, 700, generator=g)
    y_KBN[0, 1, 5] = torch.nan
    scale_KB, noise_KN = x_KBM.abs().amax(2), torch.rand(2, 700, generator=g)
    dac, adc = Dac(resolution, 1.0, noise, negative, stochastic), Adc(resolution, 8.0, negative, stochastic, not stochastic)
    for name, arguments in (("prepare", (x_KBM, scale_KB, dac)), ("finish", (y_KBN, noise_KN, scale_KB, adc))):
        theirs = getattr(converters, name)(stream(CPU, Purpose.FORWARD, 3, 1), *arguments)
        moved = [part.to(where) if isinstance(part, torch.Tensor) else part for part in arguments]
        ours = getattr(fused(), name)(stream(where, Purpose.FORWARD, 3, 1), *moved)
        for mine, other in zip(ours, theirs, strict=True) if name == "finish" else [(ours, theirs)]:
            assert torch.equal(mine.cpu().nan_to_num(nan=9e9), other.nan_to_num(nan=9e9))


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("limit", [0.5, float("inf")])
def test_largest(signed, limit, where):
    x_KBM = torch.randn(2, 4, 700, generator=torch.Generator().manual_seed(2))
    x_KBM[0, 1], x_KBM[1, 0, 600], x_KBM[1, 1, 3] = 0, torch.nan, -torch.inf
    x_KBM[0, 2] = -x_KBM[0, 2].abs()
    ours, theirs = fused().largest(x_KBM.to(where), signed, limit), converters.largest(x_KBM, signed, limit)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.cpu(), other, rtol=0, atol=0, equal_nan=True)


def test_the_kernels_serve_gpus_alone():
    assert functions(torch.device("cuda")) is fused()
    assert functions(CPU) is not fused()


COMPILE = """
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
import triton
from crossbar.gpu.fused import converters, products, pulses, trains
from crossbar.gpu.fused.streams import EXACT
stream = {"seeds": "*i64", "purpose": "i32", "first": "i32", "second": "i32", "under": "i32", "part": "i32"}
lines = {"samples": "i32", "lines": "i32", "resolution": "fp32", "bound": "fp32", "negative": "fp32"}
cells = {"w_all": "*fp32", "p_all": "*fp32", "g_all": "*fp32", "up_all": "*i32", "down_all": "*i32"}
walk = {"x": "*i32", "d": "*i32", "slots": "*i64", "words": "i32", "outputs": "i32", "inputs": "i32"}
law = {"SECOND": False, "UNDER": False, "FORM": 0, "ROWS": 6, "CONSTANTS": 2, "NOISY": True, "BLOCK": 128}
ends = {"out": "*fp32", "clipped": "*i8", "y": "*fp32", "deviation": "*fp32", "gain": "*fp32"}
adc = {"SECOND": True, "UNDER": True, "RES": True, "RANDOM": False, "BELOW": True, "BLOCK": 256}
tiles = {"out": "*fp32", "a": "*fp32", "b": "*fp32", "w": "*fp32", "rate": "*fp32"}
tiles |= {name: "i32" for name in ("rows", "depth", "columns", "a_k", "a_m", "a_n", "b_k", "b_n", "b_p")}
tile = {"DESCEND": True, "TILE": 32, "DEPTH": 32}
plan = {"x_gain": "*fp32", "d_gain": "*fp32", "length": "*i64", "slot": "*i64", "draw": "*i64", "x_max": "*fp32", "d_max": "*fp32"}
plan |= {"rates": "*fp64", "steps": "*fp64", "samples": "i32", "limits": "*fp64"}
scale = {"scale": "*fp32", "active": "*i8", "x": "*fp32", "lines": "i32", "limit": "fp32"}
for kernel, types, fixed, options in (
    (pulses._walk_kernel, {**cells, **walk}, law, EXACT),
    (converters._finish_kernel, {**ends, **lines}, adc, EXACT),
    (converters._largest_kernel, scale, {"SIGNED": False, "BLOCK": 512}, EXACT),
    (trains._plan_kernel, plan, {"PIECE": 64}, EXACT),
    (products._product_kernel, tiles, tile, {}),
):
    names = kernel.arg_names
    signature = {name: {**stream, **types}.get(name, "constexpr") for name in names}
    source = ASTSource(fn=kernel, signature=signature, constexprs={(names.index(name),): value for name, value in fixed.items()})
    ptx = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options).asm["ptx"]
    assert ".target sm_90" in ptx
    assert ("fma" in ptx) == (not options) and "mma" not in ptx
    assert ".approx" not in ptx.replace("ex2.approx", "").replace("lg2.approx", "")
"""


def test_kernels_compile_for_a_gpu_that_is_not_here():
    """For compute capability 9.0, and without fused multiply-adds, which round otherwise than the CPU."""
    environment = {key: value for key, value in os.environ.items() if key != "TRITON_INTERPRET"}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", COMPILE], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
