"""A decorrelated training step on exact arrays against the same arithmetic written directly in torch.

    python benchmarks/decorrelated_step.py [--device cuda]

Backpropagation with the paper's rule (scaled, statistics from a tenth of the batch, the batch's mean taken off), or with copi on the whole
batch; plain descent, float32, batch 256, one chip. The direct version uses torch's autograd for everything but R, and writes R as we do, by
outer products x* (R^T x*)^T: it never forms the d x d correlation, which the public implementation of arXiv 2407.10780 multiplies with R at
every step. Both start from the same numbers, and their losses are compared before anything is timed. Steps alternate; on the CPU one thread
is used and its processor time is taken. A figure is the median over rounds of ours / direct, with its quartiles. Prints a table and writes
it to ``benchmarks/results/decorrelated_step.md``.
"""

import argparse
import itertools
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from analogdecor.decorrelating import DecorrelationRule
from analogdecor.decorrelation.copi import Copi
from analogdecor.decorrelation.scaled import Scaled
from analogdecor.decorrelator import Decorrelator
from analogdecor.draws import Draws
from analogdecor.linear import CrossbarLinear
from analogdecor.losses import cross_entropy
from analogdecor.rules.bp import Backpropagation
from analogdecor.training import Trainer
from crossbar.array import Array
from crossbar.block_diagonal import BlockDiagonal, blocks_of
from crossbar.exact import Exact
from crossbar.kernels import threads
from crossbar.seeds import generator

BATCH, SHARE, RATE, RATE_R, SLOPE, MOMENTUM = 256, 0.1, 0.01, 1e-3, 0.01, 0.1
NETWORKS = {"3072-256-256-10": (3072, 256, 256, 10), "1000-1000-1000-10": (1000, 1000, 1000, 10), "256-128-10": (256, 128, 10)}
RESULT = Path(__file__).parent / "results" / "decorrelated_step.md"


def weights(lines: tuple[int, ...]) -> list[Tensor]:
    g = generator(0, "weights")
    return [torch.randn(o, i, generator=g) * (2 / i) ** 0.5 for i, o in itertools.pairwise(lines)]


class Direct:
    """The same step in plain torch."""

    def __init__(self, lines: tuple[int, ...], rule: str, device: torch.device) -> None:
        self.rule = rule
        self.w = [nn.Parameter(w.to(device)) for w in weights(lines)]
        self.b = [nn.Parameter(torch.zeros(len(w), device=device)) for w in self.w]
        self.r = [torch.eye(w.shape[1], device=device) for w in self.w]
        self.gain = [torch.ones((), device=device) for _ in self.w]
        self.mean = [torch.zeros(w.shape[1], device=device) for w in self.w]

    def step(self, x: Tensor, label: Tensor) -> Tensor:
        seen, h = [], x
        for layer, (w, b, r) in enumerate(zip(self.w, self.b, self.r, strict=True)):
            h = F.leaky_relu(h, SLOPE) if layer else h
            mean = h.mean(0)
            z = h - mean
            xstar = self.gain[layer] * (z @ r.T)
            seen.append((mean.detach(), z.detach(), xstar.detach()))
            h = xstar @ w.T + b
        loss = F.cross_entropy(h, label)
        parameters = [*self.w, *self.b]
        with torch.no_grad():
            for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                parameter.sub_(gradient, alpha=RATE)
            for layer, (mean, z, xstar) in enumerate(seen):
                count = int(np.ceil(SHARE * len(z))) if self.rule == "scaled" else len(z)
                z, xstar, r = z[:count], xstar[:count], self.r[layer]
                back = xstar @ r
                if self.rule == "scaled":
                    self.gain[layer] = self.gain[layer] * (z.norm(dim=1) / (xstar.norm(dim=1) + 1e-8)).mean()
                    r.addmm_(xstar.T, back, alpha=-RATE_R / count)
                else:
                    diagonal = xstar.square().mean(0)
                    rows = r * (RATE_R * diagonal)[:, None]
                    r.addmm_(xstar.T, back, alpha=-RATE_R / count).add_(rows)
                self.mean[layer].lerp_(mean, MOMENTUM)
        return loss.detach()


