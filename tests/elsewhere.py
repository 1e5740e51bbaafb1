"""A second device without hardware: tensors whose numbers are on the CPU and which refuse to meet tensors that are not theirs.

Inside ``elsewhere()`` the device "meta" holds numbers. As on a GPU, an operation on tensors of both devices raises (numbers without
dimensions and indices may be on the CPU), and so does ``numpy``. So a run can be shown not to mix devices where there is no GPU.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

DEVICE = torch.device("meta")
_MOVES = ("aten::_to_copy", "aten::copy_")
_INDEXING = ("aten::index.Tensor", "aten::index_put_", "aten::index_put")


class Elsewhere(Tensor):
    """A tensor of the second device.

    Attributes:
        held: its numbers.
    """

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> "Elsewhere":
        made: Elsewhere = Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype, device=DEVICE
        )
        made.held = held
        return made

    def __repr__(self) -> str:  # type: ignore[override]
        return f"Elsewhere({self.held!r})"

    def data_ptr(self) -> int:
        """Where its numbers are."""
        return self.held.data_ptr()

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


class _Factories(TorchDispatchMode):
    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


def _run(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    name = f"{function._schema.name}.{function._overloadname}".removesuffix(".default")
    tensors = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, Tensor)]
    ours = [tensor for tensor in tensors if isinstance(tensor, Elsewhere)]
    moves = name.split(".")[0] in _MOVES
    if ours and not moves:
        checked = tensors[:1] if name in _INDEXING else tensors
        strangers = [tensor for tensor in checked if not isinstance(tensor, Elsewhere) and tensor.ndim > 0]
        if strangers:
            raise RuntimeError(f"{name} on two devices: shapes {[tuple(tensor.shape) for tensor in strangers]} are on the CPU")
    wanted = kwargs.get("device")
    there = wanted is not None and torch.device(wanted) == DEVICE
    result = function(*_numbers(args), **_numbers({**kwargs, **({"device": torch.device("cpu")} if there else {})}))
    if name == "aten::copy_":
        return args[0]
    if wanted is not None:
        return _wrapped(result) if there else result
    if name.startswith("aten::") and function._schema.is_mutable and ours and isinstance(args[0], Elsewhere) and result is args[0].held:
        return args[0]
    return _wrapped(result) if ours else result


def _numbers(values: Any) -> Any:
    return tree_map(lambda leaf: leaf.held if isinstance(leaf, Elsewhere) else leaf, values)


def _wrapped(values: Any) -> Any:
    return tree_map(lambda leaf: Elsewhere(leaf) if isinstance(leaf, Tensor) else leaf, values)


class _Data(TorchFunctionMode):
    """Tensors from Python's numbers are made on the CPU and moved: torch does not dispatch how they are made."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        if function in (torch.tensor, torch.as_tensor) and given.get("device") is not None:
            return function(*args, **{**given, "device": None}).to(given["device"])
        return function(*args, **given)


@contextmanager
def elsewhere() -> Iterator[torch.device]:
    """The second device."""
    with _Data(), _Factories():
        yield DEVICE
