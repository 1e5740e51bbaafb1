"""Options of write schemes and kinds of weights in a spec: accepted where they belong, refused with one line where they do not."""

import pytest

from experiments.run import run
from experiments.spec import Spec

TINY = {
    "data": {"train_size": 64, "test_size": 32},
    "network": {"hidden": [8]},
    "train": {"epochs": 1, "batch_size": 32},
}


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"write": {"scheme": "transfer", "colums": 3}}, "columns"),
        ({"write": {"scheme": "transfer", "columns": 0}}, "write.columns"),
        ({"write": {"scheme": "direct", "columns": 3}}, "write.columns"),
        ({"write": {"scheme": "accumulate", "rank": 2}}, "give rounding = 'stochastic' with rank"),
        ({"write": {"scheme": "verify", "tolerance": 0.1}}, "write.tolerance"),
        ({"weight": {"kind": "pairs"}}, "pair"),
        ({"weight": {"kind": "reference", "per": "column"}}, "weight.per"),
        ({"decorrelation": {"weight": {"kind": "significance", "count": 1}}}, "count"),
        ({"decorrelation": {"write": {"scheme": "verify", "rounds": -1}}}, "rounds"),
        ({"device": {"compound": "MixedPrecision"}}, "MixedPrecisionCompound"),
        ({"device": {"compound_fields": {"transfer_every": 1}}}, "need a compound"),
    ],
)
def test_what_does_not_fit_is_refused_with_one_line(tree, message):
    with pytest.raises(ValueError, match=message) as refused:
        Spec.from_tree(tree)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "tree",
    [
        {"write": {"scheme": "transfer", "algorithm": "chopped", "chop_random": True, "every": 8, "columns": 4}},
        {"write": {"scheme": "verify", "ramp": True, "rounds": 1}},
        {"write": {"scheme": "accumulate", "rounding": "stochastic", "rank": 3, "every": 2}},
        {"weight": {"kind": "reference"}, "decorrelation": {"weight": {"kind": "single"}, "write": {"scheme": "transfer", "every": 8}}},
        {"weight": {"kind": "significance", "count": 3}, "array": {"max_rows": 5}},
    ],
)
def test_chips_do_the_same_alone_and_in_a_fleet_under_every_scheme(tree):
    specs = [Spec.from_tree({**TINY, **tree, "train": {**TINY["train"], "seed": seed}, "rule": {"name": "bp"}}) for seed in (0, 1, 2)]
    together, alone = run(specs), run(specs[1:2])[0]
    for name, variable in alone.variables.items():
        if name not in ("learning_time", "fleet_chips", "fleet_position"):
            assert (variable.values == together[1].variables[name].values).all(), name


def test_cells_are_counted_with_those_of_further_arrays():
    one, two = (
        run([Spec.from_tree({**TINY, "weight": {"kind": kind}, "rule": {"name": "bp", "lr": 1.0}})])[0] for kind in ("single", "pair")
    )
    ratios = [record.variables["pulses"].values[-1] / record.variables["pulses_per_cell"].values[-1] for record in (one, two)]
    assert ratios[1] == pytest.approx(2 * ratios[0])


@pytest.mark.parametrize("compound", ["BufferedTransferCompound", "DynamicTransferCompound", "MixedPrecisionCompound"])
def test_aihwkits_compounds_train_on_the_host_hosted(compound):
    device = {"compound": compound, "compound_fields": {"transfer_every": 1}}
    tree = {**TINY, "device": device, "array": {"host": "hosted"}, "write": {"scheme": "direct"}, "decorrelation": {"on": "none"}}
    record = run([Spec.from_tree({**tree, "rule": {"name": "bp"}})])[0]
    assert record.status == "ok"
