"""From specs to chips."""

import pytest
import torch

from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.training import Trainer
from crossbar.block_diagonal import BlockDiagonal
from crossbar.deviation import Deviation
from crossbar.digital import Digital
from crossbar.exact import Exact
from crossbar.hosted import Hosted
from crossbar.low_rank import LowRank
from crossbar.pulsed import Pulsed
from crossbar.scaled import Scaled
from crossbar.split import Split
from crossbar.writes.accumulate import Accumulate
from experiments.build import build
from experiments.spec import Spec
from experiments.spending import Spending


def spec(**sections) -> Spec:
    return Spec.from_tree({"network": {"hidden": [5]}, **sections})


def test_layers_and_their_names() -> None:
    fleet = build([spec(network={"hidden": [7, 5]})], 4, 3)
    assert {name: layer.weight.shape for name, layer in crossbar_layers(fleet.network).items()} == {
        "layer1": (7, 4),
        "layer2": (5, 7),
        "layer3": (3, 5),
    }
    assert set(fleet.analog) == {f"layer{n}{part}" for n in (1, 2, 3) for part in ("", " decorrelator")}
    assert fleet.network(torch.zeros(2, 4)).shape == (2, 3)


@pytest.mark.parametrize(("host", "kind"), [("exact", Exact), ("hosted", Hosted), ("pulsed", Pulsed)])
def test_composition(host, kind) -> None:
    layer = crossbar_layers(build([spec(array={"host": host}, write={"scheme": "accumulate"})], 4, 3).network)["layer1"]
    weight = layer.weight
    assert isinstance(weight, Scaled)
    assert isinstance(weight.inner, Accumulate)
    assert isinstance(weight.inner.inner, kind)
    held = layer.decorrelator.array
    assert isinstance(held, Deviation)
    assert isinstance(held.inner, Scaled)
    assert isinstance(held.inner.inner, Accumulate)
    assert isinstance(held.inner.inner.inner, kind)
    assert isinstance(layer.bias, Exact)


def test_where_the_decorrelator_lives() -> None:
    def array(**section):
        found = crossbar_layers(build([spec(decorrelation=section)], 4, 3).network)["layer1"].decorrelator
        return None if found is None else found.array

    assert array(on="none") is None
    assert array(name="none") is None
    assert isinstance(array(on="digital"), Exact)
    assert isinstance(array(on="crossbar", full=True, range=2.0), Scaled)
    direct = array(on="crossbar", write={"scheme": "direct"})
    assert isinstance(direct.inner.inner, Pulsed)
    with pytest.raises(ValueError, match=r"decorrelation\.range = 0\.5 is not accepted with full"):
        array(on="crossbar", full=True, range=0.5)


@pytest.mark.parametrize("full", [False, True])
def test_a_decorrelator_starts_as_the_identity(full) -> None:
    """On cells without device-to-device spread the whole range is there, and 0 and 1/2 are programmed to float32 precision."""
    section = {"on": "crossbar", "full": full, "range": 2.0}
    layer = crossbar_layers(build([spec(decorrelation=section)], 4, 3).network)["layer1"]
    torch.testing.assert_close(layer.decorrelator.array.weights()[0], torch.eye(4), atol=4e-7, rtol=0)


def test_the_decorrelator_has_its_own_cell() -> None:
    own = {"on": "crossbar", "device": {"preset": "gokmen_vlasov"}}
    fleet = build([spec(decorrelation=own)], 4, 3)
    assert fleet.analog["layer1"].cells[0].name == "fefet_jerry2017_mirror"
    assert fleet.analog["layer1 decorrelator"].cells[0].name == "gokmen_vlasov"


def test_weights_fill_the_wanted_part_of_the_range() -> None:
    fleet = build([spec(array={"weight_range": 8.0})], 50, 3)
    cells = fleet.analog["layer1"].array.inner.inner
    sigma = float(cells.weights().std())
    # uniform on +-sqrt(3) sigma: the standard deviation of 250 samples has the relative error sqrt((9/5 - 1) / 4 / 250) = 0.0283; 6 sigma
    assert abs(sigma * 8 - 1) < 6 * 0.0283, sigma


