"""From specs to a fleet: K chips that differ in nothing but numbers of the cells and the rule, and in their seeds."""

import dataclasses
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from analogdecor.conv import CrossbarConv2d
from analogdecor.decorrelating import DecorrelationRule
from analogdecor.decorrelator import Decorrelator
from analogdecor.initial import kaiming_uniform
from analogdecor.linear import CrossbarLinear
from analogdecor.normalisation import ChipBatchNorm
from analogdecor.rule import Rule, RuleState
from crossbar.array import Array
from crossbar.block_diagonal import BlockDiagonal, blocks_of
from crossbar.exact import Exact
from crossbar.low_rank import LowRank, orthonormal
from experiments.arrays import (
    Analog,
    decorrelator_array,
    decorrelator_site,
    feedback_array,
    feedback_site,
    low_rank_decorrelator,
    optimized,
    weight_array,
    weight_site,
)
from experiments.factories import NETWORKS
from experiments.options import given
from experiments.plan import Layer, Plain, Plan
from experiments.sections import Network
from experiments.spec import Spec, Tree, decorrelation_rule_of, rule_of

_CELL = ("c2c", "d2d", "read", "response")
VECTORISABLE = (
    "train.seed",
    "rule.lr",
    "rule.sigma",
    "decorrelation.lr",
    *(f"device.{name}" for name in _CELL),
    *(f"decorrelation.device.{name}" for name in _CELL),
)
"""What the chips of one fleet may differ in; of a response its numbers."""


INITIAL = {"he": 1.0, "torch": 6.0**-0.5}
"""Standard deviation of the initial weights over that of He's, sqrt(2 / I)."""


@dataclass(frozen=True)
class Fleet:
    """K chips, ready to learn.

    Attributes:
        specs: one per chip.
        network: crossbar layers, and plain torch modules between them.
        rule: the learning rule, with one rate per chip.
        state: what the rule remembers: its feedback arrays, where it has any.
        decorrelation: the decorrelation rule, or None.
        analog: the arrays on cells by name; digital registers are not among them.
    """

    specs: tuple[Spec, ...]
    network: nn.Module
    rule: Rule
    state: RuleState
    decorrelation: DecorrelationRule | None
    analog: Mapping[str, Analog]

    @property
    def device(self) -> torch.device:
        """Where the chips learn."""
        return next(iter(self.analog.values())).array.device

    @property
    def seeds(self) -> tuple[int, ...]:
        """train.seed of every chip."""
        return tuple(spec.train.seed for spec in self.specs)


def build(specs: Sequence[Spec], sample: int | Sequence[int], classes: int) -> Fleet:
    """A fleet of one chip per spec.

    Initial weights, device draw, feedback, perturbations and data order each follow a chip's train.seed on a stream of their own, so that
    runs that differ in their rule alone start from the same chip.

    Args:
        specs: at least one; they differ in ``VECTORISABLE`` keys only.
        sample: shape of one sample, or its number of features.
        classes: output lines of the last layer.

    Raises:
        ValueError: the specs differ in something else, or network and samples, or cell, write scheme and host do not fit together.
    """
    _check_alike(specs)
    analog: dict[str, Analog] = {}
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for step in plan_of(specs[0], sample, classes):
        if isinstance(step, Plain):
            modules[step.name] = step.make()
            continue
        modules[step.name] = _layer(specs, step, analog)
        if specs[0].network.norm == "batch" and not step.last:
            modules[f"norm_{step.name}"] = ChipBatchNorm(len(specs), step.outputs)
    device = next(iter(analog.values())).array.device
    rule = _per_chip([rule_of(spec) for spec in specs], device)
    decorrelation = None if decorrelation_rule_of(specs[0]) is None else _per_chip([decorrelation_rule_of(spec) for spec in specs], device)
    network = nn.Sequential(modules).to(device)
    return Fleet(tuple(specs), network, rule, _state(specs, rule, network, analog), decorrelation, analog)


def _state(specs: Sequence[Spec], rule: Rule, network: nn.Module, analog: dict[str, Analog]) -> RuleState:
    """What the rule remembers; its feedback on cells where [feedback] says so."""
    drawn, section = rule.init(network, [spec.train.seed for spec in specs]), specs[0].feedback
    if section.on == "digital":
        return drawn
    held = {name: feedback_array(feedback_site(specs, name), array.weights(), section) for name, array in drawn.items()}
    analog |= {f"{name} feedback": one for name, one in held.items()}
    return {name: one.array for name, one in held.items()}


