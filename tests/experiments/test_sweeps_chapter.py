"""What docs/sweeps.md shows is accepted."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.axes import points
from experiments.overrides import Axis, parse_axis
from experiments.status import Progress
from experiments.study import load_sweep

TEXT = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text()
AXES = '[sweep]\n"rule.name" = ["bp", "np"]\n"decorrelation.on" = ["none", "crossbar"]\n[data]\nvalidation_size = 287\n'


def block(start: str) -> str:
    (found,) = [each for each in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if start in each]
    return found


def test_zipped_and_conditional_axes(tmp_path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(block("[[sweep.zip]]"))
    assert len({spec.hash for _, spec in points(load_sweep(str(file), []))}) == 2 + 4


def test_the_search(tmp_path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(AXES + block("[tune]"))
    study = load_sweep(str(file), [])
    assert study.tune is not None
    assert len(study.tune.conditions(study.axes)) == 4
    assert len(points(replace(study, tune=None))) == 4


@pytest.mark.parametrize("text", re.findall(r"`([a-z_.0-9]+=[^` ]+)`", TEXT))
def test_axes_of_the_table(text: str) -> None:
    assert isinstance(parse_axis(text)[1], Axis)


def test_the_status_file_has_the_keys_that_are_named() -> None:
    keys = re.findall(r"^\| ((?:`[a-z_]+`,? ?)+)\|", TEXT, re.MULTILINE)
    named = {key for line in keys for key in re.findall(r"`([a-z_]+)`", line)}
    assert named == {*Progress.__annotations__, "running", "host", "pid", "updated_utc"}
