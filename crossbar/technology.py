"""What reads, conversions, wires and digital work cost beside the cells: one technology as numbers with their source."""

from dataclasses import dataclass

from device_models.cell import Source


@dataclass(frozen=True, kw_only=True)
class Technology:
    """The periphery of an array in numbers.

    Attributes:
        name: of the technology.
        read_voltage: on a cell while it is read [V].
        read_time: of one bit of an input vector; inputs enter bit by bit [s].
        dac_energy: of driving one line with one bit [J].
        adc_energy: of one conversion with 8 bits; 2^(bits - 8) times as much with others, at the same energy per step [J].
        adc_time: of one conversion [s].
        columns_per_adc: output lines that share a converter, one after the other [1].
        wire_capacitance: of a line, for every cell along it [F].
        op_energy: of one digital multiply-accumulate [J].
        source: where the numbers come from.

    Raises:
        ValueError: a number is not positive.
    """

    name: str
    read_voltage: float
    read_time: float
    dac_energy: float
    adc_energy: float
    adc_time: float
    columns_per_adc: int
    wire_capacitance: float
    op_energy: float
    source: Source

    def __post_init__(self) -> None:
        for field in self.__dataclass_fields__:
            value = getattr(self, field)
            if isinstance(value, float | int) and not value > 0:
                raise ValueError(f"{field} of the technology {self.name!r} must be positive, not {value}")

    def vector_time(self, dac_bits: int) -> float:
        """Time of reading one vector: all bits of the input, and after them the outputs of a converter in turn [s]."""
        return max(dac_bits, 1) * self.read_time + self.columns_per_adc * self.adc_time

    def conversion_energy(self, adc_bits: int) -> float:
        """Energy of one output [J]; that of 8 bits where the simulated converter is ideal (0 bits)."""
        return self.adc_energy * 2.0 ** ((adc_bits or 8) - 8)
