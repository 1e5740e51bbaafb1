import pytest
import torch

from experiments.build import build
from experiments.run import run
from experiments.spec import Spec

TINY = {"data": {"train_size": 64, "test_size": 32}, "network": {"hidden": [8]}, "train": {"epochs": 1, "batch_size": 32}}


def spec(rule, **feedback):
    return Spec.from_tree({**TINY, "rule": {"name": rule}, "feedback": feedback, "decorrelation": {"on": "none"}})


@pytest.mark.parametrize("rule", ["fa", "dfa"])
def test_feedback_on_cells_is_the_digital_one_imperfectly_programmed(rule):
    digital, loose, close = (
        build([spec(rule, **options)], 64, 10).state
        for options in ({}, {"on": "crossbar"}, {"on": "crossbar", "rounds": 2, "reads": 50, "device": {"preset": "fetft_kwon2023"}})
    )
    for name, wanted in digital.items():
        b_KOI = wanted.weights()
        misses = [float((state[name].weights() - b_KOI).square().mean().sqrt() / b_KOI.std()) for state in (loose, close)]
        assert 0.02 < misses[0] < 0.6, misses
        assert misses[1] < misses[0]


def test_its_pulses_are_made_before_learning_and_its_reads_are_counted():
    digital, crossbar = (run([spec("fa", **options)])[0].variables for options in ({}, {"on": "crossbar"}))
    reads = [float(variables["backward_reads"].values[-1]) for variables in (digital, crossbar)]
    assert reads[1] > reads[0]
    assert float(crossbar["pulses"].values[0]) == 0


def test_a_rule_without_feedback_takes_no_notice():
    one, two = (run([spec("bp", **options)])[0].variables for options in ({}, {"on": "crossbar"}))
    assert (one["test_loss"].values == two["test_loss"].values).all()


def test_a_chip_does_not_depend_on_its_fleet():
    trees = [spec("fa", on="crossbar").tree() for _ in range(3)]
    for seed, tree in enumerate(trees):
        tree["train"]["seed"] = seed
    specs = [Spec.from_tree(tree) for tree in trees]
    together, alone = build(specs, 64, 10).state, build(specs[1:2], 64, 10).state
    for name, array in alone.items():
        assert torch.equal(together[name].weights()[1], array.weights()[0])
