"""Whole training steps on the pulsed array against the same steps on aihwkit's tiles, chip by chip.

    python benchmarks/pulsed_training.py [--rounds 7] [--root FOLDER]

Per round both sides run once, in turn; the ratio is taken per round. ``hosted`` trains one chip (aihwkit's tile takes one at a time),
``pulsed`` a fleet; times are divided by the number of chips. Pulsed kernels may use all cores, torch uses one thread on both sides.
With ``--root`` (torchvision's MNIST) the large network sees MNIST's digits, else random images of the same density.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import torch

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.training import Trainer
from crossbar.kernels import threads
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
    # name, spec, features, chips of the fleet, write scheme, steps measured
    ("64-64-10, anp, R on a crossbar", SMALL, 64, 32, "accumulate", 10),
    ("64-64-10, anp, R on a crossbar", SMALL, 64, 32, "direct", 10),
    ("784-256-10, bp, R on a crossbar", LARGE, 784, 1, "accumulate", 3),
    ("784-256-10, bp, R on a crossbar", LARGE, 784, 1, "direct", 3),
]


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


def stepper(made: Trainer, x: torch.Tensor, label: torch.Tensor, steps: int) -> Callable[[], float]:
    """Seconds per step and chip of the next ``steps`` steps."""
    at = [0]

    def run() -> float:
        started = time.perf_counter()
        for _ in range(steps):
            chosen = (torch.arange(64) + 64 * at[0]) % len(x)
            made.step(x[chosen].repeat(made.draws.chips, 1), label[chosen].repeat(made.draws.chips))
            at[0] += 1
        return (time.perf_counter() - started) / steps / made.draws.chips

    run()  # compile, and leave the first steps behind
    return run


def compared(work: tuple[str, dict[str, Any], int, int, str, int], rounds: int, root: str | None) -> str:
    name, tree, features, chips, scheme, steps = work
    x, label = images(features, root)
    theirs = stepper(trainer(tree, features, "hosted", 1, scheme), x, label, steps)
    ours = stepper(trainer(tree, features, "pulsed", chips, scheme), x, label, steps)
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    ratios = [slow / fast for slow, fast in pairs]
    low, _, high = quantiles(ratios, n=4)
    ms = [1e3 * median(side) for side in zip(*pairs, strict=True)]
    return f"| {name} | {scheme} | {chips} | {ms[0]:.2f} | {ms[1]:.2f} | {median(ratios):.1f} | {low:.1f} .. {high:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--root", default=None)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    lines = [
        "# Whole training steps: the pulsed array against aihwkit's tiles",
        "",
        f"`python benchmarks/pulsed_training.py`, batch 64, fefet_jerry2017_mirror, {chosen.rounds} rounds, {threads.threads()} threads of "
        f"{platform.machine()} for the kernels, torch {torch.__version__}; load average before: {os.getloadavg()[0]:.1f}.",
        "",
        "| network | write scheme | chips | aihwkit, one chip [ms/step] | pulsed [ms/step/chip] | ratio | quartiles |",
        "|---|---|---|---|---|---|---|",
    ]
    for work in WORK:
        lines.append(compared(work, chosen.rounds, chosen.root))
        print(lines[-1], flush=True)
    out = Path(__file__).parent / "results" / "pulsed_training.md"
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written to {out}")


if __name__ == "__main__":
    main()
