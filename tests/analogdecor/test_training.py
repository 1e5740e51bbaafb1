import dataclasses

import pytest
import torch
import torch.nn.functional as F

from analogdecor import rules
from analogdecor.convert import convert
from analogdecor.decorrelation.recurrent import Recurrent
from analogdecor.decorrelation.scaled import Scaled
from analogdecor.decorrelator import Decorrelator
from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.training import Trainer, evaluate, for_chips
from crossbar.exact import Exact

K, B, C = 2, 8, 3


def _trainer(network, rule=None, decor=None, seeds=(0, 1)):
    rule = rule or Backpropagation(lr=0.1)
    draws = Draws(seeds, "noise")
    return Trainer(network=network, rule=rule, state=rule.init(network, seeds), decorrelation=decor, loss=cross_entropy, draws=draws)


@pytest.fixture
def blobs(normal):
    """Three Gaussian blobs around the corners of a triangle with sides of 4.2 standard deviations: 60 samples [60, 3], labels."""
    label = torch.arange(60) % C
    return 3.0 * torch.eye(C, dtype=torch.float64)[label] + normal(7, 60, C), label


@pytest.mark.parametrize("decorrelated", [False, True])
@pytest.mark.parametrize("name", rules.FOLDER.names())
def test_every_rule_learns_separable_blobs(mlp, blobs, name, decorrelated):
    """40 epochs halve the loss of every chip, at least, and reach 80 % of the training samples.

    wp's variance grows with the number of weights and with |x*|^2: behind a decorrelator it diverges at a rate of 0.02, so all take 0.01.
    """
    x, label = blobs
    network = mlp(0, K, (C, 8, C), decorrelated=decorrelated)
    trainer = _trainer(network, rules.FOLDER.load(name).RULE(lr=0.01), Scaled(lr=0.003) if decorrelated else None)
    before = evaluate(network, x, label, cross_entropy)
    order = Draws((0, 1), "order")
    for _ in range(40):
        trainer.epoch(x, label, order.permutation(60), 10)
    after = evaluate(network, x, label, cross_entropy)
    print(f"{name}: loss {before.loss_K.tolist()} -> {after.loss_K.tolist()}, accuracy {after.accuracy_K.tolist()}")
    assert bool((after.loss_K < 0.5 * before.loss_K).all())
    assert bool((after.accuracy_K > 0.8).all())


def test_all_proposals_are_made_before_the_first_write(mlp, normal):
    """One step equals writing, onto the untouched network, what rule and decorrelation rule propose for it."""
    options = {"decorrelated": True, "centring": "batch"}
    stepped, still = mlp(0, K, (4, 5, C), **options), mlp(0, K, (4, 5, C), **options)
    x_N, label_N, decor = normal(1, K * B, 4), torch.arange(K * B) % C, Scaled(lr=0.1)
    proposal = _trainer(stepped, decor=decor).step(x_N, label_N)
    trace = _trainer(still).rule.propose({}, still, Batch(x_N, label_N, cross_entropy, K), Draws((0, 1))).trace
    wanted = {}
    for one, two, visit in zip(crossbar_layers(stepped).values(), crossbar_layers(still).values(), trace.visits, strict=True):
        update = next(u for u in proposal.updates if u.array is one.weight)
        wanted[one.weight] = two.weight.weights() - 0.1 * torch.einsum("kbo,kbi->koi", update.d_KBO, update.x_KBI)
        r_KII, xstar_KBI = two.decorrelator.array.weights(), visit.xstar_KBI.detach()
        wanted[one.decorrelator.array] = r_KII - 0.1 * xstar_KBI.mT @ xstar_KBI @ r_KII / B
    for array, value in wanted.items():
        torch.testing.assert_close(array.weights(), value, rtol=1e-12, atol=1e-12)


def test_decorrelators_learn_every_nth_step_and_follow_the_mean_at_each(mlp, normal):
    network = mlp(0, K, (4, C), decorrelated=True)
    decorrelator = network[0].decorrelator
    trainer = _trainer(network, decor=Scaled(lr=0.1, every=3))
    moved, means = [], []
    for step in range(7):
        before, mean = decorrelator.array.weights(), decorrelator.mean_KI.clone()
        trainer.step(normal(step, K * B, 4) + 1, torch.arange(K * B) % C)
        moved.append(not torch.equal(before, decorrelator.array.weights()))
        means.append(not torch.equal(mean, decorrelator.mean_KI))
    assert moved == [True, False, False, True, False, False, True]
    assert all(means)


def _frozen(network, k):
    layers = crossbar_layers(network).values()
    arrays = [array for layer in layers for array in (layer.weight, layer.bias, layer.decorrelator.array)]
    return [array.weights()[k] for array in arrays] + [b[k].clone() for layer in layers for b in layer.decorrelator.buffers()]


def test_a_diverged_chip_is_frozen_while_the_others_go_on(mlp, normal):
    """Chip 0 learns at 1e200. From its first loss that is not finite nothing of it changes; chip 1 learns as beside a sound chip."""
    decor = Scaled(lr=0.01)
    wild, sound = mlp(0, K, (4, 5, C)), mlp(0, K, (4, 5, C))
    one = _trainer(wild, Backpropagation(lr=torch.tensor([1e200, 0.1], dtype=torch.float64)), decor)
    two = _trainer(sound, Backpropagation(lr=0.1), decor)
    seen = []
    for step in range(6):
        x_N, label_N = normal(step, K * B, 4), torch.arange(K * B) % C
        one.step(x_N, label_N)
        seen.append((one.alive_K.tolist(), _frozen(wild, 0)))
        two.step(x_N, label_N)
    dead = [alive[0] for alive, _ in seen].index(False)
    assert 0 < dead < 5
    before, after = seen[dead - 1][1], seen[-1][1]
    assert all(torch.equal(old.nan_to_num(7.0), new.nan_to_num(7.0)) for old, new in zip(before, after, strict=True))
    assert one.alive_K.tolist() == [False, True]
    for old, new in zip(_frozen(wild, 1), _frozen(sound, 1), strict=True):
        torch.testing.assert_close(old, new, rtol=1e-12, atol=1e-12)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Overflowing(Backpropagation):
    """Asks chip 0 for an infinite change, at a finite loss."""

    def propose(self, state, network, batch, draws):
        proposal = super().propose(state, network, batch, draws)
        broken = proposal.updates[0].d_KBO.clone()
        broken[0, 0, 0] = torch.inf
        return proposal._replace(updates=(proposal.updates[0]._replace(d_KBO=broken), *proposal.updates[1:]))


