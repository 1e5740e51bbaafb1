"""How long it takes to merge the shards of a large sweep, in how much memory, and how large the results file is per run.

    python benchmarks/merge_scale.py [RUNS ...]

The shards are those of real runs in form (all variables and attributes, 11 epochs) and made up in numbers: one image is made, and in each
copy the numbers and the hash are replaced and the checksum is made anew. Reading includes checking every shard against its checksum.
"""

import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments import checksum
from experiments.axes import Points, Study, points
from experiments.merge import merge
from experiments.meter import CATALOGUE
from experiments.provenance import environment
from experiments.record import Record, Variable
from experiments.results import fill_results
from experiments.shard import shard_path
from experiments.whole import image

RESULTS = Path(__file__).parent / "results" / "merge_scale.md"
EPOCHS = 11
_SAMPLE = np.arange(1, EPOCHS + 1) * np.pi
_HASH = "f" * 64


@dataclass(frozen=True)
class Measured:
    runs: int
    shard_bytes: float
    spec_seconds: float
    merge_seconds: float
    cpu_seconds: float
    own_mebibytes: float
    bytes_per_run: float


def template(spec: str) -> bytes:
    """A shard in which every variable is the sample, without its checksum."""
    variables = {name: Variable(_SAMPLE, units, long_name) for name, (units, long_name) in CATALOGUE.items()}
    attributes = {**environment(), **{f"source_{n}": "where a number comes from, in a sentence" for n in range(12)}, "spec": spec}
    record = Record(spec=spec, spec_hash=_HASH, status="ok", variables=variables)
    return image(lambda file: fill_results(file, {}, [record], lambda: attributes))


def write_shards(folder: Path, found: Points) -> float:
    made = template(found[0][1].json())
    assert made.count(_SAMPLE.tobytes()) == len(CATALOGUE)
    for number, (_, spec) in enumerate(found):
        numbers = np.random.default_rng(number).random(EPOCHS).tobytes()
        data = made.replace(_SAMPLE.tobytes(), numbers).replace(_HASH.encode(), spec.hash.encode())
        shard_path(folder, spec.hash).write_bytes(checksum.sealed(data))
    return len(made) + checksum.LENGTH


def measure(runs: int) -> Measured:
    study = Study(tree={}, axes={"device.c2c": [0.5 * n for n in range(10)], "train.seed": list(range(runs // 10))})
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name), Path(name) / "results.h5"
        started = time.perf_counter()
        found = points(study)
        known = time.perf_counter()
        size = write_shards(folder, found)
        before, merging, spent = _peak(), time.perf_counter(), _cpu()
        ended = merge(out, study, found, folder, {}, print)
        done = time.perf_counter()
        assert set(ended.statuses) == {"ok"}
        return Measured(runs, size, known - started, done - merging, _cpu() - spent, _peak() - before, out.stat().st_size / runs)


def _peak() -> float:
    """Most memory that this process has had [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu() -> float:
    """Seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def table(rows: list[Measured]) -> str:
    head = (
        "| runs | bytes per shard | specs [s] | merge [s] | ms per run | CPU per run [ms] "
        "| peak memory added [MiB] | bytes per run in the file |"
    )
    lines = [
        f"| {r.runs:,} | {r.shard_bytes:,.0f} | {r.spec_seconds:.1f} | {r.merge_seconds:.1f} | {1000 * r.merge_seconds / r.runs:.1f} "
        f"| {1000 * r.cpu_seconds / r.runs:.1f} | {r.own_mebibytes:.0f} | {r.bytes_per_run:,.0f} |"
        for r in rows
    ]
    return "\n".join([head, "|---:|---:|---:|---:|---:|---:|---:|---:|", *lines])


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or [1000, 5000, 20000]
    rows = [measure(runs) for runs in sizes]
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    note = f"`python benchmarks/merge_scale.py`, {cores} cores, load {load:.1f} at the end. Made-up numbers do not compress; real ones do."
    words = "Specs: making the specs of all points. Peak memory added: over what the process had before the merge, specs included there."
    RESULTS.write_text(f"# Merging shards\n\n{note}\n{words}\n\n{table(rows)}\n")
    print(table(rows))


if __name__ == "__main__":
    main()
