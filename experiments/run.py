"""One fleet from specs to records.

Shapes: K chips, N samples.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

import torch
from torch import Tensor

from analogdecor.draws import Draws
from analogdecor.losses import LOSSES
from analogdecor.measures import correlations
from analogdecor.training import Score, Trainer, evaluate
from crossbar.hosted import SEEDING, reseed
from crossbar.seeds import derive
from experiments import probes, provenance
from experiments.build import Fleet, build
from experiments.cells import cell_of
from experiments.meter import Meter, place_in_fleet
from experiments.probes import Situation
from experiments.record import Record, Status, Variable
from experiments.shelf import AfterTraining
from experiments.snapshots import Snapshots
from experiments.spec import Spec
from experiments.spending import Spending
from experiments.splits import Part, Splits, load

PROBE = 256
"""Training samples that the correlation of the layers' inputs is measured on."""

OnEpoch = Callable[[int, Mapping[str, Tensor]], None]
"""Called after every epoch with its number and what was measured [K]."""


def run(specs: Sequence[Spec], on_epoch: OnEpoch | None = None) -> list[Record]:
    """Run one fleet; one record per spec.

    Args:
        specs: differ in vectorisable keys only.
        on_epoch: is shown what was measured.

    Raises:
        ValueError: data are missing, or the parts of the spec do not fit together.
    """
    fleet, splits = prepare(specs)
    return train(fleet, splits, on_epoch)


def prepare(specs: Sequence[Spec]) -> tuple[Fleet, Splits]:
    """Data and chips of a fleet, before anything is learnt. What is wrong with a request shows here.

    Raises:
        ValueError: data are missing, or the parts of the spec do not fit together.
    """
    splits = load(specs[0].data)
    fleet = build(specs, splits.sample, splits.classes)
    reseed(derive(specs[0].train.seed, "pulse trains"))  # aihwkit's tiles share libc's rand(), which building one restarts from the clock
    return fleet, splits.to(fleet.device)


def train(fleet: Fleet, splits: Splits, on_epoch: OnEpoch | None = None) -> list[Record]:
    """Train a fleet and record it."""
    started = provenance.now()
    trainer = Trainer(
        network=fleet.network,
        rule=fleet.rule,
        state=fleet.state,
        decorrelation=fleet.decorrelation,
        loss=LOSSES[fleet.specs[0].train.loss],
        draws=Draws(fleet.seeds, "perturbation"),
        augment=_augmentation(fleet, splits),
        clock=None if (clock := fleet.specs[0].ageing.clock) is None else clock.made(),
    )
    snapshots = Snapshots(fleet.analog, fleet.specs[0].train.snapshots, probe=fleet.specs[0].array.host == "pulsed")
    order = Draws(fleet.seeds, "data order")
    meter = _epochs(fleet, trainer, splits, snapshots, order, on_epoch)
    shelved = _after_training(fleet, trainer, splits, order).measure()
    origin = {**origin_of(fleet, splits), "start_utc": started, "end_utc": provenance.now()}
    return [
        _record(fleet, {**meter.variables(chip), **snapshots.variables(chip), **shelved[chip]}, chip, bool(trainer.alive_K[chip]), origin)
        for chip in range(len(fleet.specs))
    ]


def _augmentation(fleet: Fleet, splits: Splits) -> Callable[[Tensor], Tensor] | None:
    draws = Draws(fleet.seeds, "augmentation")
    return (lambda x_N: splits.window.random(x_N, draws)) if splits.window.moves else None


def _after_training(fleet: Fleet, trainer: Trainer, splits: Splits, order: Draws) -> AfterTraining:
    batch_size = fleet.specs[0].train.batch_size
    return AfterTraining(
        fleet=fleet,
        trainer=trainer,
        learn=lambda: trainer.epoch(*_of(splits.train), order.permutation(len(splits.train)), batch_size),
        order=order,
        judge=lambda: evaluate(fleet.network, *_of(splits.test), trainer.loss),
    )


