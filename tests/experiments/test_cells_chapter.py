"""The chapter on cells: its tables are accepted as they stand."""

import re
import tomllib
from pathlib import Path

import pytest

from device_models.switching import AmplitudeRamp
from experiments.spec import Spec

TABLES = re.findall(r"^```toml\n(.*?)^```", (Path(__file__).parents[2] / "docs" / "cells.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", TABLES)
def test_tables_are_specs(text: str) -> None:
    spec = Spec.from_tree(tomllib.loads(text))
    tree = spec.tree()
    for section, table in tomllib.loads(text).items():
        assert table.keys() <= tree[section].keys()


def test_the_ramp_is_a_ramp() -> None:
    film = Spec.from_tree(tomllib.loads(TABLES[0])).device.switching.made().film
    assert isinstance(film.scheme.up, AmplitudeRamp)
    assert film.selection == "V/2"