def test_a_chip_that_is_asked_for_an_infinite_change_has_diverged(mlp, normal):
    network = mlp(0, K, (4, 5, C))
    before = _frozen(network, 0)
    trainer = _trainer(network, Overflowing(lr=0.1))
    losses_KB = trainer.step(normal(0, K * B, 4), torch.arange(K * B) % C).losses_KB
    assert losses_KB.isfinite().all()
    assert trainer.alive_K.tolist() == [False, True]
    assert all(torch.equal(old, new) for old, new in zip(before, _frozen(network, 0), strict=True))


def test_an_epoch_scores_diverged_chips_as_nan_and_ends_when_all_have(mlp, blobs):
    x, label = blobs
    order_KN = torch.arange(60).expand(K, -1)
    trainer = _trainer(mlp(0, K, (C, 5, C)), Backpropagation(lr=torch.tensor([1e200, 0.1], dtype=torch.float64)))
    score = trainer.epoch(x, label, order_KN, 10)
    assert score.loss_K.isnan().tolist() == [True, False]
    assert score.accuracy_K.isnan().tolist() == [True, False]
    assert trainer.steps == 6
    trainer = _trainer(mlp(0, K, (C, 5, C)), Backpropagation(lr=1e200))
    score = trainer.epoch(x, label, order_KN, 10)
    assert score.loss_K.isnan().all()
    assert score.accuracy_K.isnan().all()
    assert trainer.steps < 6


def test_epoch_and_evaluation_equal_a_hand_computation(mlp, plain, blobs):
    """Without learning an epoch meets every sample once, in whatever order, with a smaller last batch."""
    x, label = blobs
    network = mlp(0, K, (C, 5, C))
    for layer in crossbar_layers(network).values():
        layer.decorrelator.momentum = 1e-300  # the mean stays where it is
    trainer = _trainer(network, Backpropagation(lr=0.0))
    met = trainer.epoch(x, label, Draws((0, 1), "order").permutation(60), 16)
    for score in (met, evaluate(network, x, label, cross_entropy, batch_size=7)):
        for k in range(K):
            output = plain(network, k)(x).detach()
            torch.testing.assert_close(score.loss_K[k], F.cross_entropy(output, label), rtol=1e-12, atol=0)
            assert score.accuracy_K[k] == (output.argmax(1) == label).double().mean()


def test_an_epoch_takes_each_chip_through_its_own_order(mlp, blobs):
    """Chip 0 sees the first half in its first batch, chip 1 the second: the losses of the first step say so."""
    x, label = blobs
    network = mlp(0, K, (C, C))
    seen = []

    class Spy(Trainer):
        def step(self, x_N, label_N):
            seen.append((x_N, label_N))
            return super().step(x_N, label_N)

    rule = Backpropagation()
    trainer = Spy(network=network, rule=rule, state={}, decorrelation=None, loss=cross_entropy, draws=Draws((0, 1)))
    trainer.epoch(x, label, torch.stack([torch.arange(60), torch.arange(60).flip(0)]), 40)
    assert [len(x_N) for x_N, _ in seen] == [80, 40]
    assert torch.equal(seen[0][0], torch.cat([x[:40], x[20:].flip(0)]))
    assert torch.equal(seen[1][1], torch.cat([label[40:], label[:20].flip(0)]))


def test_refuses_chips_and_forms_that_do_not_fit(mlp):
    with pytest.raises(ValueError, match="layer '0' has 2 chips, the draws are for 3"):
        _trainer(mlp(0, K, (4, C)), seeds=(0, 1, 2))
    with pytest.raises(ValueError, match="Recurrent trains decorrelators of the form 'lateral', that of layer '0' is 'matrix'"):
        _trainer(mlp(0, K, (4, C)), decor=Recurrent())


def test_for_chips_repeats_all_samples_chip_by_chip():
    x = torch.arange(6).reshape(3, 2)
    assert torch.equal(for_chips(x, 2), torch.cat([x, x]))


def test_a_converted_model_learns(blobs):
    x, label = blobs
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(C, 8), torch.nn.LeakyReLU(), torch.nn.Linear(8, C))

    def array(name, w_KOI):
        return Exact(w_KOI, dtype=torch.float32)

    def decorrelator(name, lines):
        return Decorrelator(Exact(torch.eye(lines).expand(K, lines, lines), dtype=torch.float32))

    network = convert(model, chips=K, array=array, decorrelator=decorrelator)
    before = evaluate(network, x.float(), label, cross_entropy)
    trainer = _trainer(network, Backpropagation(lr=0.1), Scaled(lr=0.01))
    for _ in range(10):
        trainer.epoch(x.float(), label, torch.arange(60).expand(K, -1), 10)
    after = evaluate(network, x.float(), label, cross_entropy)
    assert bool((after.loss_K < 0.5 * before.loss_K).all())
