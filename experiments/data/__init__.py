"""Data sets, one file each: the folder is the registry.

A file defines ``load(*, options...) -> experiments.splits.Parts``: the training and the test part as the data set's publisher divides it.
What a spec asks for beyond that (sizes, a validation part, centring) is cut by ``experiments.splits`` and is the same for all data sets.
"""

from device_models.folder import Folder

FOLDER = Folder("experiments.data", "data set")
