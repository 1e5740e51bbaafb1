"""Axes, their product, and conditional settings."""

import tracemalloc

import pytest

from experiments.axes import Study, points
from experiments.axis import axes_of
from experiments.whens import When, whens_of
from experiments.zips import zips_of


def test_axes_keep_their_order_and_take_both_spellings() -> None:
    axes = axes_of({"train.seed": [0, 1], "device": {"c2c": "0:4:5"}, "rule.name": ["bp"]})
    assert list(axes) == ["train.seed", "device.c2c", "rule.name"]
    assert axes["device.c2c"] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"rule.lr": []}, r"sweep\.rule\.lr = \[\] is not accepted"),
        ({"rule.lr": 0.1}, r"sweep\.rule\.lr = 0\.1 is not accepted"),
        ({"rule.lr": [0.1, 0.2, 0.1]}, r"sweep\.rule\.lr has the value 0\.1 twice"),
        ({"device.c2c": [1, 1.0]}, r"has the value 1\.0 twice"),
    ],
)
def test_a_wrong_axis_is_named(table, expected) -> None:
    with pytest.raises(ValueError, match=expected):
        axes_of(table)


def test_true_and_one_are_different_values() -> None:
    assert axes_of({"network.bias": [True, False]}) == {"network.bias": [True, False]}
    assert axes_of({"x.y": [True, 1]}) == {"x.y": [True, 1]}


def test_the_product_varies_the_last_axis_fastest() -> None:
    found = points(Study(tree={"train": {"epochs": 1}}, axes={"rule.name": ["bp", "fa"], "train.seed": [0, 1, 2]}))
    assert [(at["rule.name"], at["train.seed"]) for at, _ in found] == [("bp", 0), ("bp", 1), ("bp", 2), ("fa", 0), ("fa", 1), ("fa", 2)]
    assert all((spec.rule.name, spec.train.seed) == tuple(at.values()) for at, spec in found)
    assert {spec.train.epochs for _, spec in found} == {1}


def test_points_come_by_their_place() -> None:
    found = points(Study(tree={}, axes={"rule.name": ["bp", "fa"], "train.seed": [0, 1, 2]}))
    every = list(found)
    assert [found[place] for place in range(6)] == every
    assert found[-1] == every[-1]
    assert found[1:5:2] == every[1:5:2]
    assert [found.at(place) for place in range(6)] == [at for at, _ in every]
    assert list(found.hashes()) == [spec.hash for _, spec in every]
    assert list(found.runs().values()) == list(range(6))
    with pytest.raises(IndexError):
        found[6]


def test_a_long_sweep_lies_in_memory_as_hashes() -> None:
    """32 bytes for each of 2,000 points; a spec takes more than a thousand."""
    study = Study(tree={}, axes={"device.c2c": list(range(40)), "train.seed": list(range(50))})
    points(study)  # the sections, which are shared
    tracemalloc.start()
    found = points(study)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 2_000
    assert held < 100 * len(found)


def test_an_unknown_swept_key_is_named() -> None:
    with pytest.raises(ValueError, match=r"unknown key 'device\.c2cc' \(did you mean 'device\.c2c'\?\)"):
        points(Study(tree={}, axes={"device.c2cc": [1, 2]}))


def test_points_that_are_the_same_run_are_refused() -> None:
    whens = tuple(When({"rule.name": name}, {"rule.lr": 0.5}) for name in ("bp", "fa"))
    with pytest.raises(ValueError, match="the same run"):
        points(Study(tree={}, axes={"data.train_size": [10, 10]}))
    assert len(points(Study(tree={}, axes={"rule.name": ["bp", "fa"]}, whens=whens))) == 2


def test_a_condition_cannot_set_an_axis() -> None:
    with pytest.raises(ValueError, match=r"when sets rule\.lr, which is also an axis"):
        points(Study(tree={}, axes={"rule.lr": [0.1, 0.2]}, whens=(When({"rule.name": "anp"}, {"rule.lr": 0.5}),)))


RATES = (
    When({"rule.name": "bp"}, {"rule.lr": 0.1}),
    When({"rule.name": "fa", "decorrelation.on": "none"}, {"rule.lr": 0.2}),
    When({"rule.name": "fa", "decorrelation.on": "crossbar"}, {"rule.lr": 0.3}),
)


def test_conditional_settings_hold_where_all_conditions_do() -> None:
    axes = {"rule.name": ["bp", "fa", "np"], "decorrelation.on": ["none", "crossbar"]}
    rates = [spec.rule.lr for _, spec in points(Study(tree={"rule": {"lr": 0.7}}, axes=axes, whens=RATES))]
    assert rates == [0.1, 0.1, 0.2, 0.3, 0.7, 0.7]


def test_conditions_see_defaults() -> None:
    (_, spec) = points(Study(tree={"rule": {"name": "fa"}}, whens=RATES))[0]
    assert spec.decorrelation.on == "crossbar"
    assert spec.rule.lr == 0.3


def test_the_command_line_wins_over_conditions() -> None:
    (_, spec) = points(Study(tree={"rule": {"name": "bp", "lr": 9.0}}, whens=RATES, fixed=frozenset({"rule.lr"})))[0]
    assert spec.rule.lr == 9.0


