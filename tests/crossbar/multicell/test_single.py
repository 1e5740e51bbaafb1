from crossbar.multicell.single import weight


def test_a_single_cell_is_the_array_itself(exact):
    array, around = exact()
    assert weight(array, around) is array
