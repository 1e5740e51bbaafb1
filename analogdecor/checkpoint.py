"""Everything a fleet remembers, as one flat dictionary of named tensors, and back, exactly.

Names: "LAYER.weight.S", "LAYER.bias.S", "LAYER.decorrelator.array.S" for every tensor S of an array's own state; "rule.NAME.S" for the
arrays of a rule; "LAYER.decorrelator.gain_K", "LAYER.decorrelator.mean_KI" and any other buffer or parameter as torch names them.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from analogdecor.linear import crossbar_layers
from analogdecor.rule import RuleState
from analogdecor.training import Trainer
from crossbar.array import Array


def state(network: nn.Module, rule_state: RuleState) -> dict[str, Tensor]:
    """What the network and its rule remember, as copies on the CPU.

    Args:
        network: any module with crossbar layers.
        rule_state: what ``rule.init`` returned.
    """
    tensors = {name: value.detach().to("cpu", copy=True) for name, value in network.state_dict().items()}
    for prefix, array in _arrays(network, rule_state).items():
        tensors |= {f"{prefix}.{name}": value for name, value in array.state().items()}
    return tensors


def load_state(network: nn.Module, rule_state: RuleState, tensors: Mapping[str, Tensor]) -> None:
    """Restore what ``state`` returned, into a network and a rule state of the same build.

    Raises:
        ValueError: a tensor is missing or does not belong here; nothing has been restored then.
    """
    _check_names(tensors, state(network, rule_state))
    network.load_state_dict({name: tensors[name] for name in network.state_dict()})
    for prefix, array in _arrays(network, rule_state).items():
        array.load_state({name: tensors[f"{prefix}.{name}"] for name in array.state()})


def training_state(trainer: Trainer) -> dict[str, Tensor]:
    """``state`` of a trainer's network and rule, with "training.draws", "training.steps", "training.seconds" and "training.alive_K"."""
    return {
        **state(trainer.network, trainer.state),
        "training.draws": trainer.draws.state(),
        "training.steps": torch.tensor(trainer.steps),
        "training.seconds": torch.tensor(trainer.seconds, dtype=torch.float64),
        "training.alive_K": trainer.alive_K.to("cpu", copy=True),
    }


def load_training_state(trainer: Trainer, tensors: Mapping[str, Tensor]) -> None:
    """Restore what ``training_state`` returned: the next steps are those that would have followed.

    Raises:
        ValueError: a tensor is missing or does not belong here; nothing has been restored then.
    """
    _check_names(tensors, training_state(trainer))
    own = {name: value for name, value in tensors.items() if name.startswith("training.")}
    load_state(trainer.network, trainer.state, {name: value for name, value in tensors.items() if name not in own})
    trainer.draws.load_state(own["training.draws"])
    trainer.steps = int(own["training.steps"])
    trainer.seconds = float(own["training.seconds"])
    trainer.alive_K = own["training.alive_K"].to(trainer.alive_K.device, copy=True)


def _arrays(network: nn.Module, rule_state: RuleState) -> dict[str, Array]:
    arrays = {f"rule.{name}": array for name, array in rule_state.items()}
    for name, layer in crossbar_layers(network).items():
        prefix = f"{name}." if name else ""
        arrays[f"{prefix}weight"] = layer.weight
        if layer.bias is not None:
            arrays[f"{prefix}bias"] = layer.bias
        if layer.decorrelator is not None:
            arrays[f"{prefix}decorrelator.array"] = layer.decorrelator.array
    return arrays


def _check_names(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    if found.keys() != expected.keys():
        missing, foreign = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
        raise ValueError(f"the state does not fit this network and rule: missing {missing}, not known here {foreign}")
