"""What a step law is: the protocols, and nothing else.

A law is a family of steps over the weight. Weights are those of the measured window, which is [-1, 1]. Shapes: J parameter sets at a
time, P parameters, N cells: ``theta_JP``, ``w_JN``.
"""

from typing import Protocol

from aihwkit.simulator.configs.devices import PulsedDevice

from device_models.fit.estimate import Floats


class StepLaw(Protocol):
    """The size of one pulse's change as a function of the weight."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the P parameters."""
        ...

    def limits(self) -> tuple[Floats, Floats]:
        """Lower and upper limits [P]."""
        ...

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        """Parameters to start from [P], given a typical step of each direction; the best of several counts."""
        ...

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        """Size of a step [J, N], positive in the direction of the pulse."""
        ...

    def edges(self, theta_JP: Floats) -> Floats:
        """How far the hard bounds lie above the two ends of the device's window [J, 2]; infinitely far without hard bounds."""
        ...

    def roughness(self, theta_P: Floats) -> Floats:
        """Residuals of what is believed beforehand, in standard deviations; empty where nothing is."""
        ...

    def fields(self, theta_P: Floats) -> dict[str, float]:
        """The fields of the aihwkit device whose ``*_dtod`` can be fitted, mean device."""
        ...


class Law(StepLaw, Protocol):
    """The step law of an aihwkit class."""

    @property
    def name(self) -> str:
        """Name of the class."""
        ...

    @property
    def additive(self) -> bool:
        """Whether the class can have cycle-to-cycle noise that does not scale with the step."""
        ...

    def individual(self, theta_P: Floats) -> StepLaw:
        """The law of one device among many: what may differ between devices is free, the rest is held at ``theta_P``."""
        ...

    def device(self, theta_P: Floats) -> PulsedDevice:
        """The aihwkit device, without any spread."""
        ...
