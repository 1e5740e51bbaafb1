"""Compiled functions with and without a place for their machine code."""

import os
import subprocess
import sys

import pytest

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
