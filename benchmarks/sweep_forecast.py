"""How well a sweep of very different runs foretells its own end: the forecast of its status file against what it then took.

    python benchmarks/sweep_forecast.py

Real runs on two workers: two rules, three hidden layers and two numbers of epochs, 48 fleets that take 0.05 to 3 s, in the order that a
sweep hands them out. ``status.json`` is read from outside every half second, as anybody would. Judged are forecasts from a fifth of the
time between the first and the last run's end on, until four of the longest fleets are left; earlier ones are told apart: what the first
run of a process took is not what others take. Beside it what ``--dry-run`` said beforehand. Prints and writes
``benchmarks/results/sweep_forecast.md``.
"""

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from experiments.axes import Study
from experiments.estimate import plan
from experiments.shard import read_record
from experiments.status import NAME
from experiments.sweep import shards_folder, sweep

RESULTS = Path(__file__).parent / "results" / "sweep_forecast.md"
WORKERS = 2
STUDY = Study(
    tree={"data": {"name": "digits"}, "array": {"host": "pulsed"}, "rule": {"lr": 0.1}, "decorrelation": {"on": "none"}},
    axes={
        "rule.name": ["bp", "anp"],
        "network.hidden": [[16], [64], [128, 64]],
        "train.epochs": [1, 4],
        "network.activation": ["relu", "tanh"],
        "train.batch_size": [32, 64],
    },
)
"""48 kinds of runs, so that nothing is known of a kind before it has run."""


def watched(out: Path, over: threading.Event, seen: list[tuple[float, dict]]) -> None:
    while not over.wait(0.5):
        path = shards_folder(out) / NAME
        if path.is_file():
            seen.append((time.time(), json.loads(path.read_text())))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.h5"
        dry = plan(STUDY, out, WORKERS)
        over, seen = threading.Event(), list[tuple[float, dict]]()
        looking = threading.Thread(target=watched, args=(out, over, seen))
        looking.start()
        assert sweep(STUDY, out, workers=WORKERS, quiet=True).all_done
        over.set()
        looking.join()
        spent = sorted(_seconds(path) for path in shards_folder(out).glob("[!.]*.h5"))
    text = told(dry.seconds, seen, spent)
    RESULTS.write_text(text)
    print(text)


def _seconds(path: Path) -> float:
    return float(read_record(path).variables["learning_time"].values[-1])


def told(dry: float, seen: list[tuple[float, dict]], spent: list[float]) -> str:
    end = next(at for at, status in seen if status["ok"] == status["runs"])
    first = next(at for at, status in seen if status["ok"])
    begun = next(at for at, status in seen if status["runs"])
    early, late = list[tuple[float, float]](), list[tuple[float, float]]()
    for at, status in seen:
        if status["seconds_left"] and end - at > 4 * spent[-1]:
            judged = late if at > first + (end - first) / 5 else early
            judged.append((status["seconds_left"] / (end - at), status["runs_per_second"] * (at - begun) / max(status["ok"], 1)))
    ratios, rates = [ratio for ratio, _ in late], [rate for _, rate in late]
    off = sum(abs(ratio - 1) <= 0.2 for ratio in ratios)
    before = f"{len(early)}, {min(early)[0]:.2f} to {max(early)[0]:.2f} of the true time left" if early else "none"
    return f"""# What a sweep says of its own end

`python benchmarks/sweep_forecast.py`: {len(spent)} runs of {len(spent)} kinds on {WORKERS} workers, {spent[0]:.2f} to {spent[-1]:.2f} s of
learning each; {os.cpu_count()} CPUs shared with other work, load {os.getloadavg()[0]:.1f} at the end, Python {sys.version.split()[0]}.

| | |
|---|---|
| the sweep took | {end - begun:.1f} s, of which {first - begun:.1f} s until the first run had ended (workers start) |
| `--dry-run` had said | {dry:.1f} s, without the start |
| forecasts before a fifth of the runs' time | {before} |
| forecasts judged | {len(ratios)} |
| forecast over true time left | {min(ratios):.2f} to {max(ratios):.2f}, median {statistics.median(ratios):.2f} |
| within 20 % | {off} of {len(ratios)} |
| rate over true rate | {min(rates):.2f} to {max(rates):.2f} |
"""


if __name__ == "__main__":
    main()
