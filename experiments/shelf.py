"""After training: what time, further write cycles and further learning make of the chips.

Shapes: K chips.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from analogdecor.checkpoint import load_training_state, training_state
from analogdecor.clock import let_pass
from analogdecor.draws import Draws
from analogdecor.training import Score, Trainer
from crossbar.aged import aged_arrays
from experiments.build import Fleet
from experiments.record import Variable

_UNITS = {"shelf_time": "s", "wear_cycles": "1", "healing_epoch": "1"}
_PLACES = {
    "shelf_time": "time on the shelf since the end of training",
    "wear_cycles": "write cycles of every cell since the end of training",
    "healing_epoch": "epochs of further learning; 0 is before the first",
}
_LONG_NAMES = {
    "shelf_accuracy": "test accuracy after a time on the shelf",
    "shelf_loss": "test loss after a time on the shelf",
    "healing_accuracy": "test accuracy of a chip that learns on after its time on the shelf",
    "healing_pulses_per_cell": "pulses per cell of that further learning",
    "unaged_accuracy": "test accuracy of the same chip that learns on at once, without time on the shelf",
    "wear_accuracy": "test accuracy after further write cycles of every cell",
    "wear_broken": "share of broken cells after further write cycles of every cell",
}


@dataclass(kw_only=True)
class AfterTraining:
    """Ages trained chips and lets them learn on; they are as they were when it ends.

    Attributes:
        fleet: the chips.
        trainer: what has trained them.
        learn: one epoch of further learning, in the next order of the samples.
        order: the streams of those orders.
        judge: tests them.
    """

    fleet: Fleet
    trainer: Trainer
    learn: Callable[[], object]
    order: Draws
    judge: Callable[[], Score]

    def measure(self) -> list[dict[str, Variable]]:
        """What the [shelf] section asks for, for every chip; nothing where it asks for nothing."""
        section = self.fleet.specs[0].shelf
        if not (section.times or section.cycles or section.heal_epochs):
            return [{} for _ in self.fleet.specs]
        kept = training_state(self.trainer), self.order.state()
        found: dict[str, tuple[str, list[Tensor]]] = {}
        places: dict[str, Sequence[float]] = {}
        if section.times:
            places["shelf_time"] = section.times
            found |= self._shelf(section.times)
        if section.heal_epochs:
            if section.heal_after is not None:
                self._restore(*kept)
                let_pass(self.trainer.network, self.trainer.state, section.heal_after)
            places["healing_epoch"] = range(section.heal_epochs + 1)
            found |= self._learn_on("healing", section.heal_epochs)
            self._restore(*kept)
            unaged = self._learn_on("unaged", section.heal_epochs)
            found["unaged_accuracy"] = unaged["unaged_accuracy"]
        if section.cycles:
            self._restore(*kept)
            places["wear_cycles"] = section.cycles
            found |= self._wear(section.cycles)
        self._restore(*kept)
        return [self._variables(found, places, chip) for chip in range(len(self.fleet.specs))]

    def _restore(self, state: dict[str, Tensor], order: Tensor) -> None:
        load_training_state(self.trainer, state)
        self.order.load_state(order)

    def _shelf(self, times: Sequence[float]) -> dict[str, tuple[str, list[Tensor]]]:
        losses, accuracies, shown = [], [], 0.0
        for time in times:
            let_pass(self.trainer.network, self.trainer.state, time - shown)
            shown = time
            loss_K, accuracy_K = self.judge()
            losses.append(loss_K.cpu())
            accuracies.append(accuracy_K.cpu())
        return {"shelf_accuracy": ("shelf_time", accuracies), "shelf_loss": ("shelf_time", losses)}

    def _learn_on(self, name: str, epochs: int) -> dict[str, tuple[str, list[Tensor]]]:
        start_K = self._pulses_per_cell()
        accuracies, pulses = [self.judge().accuracy_K.cpu()], [start_K - start_K]
        for _ in range(epochs):
            self.learn()
            accuracies.append(self.judge().accuracy_K.cpu())
            pulses.append(self._pulses_per_cell() - start_K)
        return {f"{name}_accuracy": ("healing_epoch", accuracies), f"{name}_pulses_per_cell": ("healing_epoch", pulses)}

    def _pulses_per_cell(self) -> Tensor:
        arrays = [one.array for one in self.fleet.analog.values()]
        pulses_K = torch.stack([array.ledger().pulses_K() for array in arrays]).sum(0)
        return pulses_K / sum(array.shape[0] * array.shape[1] for array in arrays)

    def _wear(self, cycles: Sequence[float]) -> dict[str, tuple[str, list[Tensor]]]:
        aged = [part for one in self.fleet.analog.values() for part in aged_arrays(one.array)]
        chips = len(self.fleet.specs)  # a block-diagonal array has a chip of its own for every block
        cells = sum(part.chips // chips * part.shape[0] * part.shape[1] for part in aged)
        accuracies, broken, done = [], [], 0.0
        for count in cycles:
            for part in aged:
                part.wear(count - done)
            done = count
            accuracies.append(self.judge().accuracy_K.cpu())
            lost = [part.broken().reshape(chips, -1).sum(1).double().cpu() for part in aged]
            broken.append(torch.stack(lost).sum(0) / cells if lost else torch.zeros_like(accuracies[-1]))
        return {"wear_accuracy": ("wear_cycles", accuracies), "wear_broken": ("wear_cycles", broken)}

    def _variables(self, found: dict[str, tuple[str, list[Tensor]]], places: dict[str, Sequence[float]], chip: int) -> dict[str, Variable]:
        alive = bool(self.trainer.alive_K[chip])
        labels = {n: Variable(np.array(list(v), dtype=float), _UNITS[n], _PLACES[n], (n,)) for n, v in places.items()}
        measured = {}
        for name, (dim, rows) in found.items():
            values = torch.stack([row_K[chip].double() for row_K in rows]).numpy()
            measured[name] = Variable(values if alive else np.full_like(values, np.nan), "1", _LONG_NAMES[name], (dim,))
        return {**labels, **measured}
