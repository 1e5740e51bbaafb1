"""Technologies, one file each: what the periphery costs. The folder is the registry. A file defines ``TECHNOLOGY``."""

from device_models.folder import Folder

FOLDER = Folder("crossbar.technologies", "technology")
