"""Compiled functions with and without a place for their machine code."""

import os
import subprocess
import sys

import pytest

from crossbar.kernels.compiling import bound, compiled

PROGRAM = """
from crossbar.kernels.compiling import compiled
from crossbar.kernels import streams
assert compiled(lambda x: x + 1)(1) == 2  # of a file that is none: no place at all
print(float(streams.one_normal(streams.key(1, streams.Purpose.PULSE), 2)))
"""


def answer(directory, cwd):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(directory), "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], env=environment, capture_output=True, text=True, cwd=cwd, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return float(run.stdout)


def test_a_cache_directory_that_cannot_be_written_is_done_without(tmp_path):
    """A path below a file can be made by nobody, not even by root."""
    (tmp_path / "file").write_text("")
    written = answer(tmp_path / "cache", tmp_path)
    assert any((tmp_path / "cache").rglob("*.nbi"))
    assert answer(tmp_path / "file" / "cache", tmp_path) == pytest.approx(written, abs=0)


number = None  # open, as in a kernel of several laws


def more(x):
    return x + number


def test_one_function_is_compiled_with_several_values_of_an_open_name():
    one, two = (compiled(bound(more, name, number=value)) for name, value in (("one", 1), ("two", 2)))
    assert (one(3), two(3)) == (4, 5)
    assert one.py_func.__qualname__ != two.py_func.__qualname__  # the cache tells them apart
