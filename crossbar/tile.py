"""One raw aihwkit tile: the cells of one chip, with what aihwkit's Python layers leave out or get wrong.

aihwkit's classes around the C++ tile are not used: their scales, input hooks and checkpoints are of no use here, and their checkpoints lose
the state of cells with write noise.
"""

from copy import deepcopy
from typing import Any, NoReturn

import torch
from aihwkit.simulator.configs import DigitalRankUpdateRPUConfig, IOParameters, SingleRPUConfig, UnitCellRPUConfig, UpdateParameters
from aihwkit.simulator.configs.compounds import DigitalRankUpdateCell, OneSidedUnitCell, ReferenceUnitCell, UnitCell, VectorUnitCell
from aihwkit.simulator.configs.devices import IdealDevice, PulsedDevice
from torch import Tensor

from crossbar.array import State
from device_models.cell import Cell, Response

DEVICE = "rpu.rpu_device."
"""Prefix of the cells' own values in what the C++ tile dumps."""


class Tile:
    """O x I cells of one chip in aihwkit.

    Attributes:
        raw: the C++ tile.
        w_OI: its weights; aihwkit reads and writes this very tensor.
        granularity: the mean step by which aihwkit plans pulse trains [weight]; 0 for an ideal cell.

    Args:
        shape: (O, I).
        cell: the memory device.
        seed: draw of the device-to-device spread, 1 .. 2^31 - 1.
        forward_io: periphery of forward reads.
        backward_io: periphery of transposed reads.
        parameters: how a wanted change becomes pulse trains.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        cell: Cell,
        *,
        seed: int,
        forward_io: IOParameters,
        backward_io: IOParameters,
        parameters: UpdateParameters,
    ) -> None:
        self._cell = cell
        self._parameters = parameters
        response = deepcopy(cell.response)
        response.construction_seed = seed
        config = _configuration(response)(device=response, forward=forward_io, backward=backward_io, update=parameters)
        bound = response.as_bindings(config.runtime.data_type)
        self.raw: Any = config.as_bindings().create_array(shape[1], shape[0], bound)
        self.w_OI = torch.zeros(shape)
        self.raw.set_shared_weights(self.w_OI)
        self.raw.set_weights(torch.zeros(shape))
        self.granularity = float(self.raw.dump_extra().get(DEVICE + "weight_granularity", [0.0])[0])
        self._ages = response.requires_decay() or response.requires_diffusion()
        self._drifts = _drifts(response)

    def __reduce__(self) -> NoReturn:
        """A copy would write this tile's weights."""
        raise TypeError("an aihwkit tile is not copied or pickled; build another array and use state and load_state")

    @property
    def ideal(self) -> bool:
        """Whether changes are exact and not made of pulses."""
        return isinstance(self._cell.response, IdealDevice)

    @property
    def counts(self) -> bool:
        """Whether a coincidence is a pulse on the cell: not so where aihwkit writes hidden weights and transfers them later."""
        return isinstance(self._cell.response, PulsedDevice | VectorUnitCell | ReferenceUnitCell | OneSidedUnitCell)

    def update(self, x_BI: Tensor, d_BO: Tensor, lr: float) -> None:
        """Coincidence writes of one batch, sample after sample, and then what aihwkit's optimizer does once per batch: diffusion, decay."""
        self.raw.set_learning_rate(lr)
        self.raw.update(x_BI, d_BO, False)
        if self._ages:
            self._age()

    def _age(self) -> None:
        if self._cell.response.requires_diffusion():
            self.raw.diffuse_weights()
        if self._cell.response.requires_decay():
            self.raw.decay_weights()

    def pulse(self, n_OI: Tensor) -> None:
        """|n| pulses of n's sign on each cell, row by row: a one-hot row, +-1 on its columns, and lr = dw.

        Then k = lr 1 1 / dw = 1 exactly, so that aihwkit plans trains of length 1 with probability 1 on both lines. (Its uniform draw
        reaches 1 once in 2^25, so that one pulse in 10^7 is lost.)
        """
        self.raw.set_learning_rate(self.granularity)
        eye_OO = torch.eye(n_OI.shape[0])
        for done in range(int(n_OI.abs().max())):
            sign_OI = n_OI.sign() * (n_OI.abs() > done)
            rows = sign_OI.any(1)
            self.raw.update(-sign_OI[rows].float(), eye_OO[rows], False)

    def check_pulse(self) -> None:
        """Raise the error for a cell or parameters with which exactly one pulse cannot be given."""
        up = self._parameters
        if self.ideal:
            raise ValueError("an ideal cell has no pulse; accepted: update and program, or a pulsed device")
        if not self.counts:
            kind = type(self._cell.response).__name__
            raise ValueError(f"a {kind} writes hidden weights by its own rule, so that it has no addressed pulse")
        if up.um_grad_scale != 1 or not (up.update_bl_management or up.desired_bl == 1):
            raise ValueError(
                "exactly one pulse needs UpdateParameters with um_grad_scale=1 and update_bl_management=True or desired_bl=1, "
                f"not um_grad_scale={up.um_grad_scale}, update_bl_management={up.update_bl_management}, desired_bl={up.desired_bl}"
            )

    def program(self, w_OI: Tensor) -> None:
        """Write target weights, clipped to each cell's range; aihwkit adds write noise where the cell has it.

        Where a cell subtracts a reference, its range is [min - reference, max - reference], and aihwkit clips to [min, max] besides.
        """
        reference_OI = self.hidden().get("reference")
        if reference_OI is not None:
            hidden = self.hidden()
            w_OI = w_OI.clamp(hidden["min_bound"] - reference_OI, hidden["max_bound"] - reference_OI)
        self.raw.set_weights(w_OI)

    def elapse(self, seconds: float) -> None:
        """Conductance drift of cells that have one."""
        if self._drifts:
            self.raw.drift_weights(seconds)

    def hidden(self) -> State:
        """Every cell's own numbers by name [O, I]: bounds, steps, slopes, persistent and hidden weights."""
        return dict(zip(self.raw.get_hidden_parameter_names(), self.raw.get_hidden_parameters(), strict=True))

    def state(self) -> State:
        """Weights, the cells' own numbers, counters and systematic offsets of the periphery."""
        extra = {f"extra.{name}": torch.tensor(value, dtype=torch.float64) for name, value in self.raw.dump_extra().items()}
        return {"w_OI": self.w_OI.clone(), **{f"hidden.{name}": value for name, value in self.hidden().items()}, **extra}

    def load_state(self, state: State) -> None:
        """Restore what ``state`` returned into a tile of the same cell and seed, bit for bit.

        Setting weights in aihwkit overwrites the persistent weights with them and draws write noise anew. So the persistent weights are
        set first, and then the apparent ones are copied into the shared tensor, of which aihwkit is not told. Setting hidden parameters
        (only for unit cells, whose devices hold weights of their own) makes aihwkit plan with another mean step; loading the extra values
        puts the right one back.

        Raises:
            ValueError: the state is of another cell or seed, or aihwkit cannot restore it: a unit cell of devices with write noise, or a
                persistent weight that only pulses reach (below min_bound or above max_bound of a cell that subtracts a reference).
        """
        hidden, extra = under("hidden.", state), under("extra.", state)
        self._check_same(hidden)
        if any(name.startswith("persistent_weights_") for name in hidden):
            raise ValueError("aihwkit cannot restore a unit cell whose devices have write noise")
        if "persistent_weights" in hidden:
            self._persist(hidden["persistent_weights"])
        elif any(name.startswith("hidden_weights") for name in hidden):
            self.raw.set_hidden_parameters(torch.stack(list(hidden.values())))
        self.w_OI.copy_(state["w_OI"])
        self.raw.load_extra({name: value.tolist() for name, value in extra.items()}, True)

    def _check_same(self, hidden: State) -> None:
        own = self.hidden()
        constant = [name for name in own if not name.startswith(("persistent_weights", "hidden_weights"))]
        if own.keys() != hidden.keys() or not all(torch.equal(own[name], hidden[name]) for name in constant):
            raise ValueError(f"the state is not of this cell ({self._cell.name!r}) with this draw of its device-to-device spread")

    def _persist(self, persistent_OI: Tensor) -> None:
        self.raw.set_weights(persistent_OI)
        lost = int(self.hidden()["persistent_weights"].ne(persistent_OI).sum())
        if lost:
            raise ValueError(f"aihwkit cannot restore {lost} persistent weights of {self._cell.name!r} that lie where only pulses reach")


def _configuration(response: Response) -> Any:
    """aihwkit's configuration for single devices, unit cells, or cells whose outer product is digital."""
    if isinstance(response, UnitCell):
        return UnitCellRPUConfig
    return DigitalRankUpdateRPUConfig if isinstance(response, DigitalRankUpdateCell) else SingleRPUConfig


def under(prefix: str, state: State) -> State:
    """The entries whose names start with ``prefix``, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def _drifts(response: Response) -> bool:
    if isinstance(response, PulsedDevice):
        return bool(response.drift.nu > 0)
    return isinstance(response, UnitCell) and any(_drifts(device) for device in response.unit_cell_devices)