def _epochs(fleet: Fleet, trainer: Trainer, splits: Splits, snapshots: Snapshots, order: Draws, on_epoch: OnEpoch | None) -> Meter:
    settings = fleet.specs[0].train
    meter, costs = Meter(len(fleet.specs)), Spending(fleet, trainer.state)
    for epoch in range(settings.epochs + 1):
        if epoch == 0:
            score = evaluate(fleet.network, *_of(splits.seen(splits.train)), trainer.loss)
        else:
            with costs:
                score = trainer.epoch(*_of(splits.train), order.permutation(len(splits.train)), settings.batch_size)
        judged = _judged(fleet, trainer, splits, score)
        clock = {"chip_time": torch.tensor(trainer.seconds, dtype=torch.float64)}
        measured = {**judged, **_of_the_living({**costs.so_far(), **clock}, trainer.alive_K.cpu())}
        meter.add(measured)
        snapshots.epoch(last=epoch == settings.epochs)
        if on_epoch is not None:
            on_epoch(epoch, measured)
    return meter


def _of(part: Part) -> tuple[Tensor, Tensor]:
    return part.inputs, part.labels


def _judged(fleet: Fleet, trainer: Trainer, splits: Splits, training: Score) -> dict[str, Tensor]:
    """Losses, accuracies and correlations of an epoch; nan for a chip that has diverged."""
    scores = {"train": training, "test": evaluate(fleet.network, *_of(splits.test), trainer.loss)}
    if len(splits.validation):
        scores["validation"] = evaluate(fleet.network, *_of(splits.validation), trainer.loss)
    judged = {f"{name}_{kind}": value for name, s in scores.items() for kind, value in (("loss", s.loss_K), ("accuracy", s.accuracy_K))}
    seen = splits.seen(splits.train)
    probed = Part(seen.inputs[:PROBE], seen.labels[:PROBE])
    by_layer = correlations(fleet.network, probed.inputs)
    judged["decorrelation_loss"] = reduce(torch.add, by_layer.values()) / len(by_layer)
    judged |= {f"correlation_{name}": value_K for name, value_K in by_layer.items()}
    for probe in fleet.specs[0].train.probes:
        judged |= probes.FOLDER.load(probe).measure(
            Situation(fleet.network, trainer.rule, trainer.state, trainer.loss, fleet.seeds, probed)
        )
    finite_K = trainer.alive_K & torch.isfinite(judged["train_loss"]) & torch.isfinite(judged["test_loss"])
    trainer.alive_K = finite_K
    return {name: torch.where(finite_K, value_K.double(), torch.nan).cpu() for name, value_K in judged.items()}


def _of_the_living(costs: Mapping[str, Tensor], alive_K: Tensor) -> dict[str, Tensor]:
    """Costs [K], nan for a chip that has diverged: how long it is still driven depends on the others of its fleet."""
    return {name: torch.where(alive_K, cost_K, torch.nan) for name, cost_K in costs.items()}


def origin_of(fleet: Fleet, splits: Splits) -> dict[str, str]:
    """Everything about where the numbers come from that is known before the start."""
    spec = fleet.specs[0]
    data = {f"data_{name}": text for name, text in splits.provenance.items()}
    own = spec.decorrelation.device
    second = {f"decorrelator_{name}": text for name, text in provenance.cell_source(cell_of(own)).items()} if own else {}
    return {**provenance.environment(), **provenance.cell_source(cell_of(spec.device)), **second, **data, **seeding(spec.array.host)}


def seeding(host: str) -> dict[str, str]:
    """What follows train.seed and what does not."""
    streams = (
        "initial weights, data order, augmentation, perturbations, feedback and device draws follow train.seed, each on a stream of its own"
    )
    notes = {f"seeding_{name.replace(' ', '_')}": text for name, text in SEEDING.items()} if host == "hosted" else {}
    return {"seeding": streams, **notes}


def _record(fleet: Fleet, measured: Mapping[str, Variable], chip: int, alive: bool, origin: Mapping[str, str]) -> Record:
    spec = fleet.specs[chip]
    status: Status = "ok" if alive else "diverged"
    seed = {"seed": str(spec.train.seed)}
    variables = {**measured, **place_in_fleet(chip, len(fleet.specs))}
    return Record(spec=spec.json(), spec_hash=spec.hash, status=status, variables=variables, attributes={**origin, **seed})


def failed(spec: Spec, error: BaseException, started: str) -> Record:
    """The record of a run that an exception ended."""
    text = "".join(traceback.format_exception(error))
    attributes = {**provenance.environment(), "seed": str(spec.train.seed), "start_utc": started, "end_utc": provenance.now()}
    return Record(spec=spec.json(), spec_hash=spec.hash, status="failed", message=text, attributes=attributes)