def trainer_of(lines: tuple[int, ...], decorrelation: DecorrelationRule | None, device: torch.device, block: int = 0) -> Trainer:
    """A network of exact arrays, with a decorrelator in front of every layer where there is a rule for it."""
    layers: list[nn.Module] = []
    for w in weights(lines):
        layers += [
            CrossbarLinear(
                Exact(w[None].to(device), dtype=torch.float32),
                bias=Exact(torch.zeros(1, len(w), 1, device=device), dtype=torch.float32),
                decorrelator=None if decorrelation is None else Decorrelator(rotation(w.shape[1], block, device), centring="batch"),
            ),
            nn.LeakyReLU(SLOPE),
        ]
    return Trainer(
        network=nn.Sequential(*layers[:-1]),
        rule=Backpropagation(lr=RATE),
        state={},
        loss=cross_entropy,
        draws=Draws([0]),
        decorrelation=decorrelation,
    )


def rotation(lines: int, block: int, device: torch.device) -> Array:
    count, size = blocks_of(lines, block or lines)
    register = Exact(torch.eye(size, device=device).repeat(count, 1, 1), dtype=torch.float32)
    return register if count == 1 else BlockDiagonal(register, lines, 1)


def ours(lines: tuple[int, ...], rule: str, device: torch.device) -> Trainer:
    return trainer_of(lines, Scaled(lr=RATE_R, share=SHARE) if rule == "scaled" else Copi(lr=RATE_R), device)


def measured(lines: tuple[int, ...], rule: str, device: torch.device, rounds: int) -> tuple[float, np.ndarray]:
    """Milliseconds of a direct step, and ours / direct of every round."""
    g = generator(0, "batches")
    x = [torch.randn(BATCH, lines[0], generator=g).to(device) for _ in range(4)]
    label = [torch.randint(0, 10, (BATCH,), generator=g).to(device) for _ in range(4)]
    direct, trainer = Direct(lines, rule, device), ours(lines, rule, device)
    for n in range(8):
        one, two = direct.step(x[n % 4], label[n % 4]), trainer.step(x[n % 4], label[n % 4]).losses_KB.mean()
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-4)
    took = np.array(
        [
            [_time(step, device) for step in (lambda: direct.step(x[0], label[0]), lambda: trainer.step(x[0], label[0]))]
            for _ in range(rounds)
        ]
    )
    return 1e3 * float(np.median(took[:, 0])), took[:, 1] / took[:, 0]


def _time(step: Callable[[], object], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
        start = time.perf_counter()
        step()
        torch.cuda.synchronize()
        return time.perf_counter() - start
    start = time.thread_time()
    step()
    return time.thread_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--out", type=Path, default=RESULT)
    chosen = parser.parse_args()
    device = torch.device(chosen.device)
    torch.set_num_threads(1)
    threads.limit(1)
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU, one thread, processor time"
    lines = ["| network | rule for R | direct step | ours / direct, median | quartiles |", "|---|---|---|---|---|"]
    for name, sizes in NETWORKS.items():
        for rule in ("scaled", "copi"):
            direct, ratio = measured(sizes, rule, device, chosen.rounds)
            low, middle, high = np.quantile(ratio, [0.25, 0.5, 0.75])
            lines.append(f"| {name} | {rule} | {direct:.2f} ms | **{middle:.2f}** | {low:.2f} to {high:.2f} |")
            print(lines[-1], flush=True)
    setting = (
        f"torch {torch.__version__}, {where}, batch {BATCH}, float32, {chosen.rounds} rounds; `python benchmarks/decorrelated_step.py`"
    )
    text = f"# A decorrelated step on exact arrays against plain torch\n\n{setting}\n\n" + "\n".join(lines) + "\n"
    chosen.out.write_text(text)


if __name__ == "__main__":
    main()
