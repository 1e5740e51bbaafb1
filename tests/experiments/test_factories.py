"""Code that a spec names runs only where it may."""

import itertools
import sys

import pytest
import xarray as xr

from experiments.cli import main
from experiments.factories import ALLOWED
from experiments.study import load_run

CODE = """
from pathlib import Path
from experiments.networks import mlp
Path("has_run").touch()

def plan(sample, classes, *, activation, width: int = 3):
    return mlp.plan(sample, classes, activation=activation, hidden=(width, width))

number = 3
"""
TINY = "data.name=teacher data.features=4 data.train_samples=20 data.test_samples=10 train.epochs=1 array.host=exact rule.name=bp"
_NAMES = itertools.count()


@pytest.fixture
def module(tmp_path, monkeypatch) -> str:
    """The name of a module in the working directory that no other test has imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ALLOWED, "")
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = f"mine{next(_NAMES)}"
    (tmp_path / f"{name}.py").write_text(CODE)
    return name


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def test_without_the_flag_nothing_is_imported(module, tmp_path, capsys) -> None:
    for command in ("run", "sweep"):
        assert call(command, *TINY.split(), f"network.layers={module}:plan") == 2
        assert capsys.readouterr().err.endswith(
            f"network.layers: '{module}:plan' names code, which runs only with --allow-code "
            f"(on the workers of a cluster: with {ALLOWED}=1)\n"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{module}.py"]


def test_with_the_flag_it_is_a_network_with_options(module, capsys) -> None:
    assert call("sweep", *TINY.split(), f"network.layers={module}:plan", "network.width=2,5", "-q", "--allow-code", "--workers", "1") == 0
    with xr.open_dataset("results.h5") as ds:
        assert ds.network_width.values.tolist() == [2, 5]
        assert (ds.status == 0).all()
        assert "correlation_layer3" in ds
    assert call("rerun", "results.h5", "--select", "network_width=5", "--allow-code") == 0
    assert "the same bits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no_such_module:plan", "cannot be used: ModuleNotFoundError"),
        ("{}:nothing", "cannot be used: AttributeError"),
        ("{}:number", "it is no function"),
        ("../{}:plan", "module:function is"),
        ("a:b:c", "module:function is"),
        ("os:system('true')", "module:function is"),
        (":", "module:function is"),
    ],
)
def test_what_is_no_function_is_one_line(module, monkeypatch, name: str, why: str) -> None:
    monkeypatch.setenv(ALLOWED, "1")
    with pytest.raises(ValueError, match=why) as refused:
        load_run(None, [f'network.layers="{name.format(module)}"'])
    assert "\n" not in str(refused.value)
