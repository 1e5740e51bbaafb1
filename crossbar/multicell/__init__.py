"""How many cells hold a weight, and how, one file each: the folder is the registry.

A file defines ``weight(array, around, **options) -> Array``: an array of weights made of the given array of cells and of further ones that
``around`` makes. Write schemes go around it.
"""

from device_models.folder import Folder

FOLDER = Folder("crossbar.multicell", "kind of weight")
