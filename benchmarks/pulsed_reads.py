"""Reads of the pulsed array against aihwkit's tile, in turn on the same machine.

    python benchmarks/pulsed_reads.py [--repeats 41]

7-bit DAC, 9-bit ADC, aihwkit's noise, noise and bound management, batch 64. The floor is the products and normal numbers of a read at the
rates that ``benchmarks/floors.py`` measures.
"""

import argparse
import os
import platform
import time
from pathlib import Path
from statistics import median

import floors
import numba
import torch
from pulsed_speed import BATCH, arrays, vectors

from crossbar.kernels import threads

SHAPES = ((256, 784), (784, 784), (1024, 1024))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=41)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)  # as in a run; the kernels share samples among threads of their own
    before = os.getloadavg()[0]
    products, normals = floors.products(), floors.normals()
    lines = [
        "# Reads: the pulsed array against aihwkit's tile",
        "",
        f"`python benchmarks/pulsed_reads.py --repeats {repeats}`, batch {BATCH}, 7-bit DAC, 9-bit ADC, aihwkit's noise and management.",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, {threads.threads()} threads, torch {torch.__version__}, numba {numba.__version__}; "
        f"load average before {before:.1f}. Floor: products at {products / 1e9:.0f} G/s and normal numbers at {normals / 1e9:.1f} G/s, "
        f"both measured here.{floors.caution(before)}",
        "",
        "Milliseconds by the clock, and of the processor where one thread does it all:",
        "",
        "| read | ours | aihwkit | ratio, median | quartiles | floor | times it | ours, CPU | aihwkit, CPU | ratio, median | quartiles |",
        "|---" * 11 + "|",
    ]
    for shape in SHAPES:
        pulsed, tile = arrays(shape, "sequential")
        x, d = vectors(shape, False)
        w = 0.3 * torch.randn(1, *shape, generator=torch.Generator().manual_seed(2))
        pulsed.program(w)
        tile.set_weights(w[0])
        runs = {
            "forward": (lambda: pulsed.forward(x), lambda: tile.tile.forward(x[0], False, False, False, False), shape[0]),  # noqa: B023
            "transposed": (lambda: pulsed.backward(d), lambda: tile.backward(d[0]), shape[1]),  # noqa: B023
        }
        for name, (ours, theirs, outputs) in runs.items():
            ours()
            theirs()
            pairs = [(floors.row(ours), floors.row(theirs)) for _ in range(repeats)]
            a, b = (1e3 * median(side) for side in zip(*pairs, strict=True))
            floor = 1e3 * (BATCH * shape[0] * shape[1] / products + BATCH * outputs / normals)
            ratio = floors.spread([slow / fast for fast, slow in pairs])
            with floors.one_thread():
                used = [(floors.row(ours, time.process_time), floors.row(theirs, time.process_time)) for _ in range(repeats)]
            mine, its = (1e3 * median(side) for side in zip(*used, strict=True))
            alone = floors.spread([slow / fast for fast, slow in used])
            clock = f"{a:.2f} | {b:.2f} | {ratio} | {floor:.2f} | {a / floor:.1f}"
            lines.append(f"| {shape[1]} x {shape[0]} {name} | {clock} | {mine:.2f} | {its:.2f} | {alone} |")
            print(lines[-1], flush=True)
    out = Path(__file__).parent / "results" / "pulsed_reads.md"
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written to {out}")


if __name__ == "__main__":
    main()
