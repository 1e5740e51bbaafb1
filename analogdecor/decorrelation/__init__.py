"""Decorrelation rules, one file each: the folder is the registry. A file defines ``RULE``, a frozen dataclass."""

from device_models.folder import Folder

FOLDER = Folder("analogdecor.decorrelation", "decorrelation rule")
