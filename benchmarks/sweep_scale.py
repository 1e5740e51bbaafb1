"""What a sweep adds to every run: deciding, handing out, a shard, the account of it, merging; and the memory of the process that submits.

    python benchmarks/sweep_scale.py [RUNS ...]

The runs do nothing: they return numbers of the usual form at once (all variables, 11 epochs), so that all time is the sweep's own. Every
row is a process of its own. One run is one task here, as with aihwkit's tiles; fleets of our own arrays hand out fewer tasks. CPU time is
that of the submitting process and its workers together. Prints a table and writes it to ``benchmarks/results/sweep_scale.md``.
"""

import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from experiments.axes import Study
from experiments.meter import CATALOGUE
from experiments.provenance import environment
from experiments.record import Record, Variable
from experiments.sweep import sweep

RESULTS = Path(__file__).parent / "results" / "sweep_scale.md"
RUNS = (10, 1_000, 20_000)
WORKERS = (1, 2)
EPOCHS = 11


def nothing(specs) -> list[Record]:
    """Records without training."""
    return [
        Record(spec=spec.json(), spec_hash=spec.hash, status="ok", variables=_variables(spec.train.seed), attributes=environment())
        for spec in specs
    ]


def _variables(seed: int) -> dict[str, Variable]:
    numbers = np.random.default_rng(seed).random(EPOCHS)
    return {name: Variable(numbers, units, long_name) for name, (units, long_name) in CATALOGUE.items()}


def study(runs: int) -> Study:
    tree = {"data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10}, "array": {"host": "hosted"}}
    return Study(tree=tree, axes={"train.seed": list(range(runs))})


def measure(runs: int, workers: int) -> None:
    """One row: a sweep, and the same call again, which finds everything done and merges anew."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.h5"
        before, rows = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
        for _ in range(2):
            start, spent = time.perf_counter(), cpu()
            assert sweep(study(runs), out, workers=workers, runner=nothing, quiet=True).all_done
            rows.append((time.perf_counter() - start, cpu() - spent))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    columns = " | ".join(f"{1e3 * each / runs:.2f}" for row in rows for each in row)
    print(f"| {runs} | {workers} | {rows[0][0]:.1f} | {columns} | {before / 1024:.0f} | {grown:.0f} |")


def cpu() -> float:
    """Seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def setting() -> str:
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "unknown")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("h5py", "loky", "pydantic"))
    load = os.getloadavg()[0]
    return f"{cpu}, {os.cpu_count()} CPUs, load average {load:.1f} at the start, Python {platform.python_version()}, {versions}."


def main() -> None:
    if sys.argv[1:2] == ["row"]:
        measure(int(sys.argv[2]), int(sys.argv[3]))
        return
    lines = [
        "# What a sweep adds to a run",
        "",
        "Workers take a few seconds to start, which is all that ten runs on two workers show. The memory of the submitting process is that",
        "of its imports; from 300 runs on what is read ahead for the merge, which does not grow with the runs; and half a KiB per run for",
        "its place in the account.",
        "",
        setting(),
        "",
        "| runs | workers | sweep [s] | per run [ms] | CPU per run [ms] | again, all done: per run [ms] | CPU per run [ms] "
        "| memory before [MiB] | grown by [MiB] |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for runs in [int(text) for text in sys.argv[1:]] or RUNS:
        for workers in WORKERS:
            row = [sys.executable, __file__, "row", str(runs), str(workers)]
            lines.append(subprocess.run(row, capture_output=True, text=True, check=True).stdout.strip())
            print(lines[-1], flush=True)
    RESULTS.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
