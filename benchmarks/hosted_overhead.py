"""What ``crossbar.Hosted`` adds to calling aihwkit's raw tile: 784 inputs, 256 outputs, batch 64, one chip, one thread.

    python benchmarks/hosted_overhead.py

Raw and hosted calls alternate, so that both see the same load of the machine; the figure is the median over pairs of hosted / raw, with
its quartiles. Prints a table and writes it to ``benchmarks/results/hosted_overhead.md``.
"""

import argparse
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from crossbar.hosted import Hosted
from crossbar.io import Periphery
from crossbar.seeds import generator
from device_models.presets import preset

INPUTS, OUTPUTS, BATCH, RATE = 784, 256, 64, 0.01
CELLS = ("idealized", "fefet_jerry2017_mirror", "reram_sb")
RESULT = Path(__file__).parent / "results" / "hosted_overhead.md"


def array(cell: str) -> Hosted:
    periphery = Periphery()
    hosted = Hosted((OUTPUTS, INPUTS), preset(cell), seeds=[0], forward_io=periphery.forward_io(), backward_io=periphery.backward_io())
    hosted.program(0.1 * torch.randn(1, OUTPUTS, INPUTS, generator=generator(0, "weights")))
    return hosted


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs like an image's, a quarter of them lit, and errors of a tenth."""
    draws = generator(0, "batch")
    lit = torch.rand(1, BATCH, INPUTS, generator=draws) < 0.25
    x_KBI = torch.rand(1, BATCH, INPUTS, generator=draws) * lit
    return x_KBI, 0.1 * torch.randn(1, BATCH, OUTPUTS, generator=draws)


def calls(cell: str) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Name -> (raw, hosted); each acts on its own tile, of the same cell and seed."""
    hosted, twin = array(cell), array(cell)
    raw = twin._tiles[0].raw
    raw.set_learning_rate(RATE)
    x_KBI, d_KBO = batch()
    x_BI, d_BO = x_KBI[0], d_KBO[0]

    def together_raw() -> None:
        assert twin.chips == 1  # the twin owns the weights that the raw tile writes
        raw.forward(x_BI)
        raw.backward(d_BO)
        raw.update(x_BI, d_BO, False)

    def together_hosted() -> None:
        hosted.forward(x_KBI)
        hosted.backward(d_KBO)
        hosted.update(x_KBI, d_KBO, RATE)

    return {
        "forward": (lambda: raw.forward(x_BI), lambda: hosted.forward(x_KBI)),
        "backward": (lambda: raw.backward(d_BO), lambda: hosted.backward(d_KBO)),
        "update": (lambda: raw.update(x_BI, d_BO, False), lambda: hosted.update(x_KBI, d_KBO, RATE)),
        "all three": (together_raw, together_hosted),
    }


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def paired(raw: Callable[[], object], hosted: Callable[[], object], pairs: int) -> np.ndarray:
    """Times [pairs, 2]; the order within a pair alternates."""
    raw(), hosted()
    times = np.empty((pairs, 2))
    for pair in range(pairs):
        for column in (0, 1) if pair % 2 else (1, 0):
            times[pair, column] = seconds((raw, hosted)[column])
    return times


def rows(pairs: int) -> list[str]:
    lines = ["| cell | call | raw [ms] | hosted [ms] | hosted / raw | quartiles |", "|---|---|---|---|---|---|"]
    for cell in CELLS:
        for name, (raw, hosted) in calls(cell).items():
            times = paired(raw, hosted, pairs)
            low, middle, high = np.quantile(times[:, 1] / times[:, 0], (0.25, 0.5, 0.75))
            raw_ms, hosted_ms = 1e3 * np.median(times, axis=0)
            lines.append(f"| {cell} | {name} | {raw_ms:.3f} | {hosted_ms:.3f} | {middle:.3f} | {low:.3f} .. {high:.3f} |")
    return lines


def setting(pairs: int) -> str:
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "unknown")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("aihwkit", "torch", "numpy"))
    return (
        f"{INPUTS} inputs, {OUTPUTS} outputs, batch {BATCH}, lr {RATE}, one chip, one thread, {pairs} pairs. "
        f"{cpu}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {versions}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="overhead of crossbar.Hosted over aihwkit's raw tile")
    parser.add_argument("--pairs", type=int, default=101, help="pairs of calls per row")
    pairs = parser.parse_args().pairs
    torch.set_num_threads(1)
    text = "\n".join(["# Overhead of the hosted array", "", setting(pairs), "", *rows(pairs), ""])
    print(text)
    RESULT.write_text(text)


if __name__ == "__main__":
    main()
