"""The converters and their noise that an [array] section describes."""

from crossbar import io, technologies
from crossbar.technology import Technology
from experiments.sections import Periphery


def periphery_of(section: Periphery) -> io.Periphery:
    """The [array] section as the converters and noise of both directions.

    Raises:
        ValueError: a field of IOParameters is unknown or has the wrong type.
    """
    return io.Periphery(
        dac_bits=section.dac_bits,
        adc_bits=section.adc_bits,
        out_noise=section.out_noise,
        ir_drop=section.ir_drop,
        forward=section.forward,
        backward=section.backward,
    )


def technology_of(section: Periphery) -> Technology:
    """What the periphery of an [array] section costs.

    Raises:
        ValueError: the technology is unknown.
    """
    found = technologies.FOLDER.load(section.technology).TECHNOLOGY
    assert isinstance(found, Technology)
    return found
