"""From the voltage at the gate to the field in the ferroelectric."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A ferroelectric film, in a transistor over an interlayer, as two capacitors in series.

        E = V / (t_F + t_I eps_F / eps_I)

    The charge of the polarisation and the drop in the semiconductor are left out, so that the field depends on the voltage alone.

    Attributes:
        thickness: of the ferroelectric, t_F [m].
        permittivity: relative, of the ferroelectric, eps_F [1].
        interlayer_thickness: t_I [m]; 0 for a capacitor.
        interlayer_permittivity: relative, eps_I [1]; 3.9 is SiO2.

    Raises:
        ValueError: a thickness or permittivity is not positive.
    """

    thickness: float
    permittivity: float
    interlayer_thickness: float = 0.0
    interlayer_permittivity: float = 3.9

    def __post_init__(self) -> None:
        for name in ("thickness", "permittivity", "interlayer_permittivity"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} of a stack must be positive, not {getattr(self, name)}")
        if not self.interlayer_thickness >= 0:
            raise ValueError(f"interlayer_thickness of a stack is 0 m or more, not {self.interlayer_thickness}")

    def field(self, voltage: float) -> float:
        """Field in the ferroelectric [V/m] at a voltage [V]."""
        return voltage / (self.thickness + self.interlayer_thickness * self.permittivity / self.interlayer_permittivity)

    def voltage(self, field: float) -> float:
        """Voltage [V] that gives a field [V/m] in the ferroelectric."""
        return field / self.field(1.0)
