"""Smaller questions: perturbing under read noise, feedback on cells, several cells per weight, smaller memories of the accumulator."""

import pages
import xarray as xr

from tolerance.words import filled, opened, there

NEEDS = ("perturbing",)


def draw() -> None:
    """One table for each."""
    _perturbing(opened("perturbing"), there("perturbing_relative"))
    _feedback(opened("feedback"))
    _cells(opened("cells"))
    for ds in there("memory"):
        _memory(ds)


def _perturbing(ds: xr.Dataset, relative: list[xr.Dataset]) -> None:
    rows = []
    for passes in ds.rule_passes.values:
        one = pages.best(ds.sel(rule_passes=passes, rule_noise="read").isel(rule_antithetic=0, rule_sigma=0))
        rows.append(_row(one, passes, "its own", "no", "–", 1 + passes))
        for anti in ds.rule_antithetic.values:
            for sigma in ds.rule_sigma.values:
                one = pages.best(ds.sel(rule_passes=passes, rule_noise="injected", rule_antithetic=anti, rule_sigma=sigma))
                rows.append(_row(one, passes, "injected", "yes" if _true(anti) else "no", f"{sigma:g}", 1 + passes * (1 + _true(anti))))
        for measured in relative:
            for sigma in measured.rule_sigma.values:
                one = pages.best(measured.sel(rule_passes=passes, rule_sigma=sigma))
                rows.append(_row(one, passes, "injected", "no", f"{sigma:g} times the read noise", 2 + passes))
    filled("perturbing", ["passes", "noise", "antithetic", "sigma", "reads per step", "rate", "test [%]"], rows)


def _row(one: xr.Dataset, passes: int, noise: str, antithetic: str, sigma: str, reads: int) -> list[str]:
    final = pages.stated(one.test_accuracy.isel(epoch=-1))
    return [str(passes), noise, antithetic, sigma, str(reads), f"{float(one.rule_lr):g}", final]


def _true(value: object) -> bool:
    return str(value).lower() in ("true", "1")


def _feedback(ds: xr.Dataset) -> None:
    rows = []
    for rule in ds.rule_name.values:
        digital = ds.sel(rule_name=rule, feedback_on="digital").isel(feedback_rounds=0)
        rows.append([str(rule), "digital", "–", pages.stated(digital.test_accuracy.isel(epoch=-1))])
        for rounds in ds.feedback_rounds.values:
            one = ds.sel(rule_name=rule, feedback_on="crossbar", feedback_rounds=rounds)
            rows.append([str(rule), "on cells", str(rounds), pages.stated(one.test_accuracy.isel(epoch=-1))])
    filled("feedback", ["rule", "B", "rounds of correction", "test [%]"], rows)


def _cells(ds: xr.Dataset) -> None:
    rows = []
    for kind in ds.weight_kind.values:
        for scheme in ds.write_scheme.values:
            one = pages.best(ds.sel(weight_kind=kind, write_scheme=scheme))
            final = pages.stated(one.test_accuracy.isel(epoch=-1))
            rows.append([str(kind), str(scheme), f"{float(one.rule_lr):g}", final, pages.number(one.pulses_per_cell)])
            rows[-1].append(pages.number(one.forward_reads, 3))
    filled("cells", ["weight", "scheme", "rate", "test [%]", "pulses per cell", "forward reads"], rows)


def _memory(ds: xr.Dataset) -> None:
    rows = []
    for rounding in ds.write_rounding.values:
        for rank in ds.write_rank.values:
            found = ds.sel(write_rounding=rounding, write_rank=rank)
            if rounding == "truncate" and rank:
                continue
            for every in ds.write_every.values:
                one = pages.best(found.sel(write_every=every))
                words = "one number per weight" if rank == 0 else f"{rank} numbers per line"
                final = pages.stated(one.test_accuracy.isel(epoch=-1))
                rows.append([words, str(rounding), str(every), f"{float(one.rule_lr):g}", final, pages.number(one.pulses_per_cell)])
    filled("memory", ["memory", "rounding", "updates per write", "rate", "test [%]", "pulses per cell"], rows)