def plan_of(spec: Spec, sample: int | Sequence[int], classes: int) -> Plan:
    """The layers of a spec's network.

    Raises:
        ValueError: network and samples do not fit together.
    """
    section, shape = spec.network, (sample,) if isinstance(sample, int) else tuple(sample)
    return NETWORKS.load(section.layers).plan(shape, classes, activation=section.activation, **given(section, Network))


def _check_alike(specs: Sequence[Spec]) -> None:
    if len({json.dumps(shared(spec), sort_keys=True) for spec in specs}) != 1:
        raise ValueError(f"chips of one fleet may differ in {', '.join(VECTORISABLE)} only, and these {len(specs)} differ in more")


def shared(spec: Spec, *, but: Sequence[str] = VECTORISABLE) -> Tree:
    """What chips have in common that differ in some keys only."""
    tree = spec.tree()
    for *path, name in (key.split(".") for key in but):
        table = tree
        for part in path:
            table = table[part] or {}  # a decorrelator without a cell of its own
        found = table.pop(name, None)
        if isinstance(found, dict):
            table[name] = {field: value for field, value in found.items() if not _is_number(value)}
    return tree


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _layer(specs: Sequence[Spec], layer: Layer, analog: dict[str, Analog]) -> nn.Module:
    seeds = [spec.train.seed for spec in specs]
    initial_KOI = kaiming_uniform(seeds, (layer.outputs, layer.inputs), layer.name) * INITIAL[specs[0].network.initial]
    weight = weight_array(weight_site(specs, layer.name), initial_KOI)
    analog[layer.name] = weight
    bias = optimized(_zeros(weight, layer.outputs), specs[0].optimizer) if specs[0].network.bias else None
    linear = CrossbarLinear(weight.array, bias=bias, decorrelator=_decorrelator(specs, layer.name, layer.inputs, analog))
    if layer.kernel is None:
        return linear
    return CrossbarConv2d(linear, kernel=layer.kernel.size, stride=layer.kernel.stride, padding=layer.kernel.padding)


def _zeros(weight: Analog, outputs: int) -> Exact:
    dtype = weight.array.dtype
    return Exact(torch.zeros(weight.array.chips, outputs, 1, dtype=dtype, device=weight.array.device), dtype=dtype)


def _decorrelator(specs: Sequence[Spec], name: str, lines: int, analog: dict[str, Analog]) -> Decorrelator | None:
    rule, section = decorrelation_rule_of(specs[0]), specs[0].decorrelation
    if rule is None:
        return None
    array: Array
    if section.on == "digital":
        array = _register(specs, name, lines, analog[name].array)
    elif section.rank:
        array, factors = low_rank_decorrelator(decorrelator_site(specs, name), lines, section.rank, section.range)
        analog |= factors
    else:
        held = decorrelator_array(decorrelator_site(specs, name), lines, section.range, full=section.full, block=section.block)
        analog[f"{name} decorrelator"] = held
        array = held.array
    return Decorrelator(
        array,
        form=rule.form,
        centring=section.centring,
        momentum=section.momentum,
        iterations=section.iterations,
        damping=section.damping,
    )


def _register(specs: Sequence[Spec], name: str, lines: int, weight: Array) -> Array:
    """R = 1 in digital registers of the weights' format: whole, in blocks, or as two factors."""
    section, chips = specs[0].decorrelation, len(specs)
    if section.rank:
        down_KrI = orthonormal([spec.train.seed for spec in specs], lines, min(section.rank, lines), name, "decorrelator")
        down_KrI = down_KrI.to(weight.device)
        return LowRank(Exact(torch.zeros_like(down_KrI.mT), dtype=weight.dtype), Exact(down_KrI, dtype=weight.dtype))
    count, size = blocks_of(lines, section.block or lines)
    register = Exact(torch.eye(size, dtype=weight.dtype, device=weight.device).repeat(count * chips, 1, 1), dtype=weight.dtype)
    return register if count == 1 else BlockDiagonal(register, lines, chips)


def _per_chip(rules: Sequence[Any], device: torch.device) -> Any:
    """The first rule with the numbers of all [K]: learning rates, and the sizes of perturbations where it has them."""
    names = {field.name for field in dataclasses.fields(rules[0])} & {"lr", "sigma"}
    return dataclasses.replace(rules[0], **{name: _column([getattr(rule, name) for rule in rules], device) for name in names})


def _column(values: Sequence[float], device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device=device)
