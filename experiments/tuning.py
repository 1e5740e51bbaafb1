"""Searches for the settings that a [tune] table names, one search for each condition, by Optuna's tree-structured Parzen estimator.

Only the validation part is looked at. Trials are asked for in rounds of a fixed size, and each search has its own seed, so that neither
the number of workers nor an interruption changes what is found; runs of trials have shards of their own and are not run twice.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crossbar.seeds import derive
from experiments.axes import Study, points
from experiments.axis import Value
from experiments.overrides import with_values
from experiments.record import Record
from experiments.shard import read_record, shard_path
from experiments.spec import Spec
from experiments.tune import Range, Tune
from experiments.whens import When

ROUND = 4
"""Trials of one search that run at the same time."""

EDGE = 0.05
"""Part of a range that is its edge."""

RunAll = Callable[[Sequence[Spec], Path], None]
"""Runs what has no shard yet in a folder."""


@dataclass
class _Search:
    """One condition's search."""

    condition: Mapping[str, Value]
    study: Any
    told: list[dict[str, Any]]

    def best(self) -> dict[str, float]:
        return dict(self.study.best_params)

    def at_edge(self, ranges: Mapping[str, Range]) -> list[str]:
        """Keys whose best value is so near to an end of its range that a better one may lie outside."""
        return [key for key, value in self.best().items() if not EDGE < ranges[key].share(value) < 1 - EDGE]


def check_tune(study: Study) -> None:
    """Whether the sweep can be tuned.

    Raises:
        ValueError: a key to search is an axis or set elsewhere, a setting of the trials is set elsewhere, ``per`` is no axis, seeds are the
            sweep's own, the sweep or its trials have no validation part, or Optuna is not installed.
    """
    tune = _tune(study)
    _optuna()
    followers = {key for table in study.zips.values() for key in table}
    set_by_whens = {key for when in study.whens for key in when.settings}
    for key in tune.ranges:
        if key in (*study.axes, *followers, *study.fixed, *set_by_whens):
            raise ValueError(f"tune.{key} is not accepted: the sweep, a 'when' table or the command line sets {key} already")
    for key in tune.settings:
        if key in set_by_whens or any(key in study.zips.get(axis, {}) for axis in tune.per):
            raise ValueError(f"tune.set.{key} is not accepted: an axis in 'per' or a 'when' table sets {key} in the trials, too")
    for key in tune.per:
        if key not in study.axes or key in study.conditional or key == "train.seed":
            raise ValueError(
                f"tune.per = {key!r} is not accepted: it is no axis of the sweep ({', '.join(study.axes) or 'which has none'})"
            )
    seeds, without = set[int](), False
    for _, spec in points(replace(study, tune=None)):
        seeds.add(spec.train.seed)
        without |= spec.data.validation_size == 0
    without |= any(spec.data.validation_size == 0 for spec in first_round(study))
    shared = sorted(seeds & set(tune.seeds))
    if shared:
        raise ValueError(
            f"tune.seeds = {list(tune.seeds)} is not accepted: the sweep itself has {shared}, and would be tuned on its own seeds"
        )
    if without:
        raise ValueError("tune needs a validation part: set data.validation_size, for example to a fifth of the training samples")


def _tune(study: Study) -> Tune:
    assert study.tune is not None
    return study.tune


def tuned(study: Study, folder: Path, run_all: RunAll, tell: Callable[[str], None]) -> tuple[Study, str]:
    """The study with the best settings found, as conditional ones, and everything that was tried, as JSON.

    Args:
        study: has a ``tune``.
        folder: for the shards of the trials.
        run_all: runs them.
        tell: is told in one line about every setting that was found at the edge of its range.

    Raises:
        ValueError: see ``check_tune``; or a run of a trial failed.
    """
    check_tune(study)
    tune = _tune(study)
    searches = [_begun(condition, tune) for condition in tune.conditions(study.axes)]
    for size in _rounds(tune.trials):
        asked = [(search, search.study.ask()) for search in searches for _ in range(size)]
        specs = [_specs(study, search.condition, _suggested(trial, tune)) for search, trial in asked]
        run_all([spec for each in specs for spec in each], folder)
        for (search, trial), each in zip(asked, specs, strict=True):
            _tell(search, trial, each, folder)
    for search in searches:
        for key in search.at_edge(tune.ranges):
            at = ", ".join(f"{name} = {value}" for name, value in search.condition.items()) or "the search"
            tell(f"{at}: the best {key}, {search.best()[key]:.3g}, lies at the edge of its range; a wider one may hold a better")
    return _with_best(study, searches), json.dumps(_told(tune, searches))


