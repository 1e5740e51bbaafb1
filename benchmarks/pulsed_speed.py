"""How fast the pulsed array is, as ratios to aihwkit's tile measured in turn with it on the same machine.

Both sides make calls in rows, as an epoch does (``benchmarks/floors.py``).

python benchmarks/pulsed_speed.py [--repeats 7] [--write benchmarks/results/pulsed.md]
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import floors
import numba
import numpy as np
import torch
from aihwkit.simulator.configs import IOParameters, SingleRPUConfig, SoftBoundsDevice, UpdateParameters
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    SoftBoundsReferenceDevice,
)
from aihwkit.simulator.tiles import AnalogTile

from crossbar.kernels import threads
from crossbar.pulsed import Pulsed
from device_models.cell import as_cell
from device_models.presets import preset

BATCH = 64
TOUCHED = 4 * (6 + 2 * 3)  # bytes per cell: six parameters read, weight and two counters read and written, 4 bytes each
DEVICE = SoftBoundsDevice(dw_min=1e-3, dw_min_std=0.3)


def paired(ours: Callable[[], object], theirs: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Median seconds of ours and of theirs, and the median of the ratios of neighbours in time."""
    pairs = [(floors.row(ours), floors.row(theirs)) for _ in range(repeats)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(b / a for a, b in pairs)


def bandwidth() -> float:
    """Bytes per second that the cores together copy (read and write), from a 256 MiB array."""
    source, target = np.ones(2**25), np.empty(2**25)
    half = len(source) // 2
    parts = [torch.from_numpy(source), torch.from_numpy(target)]
    before = torch.get_num_threads()
    torch.set_num_threads(threads.threads())
    best = min(floors.seconds(lambda: parts[1].copy_(parts[0])) for _ in range(5))
    torch.set_num_threads(before)
    return 2 * 8 * 2 * half / best


def vectors(shape: tuple[int, int], dense: bool) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    outputs, inputs = shape
    if dense:
        return torch.randn(1, BATCH, inputs, generator=g), torch.randn(1, BATCH, outputs, generator=g)
    x = torch.rand(1, BATCH, inputs, generator=g) * (torch.rand(1, BATCH, inputs, generator=g) < 0.25)
    return x, 0.1 * torch.randn(1, BATCH, outputs, generator=g)


def to_and_fro(update: Callable[[torch.Tensor], object], d: torch.Tensor) -> Callable[[], object]:
    """Updates with d and -d in turn: many that go one way would press all cells against their bounds."""
    each = cycle((d, -d))
    return lambda: update(next(each))


def arrays(shape: tuple[int, int], order: str, device: Any = DEVICE, chips: int = 1) -> tuple[Pulsed, AnalogTile]:
    io = {"forward_io": IOParameters(), "backward_io": IOParameters()}
    pulsed = Pulsed(shape, as_cell(device), seeds=tuple(range(chips)), update_parameters=UpdateParameters(), order=order, **io)
    tile = AnalogTile(*shape, SingleRPUConfig(device=device, forward=IOParameters(), backward=IOParameters()))
    tile.set_weights(torch.zeros(shape))
    return pulsed, tile


def processor(run: Callable[[], object], repeats: int) -> float:
    """Median milliseconds of this thread's processor: what the machine's other work does not change much."""
    return 1e3 * median(floors.row(run, time.thread_time) for _ in range(repeats))


def alone(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median milliseconds on one thread: by the clock, and of the processor."""
    with floors.one_thread():
        return 1e3 * median(floors.row(run) for _ in range(repeats)), processor(run, repeats)


def updates(repeats: int) -> list[str]:
    columns = ["update", "order", "two threads [ms]", "aihwkit [ms]", "ratio", "one thread [ms]", "ratio", "one thread, CPU [ms]"]
    columns += ["aihwkit, CPU [ms]", "ratio of CPU", "CPU per cell [ns]", "memory floor [ms]"]
    rows = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    speed = bandwidth()
    for shape in ((256, 784), (1024, 1024)):
        for dense, lr in ((False, 0.01), (True, 1.0)):
            for order in ("sequential", "batched"):
                pulsed, tile = arrays(shape, order)
                x, d = vectors(shape, dense)
                tile.set_learning_rate(lr)
                ours, theirs = to_and_fro(lambda d: pulsed.update(x, d, lr), d), to_and_fro(lambda d: tile.update(x[0], d[0]), d)  # noqa: B023
                ours()
                count = max(1, repeats // 3) if dense else repeats
                a, b, ratio = paired(ours, theirs, count)
                (one, cpu), cpu_theirs = alone(ours, count), processor(theirs, count)
                cells = shape[0] * shape[1]
                what = f"{shape[1]} x {shape[0]}, {'dense' if dense else 'sparse'}"
                times = f"{a * 1e3:.2f} | {b * 1e3:.1f} | {ratio:.1f} | {one:.2f} | {b * 1e3 / one:.1f}"
                used = f"{cpu:.2f} | {cpu_theirs:.1f} | {cpu_theirs / cpu:.1f} | {cpu * 1e6 / cells:.1f}"
                rows.append(f"| {what} | {order} | {times} | {used} | {cells * TOUCHED / speed * 1e3:.2f} |")
    return [*rows, "", f"Floor: {TOUCHED} bytes per cell at the {speed / 1e9:.0f} GB/s that all cores copy together."]


LAWS: dict[str, Any] = {
    "ConstantStep": ConstantStepDevice(dw_min=1e-3),
    "LinearStep": LinearStepDevice(dw_min=1e-3),
    "SoftBounds": DEVICE,
    "SoftBoundsReference": SoftBoundsReferenceDevice(dw_min=1e-3),
    "ExpStep": ExpStepDevice(dw_min=1e-3),
    "PowStep": PowStepDevice(dw_min=1e-3),
    "PiecewiseStep": PiecewiseStepDevice(dw_min=1e-3),
    "FeFET, 32 levels (LinearStep)": preset("fefet_jerry2017_mirror").response,
}


def laws(repeats: int) -> list[str]:
    """Every law, 784 x 256, sparse; and fleets, whose time is per chip, against one tile of their shape."""
    columns = ["update", "order", "pulses per cell", "two threads [ms]", "aihwkit [ms]", "ratio", "one thread, CPU [ms]"]
    columns += ["aihwkit, CPU [ms]", "ratio of CPU", "CPU per cell [ns]"]
    rows = ["", "| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    cases = [(f"{name}, 784 x 256", device, (256, 784), 1) for name, device in LAWS.items()]
    cases += [(f"SoftBounds, {shape[1]} x {shape[0]}, per chip of 32", DEVICE, shape, 32) for shape in ((64, 64), (10, 64))]
    for name, device, shape, chips in cases:
        x, d = vectors(shape, False)
        wide_x, wide_d = (v.expand(chips, -1, -1).contiguous() for v in (x, d))
        for order in ("sequential", "batched"):
            pulsed, tile = arrays(shape, order, device, chips)
            tile.set_learning_rate(0.01)
            ours = to_and_fro(lambda d: pulsed.update(wide_x, d, 0.01), wide_d)  # noqa: B023
            theirs = to_and_fro(lambda d: tile.update(x[0], d[0]), d)  # noqa: B023
            ours()
            ledger = pulsed.ledger()
            pulses = float(ledger.pulses_up_KOI.sum() + ledger.pulses_down_KOI.sum()) / (chips * shape[0] * shape[1])
            a, b, ratio = paired(ours, theirs, repeats)
            (_, cpu), cpu_theirs = alone(ours, repeats), processor(theirs, repeats)
            a, cpu = a / chips, cpu / chips
            times = f"{a * 1e3:.3f} | {b * 1e3:.2f} | {ratio * chips:.1f} | {cpu:.3f} | {cpu_theirs:.2f} | {cpu_theirs / cpu:.1f}"
            rows.append(f"| {name} | {order} | {pulses:.2f} | {times} | {cpu * 1e6 / (shape[0] * shape[1]):.1f} |")
    return rows


MEASURE = """
import re, sys, time, torch
sys.path.insert(0, {here!r})
from pulsed_speed import SoftBoundsDevice, IOParameters, Pulsed, as_cell, vectors
torch.set_num_threads(1)
io = dict(forward_io=IOParameters(), backward_io=IOParameters())
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) / 1024
x, d = vectors((16, 16), False)
start = time.perf_counter()
small = Pulsed((16, 16), as_cell(SoftBoundsDevice()), seeds=(0,), order={order!r}, **io)
made = time.perf_counter()
small.update(x, d, 0.01)
updated = time.perf_counter()
small.forward(x)
read = time.perf_counter()
x, d = vectors({shape}, False)
before = peak()
array = Pulsed({shape}, as_cell(SoftBoundsDevice()), seeds=tuple(range({chips})), order={order!r}, **io)
drawn = peak()
array.update(x.expand({chips}, -1, -1), d.expand({chips}, -1, -1), 0.01)
print(made - start, updated - made, read - updated, drawn - before, peak() - before)
"""


def fresh(order: str, shape: tuple[int, int], chips: int, cache: str) -> list[float]:
    """In a new process: seconds of the first array, update and read, and MB at the peak of making chips and after updating them."""
    program = MEASURE.format(here=str(Path(__file__).parent), shape=shape, order=order, chips=chips)
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], env=environment, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def first_calls() -> list[str]:
    """What compiling costs, with an empty cache and with a filled one, and what chips hold in memory."""
    rows = ["", "| order | cache | first array [s] | first update [s] | first forward [s] |", "|---|---|---|---|---|"]
    shape, chips = (1024, 1024), 4
    peaks: dict[str, list[float]] = {}
    for order in ("sequential", "batched"):
        with tempfile.TemporaryDirectory() as cache:
            for state in ("empty", "filled"):
                made, updated, read, *peaks[order] = fresh(order, shape, chips, cache)
                rows.append(f"| {order} | {state} | {made:.2f} | {updated:.2f} | {read:.2f} |")
    rows += ["", "| order | resident at the peak, per chip of 1024 x 1024 [MB] | per cell [bytes] | during updates, per cell [bytes] |"]
    rows += ["|---|---|---|---|"]
    for order, (made, updated) in peaks.items():
        cells = chips * shape[0] * shape[1]
        rows.append(f"| {order} | {made / chips:.0f} | {made * 2**20 / cells:.0f} | {updated * 2**20 / cells:.0f} |")
    pulsed, _ = arrays((256, 784), "sequential")
    held = sum(value.numel() * value.element_size() for name, value in pulsed.state().items() if name.endswith(("OI", "w", "up", "down")))
    return [*rows, "", f"Memory that stays: {held / 256 / 784:.0f} bytes per cell (SoftBounds)."]


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
    lines += [*updates(options.repeats), *laws(options.repeats), *first_calls()]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text)


if __name__ == "__main__":
    main()
