import pytest

from device_models import host


class Misread:
    """A tile that reads back something else, as after a change of torch's memory layout."""

    def __init__(self, inputs, outputs):
        self.weights = None

    def set_weights(self, weights):
        self.weights = weights + 1

    def get_weights(self):
        return self.weights


class Refusing(Misread):
    def set_weights(self, weights):
        raise RuntimeError("Invalid weights dimensions: expected [3,4]")


def test_the_installed_pair_works():
    host.check_pair()


@pytest.mark.parametrize("tile", [Misread, Refusing])
def test_a_wrong_pair_says_what_to_install(tile, monkeypatch):
    monkeypatch.setattr(host.tiles, "FloatingPointTile", tile)
    with pytest.raises(ImportError, match=r"aihwkit .* with torch .* do not fit together: install aihwkit==1\.1\.0 with torch"):
        host.check_pair()
