"""Optimizers of weights, one file each: what the digital side makes of a batch's outer products. The folder is the registry.

A file defines ``optimizer(array, **options) -> Array``. All but ``sgd`` assume digital hardware, see ``crossbar.digital``.
"""

from device_models.folder import Folder

FOLDER = Folder("crossbar.optimizers", "optimizer")
