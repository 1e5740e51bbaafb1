"""The training loop: collect every proposal of a step, then write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from analogdecor import passes
from analogdecor.clock import Clock, let_pass, reads
from analogdecor.decorrelating import DecorrelationProposal, DecorrelationRule
from analogdecor.decorrelator import Decorrelator
from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import Loss, accuracy
from analogdecor.passes import Visit
from analogdecor.rule import Batch, Proposal, Rule, RuleState
from analogdecor.update import Rows, Update, apply
from crossbar.numbers import finite


class Score(NamedTuple):
    """Mean loss and accuracy of each chip.

    Attributes:
        loss_K: mean loss [nats for cross-entropy].
        accuracy_K: share of samples classified correctly [1].
    """

    loss_K: Tensor
    accuracy_K: Tensor


@dataclass(kw_only=True)
class Trainer:
    """Everything that trains one fleet.

    A chip whose loss or proposal is not finite has diverged: it is written no more, the others go on.

    Attributes:
        network: any module with crossbar layers of K chips.
        rule: proposes for weights and biases.
        state: what ``rule.init`` returned.
        loss: one loss per sample.
        draws: the perturbations' streams, one per chip.
        decorrelation: proposes for the decorrelators, or None.
        augment: what ``epoch`` makes of a batch's inputs [K*B, ...] before they arrive, or None.
        clock: how long a step takes; after it, that time passes for all arrays. None: no time passes.
        steps: steps taken so far.
        seconds: what the clock shows [s].
        alive_K: chips that have not diverged [K], bool.

    Raises:
        ValueError: a layer has another number of chips than the draws, or a decorrelator another form than its rule trains.
    """

    network: nn.Module
    rule: Rule
    state: RuleState
    loss: Loss
    draws: Draws
    decorrelation: DecorrelationRule | None = None
    augment: Callable[[Tensor], Tensor] | None = None
    clock: Clock | None = None
    steps: int = 0
    seconds: float = 0.0
    alive_K: Tensor = field(init=False)

    def __post_init__(self) -> None:
        layers = crossbar_layers(self.network)
        self.alive_K = torch.ones(self.draws.chips, dtype=torch.bool, device=next(iter(layers.values())).weight.device)
        for name, layer in layers.items():
            if layer.chips != self.draws.chips:
                raise ValueError(f"layer {name!r} has {layer.chips} chips, the draws are for {self.draws.chips}")
            if self.decorrelation is not None and layer.decorrelator is not None:
                _check_form(name, layer.decorrelator, self.decorrelation)

    def step(self, x_N: Tensor, label_N: Tensor) -> Proposal:
        """One step on [K*B, ...] inputs: all proposals first, then all writes."""
        if not self.network.training:
            self.network.train()
        batch = Batch(x_N, label_N, self.loss, self.draws.chips)
        before = self._reads()
        proposal = self.rule.propose(self.state, self.network, batch, self.draws)
        decorrelations = self._decorrelations(proposal.trace.visits)
        updates: list[Update | Rows] = [*proposal.updates, *(update for _, _, wanted in decorrelations for update in wanted.updates)]
        parts = {(part.data_ptr(), part.shape, part.stride()): part for update in updates for part in update.parts()}  # many share one
        self.alive_K = self.alive_K & finite((proposal.losses_KB, *parts.values()), self.draws.chips)
        chosen_K = None if bool(self.alive_K.all()) else self.alive_K
        apply(updates if chosen_K is None else _only(updates, chosen_K))
        for visit, decorrelator, wanted in decorrelations:
            if wanted.gain_K is not None:
                decorrelator.set_gain(wanted.gain_K, chosen_K)
            decorrelator.track_mean(visit.x_KBI, chosen_K)
        self.steps += 1
        if self.clock is not None:
            self._pass_time(self.clock, proposal.losses_KB.shape[1], self._reads() - before, updates)
        return proposal

    def _reads(self) -> float:
        return reads(self.network, self.state) if self.clock is not None and self.clock.per_read > 0 else 0.0

    def _pass_time(self, clock: Clock, samples: int, vectors: float, updates: list[Update | Rows]) -> None:
        biases = {id(layer.bias) for layer in crossbar_layers(self.network).values()}
        taken = clock.seconds(samples, vectors, sum(id(update.array) not in biases for update in updates))
        let_pass(self.network, self.state, taken)
        self.seconds += taken

    def _decorrelations(self, visits: tuple[Visit, ...]) -> list[tuple[Visit, Decorrelator, DecorrelationProposal]]:
        rule = self.decorrelation
        due = rule if rule is not None and self.steps % rule.every == 0 else None
        decorrelations = []
        with torch.no_grad():
            for visit in visits:
                if (decorrelator := visit.layer.decorrelator) is not None:
                    wanted = DecorrelationProposal(()) if due is None else due.propose(decorrelator, visit)
                    decorrelations.append((visit, decorrelator, wanted))
        return decorrelations

    def epoch(self, x: Tensor, label: Tensor, order_KN: Tensor, batch_size: int) -> Score:
        """One pass over the data, each chip in its own order; ends early when all chips have diverged.

        Args:
            x: inputs [N, ...].
            label: labels [N].
            order_KN: a permutation of the samples for each chip.
            batch_size: B; the last batch may be smaller.

        Returns:
            Mean loss and accuracy over the epoch, as met during training.
        """
        order_KN = order_KN.to(x.device)
        loss_K = torch.zeros(self.draws.chips, dtype=torch.float64, device=self.alive_K.device)
        right_K = torch.zeros_like(loss_K)
        for chosen_N in _batches(order_KN, batch_size):
            x_N = x[chosen_N] if self.augment is None else self.augment(x[chosen_N])
            proposal = self.step(x_N, label[chosen_N])
            loss_K += proposal.losses_KB.sum(1)
            right_K += accuracy(proposal.trace.output_NC.detach(), label[chosen_N]).reshape(self.draws.chips, -1).sum(1)
            if not bool(self.alive_K.any()):
                return Score(torch.full_like(loss_K, torch.nan), torch.full_like(loss_K, torch.nan))
        samples = order_KN.shape[1]
        return Score(torch.where(self.alive_K, loss_K / samples, torch.nan), torch.where(self.alive_K, right_K / samples, torch.nan))


def _only(updates: list[Update | Rows], chosen_K: Tensor) -> list[Update | Rows]:
    """The same with nothing for the chips that are not chosen; an array may hold several blocks of a chip."""
    return [update.only(chosen_K.repeat_interleave(update.array.chips // len(chosen_K))) for update in updates]


def _check_form(name: str, decorrelator: Decorrelator, rule: DecorrelationRule) -> None:
    if decorrelator.form != rule.form:
        kind = type(rule).__name__
        raise ValueError(f"{kind} trains decorrelators of the form {rule.form!r}, that of layer {name!r} is {decorrelator.form!r}")


def _batches(order_KN: Tensor, batch_size: int) -> Iterator[Tensor]:
    for order_KB in order_KN.split(batch_size, dim=1):
        yield order_KB.reshape(-1)


def evaluate(network: nn.Module, x: Tensor, label: Tensor, loss: Loss, *, batch_size: int = 256) -> Score:
    """Loss and accuracy of every chip on the same samples [N, ...], without learning."""
    chips = next(iter(crossbar_layers(network).values())).chips
    network.eval()
    loss_K = torch.zeros(chips, dtype=torch.float64, device=x.device)
    right_K = torch.zeros_like(loss_K)
    for x_B, label_B in zip(x.split(batch_size), label.split(batch_size), strict=True):
        output_NC = passes.run(network, for_chips(x_B, chips)).output_NC
        label_N = for_chips(label_B, chips)
        loss_K += loss(output_NC, label_N).reshape(chips, -1).sum(1)
        right_K += accuracy(output_NC, label_N).reshape(chips, -1).sum(1)
    return Score(loss_K / len(x), right_K / len(x))


def for_chips(x: Tensor, chips: int) -> Tensor:
    """The same samples for every chip: [B, ...] -> [K*B, ...]."""
    return x.repeat(chips, *(1 for _ in x.shape[1:]))
