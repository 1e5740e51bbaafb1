"""How fast pulsed arrays are on a GPU, as ratios to aihwkit's tile on the CPU of the same machine, measured in turn with it.

    python benchmarks/pulsed_cuda.py [--repeats 15] [--out benchmarks/results/pulsed_cuda.md]

GPU times are medians between CUDA events around one call, including the launches. Where aihwkit cannot be imported there is nothing to
compare with: our own arrays are described by its parameters.
"""

import argparse
import math
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import torch
from aihwkit.simulator.configs import IOParameters, SingleRPUConfig
from aihwkit.simulator.tiles import AnalogTile

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.training import Trainer
from crossbar.computing import device_of
from crossbar.kernels import threads
from crossbar.pulsed import Pulsed
from crossbar.torch_pulsed import TorchPulsed
from device_models.cell import as_cell
from experiments.build import build
from experiments.spec import Spec

sys.path.insert(0, str(Path(__file__).parent))
from pulsed_speed import BATCH, DEVICE, TOUCHED, seconds, vectors
from pulsed_training import WORK, images, stepper

PROFILER = True
SHAPES = ((256, 784), (1024, 1024))


def on_gpu(run: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Milliseconds of one call on the GPU: median and quartiles."""
    times = []
    for _ in range(3):
        run()
    for _ in range(repeats):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        run()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    low, middle, high = quantiles(times, n=4)
    return middle, low, high


def on_cpu(run: Callable[[], object], repeats: int) -> float:
    """Milliseconds of one call on the CPU: median."""
    run()
    return 1e3 * median(seconds(run) for _ in range(repeats))


def bandwidth() -> float:
    """Bytes per second that the GPU copies, read and written, from a block of 1 GiB."""
    source = torch.ones(2**28, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.numel() * 4 / (1e-3 * min(on_gpu(lambda: target.copy_(source), 10)))


def kernels_alone(run: Callable[[], object]) -> float:
    """Milliseconds that the GPU's kernels take in one call, without the gaps between them; nan without the profiler."""
    if not PROFILER:
        return math.nan
    run()
    torch.cuda.synchronize()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as seen:
        for _ in range(3):
            run()
        torch.cuda.synchronize()
    return sum(event.self_device_time_total for event in seen.key_averages()) / 3e3


def arrays(shape: tuple[int, int], chips: int = 1) -> tuple[TorchPulsed, Pulsed, AnalogTile]:
    make = {"shape": shape, "cells": as_cell(DEVICE), "seeds": range(chips), "forward_io": IOParameters(), "backward_io": IOParameters()}
    tile = AnalogTile(*shape, SingleRPUConfig(device=DEVICE, forward=IOParameters(), backward=IOParameters()))
    tile.set_weights(torch.zeros(shape))
    return TorchPulsed(**make, device=device_of("cuda")), Pulsed(**make), tile


def updates(repeats: int, speed: float) -> list[str]:
    columns = ["update", "GPU [ms]", "quartiles", "kernels alone [ms]", "aihwkit, CPU [ms]", "ratio", "our CPU array [ms]", "ratio"]
    columns += ["memory floor [ms]", "kernels over floor"]
    rows = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for shape in SHAPES:
        gpu, cpu, tile = arrays(shape)
        for dense, lr in ((False, 0.01), (True, 1.0)):
            x, d = vectors(shape, dense)
            x_there, d_there = x.cuda(), d.cuda()
            tile.set_learning_rate(lr)
            count = max(2, repeats // 5) if dense else max(3, repeats // 2)
            theirs = on_cpu(lambda: tile.update(x[0], d[0]), count)  # noqa: B023
            compiled = on_cpu(lambda: cpu.update(x, d, lr), count)  # noqa: B023
            ours, low, high = on_gpu(lambda: gpu.update(x_there, d_there, lr), repeats)  # noqa: B023
            alone = kernels_alone(lambda: gpu.update(x_there, d_there, lr))  # noqa: B023
            floor = 1e3 * shape[0] * shape[1] * TOUCHED / speed
            what = f"{shape[1]} x {shape[0]}, {'dense' if dense else 'sparse'}"
            times = f"{ours:.3f} | {low:.3f} .. {high:.3f} | {alone:.3f} | {theirs:.1f} | {theirs / ours:.0f}"
            rows.append(f"| {what} | {times} | {compiled:.2f} | {compiled / ours:.1f} | {floor:.4f} | {alone / floor:.1f} |")
    return [*rows, "", f"Floor: {TOUCHED} bytes per cell at the {speed / 1e9:.0f} GB/s that the GPU copies (read and written)."]


def fleets(repeats: int) -> list[str]:
    rows = ["", "| update of a fleet of 32 chips, sparse | GPU [ms per chip] | our CPU array [ms per chip] | ratio |", "|---|---|---|---|"]
    for shape in ((64, 64), (256, 784)):
        gpu, cpu, _ = arrays(shape, 32)
        x, d = (v.expand(32, -1, -1) for v in vectors(shape, False))
        x_there, d_there = x.cuda(), d.cuda()
        compiled = on_cpu(lambda: cpu.update(x, d, 0.01), 3) / 32  # noqa: B023
        ours = on_gpu(lambda: gpu.update(x_there, d_there, 0.01), repeats)[0] / 32  # noqa: B023
        rows.append(f"| {shape[1]} x {shape[0]} | {ours:.4f} | {compiled:.3f} | {compiled / ours:.1f} |")
    return rows


def reads(repeats: int) -> list[str]:
    head = "| read, batch 64 | GPU [ms] | quartiles | kernels alone [ms] | aihwkit, CPU [ms] | ratio | our CPU array [ms] | ratio |"
    rows = ["", head, "|---" * 8 + "|"]
    for shape in SHAPES:
        gpu, cpu, tile = arrays(shape)
        x, d = vectors(shape, False)
        x_there, d_there = x.cuda(), d.cuda()
        w = 0.3 * torch.randn(1, *shape, generator=torch.Generator().manual_seed(2))
        gpu.program(w.cuda())
        cpu.program(w)
        tile.set_weights(w[0])
        runs = {
            "forward": (lambda: gpu.forward(x_there), lambda: tile.tile.forward(x[0], False, False, False, False), lambda: cpu.forward(x)),  # noqa: B023
            "backward": (lambda: gpu.backward(d_there), lambda: tile.backward(d[0]), lambda: cpu.backward(d)),  # noqa: B023
        }
        for name, (ours, theirs, compiled) in runs.items():
            slow, middle = on_cpu(theirs, repeats), on_cpu(compiled, repeats)
            fast, low, high = on_gpu(ours, repeats)
            times = f"{fast:.3f} | {low:.3f} .. {high:.3f} | {kernels_alone(ours):.3f} | {slow:.2f} | {slow / fast:.1f}"
            rows.append(f"| {shape[1]} x {shape[0]} {name} | {times} | {middle:.2f} | {middle / fast:.1f} |")
    return rows


def trainer(tree: dict[str, Any], features: int, array: dict[str, str], chips: int, scheme: str) -> Trainer:
    common = {**tree, "array": array, "write": {"scheme": scheme}}
    fleet = build([Spec.from_tree({**common, "train": {"seed": seed}}) for seed in range(chips)], (features,), 10)
    return Trainer(
        network=fleet.network,
        rule=fleet.rule,
        state=fleet.rule.init(fleet.network, fleet.seeds),
        decorrelation=fleet.decorrelation,
        loss=cross_entropy,
        draws=Draws(fleet.seeds, "perturbation"),
    )


def steps(rounds: int) -> list[str]:
    rows = [
        "",
        "| whole training step | write scheme | chips | aihwkit, one chip [ms/step] | GPU [ms/step/chip] | ratio |",
        "|---" * 6 + "|",
    ]
    for name, tree, features, chips, scheme, count in WORK:
        x, label = images(features, None)
        theirs = stepper(trainer(tree, features, {"host": "hosted"}, 1, scheme), x, label, count)
        ours = stepper(trainer(tree, features, {"device": "cuda"}, chips, scheme), x.cuda(), label.cuda(), count)
        slow, fast = zip(*[(theirs(), ours()) for _ in range(rounds)], strict=True)
        ratios = [a / b for a, b in zip(slow, fast, strict=True)]
        rows.append(f"| {name} | {scheme} | {chips} | {1e3 * median(slow):.2f} | {1e3 * median(fast):.3f} | {median(ratios):.1f} |")
    return rows


def exact_steps(rounds: int) -> list[str]:
    rows = [
        "",
        "| whole training step, exact arrays, 784-1000-1000-1000-10, bp, digital R (scaled) | CPU [ms] | GPU [ms] | ratio |",
        "|---|---|---|---|",
    ]
    x, label = images(784, None)
    common = {"network": {"hidden": [1000, 1000, 1000]}, "rule": {"name": "bp", "lr": 0.01}}
    tree = {**common, "decorrelation": {"name": "scaled", "on": "digital", "lr": 1e-4}}
    for dtype in ("float32", "float64"):
        array = {"host": "exact", "dtype": dtype}
        theirs = stepper(trainer(tree, 784, array, 1, "direct"), x, label, 1)
        ours = stepper(trainer(tree, 784, {**array, "device": "cuda"}, 1, "direct"), x.cuda(), label.cuda(), 10)
        slow, fast = zip(*[(theirs(), ours()) for _ in range(rounds)], strict=True)
        rows.append(f"| {dtype} | {1e3 * median(slow):.0f} | {1e3 * median(fast):.2f} | {median(slow) / median(fast):.0f} |")
    return rows


def main() -> None:
    global PROFILER
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "pulsed_cuda.md")
    parser.add_argument("--without-profiler", action="store_true", help="where CUPTI does not work")
    options = parser.parse_args()
    PROFILER = not options.without_profiler
    device_of("cuda")
    torch.set_num_threads(1)  # our threads share the work among them
    started, speed = time.perf_counter(), bandwidth()
    where = (
        f"{torch.cuda.get_device_name()}, {platform.machine()} with {os.cpu_count()} cores, {threads.threads()} threads for the compiled "
    )
    where += f"kernels, torch {torch.__version__}; load average before {os.getloadavg()[0]:.1f}."
    lines = [
        "# Pulsed arrays on a GPU: speed",
        "",
        f"`python benchmarks/pulsed_cuda.py --repeats {options.repeats}`, batch {BATCH}, SoftBounds,",
    ]
    lines += ["dw_min 0.001, c2c 0.3; aihwkit 1.1.0's CPU tile and our compiled array on the CPU measured in the same run.", "", where, ""]
    for part in (updates, fleets, reads, steps, exact_steps):
        few = max(3, options.repeats // 3)
        made = updates(options.repeats, speed) if part is updates else part(few if part in (steps, exact_steps) else options.repeats)
        print("\n".join(made), flush=True)
        lines += made
    lines += ["", f"The whole took {time.perf_counter() - started:.0f} s."]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written to {options.out}")


if __name__ == "__main__":
    main()
