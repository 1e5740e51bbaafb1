"""A study from a file or from the embedded ones, with what the command line changes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from device_models.folder import unknown
from experiments.axes import Study, points
from experiments.axis import Value, axes_of
from experiments.nested import text_of, toml_of
from experiments.overrides import Axis, parse, parse_axis, with_values
from experiments.spec import Spec
from experiments.tune import tune_of
from experiments.whens import When, whens_of
from experiments.zips import Zips, zips_of

STUDIES = Path(__file__).parent / "studies"


def study_names() -> tuple[str, ...]:
    """Names of the embedded studies, sorted."""
    return tuple(sorted(file.stem for file in STUDIES.glob("*.toml")))


def read(source: str | None) -> dict[str, Any]:
    """The tables of a TOML file, of an embedded study, or none at all, which is the default spec.

    Args:
        source: a path (it ends in .toml or has a slash), the name of an embedded study, or None.

    Raises:
        ValueError: there is no such file or study, or it is no TOML.
    """
    if source is None:
        return {}
    path = Path(source)
    if path.suffix != ".toml" and "/" not in source and not path.is_file():
        if source not in study_names():
            raise unknown("study", source, study_names())
        path = STUDIES / f"{source}.toml"
    text = text_of(path)
    try:
        return toml_of(text)
    except ValueError as error:
        raise ValueError(f"{source} is not TOML that can be read: {error}") from None


def load_run(source: str | None, overrides: Sequence[str]) -> Spec:
    """The one spec that ``run`` runs: a study's [sweep] and [tune] are left out, its [[when]] tables hold.

    Raises:
        ValueError: a key is unknown, a value is not accepted.
    """
    tables = read(source)
    values = [parse(override) for override in overrides]
    tables.pop("sweep", None)
    tables.pop("tune", None)
    whens = whens_of(tables.pop("when", []))
    study = Study(tree=with_values(tables, values), whens=whens, fixed=frozenset(key for key, _ in values))
    return points(study)[0][1]


def load_sweep(source: str | None, overrides: Sequence[str]) -> Study:
    """The study that ``sweep`` runs: the command line's axes replace those of the file, its single values end an axis.

    Raises:
        ValueError: an axis is empty or has a value twice, or goes with others and is set alone; other faults show in ``points``.
    """
    tables = read(source)
    parsed = [parse_axis(override) for override in overrides]
    whens, tune = whens_of(tables.pop("when", [])), tune_of(tables.pop("tune", None))
    axes, zips = _axes(_table("sweep", tables.pop("sweep", {})), whens)
    for key, value in parsed:
        _check_free(key, zips)
        if isinstance(value, Axis):
            axes.update(axes_of({key: list(value)}))
        else:
            axes.pop(key, None)
    values = [(key, value) for key, value in parsed if not isinstance(value, Axis)]
    fixed = frozenset(key for key, _ in parsed)
    return Study(tree=with_values(tables, values), axes=axes, zips=zips, whens=whens, fixed=fixed, tune=tune)


def _axes(table: dict[str, Any], whens: Sequence[When]) -> tuple[dict[str, list[Value]], Zips]:
    """The axes of the file: those of [sweep], those that go together, those of conditions."""
    together, zips = zips_of(table.pop("zip", []))
    conditional = _shared([when.axes for when in whens])
    grid = axes_of(table)
    keys = [*grid, *together, *(key for followers in zips.values() for key in followers), *conditional]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"{key} is an axis twice: of [sweep], [[sweep.zip]] and [[when]] one has it")
    return {**grid, **together, **conditional}, zips


def _shared(all_axes: Sequence[Mapping[str, Any]]) -> dict[str, list[Value]]:
    """Several conditions may have the same axis."""
    shared: dict[str, list[Value]] = {}
    for axes in all_axes:
        for key, values in axes.items():
            if shared.setdefault(key, list(values)) != list(values):
                raise ValueError(f"two 'when' tables have the axis {key} with different values")
    return shared


def _check_free(key: str, zips: Zips) -> None:
    for leading, followers in zips.items():
        if key in (leading, *followers):
            raise ValueError(f"{key} goes together with {', '.join(k for k in (leading, *followers) if k != key)}; change it in the file")


def _table(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} = {value!r} is not accepted: a table of axes is")
    return value
