"""One run from the command line: a results file without axes."""

from collections.abc import Mapping
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor

from experiments import provenance
from experiments.outputs import check_output
from experiments.progress import epochs
from experiments.record import Record
from experiments.results import write_results
from experiments.run import prepare, train
from experiments.spec import Spec
from experiments.task import recorded


def run_one(spec: Spec, out: Path, *, quiet: bool = False) -> bool:
    """Run a spec and write its results file; whether it came to an end (a diverged run did).

    Raises:
        ValueError: the request is wrong; nothing has been written.
    """
    check_output(out, "spec_hash", spec.hash)
    torch.set_num_threads(1)  # as in a sweep, for the same bits; the compiled kernels use all cores by themselves
    fleet, splits = prepare([spec])
    with epochs(spec.train.epochs, quiet=quiet) as show:
        (record,) = recorded([spec], lambda _: train(fleet, splits, lambda epoch, measured_K: show(epoch, _reached(measured_K))))
    write_results(out, {}, [record], {**record.attributes, **_request(spec)})
    if not quiet:
        line = f"{record.status}{_last_line(record)}; written to {out}"
        Console(stderr=True).print(line, highlight=False, markup=False, soft_wrap=True)
    return record.status != "failed"


def _request(spec: Spec) -> dict[str, str]:
    return {"spec": spec.json(), "spec_hash": spec.hash, "command_line": provenance.command_line()}


def _last_line(record: Record) -> str:
    return f": {record.message.strip().splitlines()[-1]}" if record.message else ""


def _reached(measured_K: Mapping[str, Tensor]) -> str:
    return f"test loss {float(measured_K['test_loss'][0]):.4f}, test accuracy {100 * float(measured_K['test_accuracy'][0]):.1f} %"
