"""Threads share work and change nothing: arrays large enough that a second thread is really used."""

import threading

import numpy as np
import pytest
from aihwkit.simulator.configs.devices import PowStepDevice, SoftBoundsDevice
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.kernels import threads
from crossbar.kernels.cells import Cells


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


def test_tasks_run_on_other_threads_where_it_pays(limited):
    threads.limit(2)
    names, both = [], threading.Barrier(2, timeout=60)

    def meet() -> None:
        both.wait()
        names.append(threading.current_thread().name)

    threads.together([meet, meet], 1e9)
    assert sorted(name.startswith("crossbar") for name in names) == [False, True]  # the calling thread is one of the two
    names.clear()
    threads.together([lambda: names.append(threading.current_thread().name)] * 4, 1e3)
    assert set(names) == {threading.current_thread().name}


def test_a_failure_in_a_task_is_raised(limited):
    threads.limit(2)
    with pytest.raises(ZeroDivisionError):
        threads.together([lambda: 1 / 0, lambda: None], 1e9)


def test_blocks_cover_everything_once():
    for size, parts, multiple in ((10, 3, 1), (100, 8, 8), (5, 8, 4), (1, 4, 1), (0, 2, 1)):
        cut = threads.blocks(size, parts, multiple)
        assert [n for begin, end in cut for n in range(begin, end)] == list(range(size))
        assert all(begin % multiple == 0 for begin, _ in cut)
    with pytest.raises(ValueError, match="at least 1 thread"):
        threads.limit(0)