def test_the_same_seed_starts_every_rule_from_the_same_weights() -> None:
    weights = [build([spec(rule={"name": name})], 4, 3).analog["layer1"].array.weights() for name in ("bp", "fa", "anp")]
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(weights[0], weights[2])
    other = build([spec(train={"seed": 1})], 4, 3).analog["layer1"].array.weights()
    assert not torch.equal(weights[0], other)


def test_large_matrices_are_split() -> None:
    fleet = build([spec(array={"max_rows": 2, "max_columns": 3})], 4, 3)
    split = fleet.analog["layer1"].array.inner.inner
    assert isinstance(split, Split)
    whole = build([spec()], 4, 3).analog["layer1"].array
    torch.testing.assert_close(fleet.analog["layer1"].array.weights(), whole.weights())
    whole_fits = build([spec(array={"max_rows": 5, "max_columns": 5})], 4, 3).analog["layer1"].array
    assert isinstance(whole_fits.inner.inner, Pulsed)


def test_a_fleet_has_one_rate_per_chip() -> None:
    specs = [spec(rule={"name": "bp", "lr": lr}, decorrelation={"lr": 2 * lr}, train={"seed": n}) for n, lr in enumerate((0.1, 0.2, 0.3))]
    fleet = build(specs, 4, 3)
    assert fleet.rule.lr.tolist() == [0.1, 0.2, 0.3]
    assert fleet.decorrelation.lr.tolist() == [0.2, 0.4, 0.6]
    assert fleet.seeds == (0, 1, 2)
    assert fleet.analog["layer1"].array.chips == 3


def test_chips_of_a_fleet_have_their_own_noise() -> None:
    fleet = build([spec(device={"c2c": c2c}, train={"seed": n}) for n, c2c in enumerate((0.0, 2.0))], 4, 3)
    quiet, noisy = fleet.analog["layer1"].cells
    assert quiet.response.dw_min_std == 0
    assert noisy.response.dw_min_std > 0


@pytest.mark.parametrize("change", [{"rule": {"name": "bp"}}, {"network": {"hidden": [6]}}, {"write": {"scheme": "direct"}}])
def test_specs_that_differ_in_more_are_refused(change) -> None:
    with pytest.raises(ValueError, match=r"may differ in train\.seed, rule\.lr"):
        build([spec(), spec(**change)], 4, 3)


def test_whole_steps_of_an_ideal_cell_are_refused() -> None:
    with pytest.raises(ValueError, match="'direct'"):
        build([spec(array={"host": "hosted"}, device={"preset": "ideal"}, write={"scheme": "accumulate"})], 4, 3)


def test_an_optimizer_stands_behind_weights_and_biases_and_not_behind_decorrelators() -> None:
    sections = {"array": {"host": "exact"}, "write": {"scheme": "direct"}, "decorrelation": {"on": "digital"}}
    layer = crossbar_layers(build([spec(optimizer={"name": "adam", "beta2": 0.9}, **sections)], 4, 3).network)["layer1"]
    assert isinstance(layer.weight.inner, Digital)
    assert isinstance(layer.bias, Digital)
    assert isinstance(layer.decorrelator.array, Exact)
    held = crossbar_layers(build([spec(optimizer={"name": "adam"}, **{**sections, "decorrelation": {}})], 4, 3).network)["layer1"]
    assert isinstance(held.decorrelator.array.inner.inner, Exact)
    with pytest.raises(ValueError, match=r"optimizer 'adam' keeps weights in digital memory"):
        build([spec(optimizer={"name": "adam"})], 4, 3)


