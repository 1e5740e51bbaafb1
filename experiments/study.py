"""A study from a file or from the embedded ones, with what the command line changes."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from device_models.folder import unknown
from experiments.axes import Study, axes_of, points, whens_of
from experiments.overrides import Axis, parse, parse_axis, with_values
from experiments.spec import Spec

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
    text = _text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{source} is not TOML: {error}") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}") from None


def load_run(source: str | None, overrides: Sequence[str]) -> Spec:
    """The one spec that ``run`` runs: a study's [sweep] is left out, its [[when]] tables hold.

    Raises:
        ValueError: a key is unknown, a value is not accepted.
    """
    tables = read(source)
    values = [parse(override) for override in overrides]
    tables.pop("sweep", None)
    whens = whens_of(tables.pop("when", []))
    study = Study(tree=with_values(tables, values), whens=whens, fixed=frozenset(key for key, _ in values))
    return points(study)[0][1]


def load_sweep(source: str | None, overrides: Sequence[str]) -> Study:
    """The study that ``sweep`` runs: the command line's axes replace those of the file, its single values end an axis.

    Raises:
        ValueError: an axis is empty or has a value twice; other faults show in ``points``.
    """
    tables = read(source)
    parsed = [parse_axis(override) for override in overrides]
    axes = axes_of(_table("sweep", tables.pop("sweep", {})))
    whens = whens_of(tables.pop("when", []))
    for key, value in parsed:
        if isinstance(value, Axis):
            axes.update(axes_of({key: list(value)}))
        else:
            axes.pop(key, None)
    values = [(key, value) for key, value in parsed if not isinstance(value, Axis)]
    return Study(tree=with_values(tables, values), axes=axes, whens=whens, fixed=frozenset(key for key, _ in parsed))


def _table(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} = {value!r} is not accepted: a table of axes is")
    return value
