"""Threads share work and change nothing: arrays large enough that a second thread is really used."""

import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from aihwkit.simulator.configs.devices import PowStepDevice, SoftBoundsDevice
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.kernels import threads
from crossbar.kernels.cells import Cells
from crossbar.kernels.compiling import compiled


@pytest.mark.parametrize("order", ["sequential", "batched"])
@pytest.mark.parametrize("device", [SoftBoundsDevice(), PowStepDevice()], ids=lambda device: type(device).__name__)
def test_an_update_is_the_same_on_one_two_and_three_threads(device, order, limited):
    rng = np.random.default_rng(0)
    x, d = rng.normal(size=(70, 300)).astype(np.float32), rng.normal(size=(70, 101)).astype(np.float32)
    results = []
    for count in (1, 2, 3):
        threads.limit(count)
        cells = Cells.made(device, (101, 300), 4)
        cells.update(x, d, 1e-3, UpdateParameters(), 1, order, 64)
        results.append(cells.state())
    assert results[0]["up"].sum() > 1000
    for other in results[1:]:
        for name, value in results[0].items():
            np.testing.assert_array_equal(other[name], value)


@compiled
def _mark(seen, begin, end):
    for n in range(begin, end):
        seen[n] += 1


@pytest.mark.parametrize("size", [0, 1, 2, 7, 100])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_range_is_covered_once(size, count, limited):
    threads.limit(count)
    for work in (1.0, 1e9):
        seen = np.zeros(size, np.int64)
        threads.shared(partial(_mark, seen), size, work)
        assert (seen == 1).all()


def test_two_callers_share_the_threads(limited):
    """As two sweeps in one process would: each sees its own work done."""
    threads.limit(2)

    def work(seed: int) -> list[int]:
        found = []
        for n in range(200):
            seen = np.zeros(50 + (seed + n) % 7, np.int64)
            threads.shared(partial(_mark, seen), len(seen), 1e9)
            found.append(int(seen.sum()) - len(seen))
        return found

    with ThreadPoolExecutor(4) as pool:
        assert not any(any(found) for found in pool.map(work, range(4)))


def test_torch_keeps_its_threads():
    program = """
import numpy as np, torch
from functools import partial
from crossbar.kernels import moments, threads
before = torch.get_num_threads()
threads.limit(2)
threads.shared(partial(moments._moment, np.ones((4, 8, 8), np.float32), False, *np.zeros((2, 4, 8), np.float32)), 4, 1e9)
assert torch.get_num_threads() == before
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_many_threads_are_not_woken_for_little_work():
    program = """
import numba, numpy as np
from functools import partial
from crossbar.kernels import moments, threads
for work in (0.0, 6e4, 8e4, 1e9):
    x, out = np.ones((8, 8, 8), np.float32), np.zeros((2, 8, 8), np.float32)
    threads.shared(partial(moments._moment, x, False, *out), 8, work)
    assert (out[1] == 1).all()
    assert numba.get_num_threads() == 4  # as whoever uses numba beside us left it
"""
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "NUMBA_NUM_THREADS": "4"})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_works_alone(limited):
    """Threads do not survive a fork, and OpenMP would end a process that asked for them."""
    threads.limit(2)
    seen = np.zeros(10, np.int64)
    threads.shared(partial(_mark, seen), 10, 1e9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking where there are threads, which is the point
        child = os.fork()
    if child == 0:
        threads.shared(partial(_mark, seen), 10, 1e9)
        os._exit(0 if (seen == 2).all() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, len(os.sched_getaffinity(0))),
        ({"OMP_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "5,2"}, 5),
        ({"OMP_NUM_THREADS": "3", "NUMBA_NUM_THREADS": "4"}, 4),
        ({"OMP_NUM_THREADS": "many"}, len(os.sched_getaffinity(0))),
    ],
)
def test_the_environment_says_how_many(environment, wanted, monkeypatch):
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert threads._usual.__wrapped__() == wanted


def test_no_thread_is_refused():
    with pytest.raises(ValueError, match="at least 1 thread"):
        threads.limit(0)
