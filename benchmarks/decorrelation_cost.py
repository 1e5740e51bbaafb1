"""What a decorrelator costs against the width of a layer: processor time of a training step, and numbers to be held.

    python benchmarks/decorrelation_cost.py

Two layers as wide as their inputs and 10 outputs, backpropagation on exact arrays, float32, batch 256, one chip, one thread. R by the
paper's rule (scaled) from a tenth of each batch, from a whole one, from a tenth at every tenth step, and block-diagonal in blocks of at
most 250 lines. All variants of a width take turns; a figure is the median over rounds of ten steps, and of their ratio to the steps without
R in the same round. Prints a table and writes it to ``benchmarks/results/decorrelation_cost.md``.
"""

import argparse
import platform
import time
from pathlib import Path

import numpy as np
import torch
from decorrelated_step import BATCH, RATE_R, trainer_of

from analogdecor.decorrelation.scaled import Scaled
from crossbar.block_diagonal import blocks_of
from crossbar.kernels import threads
from crossbar.seeds import generator

WIDTHS, BLOCK, STEPS = (250, 500, 1000, 2000), 250, 10
VARIANTS = {
    "no R": (None, 0),
    "R, 10 % of a batch": (Scaled(lr=RATE_R, share=0.1), 0),
    "R, whole batch": (Scaled(lr=RATE_R), 0),
    "R, 10 %, every 10th step": (Scaled(lr=RATE_R, share=0.1, every=10), 0),
    f"blocks of {BLOCK}, 10 %": (Scaled(lr=RATE_R, share=0.1), BLOCK),
}
RESULT = Path(__file__).parent / "results" / "decorrelation_cost.md"


def numbers(width: int, block: int) -> int:
    """Numbers in R of the three layers."""
    count, size = blocks_of(width, block or width)
    return 3 * count * size**2


def measured(width: int, rounds: int) -> np.ndarray:
    """Seconds of a step [rounds, variants]."""
    g = generator(0, "batches")
    batches = [(torch.randn(BATCH, width, generator=g), torch.randint(0, 10, (BATCH,), generator=g)) for _ in range(STEPS)]
    trainers = [trainer_of((width, width, width, 10), rule, torch.device("cpu"), block) for rule, block in VARIANTS.values()]
    for trainer in trainers:
        trainer.step(*batches[0])
    took = np.empty((rounds, len(trainers)))
    for one in range(rounds):
        for place, trainer in enumerate(trainers):
            start = time.thread_time()
            for x, label in batches:
                trainer.step(x, label)
            took[one, place] = (time.thread_time() - start) / STEPS
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULT)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    threads.limit(1)
    took = {width: measured(width, chosen.rounds) for width in WIDTHS}
    head = "| | " + " | ".join(f"{width} lines" for width in WIDTHS) + " | numbers in R / in W, 2000 lines |"
    rows = [head, "|" + "---|" * (len(WIDTHS) + 2)]
    held = 2 * WIDTHS[-1] ** 2 + 10 * WIDTHS[-1]
    for place, (name, (rule, block)) in enumerate(VARIANTS.items()):
        cells = []
        for width in WIDTHS:
            own, plain = took[width][:, place], took[width][:, 0]
            cells.append(f"{1e3 * np.median(own):.1f} ms ({np.median(own / plain):.2f})")
        share = 0.0 if rule is None else numbers(WIDTHS[-1], block) / held
        rows.append(f"| {name} | " + " | ".join(cells) + f" | {share:.2f} |")
    setting = (
        f"torch {torch.__version__}, {platform.machine()} CPU, one thread, processor time, batch {BATCH}, float32, {chosen.rounds} rounds"
    )
    text = (
        f"# A step with a decorrelator against the width\n\n{setting}; `python benchmarks/decorrelation_cost.py`. Brackets: over no R.\n\n"
    )
    chosen.out.write_text(text + "\n".join(rows) + "\n")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
