"""dfa: direct feedback alignment. The output error reaches every layer at once, through one fixed random array each."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from analogdecor import passes
from analogdecor.draws import Draws
from analogdecor.initial import kaiming_uniform
from analogdecor.linear import crossbar_layers
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, at_positions, outer_products
from crossbar.array import Rate
from crossbar.exact import Exact


@dataclass(frozen=True, kw_only=True)
class DirectFeedbackAlignment:
    """delta_l = f'(a_l) . (B_l^T e), e = dL/d output; delta of the last layer as in bp;  dW_l = -lr delta_l x*_l^T.

    B_l e enters where the next crossbar layer's input arrives, before its decorrelator, and goes back to a_l through whatever lies between
    (activation, pooling, skip connections) by torch's autograd; no array is read transposed. A layer that sees several positions of a
    sample gets B_l^T e at each of them. The network's last crossbar layer gives its outputs.
    Source: Nokland, NeurIPS 2016, arXiv 1609.01596.
    Cost per step: one forward read of each array and one read of each B. B is digital here.

    Attributes:
        lr: learning rate.
    """

    lr: Rate = 0.1

    def __post_init__(self) -> None:
        check(self)

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        layers = crossbar_layers(network)
        classes = list(layers.values())[-1].weight.shape[0]
        return {
            name: Exact(
                kaiming_uniform(seeds, (classes, layer.weight.shape[1]), "direct feedback", name, dtype=layer.weight.dtype).to(
                    layer.weight.device
                ),
                dtype=layer.weight.dtype,
            )
            for name, layer in layers.items()  # the order of the modules need not be that of the pass: the first layer may need one too
        }

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        trace = passes.run(network, batch.x_N, gradient=True, cut=True)
        losses_KB = batch.losses(trace)
        deltas = self._deltas(state, network, trace, losses_KB.mean(1).sum())
        return Proposal(outer_products(trace, deltas, self.lr), trace, losses_KB.detach())

    def _deltas(self, state: RuleState, network: nn.Module, trace: passes.Trace, total: Tensor) -> tuple[Tensor, ...]:
        (error_NC,) = torch.autograd.grad(total, trace.output_NC, retain_graph=True)
        names = {layer: name for name, layer in crossbar_layers(network).items()}
        arriving, injected = [total], [torch.ones_like(total)]
        for visit in trace.visits:
            if visit.x_KBI.requires_grad:
                back_KBI = state[names[visit.layer]].backward(error_NC.reshape(visit.layer.chips, -1, error_NC.shape[-1]))
                arriving.append(visit.x_KBI)
                injected.append(at_positions(back_KBI, visit).to(visit.x_KBI.dtype))
        return torch.autograd.grad(arriving, [visit.a_KBO for visit in trace.visits], injected)


RULE = DirectFeedbackAlignment
