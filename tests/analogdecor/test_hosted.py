"""Learning on aihwkit's cells: weights and decorrelators as composed for real runs, Deviation(Scaled(Accumulate(Hosted)))."""

import pytest
import torch
from aihwkit.simulator.configs import IOParameters
from aihwkit.simulator.configs.devices import SoftBoundsDevice
from torch import nn

from analogdecor import passes
from analogdecor.decorrelation.copi import Copi
from analogdecor.decorrelator import Decorrelator
from analogdecor.draws import Draws
from analogdecor.initial import kaiming_uniform
from analogdecor.linear import CrossbarLinear
from analogdecor.losses import cross_entropy
from analogdecor.measures import off_diagonal_correlation
from analogdecor.rules.bp import Backpropagation
from analogdecor.training import Trainer, evaluate, for_chips
from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.hosted import Hosted
from crossbar.scaled import Scaled
from crossbar.writes.accumulate import Accumulate
from device_models import as_cell

SEEDS, CLASSES, LINES = (0, 1), 3, 6
CHIPS = len(SEEDS)

CELL = as_cell(SoftBoundsDevice(dw_min=0.02, dw_min_dtod=0.05, dw_min_std=0.3, w_max_dtod=0.05, w_min_dtod=0.05, up_down_dtod=0.01))

# no converters and no input noise, so that the mean read is W x; output noise of 0.06 of a full-scale read
IO = IOParameters(inp_res=-1, out_res=-1, out_noise=0.06)


def _array(shape, purpose, scale):
    host = Hosted(shape, CELL, seeds=[100 * purpose + seed for seed in SEEDS], forward_io=IO, backward_io=IO)
    return Scaled(Accumulate(host), scale)


def _layer(inputs, outputs, purpose):
    weight = _array((outputs, inputs), purpose, 1.5)
    weight.program(kaiming_uniform(SEEDS, (outputs, inputs), purpose))
    rotation = Deviation(_array((inputs, inputs), purpose + 1, 0.3))
    rotation.program(torch.eye(inputs).expand(CHIPS, -1, -1))
    bias = Exact(torch.zeros(CHIPS, outputs, 1), dtype=torch.float32)
    return CrossbarLinear(weight, bias=bias, decorrelator=Decorrelator(rotation))


@pytest.fixture
def network():
    return nn.Sequential(_layer(LINES, 8, 1), nn.LeakyReLU(0.1), _layer(8, CLASSES, 3))


@pytest.fixture
def blobs(normal):
    """Three blobs in a space of six correlated lines."""
    label = torch.arange(90) % CLASSES
    centre = torch.eye(CLASSES, LINES, dtype=torch.float64)[label]
    return ((2.0 * centre + 0.7 * normal(0, 90, LINES)) @ (torch.eye(LINES) + 0.5).double()).float(), label


def test_bp_with_decorrelation_learns_on_cells(network, blobs):
    x, label = blobs
    rule = Backpropagation(lr=0.05)
    trainer = Trainer(
        network=network,
        rule=rule,
        state=rule.init(network, SEEDS),
        decorrelation=Copi(lr=0.01),
        loss=cross_entropy,
        draws=Draws(SEEDS, "noise"),
    )
    before, arriving = evaluate(network, x, label, cross_entropy), x - x.mean(0)
    order = Draws(SEEDS, "order")
    for _ in range(12):
        trainer.epoch(x, label, order.permutation(90), 15)
    after = evaluate(network, x, label, cross_entropy)
    xstar_KBI = passes.run(network, for_chips(x, CHIPS)).visits[0].xstar_KBI
    correlated = off_diagonal_correlation(arriving[None]), off_diagonal_correlation(xstar_KBI - xstar_KBI.mean(1, keepdim=True))
    print(f"loss {before.loss_K.tolist()} -> {after.loss_K.tolist()}; correlation {correlated[0].item()} -> {correlated[1].tolist()}")
    assert bool((after.loss_K < 0.5 * before.loss_K).all())
    assert bool((correlated[1] < correlated[0]).all())
    assert bool((network[0].weight.ledger().pulses_K() > 0).all())
    assert bool((network[0].decorrelator.array.ledger().pulses_K() > 0).all())


def test_the_mean_of_a_layers_reads_is_the_exact_layer(network, blobs):
    """4000 reads of one sample. 28 means, each within 6 of its own standard errors of W R (x - mu): false alarms below 1e-7."""
    x_I, reads = blobs[0][0], 4000
    layer = network[0]
    layer.decorrelator.array.update(0.3 * torch.eye(LINES).expand(CHIPS, -1, -1), torch.ones(CHIPS, LINES, LINES), 0.5)
    visit = passes.run(layer, x_I.expand(CHIPS * reads, -1)).visits[0]
    r_KII, w_KOI = layer.decorrelator.array.weights().double(), layer.weight.weights().double()
    assert (r_KII - torch.eye(LINES)).abs().max() > 0.1  # R is no identity here
    xstar_KI = (r_KII @ x_I.double()[:, None])[:, :, 0]
    a_KO = (w_KOI @ xstar_KI[:, :, None])[:, :, 0]
    for found_KBI, wanted_KI in ((visit.xstar_KBI.double(), xstar_KI), (visit.a_KBO.double(), a_KO)):
        error_KI = found_KBI.std(1) / reads**0.5
        z = ((found_KBI.mean(1) - wanted_KI) / error_KI).abs().max()
        print(f"largest z {z:.2f}")
        assert bool((error_KI > 0).all())
        assert z < 6