def first_round(study: Study) -> list[Spec]:
    """Runs like those of a search's first round, all at the lower ends of the ranges; for planning."""
    tune = _tune(study)
    lowest = {key: at.low for key, at in tune.ranges.items()}
    alike = [spec for condition in tune.conditions(study.axes) for spec in _specs(study, condition, lowest)]
    return alike * min(ROUND, tune.trials)


def _rounds(trials: int) -> Iterator[int]:
    for start in range(0, trials, ROUND):
        yield min(ROUND, trials - start)


def _begun(condition: Mapping[str, Value], tune: Tune) -> _Search:
    optuna = _optuna()
    seed = derive(0, "tune", json.dumps([condition, sorted(tune.ranges)], sort_keys=True)) % 2**32
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=2 * ROUND)
    search = _Search(condition, optuna.create_study(direction="maximize", sampler=sampler), [])
    for settings in tune.listed():
        search.study.enqueue_trial(settings)
    return search


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError as error:
        if error.name != "optuna":
            raise
        raise ValueError("[tune] needs Optuna: pip install 'analogdecor[tune]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _suggested(trial: Any, tune: Tune) -> dict[str, float]:
    return {key: trial.suggest_float(key, at.low, at.high, log=at.log) for key, at in tune.ranges.items()}


def _specs(study: Study, condition: Mapping[str, Value], settings: Mapping[str, float]) -> list[Spec]:
    """The runs of one trial: one per seed."""
    tune = _tune(study)
    tree = with_values(study.tree, [*tune.settings.items(), *settings.items()])
    alone = replace(study, tune=None, tree=tree, axes={key: [value] for key, value in condition.items()})
    followers = {key: _followers(study, key, value) for key, value in condition.items() if key in study.zips}
    return [points(replace(alone, zips=followers, tree=with_values(alone.tree, [("train.seed", seed)])))[0][1] for seed in tune.seeds]


def _followers(study: Study, key: str, value: Value) -> dict[str, list[Value]]:
    place = list(study.axes[key]).index(value)
    return {follower: [values[place]] for follower, values in study.zips[key].items()}


def _tell(search: _Search, trial: Any, specs: Sequence[Spec], folder: Path) -> None:
    values = [_worth(read_record(shard_path(folder, spec.hash))) for spec in specs]
    worth = math.fsum(values) / len(values)
    search.study.tell(trial, worth)
    search.told.append({"settings": dict(trial.params), "validation_accuracy": worth, "runs": [spec.hash for spec in specs]})


def _worth(record: Record) -> float:
    """Accuracy on the validation part after the last epoch."""
    if record.status == "failed":
        raise ValueError(f"a run of the search failed: {record.message.strip().splitlines()[-1]}")
    value = float(record.variables["validation_accuracy"].values[-1])
    return 0.0 if math.isnan(value) else value


def _with_best(study: Study, searches: Sequence[_Search]) -> Study:
    if not _tune(study).per:
        return replace(study, tune=None, tree=with_values(study.tree, list(searches[0].best().items())))
    whens = tuple(When(dict(search.condition), search.best()) for search in searches)
    return replace(study, tune=None, whens=(*study.whens, *whens))


def _told(tune: Tune, searches: Sequence[_Search]) -> dict[str, Any]:
    ranges = {key: [at.low, at.high, at.how] for key, at in tune.ranges.items()}
    found = [
        {"if": dict(search.condition), "set": search.best(), "at_edge": search.at_edge(tune.ranges), "trials": search.told}
        for search in searches
    ]
    how = {"ranges": ranges, "per": tune.per, "seeds": tune.seeds, "set": dict(tune.settings)}
    return {**how, "objective": "validation_accuracy after the last epoch", "found": found}
