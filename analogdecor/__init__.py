"""Networks of crossbar layers, learning rules, decorrelation, training. Imports only crossbar and device_models.

Rules are in ``analogdecor.rules`` and ``analogdecor.decorrelation``, one file each.
"""

from analogdecor.checkpoint import load_training_state, training_state
from analogdecor.conv import CrossbarConv2d
from analogdecor.convert import convert
from analogdecor.decorrelator import Decorrelator
from analogdecor.draws import Draws
from analogdecor.initial import kaiming_uniform
from analogdecor.linear import CrossbarLinear, crossbar_layers
from analogdecor.losses import cross_entropy, squared_error
from analogdecor.training import Score, Trainer, evaluate

__all__ = [
    "CrossbarConv2d",
    "CrossbarLinear",
    "Decorrelator",
    "Draws",
    "Score",
    "Trainer",
    "convert",
    "cross_entropy",
    "crossbar_layers",
    "evaluate",
    "kaiming_uniform",
    "load_training_state",
    "squared_error",
    "training_state",
]
