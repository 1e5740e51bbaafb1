"""The periphery of an array: aihwkit's IO parameters from plain numbers.

One read in aihwkit's units: inputs are scaled by the noise management into [-1, 1], quantised by the DAC, multiplied, perturbed by
the noise of weights and outputs, clipped to +-out_bound, quantised by the ADC and scaled back.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from aihwkit.simulator.configs import BoundManagementType, IOParameters, NoiseManagementType, WeightNoiseType

from device_models.folder import unknown

WEIGHT_RANGE = 2.0
"""The conductance range in the array's weights: w = -1 at g_min, +1 at g_max."""

_DEFAULTS = IOParameters()


def resolution(bits: int) -> float:
    """Step of a converter as a fraction of its range: 1 / (2^b - 2), which keeps 0 a level; 7 bits -> 1/126. 0 bits: no quantisation.

    Raises:
        ValueError: one bit, fewer than none, or more than 64.
    """
    if bits == 0:
        return 0.0
    if bits < 2:
        raise ValueError(f"a converter has 0 bits (no quantisation) or at least 2, not {bits}")
    if bits > 64:
        raise ValueError(f"a converter has at most 64 bits, not {bits}")
    return 1.0 / (2**bits - 2)


def io_parameters(
    *,
    dac_bits: int = 7,
    adc_bits: int = 9,
    inp_noise: float = _DEFAULTS.inp_noise,
    out_noise: float = _DEFAULTS.out_noise,
    w_noise: float = _DEFAULTS.w_noise,
    out_bound: float = _DEFAULTS.out_bound,
    noise_management: str = _DEFAULTS.noise_management.name,
    bound_management: str = _DEFAULTS.bound_management.name,
    ir_drop: float = _DEFAULTS.ir_drop,
    is_perfect: bool = _DEFAULTS.is_perfect,
    more: Mapping[str, Any] | None = None,
) -> IOParameters:
    """aihwkit's ``IOParameters`` from plain numbers; enums by their names.

    Args:
        dac_bits: resolution of the input converter [bit]; 0: none.
        adc_bits: resolution of the output converter [bit]; 0: none.
        inp_noise: standard deviation of the noise behind the DAC, where the input's range is [-1, 1].
        out_noise: standard deviation of the noise at each output, before the ADC.
        w_noise: standard deviation of one weight in one read (``ADDITIVE_CONSTANT`` unless ``more`` names another ``w_noise_type``).
        out_bound: range of the ADC: [-out_bound, out_bound]; 0: unbounded.
        noise_management: how inputs are scaled into the DAC's range, for example ``ABS_MAX``, ``NONE``.
        bound_management: what happens when the ADC clips, for example ``ITERATIVE``, ``NONE``; aihwkit ignores it in transposed reads.
        ir_drop: scale of the drop along the wires; 1 is physical, 0 none.
        is_perfect: exact reads; every other number is then ignored.
        more: any further field of ``IOParameters`` by its name.

    Raises:
        ValueError: a field or an enum's name is unknown (the nearest is named), or a value has the wrong type.
    """
    values: dict[str, Any] = {
        "inp_res": resolution(dac_bits),
        "out_res": resolution(adc_bits),
        "inp_noise": inp_noise,
        "out_noise": out_noise,
        "w_noise": w_noise,
        "out_bound": out_bound,
        "noise_management": NoiseManagementType[_member(NoiseManagementType, noise_management)],
        "bound_management": BoundManagementType[_member(BoundManagementType, bound_management)],
        "ir_drop": ir_drop,
        "is_perfect": is_perfect,
    }
    known = {f.name: getattr(_DEFAULTS, f.name) for f in fields(IOParameters)}
    for name, value in (more or {}).items():
        if name not in known:
            raise unknown("field of IOParameters", name, known)
        values[name] = _typed(name, value, known[name])
    additive = WeightNoiseType.ADDITIVE_CONSTANT if values["w_noise"] > 0 else WeightNoiseType.NONE
    return IOParameters(**{"w_noise_type": additive, **values})


