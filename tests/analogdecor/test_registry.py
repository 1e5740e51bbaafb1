"""The folder is the registry: a new file is a new rule, and nothing else has to be edited."""

import importlib
import sys

import pytest
import torch

from analogdecor import decorrelation, rules
from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.training import Trainer, evaluate

RULE_FILE = '''
from dataclasses import dataclass

from analogdecor.rules.bp import Backpropagation


@dataclass(frozen=True, kw_only=True)
class SignOfDelta:
    """bp with the sign of every delta."""

    lr: float = 0.01

    def init(self, network, seeds):
        return {}

    def propose(self, state, network, batch, draws):
        proposal = Backpropagation(lr=self.lr).propose(state, network, batch, draws)
        samples = batch.x_N.shape[0] // batch.chips
        return proposal._replace(updates=tuple(u._replace(d_KBO=u.d_KBO.sign() / samples) for u in proposal.updates))


RULE = SignOfDelta
'''

DECORRELATION_FILE = '''
from dataclasses import dataclass
from typing import ClassVar

from analogdecor.decorrelating import DecorrelationProposal, correlation_times


@dataclass(frozen=True, kw_only=True)
class Shrink:
    """R <- R - lr C R, and nothing holds the norm."""

    form: ClassVar[str] = "matrix"
    lr: float = 0.01
    every: int = 1

    def propose(self, decorrelator, visit):
        return DecorrelationProposal((correlation_times(decorrelator.array, visit.xstar_KBI.detach(), self.lr),))


RULE = Shrink
'''


@pytest.fixture
def dropped(tmp_path, monkeypatch):
    """Puts a file beside those of a package, for one test."""

    def drop(package, name, text):
        folder = tmp_path / package.__name__
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importlib.invalidate_caches()
        added.append((package, name))

    added = []
    yield drop
    for package, name in added:
        sys.modules.pop(f"{package.__name__}.{name}", None)
        package.__dict__.pop(name, None)


def test_dropped_files_are_rules_that_train(dropped, mlp, normal):
    before = rules.FOLDER.names(), decorrelation.FOLDER.names()
    dropped(rules, "sign_of_delta", RULE_FILE)
    dropped(decorrelation, "shrink", DECORRELATION_FILE)
    assert set(rules.FOLDER.names()) == {*before[0], "sign_of_delta"}
    assert set(decorrelation.FOLDER.names()) == {*before[1], "shrink"}
    rule, decor = rules.FOLDER.load("sign_of_delta").RULE(lr=0.02), decorrelation.FOLDER.load("shrink").RULE(lr=0.01)
    network, x, label = mlp(0, 2, (3, 6, 3)), normal(0, 30, 3), torch.arange(30) % 3
    x = x + 3 * torch.eye(3, dtype=torch.float64)[label]
    trainer = Trainer(network=network, rule=rule, state={}, decorrelation=decor, loss=cross_entropy, draws=Draws([0, 1]))
    start, rotation = evaluate(network, x, label, cross_entropy), network[0].decorrelator.array.weights()
    for _ in range(20):
        trainer.epoch(x, label, torch.arange(30).expand(2, -1), 10)
    assert bool((evaluate(network, x, label, cross_entropy).loss_K < 0.5 * start.loss_K).all())
    assert not torch.equal(rotation, network[0].decorrelator.array.weights())


def test_an_unknown_rule_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"unknown rule 'anpp' \(did you mean 'anp'\?\); known: anp, bp"):
        rules.FOLDER.load("anpp")
    with pytest.raises(ValueError, match=r"unknown decorrelation rule 'copy'.*'copi'"):
        decorrelation.FOLDER.load("copy")