@pytest.mark.parametrize("on", ["digital", "crossbar"])
def test_a_block_diagonal_decorrelator_is_one_array_per_block(on) -> None:
    specs = [spec(decorrelation={"on": on, "name": "copi", "block": 4}, train={"seed": seed}) for seed in (0, 1)]
    fleet = build(specs, 10, 3)
    layer = crossbar_layers(fleet.network)["layer1"]
    array = layer.decorrelator.array
    assert isinstance(array, BlockDiagonal)
    assert (array.count, array.inner.shape, array.inner.chips) == (3, (4, 4), 6)
    torch.testing.assert_close(array.weights(), torch.eye(10, dtype=array.dtype).expand(2, -1, -1), atol=4e-7, rtol=0)
    assert not isinstance(crossbar_layers(build(specs, 4, 3).network)["layer1"].decorrelator.array, BlockDiagonal)
    trainer = Trainer(
        network=fleet.network,
        rule=fleet.rule,
        state={},
        decorrelation=fleet.decorrelation,
        loss=cross_entropy,
        draws=Draws([0, 1], "noise"),
    )
    trainer.step(torch.randn(12, 10, generator=torch.Generator().manual_seed(0)), torch.arange(12) % 3)
    outside = torch.arange(10)[:, None] // 4 != torch.arange(10) // 4
    assert float(array.weights()[:, outside].abs().max()) == 0


@pytest.mark.parametrize("on", ["digital", "crossbar"])
def test_a_low_rank_decorrelator_is_two_thin_arrays(on) -> None:
    specs = [spec(decorrelation={"on": on, "name": "copi", "rank": 4, "range": 1.0, "lr": 0.1}, train={"seed": seed}) for seed in (0, 1)]
    fleet = build(specs, 10, 3)
    layers = crossbar_layers(fleet.network)
    array = layers["layer1"].decorrelator.array
    assert isinstance(array, LowRank)
    assert (array.up.shape, array.down.shape, array.chips) == ((10, 4), (4, 10), 2)
    assert {one.decorrelator.array.rank <= one.decorrelator.array.shape[0] for one in layers.values()} == {True}
    assert torch.equal(array.weights(), torch.eye(10, dtype=array.dtype).expand(2, -1, -1))
    alone = crossbar_layers(build(specs[1:], 10, 3).network)["layer1"].decorrelator.array
    assert torch.equal(alone.down.weights()[0], array.down.weights()[1])
    if on == "crossbar":
        factors = [fleet.analog[f"layer1 decorrelator {word}"] for word in "UV"]
        assert [one.array for one in factors] == [array.up, array.down]
        assert [one.count for one in factors] == [40, 40]
    spending = Spending(fleet, {})
    trainer = Trainer(
        network=fleet.network,
        rule=fleet.rule,
        state={},
        decorrelation=fleet.decorrelation,
        loss=cross_entropy,
        draws=Draws([0, 1], "noise"),
    )
    with spending:
        for _ in range(20):
            trainer.step(torch.randn(12, 10, generator=torch.Generator().manual_seed(0)), torch.arange(12) % 3)
    assert float((array.weights() - torch.eye(10)).abs().amax((1, 2)).min()) > 0
    additions = float(array.additions_K()[0])
    assert additions > 0
    assert float(spending.so_far()["digital_operations"].min()) >= additions


def test_exact_arrays_have_the_format_that_is_asked_for() -> None:
    section = {"host": "exact", "dtype": "float32"}
    layer = crossbar_layers(build([spec(array=section, decorrelation={"on": "digital"})], 4, 3).network)["layer1"]
    assert {layer.weight.dtype, layer.bias.dtype, layer.decorrelator.array.dtype} == {torch.float32}


def test_weights_start_as_torchs_own_layers_where_asked() -> None:
    he, torchs = (build([spec(network={"initial": initial})], 40, 3).analog["layer1"].array.weights() for initial in ("he", "torch"))
    assert float(torchs.abs().max()) <= 40**-0.5 * (1 + 1e-6)  # torch.nn.Linear: U(-1 / sqrt I, 1 / sqrt I)
    torch.testing.assert_close(torchs, he / 6**0.5)
    assert abs(float(torchs.var()) * 3 * 40 - 1) < 5 * (0.8 / 200) ** 0.5  # the sample variance of 200 uniform numbers
