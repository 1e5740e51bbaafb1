"""examples/slurm/sweep.sh as SLURM runs it, with an srun that starts the tasks here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

pytest.importorskip("distributed")

ROOT = Path(__file__).parents[3]
SRUN = """#!/bin/bash
for _ in $(seq "$SLURM_NTASKS"); do "$@" & done
trap 'kill $(jobs -p)' TERM
wait
"""
REQUEST = "data.name=teacher data.features=4 data.train_samples=40 data.test_samples=10 network.hidden=[3] train.epochs=1 array.host=exact"


def commands(folder: Path) -> None:
    """What is found on a login node, from the checkout that is tested."""
    main = "from experiments.cli import main; main()"
    dask = "from dask.__main__ import main; main()"
    for name, text in {
        "srun": SRUN,
        "analogdecor": f'#!/bin/bash\nexec "{sys.executable}" -c "{main}" "$@"\n',
        "dask": f'#!/bin/bash\nexec "{sys.executable}" -c "{dask}" "$@"\n',
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def test_one_job_is_a_scheduler_its_workers_and_the_sweep(tmp_path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    commands(bin_)
    job = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_NTASKS": "1", "SLURMD_NODENAME": "127.0.0.1"}
    paths = {"PATH": f"{bin_}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
    command = [str(ROOT / "examples" / "slurm" / "sweep.sh"), *REQUEST.split(), "rule.name=bp,fa", "train.seed=0:3:4", "-o", "results.h5"]
    with (tmp_path / "log").open("w") as log:
        done = subprocess.run(command, cwd=tmp_path, env={**os.environ, **job, **paths}, stdout=log, stderr=log, timeout=180)
    text = (tmp_path / "log").read_text()
    assert done.returncode == 0, text
    with xr.open_dataset(tmp_path / "results.h5") as ds:
        assert (ds.status == 0).all()
        assert ds.sizes == {"rule_name": 2, "train_seed": 4, "epoch": 2}
        assert (ds.fleet_chips == 4).all()
