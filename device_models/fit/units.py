"""Units of conductance as people write them in a header."""

import re

from device_models.folder import unknown

SIEMENS = {"S": 1.0, "mS": 1e-3, "uS": 1e-6, "nS": 1e-9, "pS": 1e-12}
"""Accepted units and their size [S]."""

_BARE = ("", "1", "a.u.", "au", "arb. units", "norm.", "normalized", "normalised")
_MARKED = re.compile(r"^(?P<name>[^\[(/]*?)\s*(?:\[(?P<a>[^\]]*)\]|\((?P<b>[^)]*)\)|/\s*(?P<c>.+))?$")
_SUFFIX = re.compile(r"^(?P<name>.+?)[_ ](?P<unit>[munpµμ]?S|[munp]s)$")


def name_and_unit(title: str) -> tuple[str, str | None]:
    """(name in lower case, unit or None) of a column's title: ``G [uS]``, ``conductance (µS)``, ``G/nS``, ``conductance_uS``.

    Raises:
        ValueError: the unit is none of conductance's; the accepted ones are listed.
    """
    marked = _MARKED.match(title.strip())
    if marked is None:
        return title.strip().lower(), None
    unit = next((marked[key] for key in ("a", "b", "c") if marked[key] is not None), None)
    if unit is not None:
        return marked["name"].lower(), _unit(unit.strip())
    ended = _SUFFIX.match(title.strip())
    return (ended["name"].lower(), _unit(ended["unit"])) if ended else (title.strip().lower(), None)


def _unit(text: str) -> str | None:
    if text.lower() in _BARE:
        return None
    plain = text.replace("µ", "u").replace("μ", "u")  # the micro sign and the Greek letter
    plain = plain[:-1] + "S" if plain.endswith("s") and len(plain) == 2 else plain
    if plain not in SIEMENS:
        raise unknown("unit of conductance", text, SIEMENS)
    return plain