def test_colliding_conditions_are_refused() -> None:
    whens = (When({"rule.name": "bp"}, {"rule.lr": 0.1}), When({"decorrelation.on": "none"}, {"rule.lr": 0.2}))
    with pytest.raises(ValueError, match=r"both set rule\.lr"):
        points(Study(tree={"rule": {"name": "bp"}, "decorrelation": {"on": "none"}}, whens=whens))


@pytest.mark.parametrize("condition", [{"rule.nam": "bp"}, {"rule.name": "bpp"}])
def test_a_condition_that_no_spec_fulfils_is_refused(condition) -> None:
    with pytest.raises(ValueError, match="unknown"):
        points(Study(tree={}, whens=(When(condition, {"rule.lr": 0.1}),)))


def test_when_tables_have_if_and_set() -> None:
    (when,) = whens_of([{"if": {"rule": {"name": "bp"}}, "set": {"rule.lr": 0.1}}])
    assert when == When({"rule.name": "bp"}, {"rule.lr": 0.1})
    assert whens_of([when.table()]) == (when,)
    for wrong in (
        {},
        [{"if": {"rule.name": "bp"}}],
        [{"if": {}, "set": {"rule.lr": 1}}],
        [{"if": {"a.b": 1}, "set": {"rule.lr": 1}, "x": 1}],
    ):
        with pytest.raises(ValueError, match="'if' and 'set'"):
            whens_of(wrong)
    with pytest.raises(ValueError, match="'set' and 'sweep' are empty"):
        whens_of([{"if": {"a.b": 1}, "set": {}, "sweep": {}}])


def test_a_conditional_axis_varies_where_its_condition_holds() -> None:
    """bp has no sigma, and has the same run all along its axis."""
    (when,) = whens_of([{"if": {"rule.name": "np"}, "sweep": {"rule.sigma": [0.1, 0.2]}}])
    assert whens_of([when.table()]) == (when,)
    study = Study(tree={}, axes={"rule.name": ["bp", "np"], "rule.sigma": [0.1, 0.2], "train.seed": [0, 1]}, whens=(when,))
    found = points(study)
    assert [tuple(at.values()) for at, _ in found[:3]] == [("bp", 0.1, 0), ("bp", 0.1, 1), ("bp", 0.2, 0)]
    assert [spec.rule.sigma for at, spec in found[4:]] == [0.1, 0.1, 0.2, 0.2]
    assert found[0][1] == found[2][1]
    assert len({spec.hash for _, spec in found}) == 2 + 4


def test_settings_hold_beside_conditional_axes() -> None:
    whens = whens_of([{"if": {"rule.name": "np"}, "set": {"rule.lr": 0.7}, "sweep": {"rule.sigma": [0.1, 0.2]}}])
    (first, *_) = points(Study(tree={"rule": {"name": "np"}}, axes={"rule.sigma": [0.1, 0.2]}, whens=whens))
    assert first[1].rule.lr == 0.7


def test_a_conditional_axis_that_never_varies_is_refused() -> None:
    whens = whens_of([{"if": {"rule.name": "np"}, "sweep": {"rule.sigma": [0.1, 0.2]}}])
    with pytest.raises(ValueError, match=r"sweep\.rule\.sigma is not accepted: at no point"):
        points(Study(tree={"rule": {"name": "bp"}}, axes={"rule.sigma": [0.1, 0.2]}, whens=whens))


def test_an_axis_of_the_command_line_is_free_of_conditions() -> None:
    whens = whens_of([{"if": {"rule.name": "bp"}, "sweep": {"rule.lr": [0.1, 0.2]}}])
    axes = {"rule.name": ["fa"], "rule.lr": [0.3, 0.4]}
    assert [spec.rule.lr for _, spec in points(Study(tree={}, axes=axes, whens=whens, fixed=frozenset({"rule.lr"})))] == [0.3, 0.4]


def test_zipped_axes_advance_in_step() -> None:
    axes, zips = zips_of([{"rule.name": ["bp", "fa", "np"], "rule.lr": [0.1, 0.2, 0.1], "train.epochs": "1:3:3"}])
    found = points(Study(tree={}, axes={**axes, "train.seed": [0, 1]}, zips=zips))
    assert [tuple(at.values()) for at, _ in found[:3]] == [("bp", 0), ("bp", 1), ("fa", 0)]
    assert [(spec.rule.name, spec.rule.lr, spec.train.epochs) for _, spec in found[::2]] == [("bp", 0.1, 1), ("fa", 0.2, 2), ("np", 0.1, 3)]


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({}, r"write \[\[sweep\.zip\]\] tables"),
        ([3], r"write \[\[sweep\.zip\]\] tables"),
        ([{"rule.lr": [1]}], "at least two axes"),
        ([{"rule.lr": [1, 2], "train.seed": [1]}], "different lengths"),
        ([{"rule.lr": [1, 1], "train.seed": [1, 2]}], r"sweep\.rule\.lr has the value 1 twice"),
        ([{"rule.lr": [1], "train.seed": [1]}, {"device.c2c": [1], "rule.lr": [2]}], r"rule\.lr twice"),
    ],
)
def test_a_wrong_zip_is_named(tables, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        zips_of(tables)


def test_too_many_points_are_refused_before_they_are_made() -> None:
    axes = {f"x.y{n}": list(range(1000)) for n in range(3)}
    with pytest.raises(ValueError, match="1000000000 points"):
        points(Study(tree={}, axes=axes))
