"""Settings on the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.overrides import Axis, parse, parse_axis, with_values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.01", 0.01),
        ("1e-3", 1e-3),
        ("3", 3),
        ("true", True),
        ("anp", "anp"),
        ('"anp"', "anp"),
        ("[8, 4]", [8, 4]),
        ("/tmp/x=y.npz", "/tmp/x=y.npz"),
        ("a b", "a b"),
        ("{dw_min_std = 0.3}", {"dw_min_std": 0.3}),
        ("1\nother = 2", "1\nother = 2"),
    ],
)
def test_values_are_toml_or_bare_words(text: str, value: object) -> None:
    assert parse(f"a.b={text}") == ("a.b", value)
    assert type(parse(f"a.b={text}")[1]) is type(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive(value: float) -> None:
    assert parse(f"a.b={value!r}")[1] == value


@pytest.mark.parametrize("wrong", ["rule.lr", "lr=1", "=1", "rule.=1", ".lr=1"])
def test_what_is_no_setting_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"section\.key=value"):
        parse(wrong)


def test_commas_and_ranges_make_axes() -> None:
    assert parse_axis("rule.name=bp,fa") == ("rule.name", ["bp", "fa"])
    assert parse_axis("device.c2c=0:4:5") == ("device.c2c", [0.0, 1.0, 2.0, 3.0, 4.0])
    assert parse_axis("network.hidden=[8],[8,4]") == ("network.hidden", [[8], [8, 4]])
    assert parse_axis("data.root='a,b'") == ("data.root", "a,b")
    assert isinstance(parse_axis("rule.name=bp,fa")[1], Axis)
    assert not isinstance(parse_axis("network.hidden=[8,4]")[1], Axis)


def test_setting_values_leaves_the_tables_as_they_were() -> None:
    tables = {"rule": {"lr": 1}}
    assert with_values(tables, [("rule.lr", 2), ("device.response.dw_min", 3)]) == {
        "rule": {"lr": 2},
        "device": {"response": {"dw_min": 3}},
    }
    assert tables == {"rule": {"lr": 1}}


def test_a_key_through_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rule\.lr = 1 is no table"):
        with_values({"rule": {"lr": 1}}, [("rule.lr.x", 2)])
