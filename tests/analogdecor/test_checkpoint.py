import pytest
import torch
from torch import nn

from analogdecor import decorrelation, rules
from analogdecor.checkpoint import load_state, load_training_state, state, training_state
from analogdecor.decorrelation.scaled import Scaled
from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rules.fa import FeedbackAlignment
from analogdecor.training import Trainer
from crossbar.ledger import PER_CHIP

K, B, C = 2, 6, 3


def _trainer(network, name="fa", decor="scaled", seeds=(0, 1)):
    rule = rules.FOLDER.load(name).RULE(lr=0.05)
    decorrelation_rule = decorrelation.FOLDER.load(decor).RULE(lr=0.02, every=2)
    return Trainer(
        network=network,
        rule=rule,
        state=rule.init(network, seeds),
        decorrelation=decorrelation_rule,
        loss=cross_entropy,
        draws=Draws(seeds, "noise"),
    )


def _steps(trainer, normal, steps):
    for step in steps:
        trainer.step(normal(step, K * B, 4), torch.arange(K * B) % C)


@pytest.mark.parametrize("decor", ["scaled", "recurrent"])
@pytest.mark.parametrize("name", rules.FOLDER.names())
def test_three_steps_and_three_after_loading_are_six(mlp, normal, name, decor):
    """Bit for bit; everything of the second trainer was different before: weights, feedback, streams, steps."""
    options = {"form": decorrelation.FOLDER.load(decor).RULE.form, "deviation": True}
    through = _trainer(mlp(0, K, (4, 5, C), **options), name, decor)
    _steps(through, normal, range(6))
    first, second = _trainer(mlp(0, K, (4, 5, C), **options), name, decor), _trainer(mlp(9, K, (4, 5, C), **options), name, decor, (8, 9))
    _steps(first, normal, range(3))
    second.step(normal(50, K * B, 4), torch.arange(K * B) % C)
    load_training_state(second, training_state(first))
    _steps(second, normal, range(3, 6))
    wanted, found = training_state(through), training_state(second)
    assert wanted.keys() == found.keys()
    for key, value in wanted.items():
        assert torch.equal(found[key], value), key


def test_names(mlp):
    network = mlp(0, K, (4, C))
    found = state(network, FeedbackAlignment().init(network, [0, 1]))
    exact = {"w_KOI", "pulses_up_KOI", "pulses_down_KOI", *PER_CHIP}
    arrays = ("0.weight", "0.bias", "0.decorrelator.array", "rule.0")
    assert set(found) == {f"{array}.{part}" for array in arrays for part in exact} | {"0.decorrelator.gain_K", "0.decorrelator.mean_KI"}


def test_holds_copies_and_what_else_the_network_remembers(mlp, normal):
    network = nn.Sequential(mlp(0, 1, (4, 5)), nn.BatchNorm1d(5, dtype=torch.float64), mlp(1, 1, (5, C)))
    before = state(network, {})
    kept = {name: value.clone() for name, value in before.items()}
    network.train()(normal(0, B, 4))
    network[0][0].weight.program(torch.zeros(1, 5, 4))
    assert all(torch.equal(before[name], kept[name]) for name in kept)
    assert not torch.equal(before["1.running_mean"], state(network, {})["1.running_mean"])
    load_state(network, {}, before)
    assert all(torch.equal(value, kept[name]) for name, value in state(network, {}).items())


def test_refuses_a_state_of_another_network_and_restores_nothing(mlp):
    network = mlp(0, K, (4, 5, C))
    kept = state(network, {})
    with pytest.raises(ValueError, match=r"not known here .*'4\.weight\.w_KOI'"):
        load_state(network, {}, state(mlp(1, K, (4, 5, 5, C)), {}))
    with pytest.raises(ValueError, match=r"missing .*'0\.bias\.w_KOI'"):
        load_state(network, {}, state(mlp(1, K, (4, 5, C), bias=False), {}))
    assert all(torch.equal(value, kept[name]) for name, value in state(network, {}).items())


def test_a_diverged_chip_stays_diverged(mlp, normal):
    first, second = _trainer(mlp(0, K, (4, C))), _trainer(mlp(0, K, (4, C)))
    first.alive_K = torch.tensor([True, False])
    load_training_state(second, training_state(first))
    before = [layer.weight.weights() for layer in crossbar_layers(second.network).values()]
    _steps(second, normal, range(1))
    after = [layer.weight.weights() for layer in crossbar_layers(second.network).values()]
    assert all(torch.equal(old[1], new[1]) and not torch.equal(old[0], new[0]) for old, new in zip(before, after, strict=True))
    assert isinstance(second.decorrelation, Scaled)
