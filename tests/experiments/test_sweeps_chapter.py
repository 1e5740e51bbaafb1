"""What docs/sweeps.md shows is accepted."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from experiments.axes import points
from experiments.overrides import Axis, parse_axis
from experiments.status import Progress
from experiments.study import load_sweep
from experiments.sweep import sweep

TEXT = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text()


def block(start: str) -> str:
    (found,) = [each for each in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if start in each]
    return found


def test_zipped_and_conditional_axes(tmp_path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(block("[[sweep.zip]]"))
    assert len({spec.hash for _, spec in points(load_sweep(str(file), []))}) == 2 + 4


SMALL = (
    "data.name=teacher data.features=4 data.train_samples=60 data.test_samples=20 data.validation_size=20 network.hidden=[3] train.epochs=1"
)


def test_fair_rates(tmp_path) -> None:
    """The whole example, on a small task: every run has the rate that its condition's search has found."""
    pytest.importorskip("optuna")
    file = tmp_path / "fair.toml"
    text = block("[tune]")
    file.write_text(text.replace("trials = 16", "trials = 2"))
    given = load_sweep(str(file), [])
    assert len(points(replace(given, tune=None))) == 3 * 2 * 3 * 5
    study = load_sweep(str(file), [*SMALL.split(), "rule.name=bp,fa", "train.seed=0,1"])
    assert study.tune is not None
    assert len(study.tune.conditions(study.axes)) == 4
    assert sweep(study, tmp_path / "fair.h5", workers=1, quiet=True).all_done
    with xr.open_dataset(tmp_path / "fair.h5") as ds:
        found = {tuple(each["if"].values()): each for each in json.loads(ds.attrs["tuning"])["found"]}
        runs = [json.loads(spec) for spec in ds.run_spec.values.ravel().tolist()]
    assert {len(each["trials"]) for each in found.values()} == {2}
    for run in runs:
        best = found[run["rule"]["name"], run["decorrelation"]["on"]]
        assert run["rule"]["lr"] == best["set"]["rule.lr"]
        assert best["set"] == max(best["trials"], key=lambda trial: trial["validation_accuracy"])["settings"]


@pytest.mark.parametrize("text", re.findall(r"^\|.*?`([a-z_.0-9]+=[^` ]+)`", TEXT, re.MULTILINE))
def test_axes_of_the_table(text: str) -> None:
    assert isinstance(parse_axis(text)[1], Axis)


def test_the_status_file_has_the_keys_that_are_named() -> None:
    keys = re.findall(r"^\| ((?:`[a-z_]+`,? ?)+)\|", TEXT, re.MULTILINE)
    named = {key for line in keys for key in re.findall(r"`([a-z_]+)`", line)}
    assert named == {*Progress.__annotations__, "running", "host", "pid", "updated_utc"}
