"""Write schemes, one file each: how a wanted change becomes pulses. The folder is the registry.

A file defines ``scheme(array, **options) -> Array``, which wraps an array and is one.
"""

from device_models.folder import Folder

FOLDER = Folder("crossbar.writes", "write scheme")
