"""The command line: what works, and that a wrong request is one line, exit status 2, and nothing written."""

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import xarray as xr

from experiments import one_run
from experiments import run as run_module
from experiments import task as task_module
from experiments.cli import main
from experiments.shard import read_record

TINY = [
    "data.name=teacher",
    "data.features=4",
    "data.train_samples=40",
    "data.test_samples=20",
    "network.hidden=[3]",
    "train.epochs=1",
    "array.host=exact",
    "rule.name=bp",
]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def test_run_writes_a_results_file(capsys) -> None:
    assert call("run", *TINY, "rule.lr=0.5", "-o", "a.h5") == 0
    assert "test accuracy" in capsys.readouterr().err
    with xr.open_dataset("a.h5") as ds:
        assert ds.test_accuracy.dims == ("epoch",)
        assert ds.attrs["command_line"]
    assert [path.name for path in Path().iterdir()] == ["a.h5"]


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_gpu_that_is_not_there_is_one_line(command, capsys, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert call(command, *TINY, "array.device=cuda") == 2
    line = f"analogdecor: device = 'cuda' needs an NVIDIA GPU, and torch {torch.__version__} finds none here; use device = 'cpu'\n"
    assert capsys.readouterr().err == line
    assert call(command, *TINY, "array.device=tpu") == 2
    assert "array.device = 'tpu' is not accepted" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_run_replaces_its_own_file_and_no_other(capsys) -> None:
    assert call("run", *TINY) == 0
    assert call("run", *TINY) == 0
    before = Path("run.h5").read_bytes()
    capsys.readouterr()
    assert call("run", *TINY, "rule.lr=0.7") == 2
    assert capsys.readouterr().err == "analogdecor: run.h5 holds the results of another request; choose another output with -o\n"
    assert Path("run.h5").read_bytes() == before


def test_a_diverged_run_is_done() -> None:
    assert call("run", *TINY, "write.scheme=direct", "rule.lr=1e38", "train.epochs=3") == 0
    with xr.open_dataset("run.h5") as ds:
        assert int(ds.status) == 1


def test_sweep_writes_resumes_and_ends_with_a_table(capsys) -> None:
    request = ("sweep", *TINY, "rule.lr=0.1,0.5", "train.seed=0,1", "--workers", "1")
    assert call(*request) == 0
    shown = capsys.readouterr()
    assert "rule lr" in shown.out
    assert "written to results.h5" in shown.out
    assert shown.err.count("ok") == 4
    assert call(*request) == 0
    assert "ok" not in capsys.readouterr().err
    with xr.open_dataset("results.h5") as ds:
        assert dict(ds.sizes) == {"rule_lr": 2, "train_seed": 2, "epoch": 2}
        assert np.isfinite(ds.test_loss).all()


def test_a_failed_run_sets_the_exit_status(capsys, monkeypatch) -> None:
    def broken(fleet, splits, on_epoch=None):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(run_module, "train", broken)
    assert call("sweep", *TINY, "train.seed=0,1", "--workers", "1") == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "analogdecor: 2 failed of 2 runs (ZeroDivisionError: by nothing); the same command tries them again"
    with xr.open_dataset("results.h5") as ds:
        assert ds.status.values.tolist() == [2, 2]


def test_a_run_that_fails_is_recorded_and_sets_the_exit_status(capsys, monkeypatch) -> None:
    def broken(fleet, splits, on_epoch=None):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(one_run, "train", broken)
    assert call("run", *TINY) == 1
    assert capsys.readouterr().err == "failed: ZeroDivisionError: by nothing; written to run.h5\n"
    assert "Traceback" in read_record(Path("run.h5")).message


def test_an_interrupt_keeps_what_is_finished(capsys, monkeypatch) -> None:
    original = task_module.recorded

    def interrupted(specs, runner):
        if specs[0].network.activation == "tanh":
            raise KeyboardInterrupt
        return original(specs, runner)

    monkeypatch.setattr(task_module, "recorded", interrupted)
    assert call("sweep", *TINY, "network.activation=relu,tanh", "--workers", "1") == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("analogdecor: stopped")
    assert len(list(Path("results.h5.runs").glob("*.h5"))) == 1
    assert not Path("results.h5").exists()


def test_info_shows_what_is_inside(capsys) -> None:
    assert call("run", *TINY) == 0
    capsys.readouterr()
    assert call("info", "run.h5") == 0
    shown = capsys.readouterr().out
    for wanted in ("runs: 1 ok", "test_accuracy", "energy", "torch_version", "data_train_sha256", '"seed": 0', "spec_hash"):
        assert wanted in shown


def files() -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


WRONG = {
    "unknown key": (["run", "rule.lrr=1"], "unknown key 'rule.lrr' (did you mean 'rule.lr'?)"),
    "unknown swept key": (["sweep", "device.c2=0:4:5"], "unknown key 'device.c2'"),
    "unknown preset": (["run", "device.preset=fefet"], "unknown preset 'fefet'; known: "),
    "unknown rule": (["run", "rule.name=bpp"], "unknown rule 'bpp' (did you mean 'bp'?); known: anp, bp, dfa"),
    "unknown data set": (["run", "data.name=minst"], "unknown data set 'minst' (did you mean 'mnist'?); known: arrays"),
    "unknown study": (["sweep", "dmo"], "unknown study 'dmo' (did you mean 'demo'?)"),
    "two specs": (["run", "demo", "default"], "one SPEC at most is accepted"),
    "wrong type": (["run", "train.epochs=many"], "train.epochs = 'many' is not accepted"),
    "negative rate": (["run", "rule.lr=-1"], "rule.lr = -1 is not accepted: input should be greater than or equal to 0"),
    "empty axis": (["sweep", "spec.toml"], "sweep.rule.lr = [] is not accepted"),
    "value twice": (["sweep", "rule.lr=1,1"], "sweep.rule.lr has the value 1 twice"),
    "wrong range": (["sweep", "rule.lr=0:1:1"], "'0:1:1' is not accepted: start:stop:steps"),
    "missing spec": (["run", "none.toml"], "cannot read none.toml"),
    "missing data": (["run", "data.name=arrays", "data.path=none.npz"], "data.path = 'none.npz' is not accepted: there is no such file"),
    "missing data in a sweep": (
        ["sweep", "data.name=mnist", "data.root=here", "rule.lr=1,2"],
        "train-images-idx3-ubyte[.gz] is missing",
    ),
    "truncated data": (["run", "data.name=arrays", "data.path=short.npz"], "data.path = 'short.npz' is not accepted: an .npz file"),
    "does not fit": (["run", "array.host=hosted", "device.preset=ideal", "write.scheme=accumulate"], "use the write scheme 'direct'"),
    "output without folder": (["run", *TINY, "-o", "no/where.h5"], "cannot write no/where.h5: there is no folder no"),
    "output below a file": (["sweep", *TINY, "-o", "spec.toml/a.h5"], "cannot write spec.toml/a.h5: there is no folder spec.toml"),
    "output is a folder": (["run", *TINY, "-o", "folder"], "cannot write folder: it is a folder"),
    "output is another file": (["run", *TINY, "-o", "spec.toml"], "spec.toml exists and is not an analogdecor results file"),
    "output is another's HDF5": (["sweep", *TINY, "-o", "other.h5"], "other.h5 exists and is not an analogdecor results file"),
    "info of another's HDF5": (["info", "other.h5"], "other.h5 is not an analogdecor results file"),
    "info of nothing": (["info", "nothing.h5"], "nothing.h5 does not exist"),
    "report of another's HDF5": (["report", "other.h5"], "other.h5"),
    "unknown device": (["devices", "fefet"], "unknown preset 'fefet'"),
    "plot of nothing": (["devices", "--plot", "a.png"], "--plot draws one preset"),
    "no number of workers": (["sweep", "--workers", "two"], "Invalid value for '--workers'"),
    "no worker": (["sweep", *TINY, "--workers", "0"], "workers = 0 is not accepted"),
    "unknown option": (["run", "--lr", "3"], "--lr"),
    "unknown command": (["walk"], "walk"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_is_one_line_and_leaves_nothing(case, capsys) -> None:
    arguments, expected = WRONG[case]
    Path("spec.toml").write_text('[sweep]\n"rule.lr" = []\n')
    np.savez("whole.npz", x_train=np.zeros((9, 3)))
    Path("short.npz").write_bytes(Path("whole.npz").read_bytes()[:100])
    Path("folder").mkdir()
    with h5py.File("other.h5", "w") as file:
        file["x"] = 1
    before = files()
    assert call(*arguments) == 2
    shown = capsys.readouterr()
    assert expected in shown.err
    assert shown.err.startswith("analogdecor: ")
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err
    assert files() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_permission_is_told(capsys) -> None:
    Path("locked").mkdir(mode=0o500)
    assert call("run", *TINY, "-o", "locked/a.h5") == 2
    assert "no permission" in capsys.readouterr().err


HELP = """
import sys
from experiments.cli import main

try:
    main({0!r})
except SystemExit as stopped:
    assert not stopped.code
assert "torch" not in sys.modules
"""


def test_help_is_there_for_everything_and_imports_no_torch() -> None:
    for arguments in (["--help"], ["sweep", "--help"]):
        done = subprocess.run([sys.executable, "-c", HELP.format(arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "Usage" in done.stdout


@pytest.mark.parametrize("command", ["run", "sweep", "report", "info", "devices"])
def test_every_command_shows_an_example(command, capsys) -> None:
    assert call(command, "--help") == 0
    assert f"Example: analogdecor {command}" in capsys.readouterr().out
