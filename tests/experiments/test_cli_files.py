"""The commands that work on results files: rerun, select, merge, append, info --follow."""

from pathlib import Path

import pytest
import xarray as xr

from experiments.cli import main

TINY = ["data.name=teacher", "data.features=4", "data.train_samples=20", "data.test_samples=10", "network.hidden=[3]", "train.epochs=1"]


@pytest.fixture(autouse=True)
def _sweep(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("sweep", *TINY, "train.seed=0,1", "device.c2c=0.5,2", "--workers", "1") == 0
    capsys.readouterr()


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def test_rerun(capsys) -> None:
    assert call("rerun", "results.h5", "--select", "train_seed=1,device_c2c=2") == 0
    assert "the same bits" in capsys.readouterr().out
    assert call("rerun", "results.h5") == 2
    assert capsys.readouterr().err.endswith("name train.seed, device.c2c with --select\n")


def test_rerun_of_other_bits_sets_the_exit_status(capsys, monkeypatch) -> None:
    from experiments import rerun

    monkeypatch.setattr(rerun.Comparison, "same", False)
    assert call("rerun", "results.h5", "--select", "train_seed=1,device_c2c=2") == 1
    assert "seeding: " in capsys.readouterr().out


def test_select_and_merge(capsys) -> None:
    for seed in (0, 1):
        assert call("select", "results.h5", f"train.seed={seed}", "-o", f"{seed}.h5") == 0
    assert call("merge", "0.h5", "1.h5") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "4 points written to merged.h5"
    with xr.open_dataset("results.h5") as ds, xr.open_dataset("merged.h5") as again:
        xr.testing.assert_equal(ds, again)
    assert call("merge", "0.h5", "1.h5") == 2
    assert capsys.readouterr().err == "analogdecor: merged.h5 exists; choose another output with -o\n"


def test_append(capsys) -> None:
    assert call("append", "results.h5", "device.c2c=1", "--workers", "1") == 0
    assert "written to results.h5" in capsys.readouterr().out
    with xr.open_dataset("results.h5") as ds:
        assert ds.device_c2c.values.tolist() == [0.5, 1.0, 2.0]
        assert (ds.status == 0).all()


def test_follow_and_info(capsys) -> None:
    assert call("info", "results.h5", "--follow") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "all 4 runs have ended"
    assert call("info", "none.h5", "--follow") == 2
    capsys.readouterr()
    assert call("info", "results.h5") == 0
    assert "the checksum is that of the contents" in " ".join(capsys.readouterr().out.split())


def test_a_damaged_file_is_one_line(capsys) -> None:
    path = Path("results.h5")
    path.write_bytes(path.read_bytes()[:-100])
    for command in (
        ("rerun", "results.h5"),
        ("select", "results.h5", "train.seed=0"),
        ("merge", "results.h5"),
        ("append", "results.h5", "a.b=1"),
    ):
        assert call(*command) == 2
        told = capsys.readouterr().err
        assert told.startswith("analogdecor: results.h5 is damaged")
        assert told.count("\n") == 1
