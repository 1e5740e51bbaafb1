"""Attributes of many runs as those of one file."""

from collections.abc import Mapping, Sequence


class Common:
    """The earliest start, the latest end, else every different value, joined by ``" | "``. One run after the other."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] = {}

    def add(self, attributes: Mapping[str, str]) -> None:
        """The attributes of one more run."""
        for name, value in attributes.items():
            kept = self._values.setdefault(name, set())
            kept.add(value)
            if name in _ENDS and len(kept) > 1:
                self._values[name] = {_ENDS[name](kept)}

    def attributes(self) -> dict[str, str]:
        """Those of the file."""
        return {name: " | ".join(sorted(values)) for name, values in sorted(self._values.items())}


_ENDS = {"start_utc": min, "end_utc": max}


def common(attributes: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """``Common`` of attributes that are all there."""
    shared = Common()
    for each in attributes:
        shared.add(each)
    return shared.attributes()
