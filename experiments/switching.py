"""[device.switching]: a cell by its switching physics."""

from typing import Literal

from pydantic import model_validator

from device_models.cell import Cell
from device_models.switching import AmplitudeRamp, IdenticalPulses, PulseScheme, PulseTrain, WidthRamp, as_cell
from device_models.switching.readout import ExponentialReadout, LinearReadout, ThresholdReadout
from device_models.switching.tables import DENG_FEFET, MFM_DENG, MFM_LITERATURE
from experiments.strict import NonNegative, Positive, Section, Whole

FILMS = {model.name: model for model in (DENG_FEFET, MFM_LITERATURE, MFM_DENG)}


class TrainNumbers(Section):
    """[device.switching.up] and [device.switching.down]: pulses from one end to the other.

    Attributes:
        field: of the first pulse [V/m].
        field_step: from pulse to pulse; 0 is identical pulses [V/m].
        width: of the first pulse [s].
        width_step: from pulse to pulse [s].
        count: pulses.
    """

    field: Positive = 1.4e8
    field_step: NonNegative = 0.0
    width: Positive = 75e-9
    width_step: NonNegative = 0.0
    count: Whole = 32

    @model_validator(mode="after")
    def _one_ramp(self) -> "TrainNumbers":
        if self.field_step and self.width_step:
            raise ValueError("a ramp is of the field or of the width: give field_step or width_step, not both")
        return self

    def made(self) -> PulseTrain:
        """The train."""
        if self.field_step:
            return AmplitudeRamp(start=self.field, step=self.field_step, width=self.width, count=self.count)
        if self.width_step:
            return WidthRamp(field=self.field, start=self.width, step=self.width_step, count=self.count)
        return IdenticalPulses(field=self.field, width=self.width, count=self.count)


class Switching(Section):
    """[device.switching]: a ferroelectric cell of domains. ``array.host = "domains"`` simulates them, ``pulsed`` the step that follows.

    Attributes:
        film: parameters of the switching law.
        up: pulses up.
        down: pulses down; those up where not given.
        domains: of one cell [1].
        readout: conductance of a polarisation: linear; exponential, a tunnel junction; threshold, a transistor's shifted threshold.
        g_min: all domains down; linear and exponential [S].
        g_max: all domains up; linear and exponential [S].
        threshold: threshold voltage without polarisation [V].
        window: memory window [V].
        swing: sub-threshold swing per decade [V].
        read_voltage: at the gate [V].
        slope: conductance scale [S].
        selection: bias of the cells that a write does not address: V/2, V/3, or none, where they see nothing.
        thickness: voltage over field, for the energy; that of film and interlayer together [m].
        area: of the film, for the energy [m^2].
    """

    film: Literal["deng2020_fefet", "mfm_literature", "deng2020_mfm"] = "deng2020_fefet"
    up: TrainNumbers = TrainNumbers()
    down: TrainNumbers | None = None
    domains: Whole = 100
    readout: Literal["linear", "exponential", "threshold"] = "linear"
    g_min: Positive = 1e-8
    g_max: Positive = 1e-6
    threshold: float = 0.6
    window: Positive = 1.0
    swing: Positive = 0.08
    read_voltage: float = 0.8
    slope: Positive = 1e-6
    selection: Literal["none", "V/2", "V/3"] = "none"
    thickness: Positive | None = None
    area: Positive | None = None

    def made(self) -> Cell:
        """The cell.

        Raises:
            ValueError: the trains switch nothing, or a number is out of range.
        """
        scheme = PulseScheme(self.up.made(), (self.down or self.up).made())
        return as_cell(
            FILMS[self.film],
            scheme,
            domains=self.domains,
            readout=self._readout(),
            selection=self.selection,
            thickness=self.thickness,
            area=self.area,
        )

    def _readout(self) -> LinearReadout | ExponentialReadout | ThresholdReadout:
        if self.readout == "threshold":
            names = ("threshold", "window", "swing", "read_voltage", "slope")
            return ThresholdReadout(**{name: getattr(self, name) for name in names})
        kind = LinearReadout if self.readout == "linear" else ExponentialReadout
        return kind(g_min=self.g_min, g_max=self.g_max)
