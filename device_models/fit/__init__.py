"""A cell from measured pulses: mean response, cycle-to-cycle and device-to-device spread, read noise, and what the data do not tell."""
