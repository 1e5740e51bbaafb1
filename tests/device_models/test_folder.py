import sys

import pytest

from device_models.folder import Folder, unknown


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A package on disk with two entries and a helper."""
    package = tmp_path / "shelf_of_tests"
    package.mkdir()
    for name in ("__init__", "apple", "pear", "_worm"):
        (package / f"{name}.py").write_text(f"NAME = {name!r}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield Folder("shelf_of_tests", "fruit")
    for name in [name for name in sys.modules if name.startswith("shelf_of_tests")]:
        del sys.modules[name]


def test_every_module_is_an_entry_but_helpers(shelf):
    assert shelf.names() == ("apple", "pear")
    assert shelf.load("pear").NAME == "pear"


@pytest.mark.parametrize("name", ["peer", "_worm", "os"])
def test_an_unknown_entry_is_refused(shelf, name):
    with pytest.raises(ValueError, match=f"unknown fruit '{name}'.*known: apple, pear"):
        shelf.load(name)


def test_the_nearest_name_is_offered_only_if_it_is_near():
    assert "did you mean 'pear'?" in str(unknown("fruit", "peer", ["pear", "apple"]))
    assert "did you mean" not in str(unknown("fruit", "zzz", ["pear", "apple"]))
