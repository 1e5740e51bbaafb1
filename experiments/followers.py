"""Keys that go in step with an axis, as coordinates along it: not dimensions, but labels that xarray shows and selects by."""

import h5py

from experiments.results import dimension, put_labels
from experiments.zips import Zips

ATTRIBUTE = "coordinates"
"""Of the file: names of the coordinates that are no dimensions, as the CF conventions write them (section 5)."""


def put_followers(file: h5py.File, zips: Zips) -> None:
    """Write them into a results file whose axes are there."""
    for axis, followers in zips.items():
        for key, values in followers.items():
            put_labels(file, key, values).dims[0].attach_scale(file[dimension(axis)])
    names = [dimension(key) for followers in zips.values() for key in followers]
    if names:
        file.attrs[ATTRIBUTE] = " ".join(names)
