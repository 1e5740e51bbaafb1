"""Spec, data, runs, sweeps, results, report and the command line. The top floor."""
