"""How fast the pulsed array is, as ratios to aihwkit's tile measured in turn with it on the same machine.

python benchmarks/pulsed_speed.py [--repeats 7] [--write benchmarks/results/pulsed.md]
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numba
import numpy as np
import torch
from aihwkit.simulator.configs import IOParameters, SingleRPUConfig, SoftBoundsDevice, UpdateParameters
from aihwkit.simulator.tiles import AnalogTile

from crossbar.kernels import threads
from crossbar.pulsed import Pulsed
from device_models.cell import as_cell

BATCH = 64
DEVICE = SoftBoundsDevice(dw_min=1e-3, dw_min_std=0.3)


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def paired(ours: Callable[[], object], theirs: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Median seconds of ours and of theirs, and the median of the ratios of neighbours in time."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(b / a for a, b in pairs)


def bandwidth() -> float:
    """Bytes per second that the cores together copy (read and write), from a 256 MiB array."""
    source, target = np.ones(2**25), np.empty(2**25)
    half = len(source) // 2
    parts = [torch.from_numpy(source), torch.from_numpy(target)]
    before = torch.get_num_threads()
    torch.set_num_threads(threads.threads())
    best = min(seconds(lambda: parts[1].copy_(parts[0])) for _ in range(5))
    torch.set_num_threads(before)
    return 2 * 8 * 2 * half / best


def vectors(shape: tuple[int, int], dense: bool) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    outputs, inputs = shape
    if dense:
        return torch.randn(1, BATCH, inputs, generator=g), torch.randn(1, BATCH, outputs, generator=g)
    x = torch.rand(1, BATCH, inputs, generator=g) * (torch.rand(1, BATCH, inputs, generator=g) < 0.25)
    return x, 0.1 * torch.randn(1, BATCH, outputs, generator=g)


def arrays(shape: tuple[int, int], order: str) -> tuple[Pulsed, AnalogTile]:
    io = {"forward_io": IOParameters(), "backward_io": IOParameters()}
    pulsed = Pulsed(shape, as_cell(DEVICE), seeds=(0,), update_parameters=UpdateParameters(), order=order, **io)
    tile = AnalogTile(*shape, SingleRPUConfig(device=DEVICE, forward=IOParameters(), backward=IOParameters()))
    tile.set_weights(torch.zeros(shape))
    return pulsed, tile


def updates(repeats: int) -> list[str]:
    rows = [
        "| update | order | ours [ms] | aihwkit [ms] | ratio | state touched [MB] | memory floor [ms] |",
        "|---|---|---|---|---|---|---|",
    ]
    speed = bandwidth()
    for shape in ((256, 784), (1024, 1024)):
        for dense, lr in ((False, 0.01), (True, 1.0)):
            for order in ("sequential", "batched"):
                pulsed, tile = arrays(shape, order)
                x, d = vectors(shape, dense)
                tile.set_learning_rate(lr)
                pulsed.update(x, d, lr)
                count = max(1, repeats // 3) if dense else repeats
                a, b, ratio = paired(lambda: pulsed.update(x, d, lr), lambda: tile.update(x[0], d[0]), count)  # noqa: B023
                # six parameters read, weight and two counters read and written, float32 or uint32 each
                touched = shape[0] * shape[1] * 4 * (6 + 2 * 3)
                what = f"{shape[1]} x {shape[0]}, {'dense' if dense else 'sparse'}"
                floor = touched / speed
                rows.append(f"| {what} | {order} | {a * 1e3:.2f} | {b * 1e3:.1f} | {ratio:.0f} | {touched / 1e6:.1f} | {floor * 1e3:.2f} |")
    return rows


def reads(repeats: int) -> list[str]:
    rows = ["", "| read | ours [ms] | aihwkit [ms] | ratio |", "|---|---|---|---|"]
    for shape in ((256, 784), (1024, 1024)):
        pulsed, tile = arrays(shape, "sequential")
        x, d = vectors(shape, False)
        w = 0.3 * torch.randn(1, *shape, generator=torch.Generator().manual_seed(2))
        pulsed.program(w)
        tile.set_weights(w[0])
        runs = {
            "forward": (lambda: pulsed.forward(x), lambda: tile.tile.forward(x[0], False, False, False, False)),  # noqa: B023
            "backward": (lambda: pulsed.backward(d), lambda: tile.backward(d[0])),  # noqa: B023
        }
        for name, (ours, theirs) in runs.items():
            ours()
            a, b, ratio = paired(ours, theirs, 3 * repeats)
            rows.append(f"| {shape[1]} x {shape[0]} {name} | {a * 1e3:.2f} | {b * 1e3:.2f} | {ratio:.1f} |")
    return rows


def first_call() -> list[str]:
    """What compiling costs: the first of everything in this process (from the cache on disk where there is one)."""
    rows = []
    x, d = vectors((256, 784), False)
    for order in ("sequential", "batched"):
        pulsed, _ = arrays((256, 784), order)
        rows.append(f"First update, {order}: {seconds(lambda: pulsed.update(x, d, 0.01)):.2f} s. ")  # noqa: B023
    rows.append(f"First forward read: {seconds(lambda: pulsed.forward(x)):.2f} s.")
    return ["".join(rows), ""]


def memory() -> list[str]:
    pulsed, _ = arrays((256, 784), "sequential")
    held = sum(value.numel() * value.element_size() for name, value in pulsed.state().items() if name.endswith(("OI", "w", "up", "down")))
    return ["", f"Memory held per cell: {held / 256 / 784:.0f} bytes (SoftBounds)."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)  # our threads share the samples of a read among them
    command = f"`python benchmarks/pulsed_speed.py --repeats {options.repeats}`"
    head = f"# Pulsed array: speed\n\n{command}, batch {BATCH}, SoftBounds, dw_min 0.001, c2c 0.3.\n"
    where = f"{platform.machine()}, {os.cpu_count()} cores, {threads.threads()} threads, torch {torch.__version__}, "
    lines = [head, where + f"numba {numba.__version__}; load average before {os.getloadavg()[0]:.1f}.", ""]
    lines += [*first_call(), *updates(options.repeats), *reads(options.repeats), *memory()]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text)


if __name__ == "__main__":
    main()
