"""Looking at a sweep while it runs. Its shards are whole or absent, so that reading them disturbs nobody and never meets half a run.

In a notebook: ``live(Path("results.h5")).test_accuracy.isel(epoch=-1).plot()``, as often as you like.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import xarray as xr

from experiments.axes import Points, points
from experiments.checksum import DamagedError
from experiments.lock import NAME, owner_of
from experiments.manifest import read_manifest
from experiments.merge import merge
from experiments.record import Record
from experiments.shard import read_record, shard_path
from experiments.sweep import named, shards_folder
from experiments.task import last_line

Sleep = Callable[[float], None]


def live(out: Path) -> xr.Dataset:
    """What a sweep has so far, as its results file will be; runs that are not there yet have the status missing.

    Args:
        out: the results file of the sweep; it need not be there yet.

    Raises:
        ValueError: no sweep has begun.
    """
    study = read_manifest(shards_folder(out))
    with tempfile.TemporaryDirectory() as folder:
        so_far = Path(folder) / "live.h5"
        merge(so_far, study, points(study), shards_folder(out), {}, _not_told)
        return xr.load_dataset(so_far, engine="h5netcdf")


def _not_told(_: str) -> None:
    """A damaged shard is missing; the sweep itself will tell."""


def follow(out: Path, *, every: float = 1.0, sleep: Sleep = time.sleep) -> Iterator[str]:
    """A line for every run that ends, until nobody is at work.

    Args:
        out: the results file of the sweep; it need not be there yet.
        every: pause between two looks [s].
        sleep: waits.

    Raises:
        ValueError: no sweep has begun.
    """
    folder = shards_folder(out)
    found = points(read_manifest(folder))
    waiting = found.runs()
    runs = len(waiting)
    while True:
        working = _at_work(folder)  # before the shards: whoever stops after this line has written them all
        yield from _new(found, folder, waiting, runs)
        if not working:
            yield _last_line(runs - len(waiting), runs)
            return
        sleep(every)


def _last_line(ended: int, runs: int) -> str:
    if ended == runs:
        return f"all {runs} runs have ended"
    return f"nobody is at work on it: {ended} of {runs} runs have ended; the same sweep command goes on from there"


def _at_work(folder: Path) -> bool:
    owner = owner_of(folder / NAME)
    return owner is not None and not owner.dead()


def _new(found: Points, folder: Path, waiting: dict[str, int], runs: int) -> Iterator[str]:
    """Lines for the runs that have ended of those that are waited for, which leave."""
    here = {path.stem for path in folder.glob("*.h5")} & waiting.keys()
    for name in sorted(here, key=waiting.__getitem__):
        place = waiting.pop(name)
        yield f"{runs - len(waiting)}/{runs} {named(found.at(place))}: {_ending(shard_path(folder, name))}"


def _ending(path: Path) -> str:
    try:
        record = read_record(path)
    except (DamagedError, FileNotFoundError):  # a sweep that goes on may be replacing it
        return "damaged"
    return f"{record.status}{_reached(record)}" if not record.message else f"{record.status}: {last_line(record.message)}"


def _reached(record: Record) -> str:
    values: Sequence[float] = record.variables["test_accuracy"].values.tolist() if "test_accuracy" in record.variables else ()
    return f", test accuracy {100 * values[-1]:.1f} %" if values and values[-1] == values[-1] else ""
