"""Whole training steps on the pulsed array against the same steps on aihwkit's tiles, chip by chip, and the README's demo on both.

    python benchmarks/pulsed_training.py [--rounds 9] [--root FOLDER] [--demo 20]

Per round both sides take a row of steps, in turn, as an epoch takes them: the first ones find the caches as the other side has left them
and are not counted. The ratio is taken per round. ``hosted`` trains one chip (aihwkit's tile takes one at
a time), ``pulsed`` a fleet; times are divided by the number of chips. Pulsed kernels may use all cores, torch uses one thread on both
sides. With ``--root`` (torchvision's MNIST) the large network sees MNIST's digits, else random images of the same density. The floor is
what a step multiplies and draws, at the rates that ``benchmarks/floors.py`` measures. ``--demo`` epochs of the demo's sweep run as a user
runs it, process start and all, three times on each side (0: not at all).
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import floors
import numpy as np
import torch
import xarray as xr

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.training import Trainer
from crossbar import products
from crossbar.kernels import fused, threads
from experiments.build import build
from experiments.spec import Spec

SMALL = {
    "network": {"hidden": [64]},
    "rule": {"name": "anp", "lr": 0.1},
    "decorrelation": {"name": "copi", "on": "crossbar", "lr": 0.01},
}
LARGE = {
    "network": {"hidden": [256]},
    "rule": {"name": "bp", "lr": 0.1},
    "decorrelation": {"name": "copi", "on": "crossbar", "lr": 1e-3},
}
WORK: list[tuple[str, dict[str, Any], int, int, str, int]] = [
    # name, spec, features, chips of the fleet, write scheme, steps in a row that are counted
    ("64-64-10, anp, R on a crossbar", SMALL, 64, 32, "accumulate", 30),
    ("64-64-10, anp, R on a crossbar", SMALL, 64, 32, "direct", 30),
    ("784-256-10, bp, R on a crossbar", LARGE, 784, 1, "accumulate", 20),
    ("784-256-10, bp, R on a crossbar", LARGE, 784, 1, "direct", 20),
]


FIRST = 5
"""Steps of a row that are not counted."""


def trainer(tree: dict[str, Any], features: int, host: str, chips: int, scheme: str) -> Trainer:
    specs = [
        Spec.from_tree({**tree, "array": {"host": host}, "write": {"scheme": scheme}, "train": {"seed": seed}}) for seed in range(chips)
    ]
    fleet = build(specs, features, 10)
    return Trainer(
        network=fleet.network,
        rule=fleet.rule,
        state=fleet.rule.init(fleet.network, fleet.seeds),
        decorrelation=fleet.decorrelation,
        loss=cross_entropy,
        draws=Draws(fleet.seeds, "perturbation"),
    )


def images(features: int, root: str | None) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    if root is not None and features == 784:
        from torchvision.datasets import MNIST

        data = MNIST(root, train=True)
        return data.data[:6400].reshape(-1, 784).float() / 255, data.targets[:6400]
    x = torch.rand(6400, features, generator=g) * (torch.rand(6400, features, generator=g) < 0.19)
    return x, torch.randint(0, 10, (6400,), generator=g)


Clock = Callable[[], float]


def stepper(made: Trainer, x: torch.Tensor, label: torch.Tensor, steps: int) -> Callable[..., float]:
    """Seconds per step and chip of ``steps`` steps, behind some that are not counted."""
    batches = cycle(torch.arange(len(x)).repeat(made.draws.chips, 1).split(64, 1))

    def take(count: int) -> None:
        for chosen_KB in islice(batches, count):
            chosen_N = chosen_KB.reshape(-1)
            made.step(x[chosen_N], label[chosen_N])

    def run(clock: Clock = time.perf_counter) -> float:
        take(FIRST)
        started = clock()
        take(steps)
        return (clock() - started) / steps / made.draws.chips

    run()  # compile, and leave the first steps behind
    return run


def work_of(row: Callable[..., float]) -> tuple[float, float]:
    """Products and normal numbers of one row of steps; what a zero drives is not multiplied."""
    counted = np.zeros(2)
    read, change = fused.read, products.change

    def counting_read(*arguments: Any) -> Any:
        y_KBN = read(*arguments)
        x_KBM, line_KB = arguments[5], arguments[7]
        counted[0] += (np.count_nonzero(line_KB >= 0) if line_KB.size else np.count_nonzero(x_KBM)) * y_KBN.shape[2]
        counted[1] += y_KBN.size
        return y_KBN

    def counting_change(w_KOI: Any, *arguments: Any) -> Any:
        made = change(w_KOI, *arguments)
        counted[0] += np.count_nonzero(made.d_KBO) * w_KOI.shape[2] + made.rows_KOI.size
        return made

    with mock.patch.object(fused, "read", counting_read), mock.patch.object(products, "change", counting_change):
        row()
    return counted[0], counted[1]


def compared(work: tuple[str, dict[str, Any], int, int, str, int], rounds: int, root: str | None, rates: tuple[float, float]) -> str:
    name, tree, features, chips, scheme, steps = work
    x, label = images(features, root)
    theirs = stepper(trainer(tree, features, "hosted", 1, scheme), x, label, steps)
    ours = stepper(trainer(tree, features, "pulsed", chips, scheme), x, label, steps)
    multiplied, drawn = (number / (FIRST + steps) / chips for number in work_of(ours))
    floor = 1e3 * (multiplied / rates[0] + drawn / rates[1])
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    ms = [1e3 * median(side) for side in zip(*pairs, strict=True)]
    far = f"{floor:.3f} | {ms[1] / floor:.1f}" if scheme == "accumulate" else "- | -"  # direct writes are pulses, not products
    with floors.one_thread():
        alone = floors.spread([theirs(time.process_time) / ours(time.process_time) for _ in range(rounds)])
    clock = f"{ms[0]:.2f} | {ms[1]:.3f} | {floors.spread([a / b for a, b in pairs])}"
    return f"| {name} | {scheme} | {chips} | {clock} | {far} | {alone} |"


def demo(epochs: int, rounds: int = 3) -> list[str]:
    """The sweep of `make demo`, 60 runs, in processes of its own: wall time of the command, and what its runs say they learnt for."""

    def sweep(host: str) -> tuple[float, float]:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "results.h5"
            program = "import sys; from experiments.cli import main; sys.argv[0] = 'analogdecor'; main()"
            words = ["sweep", "demo", f"array.host={host}", f"train.epochs={epochs}", "-o", str(out)]
            command = [sys.executable, "-W", "ignore", "-c", program, *words]
            wall = floors.seconds(lambda: subprocess.run(command, check=True, capture_output=True))
            with xr.open_dataset(out) as ds:
                return wall, float(ds.learning_time.isel(epoch=-1).sum())

    sweep("pulsed")  # compile, and read the data once
    pairs = [(sweep("hosted"), sweep("pulsed")) for _ in range(rounds)]
    lines = [
        "",
        f"| `make demo`, 60 runs, {epochs} epochs | hosted [s] | pulsed [s] | ratio, median | least .. most |",
        "|---|---|---|---|---|",
    ]
    for name, which in (("the command, start to end", 0), ("learning, summed over runs", 1)):
        slow, fast = (median(side[which] for side in sides) for sides in zip(*pairs, strict=True))
        ratios = sorted(a[which] / b[which] for a, b in pairs)
        lines.append(f"| {name} | {slow:.1f} | {fast:.1f} | {median(ratios):.1f} | {ratios[0]:.1f} .. {ratios[-1]:.1f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--root", default=None)
    parser.add_argument("--demo", type=int, default=20)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    before = os.getloadavg()[0]
    rates = floors.products(), floors.normals()
    lines = [
        "# Whole training steps: the pulsed array against aihwkit's tiles",
        "",
        f"`python benchmarks/pulsed_training.py`, batch 64, fefet_jerry2017_mirror, {chosen.rounds} rounds, {threads.threads()} threads of "
        f"{platform.machine()} for the kernels, torch {torch.__version__}; load average before: {before:.1f}. Floor: products at "
        f"{rates[0] / 1e9:.0f} G/s and normal numbers at {rates[1] / 1e9:.1f} G/s."
        f"{floors.caution(before)}",
        "",
        "Milliseconds per step and chip by the clock, and ratio of processor time where one thread does it all:",
        "",
        "| network | write scheme | chips | aihwkit, one chip | pulsed | ratio, median | quartiles | floor | times it | CPU | quartiles |",
        "|---" * 11 + "|",
    ]
    for work in WORK:
        lines.append(compared(work, chosen.rounds, chosen.root, rates))
        print(lines[-1], flush=True)
    if chosen.demo:
        lines += demo(chosen.demo)
        print("\n".join(lines[-4:]), flush=True)
    out = Path(__file__).parent / "results" / "pulsed_training.md"
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written to {out}")


if __name__ == "__main__":
    main()
