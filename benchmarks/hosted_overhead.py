"""What ``crossbar.Hosted`` adds to calling aihwkit's raw tile: 784 inputs, 256 outputs, batch 64, one chip, one thread.

    python benchmarks/hosted_overhead.py

aihwkit does not count pulses on a CPU; ``Hosted`` adds their expectation, two matrix products per update. So it is measured twice: doing
no more than aihwkit does (``count=False``), and counting. The three calls alternate, and the processor time of
the thread is taken, so that other load of the machine disturbs them little and alike; a figure is the median over rounds of
hosted / raw, with its quartiles. Prints a table and writes it to
``benchmarks/results/hosted_overhead.md``.
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
Call = Callable[[], object]
CELLS = ("idealized", "fefet_jerry2017_mirror", "reram_sb")
RESULT = Path(__file__).parent / "results" / "hosted_overhead.md"


def array(cell: str, count: bool) -> Hosted:
    io = Periphery()
    hosted = Hosted((OUTPUTS, INPUTS), preset(cell), seeds=[0], forward_io=io.forward_io(), backward_io=io.backward_io(), count=count)
    hosted.program(0.1 * torch.randn(1, OUTPUTS, INPUTS, generator=generator(0, "weights")))
    return hosted


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs like an image's, a quarter of them lit, and errors of a tenth."""
    draws = generator(0, "batch")
    lit = torch.rand(1, BATCH, INPUTS, generator=draws) < 0.25
    x_KBI = torch.rand(1, BATCH, INPUTS, generator=draws) * lit
    return x_KBI, 0.1 * torch.randn(1, BATCH, OUTPUTS, generator=draws)


def calls(cell: str) -> dict[str, list[Call]]:
    """Name -> the raw call, the hosted one, the hosted one that counts; each acts on its own tile, of the same cell and seed."""
    each = [_of_raw(array(cell, count=False)), _of_hosted(array(cell, count=False)), _of_hosted(array(cell, count=True))]
    return {name: [made[name] for made in each] for name in each[0]}


def _of_raw(twin: Hosted) -> dict[str, Call]:
    raw = twin._tiles[0].raw
    raw.set_learning_rate(RATE)
    x_BI, d_BO = (value[0] for value in batch())

    def together() -> None:
        assert twin.chips == 1  # keeps alive the weights that the raw tile writes
        raw.forward(x_BI)
        raw.backward(d_BO)
        raw.update(x_BI, d_BO, False)

    return {
        "forward": lambda: raw.forward(x_BI),
        "backward": lambda: raw.backward(d_BO),
        "update": lambda: raw.update(x_BI, d_BO, False),
        "all three": together,
    }


def _of_hosted(hosted: Hosted) -> dict[str, Call]:
    x_KBI, d_KBO = batch()

    def together() -> None:
        hosted.forward(x_KBI)
        hosted.backward(d_KBO)
        hosted.update(x_KBI, d_KBO, RATE)

    return {
        "forward": lambda: hosted.forward(x_KBI),
        "backward": lambda: hosted.backward(d_KBO),
        "update": lambda: hosted.update(x_KBI, d_KBO, RATE),
        "all three": together,
    }


def seconds(call: Call) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start


def interleaved(each: list[Call], rounds: int) -> np.ndarray:
    """Times [rounds, calls]; every round starts with another call."""
    for call in each:
        call()
    times = np.empty((rounds, len(each)))
    for turn in range(rounds):
        for column in np.roll(range(len(each)), turn):
            times[turn, column] = seconds(each[column])
    return times


def rows(rounds: int) -> list[str]:
    lines = ["| cell | call | raw [ms] | hosted / raw | quartiles | counting / raw | quartiles |", "|---|---|---|---|---|---|---|"]
    for cell in CELLS:
        for name, each in calls(cell).items():
            times = interleaved(each, rounds)
            ratios = np.quantile(times[:, 1:] / times[:, :1], (0.25, 0.5, 0.75), axis=0).T
            columns = " | ".join(f"{middle:.3f} | {low:.3f} .. {high:.3f}" for low, middle, high in ratios)
            lines.append(f"| {cell} | {name} | {1e3 * np.median(times[:, 0]):.3f} | {columns} |")
    return lines


def setting(rounds: int) -> str:
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "unknown")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("aihwkit", "torch", "numpy"))
    return (
        f"{INPUTS} inputs, {OUTPUTS} outputs, batch {BATCH}, lr {RATE}, one chip, one thread, processor time, {rounds} rounds. "
        f"{cpu}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {versions}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="overhead of crossbar.Hosted over aihwkit's raw tile")
    parser.add_argument("--rounds", type=int, default=101, help="rounds of calls per row")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    text = "\n".join(["# Overhead of the hosted array", "", setting(rounds), "", *rows(rounds), ""])
    print(text)
    RESULT.write_text(text)


if __name__ == "__main__":
    main()
