"""[tune] tables: what is accepted."""

import pytest

from experiments.tune import Range, tune_of


def test_a_table_names_ranges_conditions_trials_and_seeds() -> None:
    tune = tune_of({"rule.lr": "1e-3:10:log", "rule": {"sigma": "0:1"}, "per": ["rule.name"], "trials": 8, "seeds": [7, 8]})
    assert tune is not None
    assert tune.ranges == {"rule.lr": Range(1e-3, 10.0, True), "rule.sigma": Range(0.0, 1.0, False)}
    assert (tune.per, tune.trials, tune.seeds) == (("rule.name",), 8, (7, 8))
    assert tune.conditions({"rule.name": ["bp", "fa"], "x.y": [1]}) == [{"rule.name": "bp"}, {"rule.name": "fa"}]


def test_without_a_table_nothing_is_searched() -> None:
    assert tune_of(None) is None


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (3, "tune = 3 is not accepted"),
        ({"seeds": [1]}, "names no key to search"),
        ({"rule.lr": "1:2"}, r"tune\.seeds = \[\] is not accepted"),
        ({"rule.lr": "1:2", "seeds": [-1]}, r"tune\.seeds = \[-1\]"),
        ({"rule.lr": "1:2", "seeds": [1, 1]}, r"tune\.seeds = \[1, 1\]"),
        ({"rule.lr": "1:2", "seeds": [1], "per": "rule.name"}, r"tune\.per = 'rule\.name'"),
        ({"rule.lr": "1:2", "seeds": [1], "trials": 0}, r"tune\.trials = 0"),
        *(
            ({"rule.lr": wrong, "seeds": [1]}, r"tune\.rule\.lr = .* from:to, from:to:log or a list is")
            for wrong in ("2:1", "1", "0:1:log", "1:2:lin", "a:b", 3, "1:inf", "1:2:log:3", "nan:1")
        ),
    ],
)
def test_what_is_not_accepted_is_named(table, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        tune_of(table)


def test_how_far_up_a_value_lies() -> None:
    assert Range(1e-2, 1.0, True).share(0.1) == pytest.approx(0.5)
    assert Range(-1.0, 3.0, False).share(0.0) == pytest.approx(0.25)
