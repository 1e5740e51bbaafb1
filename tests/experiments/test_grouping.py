"""Which runs go together: alike but for their numbers, within memory, with work for everyone."""

import itertools
import subprocess
import sys
from typing import Any

import pytest
import torch

from experiments.arrays import HOSTS
from experiments.build import build
from experiments.cost import cost_of
from experiments.grouping import LARGEST, WHOLE, bytes_per_chip, groups, memory_for
from experiments.spec import Spec

PLENTY = 2**40


def plenty(device: str) -> int:
    return PLENTY


def spec(**sections: Any) -> Spec:
    return Spec.from_tree({"data": {"name": "teacher", "features": 4}, "network": {"hidden": [3]}, **sections})


def seeds(count: int, **sections: Any) -> list[Spec]:
    return [spec(train={"seed": seed}, **sections) for seed in range(count)]


def sizes(specs: list[Spec], workers: int, memory: int = PLENTY) -> list[int]:
    found = list(groups(specs, workers=workers, memory=lambda device: memory))
    assert sorted(one.hash for fleet in found for one in fleet) == sorted(one.hash for one in specs)
    return [len(fleet) for fleet in found]


@pytest.mark.parametrize("host", ["pulsed", "exact"])
def test_numbers_of_device_rule_and_seed_share_a_fleet(host) -> None:
    specs = [
        spec(array={"host": host}, device={"c2c": c2c, "d2d": d2d}, rule={"lr": lr}, decorrelation={"lr": lr / 2}, train={"seed": seed})
        for c2c, d2d, lr, seed in itertools.product((0.0, 2.0), (0.0, 1.0), (0.1,), (0, 1))
    ]
    (fleet,) = groups(specs, workers=1, memory=plenty)
    assert list(fleet) == specs
    assert len(build(fleet, 4, 10).specs) == 8


@pytest.mark.parametrize(
    "change",
    [
        {"rule": {"name": "bp"}},
        {"network": {"hidden": [4]}},
        {"write": {"scheme": "direct"}},
        {"device": {"read": 2.0}},
        {"data": {"name": "teacher", "features": 5}},
        {"train": {"epochs": 3}},
    ],
)
def test_anything_else_divides(change) -> None:
    assert sorted(sizes([*seeds(2), spec(**change)], workers=1)) == [1, 2]


def test_hosted_runs_stay_alone() -> None:
    assert sizes(seeds(5, array={"host": "hosted"}), workers=2) == [1] * 5


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("runs", [1, 2, 5, 7, 16, 17, 61, 300])
def test_everyone_has_work(runs, workers) -> None:
    found = sizes(seeds(runs), workers)
    assert len(found) >= min(runs, workers)
    assert max(found) - min(found) <= 1
    assert max(found) <= max(WHOLE, min(LARGEST, runs // (4 * workers)))


def test_every_worker_has_work_when_runs_are_of_several_kinds() -> None:
    specs = [*seeds(6, rule={"name": "bp"}), *seeds(1, rule={"name": "fa"})]
    assert len(sizes(specs, workers=4)) >= 4


def test_a_fleet_fits_into_memory() -> None:
    specs = seeds(12)
    one = bytes_per_chip(specs[0])
    assert sizes(specs, 1, memory=3 * one) == [3] * 4
    assert sizes(specs, 1, memory=one // 2) == [1] * 12  # at least one chip: without it there is no result


def test_a_fleet_fits_into_the_memory_of_its_device(monkeypatch) -> None:
    there = [*seeds(12, array={"host": "exact", "device": "cuda"}), *seeds(12, array={"host": "exact"})]
    one = bytes_per_chip(there[0])
    assert bytes_per_chip(there[-1]) == one == 2 * bytes_per_chip(spec(array={"host": "exact", "dtype": "float32"}))
    found = list(groups(there, workers=1, memory=lambda device: {"cpu": 6, "cuda": 4}[device] * one))
    assert sorted((fleet[0].array.device, len(fleet)) for fleet in found) == [*[("cpu", 6)] * 2, *[("cuda", 4)] * 3]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (80 * one, 100 * one))
    assert memory_for(4, "cuda") == 10 * one != memory_for(4)


def test_large_arrays_go_first() -> None:
    small, large = seeds(2), seeds(2, network={"hidden": [30]})
    assert [list(fleet) for fleet in groups([*small, *large], workers=1, memory=plenty)] == [large, small]


def test_memory_is_shared_among_workers() -> None:
    assert memory_for(4) == pytest.approx(memory_for(1) / 4, abs=1)


MEASURE = """
import torch
from pathlib import Path
from experiments.run import run
from experiments.spec import Spec
torch.set_num_threads(1)
def peak(chips):
    run([Spec.from_tree({**SECTIONS, "train": {"epochs": 1, "seed": seed}}) for seed in range(chips)])
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts anew from here
    return 1024 * int(status.split("VmHWM:")[1].split()[0])
peak(1)
one = peak(1)
print((peak(9) - one) // 8)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's account of a process")
def test_the_estimate_bounds_what_a_chip_takes() -> None:
    """Peak resident memory of 9 chips against 1, in a process of its own. The bound is an upper one, and not a tenfold one.

    Exact arrays: what compiling leaves behind in other runs would hide what chips take.
    """
    sections = {
        "data": {"name": "teacher", "features": 256, "train_samples": 128, "test_samples": 64},
        "network": {"hidden": [128]},
        "array": {"host": "exact"},
    }
    code = MEASURE.replace("SECTIONS", repr(sections))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    estimate = bytes_per_chip(spec(**sections))
    assert estimate / 10 < int(done.stdout) < estimate, (done.stdout, estimate)


@pytest.mark.parametrize("host", HOSTS)
def test_every_host_can_be_forecast_and_grouped(host: str) -> None:
    device = {"switching": {"domains": 30, "selection": "V/2"}} if host == "domains" else {}
    spec = Spec.from_tree({"array": {"host": host}, "device": device})
    assert cost_of(spec) > 0
    assert bytes_per_chip(spec) > 0
    fleets = list(groups([spec, Spec.from_tree({**spec.tree(), "train": {"seed": 5}})], workers=1, memory=plenty))
    assert len(fleets) == (2 if host == "hosted" else 1)
