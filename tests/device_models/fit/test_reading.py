import numpy as np
import pytest

from device_models.fit.reading import read_trains
from device_models.fit.units import name_and_unit


def _file(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "pulses.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "-0.8,0.7\n-0.5,0.2\n0.1,-0.4\n",
        "\ufeff-0.8,0.7\r\n-0.5,0.2\r\n0.1,-0.4\r\n,\r\n",
        "up;down\n-0,8;0,7\n-0,5;0,2\n0,1;-0,4\n",
        "# me\ndown\tup\n.7\t-.8\n.2\t-.5\n-.4\t.1",
    ],
    ids=["bare", "byte order mark", "decimal comma", "tabs and a header"],
)
def test_two_columns(text, tmp_path):
    measurement = read_trains(_file(tmp_path, text))
    up, down = measurement.trains
    assert measurement.unit is None
    np.testing.assert_array_equal(up.conductance_T, [-0.8, -0.5, 0.1])
    np.testing.assert_array_equal(down.conductance_T, [0.7, 0.2, -0.4])
    assert set(up.polarity_T) == {1}
    assert set(down.polarity_T) == {-1}


def test_a_column_that_falls_back_begins_a_new_cycle(tmp_path):
    up, again, down = read_trains(_file(tmp_path, "1,9\n5,5\n9,1\n1.2,\n5,\n9.1,\n")).trains
    np.testing.assert_array_equal(up.conductance_T, [1, 5, 9])
    np.testing.assert_array_equal(again.conductance_T, [1.2, 5, 9.1])
    np.testing.assert_array_equal(down.conductance_T[:3], [9, 5, 1])


def test_long_form_with_units_devices_and_skipped_pulses(tmp_path):
    text = "Cycle,Device,Polarity,Pulse,G [nS]\n1,a,0,0,1\n1,a,up,1,2\n1,a,up,4,5\n1,a,down,1,\n2,a,+,1,3\n1,b,-1,1,9\n"
    first, second, other = read_trains(_file(tmp_path, text)).trains
    np.testing.assert_allclose(first.conductance_T, np.array([1, 2, np.nan, np.nan, 5, np.nan]) * 1e-9)
    np.testing.assert_array_equal(first.polarity_T, [0, 1, 1, 1, 1, -1])
    np.testing.assert_array_equal(first.row_T, [2, 3, 4, 4, 4, 5])
    assert (second.device, second.cycle, other.device) == ("a", "2", "b")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no rows"),
        ("1,2\n3,x\n", "row 2: conductance 'x' is not a finite number"),
        ("1,2\n3,inf\n", "row 2: conductance 'inf'"),
        ("1,2\nnan,nan\n2,1\n", "row 2 holds no number"),
        ("1,2\n1,2,3\n", "row 2 has 3 columns, row 1 has 2"),
        ("1,2,3\n1,2,3\n", "without a header has two columns, up and down, not 3"),
        ("up [uS],down [nS]\n1,2\n", "different units: uS and nS"),
        ("left,right\n1,2\n", "up and down, not 'left' and 'right'"),
        ("cycle,pulse,conductance\n1,1,1\n", "no column 'polarity'"),
        ("cycle,pulse,polarity,conductance [Ohm]\n1,1,1,1\n", "unit of conductance 'Ohm'"),
        ("cycle,polarity,conductance\n1,1,2 uS\n", r"row 2: conductance '2 uS' .* stands in the header, for all rows: conductance \[uS\]"),
        ("cycle,polarity,conductance\n1,sideways,2\n", "row 2: polarity 'sideways' is not one of 1, -1, 0, up, down"),
        ("cycle,polarity,conductance\n1,2,2\n", "row 2: polarity '2' is not one of"),
        ("cycle,polarity,conductance\nnan,nan,nan\n", "row 2: cycle is missing"),
        ("cycle,polarity,conductance\n1,nan,nan\n", "row 2: polarity 'nan'"),
        ("pulse,polarity,conductance\n1,1,2\n1,1,3\n", "row 3: pulse 1 follows pulse 1"),
        ("pulse,polarity,conductance\n1.5,1,2\n", "row 2: pulse '1.5' is not a whole number"),
        ("g,polarity,conductance\n1,1,2\n", "2 columns for 'conductance'"),
    ],
)
def test_a_wrong_file_is_one_sentence(text, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint) as caught:
        read_trains(_file(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text(tmp_path):
    with pytest.raises(ValueError, match="UTF-8"):
        read_trains(_file(tmp_path, "1,2 µS", "latin-1"))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("G [uS]", ("g", "uS")),
        ("conductance (µS)", ("conductance", "uS")),
        ("G/nS", ("g", "nS")),
        ("conductance_uS", ("conductance", "uS")),
        ("conductance [a.u.]", ("conductance", None)),
        ("Conductance", ("conductance", None)),
    ],
)
def test_titles_with_units(title, expected):
    assert name_and_unit(title) == expected
