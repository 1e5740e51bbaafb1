"""Networks of crossbar layers, learning rules, decorrelation, training. Imports only crossbar and device_models."""
