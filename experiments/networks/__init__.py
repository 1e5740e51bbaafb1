"""Networks, one file each: the folder is the registry.

A file defines ``plan(sample, classes, *, activation, options...) -> experiments.plan.Plan``: the layers of a network in order, from the
shape of one sample and the number of classes. ``experiments.build`` puts arrays, biases, decorrelators and normalisation into it.
"""

from device_models.folder import Folder

FOLDER = Folder("experiments.networks", "network")
