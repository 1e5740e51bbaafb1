"""What a sweep is going to do, beside its shards: for those who look on while it runs."""

import json
from pathlib import Path
from typing import Any

from experiments.axes import Study
from experiments.nested import json_of
from experiments.whens import whens_of
from experiments.whole import write_bytes

NAME = "study.json"


def write_manifest(folder: Path, study: Study) -> None:
    """Write a study into the folder of its shards."""
    write_bytes(folder / NAME, json.dumps(study_tables(study), indent=1).encode())


def read_manifest(folder: Path) -> Study:
    """The study of a folder of shards.

    Raises:
        ValueError: there is none.
    """
    path = folder / NAME
    if not path.is_file():
        raise ValueError(f"no sweep has begun here: there is no {path}")
    try:
        return study_of(json_of(path.read_text(encoding="utf-8")))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is not the study of a sweep ({type(error).__name__}: {' '.join(str(error).split())})") from None


def study_tables(study: Study) -> dict[str, Any]:
    """A study as plain tables."""
    return {
        "study": study.tree,
        "sweep": {key: list(values) for key, values in study.axes.items()},
        "zip": {key: {follower: list(values) for follower, values in followers.items()} for key, followers in study.zips.items()},
        "when": [when.table() for when in study.whens],
        "fixed": sorted(study.fixed),
    }


def study_of(tables: Any) -> Study:
    """The study that ``study_tables`` returned."""
    return Study(
        tree=dict(tables["study"]),
        axes={str(key): list(values) for key, values in tables["sweep"].items()},
        zips=dict(tables["zip"]),
        whens=whens_of(tables["when"]),
        fixed=frozenset(tables["fixed"]),
    )
