"""What ageing, and simulating every domain, add to a training step: digits, 64-64-10, bp, decorrelators on the chip, 4 chips, one thread.

    python benchmarks/ageing_overhead.py

The same step on plain cells, on cells that forget, on cells under all laws of the preset, and on cells of 100 domains. The calls alternate,
and the processor time of the thread is taken, so that other load of the machine disturbs them alike; a figure is the median over rounds of
the step's time over that of the plain one, with its quartiles. Prints a table and writes it to ``benchmarks/results/ageing_overhead.md``.
"""

import argparse
import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.training import Trainer
from crossbar.kernels import threads
from experiments.run import prepare
from experiments.spec import Spec

RESULT = Path(__file__).parent / "results" / "ageing_overhead.md"
CHIPS, BATCH = 4, 64
BASE = {
    "data": {"name": "digits", "centre": True},
    "network": {"hidden": [64]},
    "rule": {"name": "bp", "lr": 1.0},
    "decorrelation": {"name": "copi", "lr": 1e-2},
}
CLOCK = {"per_sample": 1e-3}
CASES: dict[str, dict[str, Any]] = {
    "plain cells": {},
    "retention and a clock": {"ageing": {"retention": {"r": 0.03, "t0": 1.0}, "clock": CLOCK}},
    "all laws of the preset, spread, and a clock": {"ageing": {"of_cell": True, "d2d": 0.5, "clock": CLOCK}},
    "100 domains, identical pulses": {"array": {"host": "domains"}, "device": {"switching": {"domains": 100}}},
    "100 domains, V/2": {"array": {"host": "domains"}, "device": {"switching": {"domains": 100, "selection": "V/2"}}},
}


def trainer(case: dict[str, Any]) -> tuple[Trainer, torch.Tensor, torch.Tensor]:
    specs = [Spec.from_tree({**BASE, **case, "train": {"seed": seed}}) for seed in range(CHIPS)]
    fleet, splits = prepare(specs)
    clock = specs[0].ageing.clock
    made = Trainer(
        network=fleet.network,
        rule=fleet.rule,
        state=fleet.state,
        decorrelation=fleet.decorrelation,
        loss=cross_entropy,
        draws=Draws(fleet.seeds, "perturbation"),
        clock=None if clock is None else clock.made(),
    )
    return made, splits.train.inputs[:BATCH].repeat(CHIPS, 1), splits.train.labels[:BATCH].repeat(CHIPS)


def measured(rounds: int) -> dict[str, np.ndarray]:
    """Name -> processor seconds of every round."""
    trainers = {name: trainer(case) for name, case in CASES.items()}
    seconds: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(rounds + 3):
        for name, (one, x, label) in trainers.items():
            start = time.thread_time()
            one.step(x, label)
            seconds[name].append(time.thread_time() - start)
    return {name: np.array(values[3:]) for name, values in seconds.items()}


def report(rounds: int) -> str:
    found = measured(rounds)
    plain = found["plain cells"]
    where = f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, "
    where += f"torch {importlib.metadata.version('torch')}"
    setting = "digits, 64-64-10, bp, `copi` on the chip, batch 64, 4 chips, one thread, processor time"
    lines = ["# What ageing and domains add to a training step", "", f"{setting}, {rounds} rounds. {where}.", ""]
    lines += ["| cells | step [ms] | over plain | quartiles |", "|---|---|---|---|"]
    for name, seconds in found.items():
        low, middle, high = np.percentile(seconds / plain, [25, 50, 75])
        lines.append(f"| {name} | {1e3 * np.median(seconds):.1f} | {middle:.2f} | {low:.2f} .. {high:.2f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=41)
    torch.set_num_threads(1)
    threads.limit(1)
    text = report(parser.parse_args().rounds)
    print(text)
    RESULT.write_text(text, encoding="utf-8")
