"""Learning rules, one file each: the folder is the registry. A file defines ``RULE``, a frozen dataclass (see ``analogdecor.rule``)."""

from device_models.folder import Folder

FOLDER = Folder("analogdecor.rules", "rule")
