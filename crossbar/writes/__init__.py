"""Write schemes, one file each: how a wanted change becomes pulses. The folder is the registry.

A file defines ``scheme(array, around, **options) -> Array``, which wraps an array and is one; ``around`` says what it may use
beside that array (``crossbar.surroundings``).
"""

from device_models.folder import Folder

FOLDER = Folder("crossbar.writes", "write scheme")
