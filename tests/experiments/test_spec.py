"""Specs are strict values: what is wrong is named, what is right has one text and one hash."""

import hashlib
import json
import random

import pytest

from analogdecor import rules
from experiments import parsing
from experiments.parsing import REGISTRIES, SECTIONS
from experiments.spec import Spec, decorrelation_rule_of, rule_of


def test_tree_round_trip() -> None:
    spec = Spec.from_tree(
        {"rule": {"name": "np", "sigma": 0.5}, "network": {"hidden": [8, 4]}, "device": {"response": {"dw_min_std": 0.3}}}
    )
    again = Spec.from_tree(json.loads(spec.json()))
    assert again == spec
    assert hash(again) == hash(spec)
    assert again.tree()["rule"] == {
        "name": "np",
        "lr": 0.01,
        "sigma": 0.5,
        "passes": 1,
        "antithetic": False,
        "sigma_in": "absolute",
    }


def test_hash_is_sha256_of_canonical_json() -> None:
    spec = Spec.from_tree({})
    text = json.dumps(spec.tree(), sort_keys=True, separators=(",", ":"))
    assert spec.hash == hashlib.sha256(text.encode()).hexdigest()


def test_hash_does_not_see_the_order_of_keys_nor_how_a_number_is_written() -> None:
    tree = Spec.from_tree({}).tree()
    names = list(tree)
    random.Random(0).shuffle(names)
    shuffled = {name: dict(reversed(tree[name].items())) for name in names}
    assert Spec.from_tree(shuffled).hash == Spec.from_tree({"device": {"c2c": 1}}).hash == Spec.from_tree({"device": {"c2c": 1.0}}).hash


def test_every_setting_changes_the_hash() -> None:
    changes = [
        {"data": {"train_size": 100}},
        {"network": {"bias": False}},
        {"device": {"d2d": 2}},
        {"array": {"adc_bits": 8}},
        {"weight": {"kind": "pair"}},
        {"feedback": {"on": "crossbar"}},
        {"write": {"scheme": "direct"}},
        {"optimizer": {"name": "adam"}},
        {"rule": {"lr": 0.5}},
        {"decorrelation": {"range": 0.1}},
        {"ageing": {"retention": {"r": 0.1, "t0": 1.0}}},
        {"train": {"seed": 1}},
        {"shelf": {"times": [1.0]}},
    ]
    assert {name for change in changes for name in change} == set(SECTIONS)
    assert len({Spec.from_tree(change).hash for change in [{}, *changes]}) == 1 + len(changes)