def _member(kind: type[Enum], name: str) -> str:
    if name not in kind.__members__:
        raise unknown(kind.__name__, name, kind.__members__)
    return name


def _typed(name: str, value: Any, default: Any) -> Any:
    """``value`` as the type that the field's default has: enums by name, whole numbers also where a real one is wanted."""
    if isinstance(default, Enum):
        return value if isinstance(value, type(default)) else type(default)[_member(type(default), value)]
    wanted: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
    if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
        raise ValueError(f"{name} of IOParameters is a {type(default).__name__}, not {value!r}")
    return value


def with_read_noise(io: IOParameters, read_noise: float) -> IOParameters:
    """A copy of ``io`` in which every read of a cell also has the cell's own noise.

    sigma_w = sqrt(w_noise^2 + (2 read_noise)^2), added anew in every read (``ADDITIVE_CONSTANT``), so that an output's standard deviation
    grows by sigma_w |x|. A perfect read stays perfect.

    Args:
        io: periphery of one direction.
        read_noise: standard deviation of one read as a fraction of the conductance range [1]; the range is 2 in weights.

    Raises:
        ValueError: ``io`` already has weight noise of another type, with which no sum in quadrature is defined.
    """
    combined = deepcopy(io)
    if read_noise == 0:
        return combined
    kind, constant = io.w_noise_type, WeightNoiseType.ADDITIVE_CONSTANT
    if kind not in (WeightNoiseType.NONE, constant):
        raise ValueError(f"read_noise {read_noise} does not combine with w_noise_type {kind.name}; accepted: NONE, {constant.name}")
    own = io.w_noise if kind == constant else 0.0
    combined.w_noise = (own**2 + (WEIGHT_RANGE * read_noise) ** 2) ** 0.5
    combined.w_noise_type = constant
    return combined


@dataclass(frozen=True, kw_only=True)
class Periphery:
    """DAC, ADC and their noise, for both directions of reading. The fields are those of ``io_parameters``.

    Attributes:
        dac_bits: resolution of the input converter [bit]; 0: none.
        adc_bits: resolution of the output converter [bit]; 0: none.
        inp_noise: noise behind the DAC [input range 1].
        out_noise: noise at each output [output units].
        w_noise: noise of one weight in one read [weight], besides the cell's own read noise.
        out_bound: range of the ADC [output units]; 0: unbounded.
        noise_management: name in aihwkit's ``NoiseManagementType``.
        bound_management: name in aihwkit's ``BoundManagementType``; forward only.
        ir_drop: scale of the wires' drop [1].
        is_perfect: exact reads.
        forward: further fields of aihwkit's ``IOParameters`` for forward reads only.
        backward: the same for transposed reads only.
    """

    dac_bits: int = 7
    adc_bits: int = 9
    inp_noise: float = _DEFAULTS.inp_noise
    out_noise: float = _DEFAULTS.out_noise
    w_noise: float = _DEFAULTS.w_noise
    out_bound: float = _DEFAULTS.out_bound
    noise_management: str = _DEFAULTS.noise_management.name
    bound_management: str = _DEFAULTS.bound_management.name
    ir_drop: float = _DEFAULTS.ir_drop
    is_perfect: bool = _DEFAULTS.is_perfect
    forward: Mapping[str, Any] = field(default_factory=dict)
    backward: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.forward_io()
        self.backward_io()

    def forward_io(self) -> IOParameters:
        """Parameters of forward reads."""
        return self._io(self.forward)

    def backward_io(self) -> IOParameters:
        """Parameters of transposed reads."""
        return self._io(self.backward)

    def _io(self, more: Mapping[str, Any]) -> IOParameters:
        return io_parameters(
            dac_bits=self.dac_bits,
            adc_bits=self.adc_bits,
            inp_noise=self.inp_noise,
            out_noise=self.out_noise,
            w_noise=self.w_noise,
            out_bound=self.out_bound,
            noise_management=self.noise_management,
            bound_management=self.bound_management,
            ir_drop=self.ir_drop,
            is_perfect=self.is_perfect,
            more=more,
        )
