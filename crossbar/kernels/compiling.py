"""Compile once: numba with a cache on disk where one can be written, without one where it cannot."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numba
from numba.core.codegen import get_host_cpu_features
from numba.core.compiler import CompilerBase, DefaultPassBuilder

_SETTINGS: Any = numba.config
if _SETTINGS.CPU_FEATURES is None and "+avx512f" in (_features := get_host_cpu_features()):
    _SETTINGS.CPU_FEATURES = f"{_features},-prefer-256-bit"  # else LLVM fills half of what these machines have: 512 bits

_FLAGS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}


class _Apart(CompilerBase):
    """Numba's own compiler, which tells LLVM that no two array arguments overlap."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` compiled by numba without the interpreter lock.

    The machine code is cached beside the source, or in numba's per-user directory, or where ``NUMBA_CACHE_DIR`` points. Where none
    of them can be written the function is compiled again in each process.
    """
    return _compiled(function, _FLAGS)


def apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """``compiled``, for a function none of whose array arguments share memory.

    Compilers make vector code of a loop over many arrays only where they know that what it writes is not what it reads.
    """
    return _compiled(function, _FLAGS | {"pipeline_class": _Apart})


def parallel(function: Callable[..., Any]) -> Callable[..., Any]:
    """``compiled``, with its ``prange`` loops on numba's threads."""
    return _compiled(function, _FLAGS | {"parallel": True})


def bound(function: Callable[..., Any], name: str, **names: Any) -> Callable[..., Any]:
    """``function`` called ``name``, with values for names that its module declares but leaves open.

    Unlike those of a closure over compiled functions, its machine code is found again in the cache by the next process.
    """
    made = FunctionType(function.__code__, function.__globals__ | names, function.__name__)
    made.__qualname__ = f"{function.__qualname__}_{name}"
    return made


def file_of(function: Any) -> str:
    """The name of the file that a compiled function is from, which is its law's."""
    return str(function.py_func.__module__.rpartition(".")[2])


def _compiled(function: Callable[..., Any], flags: dict[str, Any]) -> Callable[..., Any]:
    try:
        return numba.njit(cache=True, **flags)(function)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        return numba.njit(**flags)(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` compiled into each of its callers (always inlined, so that their loops become vector code)."""
    return numba.njit(forceinline=True, **_FLAGS)(function)


def reordered(function: Callable[..., Any]) -> Callable[..., Any]:
    """``inlined``, where the terms of a sum may be taken in any order, so that there is one sum in each lane of a vector."""
    return numba.njit(forceinline=True, **_FLAGS, fastmath={"reassoc", "nsz"})(function)


def contracted(function: Callable[..., Any]) -> Callable[..., Any]:
    """``inlined``, where a product and the sum that it goes into may be one instruction with one rounding."""
    return numba.njit(forceinline=True, **_FLAGS, fastmath={"contract"})(function)