WRONG = {
    "unknown section": ({"trin": {}}, "unknown section 'trin' (did you mean 'train'?)"),
    "unknown key": (
        {"rule": {"nme": "bp"}},
        "unknown key 'rule.nme' (did you mean 'rule.name'?); known: rule.antithetic, rule.lr",
    ),
    "another rule's key": ({"rule": {"name": "bp", "sigma": 1.0}}, "unknown key 'rule.sigma'"),
    "unknown rule": ({"rule": {"name": "bpp"}}, "rule.name: unknown rule 'bpp' (did you mean 'bp'?); known: anp, bp"),
    "unknown decorrelation": (
        {"decorrelation": {"name": "scale"}},
        "decorrelation.name: unknown decorrelation rule 'scale' (did you mean 'scaled'?); known: copi, dbp, none",
    ),
    "unknown preset": ({"device": {"preset": "idael"}}, "device: unknown preset 'idael' (did you mean 'ideal'?)"),
    "unknown data set": ({"data": {"name": "mnst"}}, "data.name: unknown data set 'mnst' (did you mean 'mnist'?)"),
    "unknown scheme": ({"write": {"scheme": "direkt"}}, "write.scheme: unknown write scheme 'direkt' (did you mean 'direct'?)"),
    "unknown device class": ({"device": {"class": "LinearDevice"}}, "device: unknown device class 'LinearDevice'"),
    "unknown device field": ({"device": {"response": {"dw_mn": 1.0}}}, "did you mean 'dw_min'?"),
    "unknown IO field": (
        {"array": {"forward": {"out_boud": 1.0}}},
        "array: unknown field of IOParameters 'out_boud' (did you mean 'out_bound'?)",
    ),
    "nested unknown key": (
        {"decorrelation": {"device": {"c2": 1.0}}},
        "unknown key 'decorrelation.device.c2' (did you mean 'decorrelation.device.c2c'?)",
    ),
    "nested scheme": ({"decorrelation": {"write": {"scheme": "direct", "n": 1}}}, "unknown key 'decorrelation.write.n'"),
    "text for a number": ({"train": {"epochs": "ten"}}, "train.epochs = 'ten' is not accepted: input should be a valid integer"),
    "number with a fraction": ({"train": {"epochs": 1.5}}, "train.epochs = 1.5 is not accepted"),
    "true for a number": ({"train": {"batch_size": True}}, "train.batch_size = True is not accepted"),
    "number for true": ({"network": {"bias": 1}}, "network.bias = 1 is not accepted: input should be a valid boolean"),
    "no table": ({"train": 3}, "train = 3 is not accepted: a table of settings is"),
    "negative rate": ({"rule": {"lr": -0.1}}, "rule.lr = -0.1 is not accepted: input should be greater than or equal to 0"),
    "negative multiplier": ({"device": {"d2d": -1}}, "device.d2d = -1 is not accepted"),
    "nan": ({"rule": {"lr": float("nan")}}, "rule.lr = nan is not accepted: input should be a finite number"),
    "empty layer": ({"network": {"hidden": [0]}}, "network.hidden = 0 is not accepted"),
    "choice": (
        {"network": {"activation": "gelu"}},
        "network.activation = 'gelu' is not accepted: input should be 'leaky_relu', 'relu' or 'tanh'",
    ),
    "missing": ({"data": {"name": "arrays"}}, "data.path is missing"),
    "rank and blocks": ({"decorrelation": {"rank": 4, "block": 8}}, "give either rank = 4 or block = 8, not both"),
    "rank of the whole R": ({"decorrelation": {"rank": 4, "full": True}}, "give either rank = 4 or full = true, not both"),
    "negative rank": ({"decorrelation": {"rank": -1}}, "decorrelation.rank = -1 is not accepted"),
    "preset and class": ({"device": {"preset": "ideal", "class": "LinearStepDevice"}}, "give either preset or class"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_in_one_line(case: str) -> None:
    tree, expected = WRONG[case]
    with pytest.raises(ValueError) as caught:
        Spec.from_tree(tree)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("section", "name"), [(s, n) for s in ("rule", "decorrelation", "write") for n in REGISTRIES[s].folder.names()])
def test_every_entry_of_a_folder_can_be_named(section: str, name: str) -> None:
    key = REGISTRIES[section].key
    assert Spec.from_tree({section: {key: name}}).tree()[section][key] == name


def test_a_new_rule_needs_no_edit(tmp_path, monkeypatch) -> None:
    text = (
        "from analogdecor.rules.bp import Backpropagation\nfrom dataclasses import dataclass\n\n\n@dataclass(frozen=True, kw_only=True)\n"
    )
    (tmp_path / "spec_test_rule.py").write_text(text + "class New(Backpropagation):\n    beta: float = 0.5\n\n\nRULE = New\n")
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    spec = Spec.from_tree({"rule": {"name": "spec_test_rule", "beta": 0.25}})
    assert rule_of(spec).beta == 0.25
    parsing._extended.cache_clear()
    parsing._parsed.cache_clear()


def test_a_rule_gets_its_numbers() -> None:
    rule = rule_of(Spec.from_tree({"rule": {"name": "anp", "lr": 0.5, "sigma": 0.25, "passes": 3}}))
    assert (rule.lr, rule.sigma, rule.passes) == (0.5, 0.25, 3)


@pytest.mark.parametrize("off", [{"name": "none", "lr": 0.1}, {"on": "none", "name": "copi"}])
def test_decorrelation_can_be_switched_off_by_name_and_by_place(off) -> None:
    assert decorrelation_rule_of(Spec.from_tree({"decorrelation": off})) is None
    assert decorrelation_rule_of(Spec.from_tree({"decorrelation": {"name": "copi", "lr": 0.1}})).lr == 0.1


def test_a_device_class_takes_the_place_of_the_default_preset() -> None:
    device = Spec.from_tree({"device": {"class": "LinearStepDevice"}}).tree()["device"]
    assert (device["preset"], device["class"]) == ("", "LinearStepDevice")


@pytest.mark.parametrize(("form", "wanted"), [({}, 100), ({"block": 4}, 40), ({"block": 16}, 100), ({"rank": 3}, 60), ({"rank": 16}, 200)])
def test_how_many_numbers_a_decorrelator_of_ten_lines_is_made_of(form, wanted) -> None:
    assert Spec.from_tree({"decorrelation": form}).decorrelation.numbers(10) == wanted
