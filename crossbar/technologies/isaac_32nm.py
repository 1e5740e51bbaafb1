"""Bit-serial inputs and one shared ADC per array, as in ISAAC."""

from crossbar.technology import Technology
from device_models.cell import Source

TECHNOLOGY = Technology(
    name="isaac_32nm",
    read_voltage=0.5,
    read_time=100e-9,
    dac_energy=4e-3 / 1024 * 100e-9,  # 1024 one-bit drivers of 4 mW together, one bit per 100 ns
    adc_energy=2e-3 / 1.28e9,  # 2 mW, 8 bits, 128 columns in a cycle of 100 ns (the table rounds to 1.2 GS/s)
    adc_time=1 / 1.28e9,
    columns_per_adc=128,
    wire_capacitance=0.2e-9 * 200e-9,  # 0.2 fF/um times twice a wire of 100 nm
    op_energy=4.6e-12,
    source=Source(
        citation=(
            "A. Shafiee et al., ISCA 2016, Table I (converters, cycle); M. Horowitz, ISSCC 2014 (3.7 + 0.9 pJ, 32-bit floating-point "
            "multiply and add at 45 nm); MLP+NeuroSim V3.0, Array.h and Param.cpp (wires, read voltage)"
        ),
        doi="10.1109/ISCA.2016.12",
        confidence="simulated",
        note=(
            "Three sources, two nodes. The ADC's energy per step is taken as the same for other numbers of bits; digital work as in "
            "float32."
        ),
    ),
)
