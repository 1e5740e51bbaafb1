"""What every learning rule keeps, by being in the folder: each is built with numbers that are not its defaults."""

from dataclasses import fields

import pytest
import torch

from analogdecor import decorrelation, rules
from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.training import Trainer
from crossbar.exact import Exact

K, B, C = 3, 6, 3
OTHER = {"sigma": 0.05, "passes": 2}


def _rule(name):
    cls = rules.FOLDER.load(name).RULE
    return cls(lr=0.07, **{field.name: OTHER[field.name] for field in fields(cls) if field.name in OTHER})


def _batch(normal, chips=K):
    return Batch(normal(1, chips * B, 4), torch.arange(chips * B) % C, cross_entropy, chips)


def _remembered(network, state):
    arrays = [a for layer in crossbar_layers(network).values() for a in (layer.weight, layer.bias, layer.decorrelator.array)]
    buffers = [b.clone() for layer in crossbar_layers(network).values() for b in layer.decorrelator.buffers()]
    return [array.weights() for array in [*arrays, *state.values()]] + buffers


@pytest.mark.parametrize("name", rules.FOLDER.names())
def test_a_proposal_changes_nothing_it_was_given(mlp, normal, name):
    network, rule, batch = mlp(0, K, (4, 5, C)), _rule(name), _batch(normal)
    state = rule.init(network, range(K))
    before, x_N, label_N = _remembered(network, state), batch.x_N.clone(), batch.label_N.clone()
    proposal = rule.propose(state, network, batch, Draws(range(K), "noise"))
    assert all(torch.equal(old, new) for old, new in zip(before, _remembered(network, state), strict=True))
    assert torch.equal(batch.x_N, x_N)
    assert torch.equal(batch.label_N, label_N)
    assert not any(part.requires_grad for update in proposal.updates for part in (update.x_KBI, update.d_KBO))


@pytest.mark.parametrize("name", rules.FOLDER.names())
def test_it_proposes_for_every_weight_and_bias_and_for_nothing_else(mlp, normal, name):
    network, rule = mlp(0, K, (4, 5, C)), _rule(name)
    proposal = rule.propose(rule.init(network, range(K)), network, _batch(normal), Draws(range(K), "noise"))
    wanted = {array for layer in crossbar_layers(network).values() for array in (layer.weight, layer.bias)}
    assert {update.array for update in proposal.updates} == wanted
    assert all(update.lr == 0.07 for update in proposal.updates)
    assert [visit.layer for visit in proposal.trace.visits] == list(crossbar_layers(network).values())
    torch.testing.assert_close(proposal.losses_KB, _batch(normal).losses(proposal.trace).detach())


@pytest.mark.parametrize("name", rules.FOLDER.names())
def test_it_repeats_itself_with_the_same_seeds(mlp, normal, name):
    proposals = []
    for _ in range(2):
        network, rule = mlp(0, K, (4, 5, C)), _rule(name)
        proposals.append(rule.propose(rule.init(network, range(K)), network, _batch(normal), Draws(range(K), "noise")))
    for one, two in zip(proposals[0].updates, proposals[1].updates, strict=True):
        assert torch.equal(one.x_KBI, two.x_KBI)
        assert torch.equal(one.d_KBO, two.d_KBO)


def _alone(network, k):
    """Chip k of a network as a fleet of one."""
    for layer in crossbar_layers(network).values():
        layer.weight, layer.bias = (Exact(array.weights()[k : k + 1]) for array in (layer.weight, layer.bias))
        layer.decorrelator.array = Exact(layer.decorrelator.array.weights()[k : k + 1])
        layer.decorrelator.gain_K = layer.decorrelator.gain_K[k : k + 1].clone()
        layer.decorrelator.mean_KI = layer.decorrelator.mean_KI[k : k + 1].clone()
    return network


def _trained(network, rule, decor, seeds, x_N, label_N):
    trainer = Trainer(
        network=network,
        rule=rule,
        state=rule.init(network, seeds),
        decorrelation=decor,
        loss=cross_entropy,
        draws=Draws(seeds, "noise"),
    )
    for _ in range(4):
        trainer.step(x_N, label_N)
    return _remembered(network, {})


PAIRS = sorted({("bp", decor) for decor in decorrelation.FOLDER.names()} | {(name, "scaled") for name in rules.FOLDER.names()})


@pytest.mark.parametrize(("name", "decor"), PAIRS)
def test_a_chip_does_not_depend_on_its_fleet(mlp, normal, name, decor):
    """Four steps of a fleet of three and of each chip alone. Every draw is the same; torch may order the sums inside its products anew."""
    decorrelation_rule = decorrelation.FOLDER.load(decor).RULE(lr=0.02)
    options = {"form": decorrelation_rule.form, "centring": "batch"}
    seeds, batch = [5, 6, 7], _batch(normal)
    fleet = _trained(mlp(0, K, (4, 5, C), **options), _rule(name), decorrelation_rule, seeds, batch.x_N, batch.label_N)
    for k in range(K):
        x_N, label_N = (part.unflatten(0, (K, B))[k] for part in (batch.x_N, batch.label_N))
        one = _trained(_alone(mlp(0, K, (4, 5, C), **options), k), _rule(name), decorrelation_rule, seeds[k : k + 1], x_N, label_N)
        for together, alone in zip(fleet, one, strict=True):
            torch.testing.assert_close(together[k], alone[0], rtol=1e-10, atol=1e-12)
