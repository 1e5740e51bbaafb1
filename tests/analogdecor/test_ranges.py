import math
from dataclasses import fields

import pytest
import torch

from analogdecor import decorrelation, rules

CLASSES = [folder.load(name).RULE for folder in (rules.FOLDER, decorrelation.FOLDER) for name in folder.names()]

BAD = {
    "lr": [-0.1, math.nan, math.inf, torch.tensor([0.1, -0.2]), torch.zeros(2, 2)],
    "sigma": [0.0, -1.0, math.nan, math.inf],
    "passes": [0, -1, 1.5],
    "every": [0, -1, 2.0],
    "antithetic": [1, "yes"],
    "noise": ["shot", True],
    "sigma_in": ["volts"],
    "share": [0.0, 1.01, -0.5, math.nan],
    "kappa": [-0.01, 1.01, math.nan],
}
GOOD = {
    "lr": [0.0, 1, 1e200, torch.tensor([0.1, 0.0])],
    "sigma": [1e-6, 2],
    "passes": [1, 7],
    "every": [1, 9],
    "share": [0.01, 1.0],
    "kappa": [0.0, 1.0],
    "stationary": [True],
    "antithetic": [True, False],
    "noise": ["injected", "read"],
    "sigma_in": ["absolute", "read_noise"],
}


@pytest.mark.parametrize("rule", CLASSES)
def test_every_hyper_parameter_of_every_rule_is_checked(rule):
    for name in (field.name for field in fields(rule)):
        for value in GOOD[name]:
            assert getattr(rule(**{name: value}), name) is value
        for value in BAD.get(name, []):  # a bool has no range
            with pytest.raises(ValueError, match=f"{name} of {rule.__name__} must be "):
                rule(**{name: value})


def test_the_message_names_the_value_and_what_is_accepted():
    with pytest.raises(ValueError, match=r"kappa of Dbp must be in \[0, 1\], not 2.5"):
        decorrelation.FOLDER.load("dbp").RULE(kappa=2.5)
