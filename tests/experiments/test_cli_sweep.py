"""Options of ``analogdecor sweep`` that run nothing, show nothing, or run elsewhere."""

import json
import sys
from pathlib import Path

import pytest

from experiments.cli import main

DATA = "data.name=teacher data.features=4 data.train_samples=40 data.test_samples=20"
TINY = f"{DATA} network.hidden=[3] train.epochs=1 array.host=exact rule.name=bp"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, *TINY.split()])
    return int(stopped.value.code or 0)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(capsys) -> None:
    assert call("sweep", "--dry-run", "train.seed=0:4:5", "rule.lr=1e-3:1:4:log", "--workers", "1") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "20 runs, 0 of them done"
    assert shown[-1] == "nothing has been written"
    assert list(Path().iterdir()) == []


def test_a_wrong_dry_run_is_a_wrong_request(capsys) -> None:
    assert call("sweep", "--dry-run", "rule.lr=0:1:4:log") == 2
    assert "logarithms need ends above 0" in capsys.readouterr().err


def test_quiet_shows_nothing(capsys) -> None:
    assert call("sweep", "-q", "train.seed=0,1", "--workers", "1") == 0
    assert call("run", "-q") == 0
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""
    assert Path("run.h5").exists()
    status = json.loads(Path("results.h5.runs/status.json").read_text())
    assert (status["stage"], status["runs"], status["ok"], status["seconds_left"]) == ("finished", 2, 2, 0.0)


def test_without_dask_one_line_names_the_extra(capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "experiments.executors.cluster", raising=False)
    assert call("sweep", "--scheduler", "tcp://127.0.0.1:1", "train.seed=0,1") == 2
    assert capsys.readouterr().err == "analogdecor: --scheduler needs Dask: pip install 'analogdecor[cluster]'\n"
    assert list(Path().iterdir()) == []


def test_a_disk_that_is_full_is_one_line(capsys, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "results.h5.runs/x.h5")

    monkeypatch.setattr("experiments.task.write_shard", full)
    assert call("sweep", "-q", "train.seed=0,1", "--workers", "1") == 1
    expected = "No space left on device: results.h5.runs/x.h5; what is finished is kept, and the same command goes on from there"
    assert capsys.readouterr().err == f"analogdecor: {expected}\n"
    assert json.loads(Path("results.h5.runs/status.json").read_text())["stage"] == "stopped"
