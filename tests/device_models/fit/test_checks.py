import numpy as np
import pytest

from device_models.fit import fit


def _long(rows):
    return "cycle,polarity,conductance\n" + "".join(f"1,{p},{g}\n" for p, g in rows)


RAMP = [(0, 1.0), *((1, 1.0 + 0.1 * n) for n in range(1, 11)), *((-1, 2.0 - 0.1 * n) for n in range(1, 11))]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (_long(RAMP[:2]), "1 up pulses .* at least 4"),
        (_long(RAMP[:11]), "0 down pulses"),
        (_long([(p, 3.0) for p, _ in RAMP]), "the conductance is 3 in every row"),
        (_long([(-p, g) for p, g in RAMP]), "row 2: in cycle 1 of device 1 up pulses lower"),
        (_long([(p, g if i < 15 else 1000 * g) for i, (p, g) in enumerate(RAMP)]), "row 17: .* are the units mixed"),
        (_long([(p, g if i < 6 else np.nan) for i, (p, g) in enumerate(RAMP)]), "15 of 21 reads are missing"),
        ("9,1\n8,2\n7,3\n6,4\n5,5\n4,6\n", "row 1: .* is the polarity reversed"),
    ],
    ids=["one pulse", "one direction", "constant", "reversed", "mixed units", "mostly NaN", "columns exchanged"],
)
def test_what_no_fit_can_mend_is_one_sentence(text, complaint, tmp_path):
    path = tmp_path / "pulses.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint) as caught:
        fit(path)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["pulses.csv"]
