"""gradient: how far a rule's update points along backpropagation's on the same samples."""

from torch import Tensor

from analogdecor.draws import Draws
from analogdecor.measures import alignment
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.training import for_chips
from experiments.probes import Situation

CATALOGUE = {"gradient_alignment": ("1", "cosine of the rule's update of all weights with backpropagation's, on 256 training samples")}


def measure(situation: Situation) -> dict[str, Tensor]:
    """cos(dW of the rule, dW of bp) over all weights and biases, both from one batch of the probe's samples in training mode."""
    network, chips = situation.network, len(situation.seeds)
    x_N, label_N = (for_chips(part, chips) for part in (situation.samples.inputs, situation.samples.labels))
    batch, draws = Batch(x_N, label_N, situation.loss, chips), Draws(situation.seeds, "probe", "gradient")
    network.train()
    own = situation.rule.propose(situation.state, network, batch, draws).updates
    bp = Backpropagation(lr=1.0).propose({}, network, batch, draws).updates
    return {"gradient_alignment": alignment([update._replace(lr=1.0) for update in own], bp)}
