"""Proposals are written in their order; rows that follow an outer product of the same array at the same rate are one write with it."""

import torch

from analogdecor.update import Rows, Update, apply
from crossbar.rows import Rowwise


class Book(Rowwise):
    """An array that notes what is written."""

    def __init__(self, name, book):
        self.name, self.book = name, book

    def update(self, x_KBI, d_KBO, lr):
        self.book.append((self.name, "outer", lr))

    def add_rows(self, rows, lr, beside=None):
        self.book.append((self.name, "rows" if beside is None else "both", lr))


def test_what_belongs_together_is_written_together():
    book = []
    one, two, x = Book("one", book), Book("two", book), torch.ones(1, 2, 2)
    slow, fast = torch.tensor([0.1]), torch.tensor([0.2])

    def outer(array, lr):
        return Update(array, x, x, lr)

    def rows(array, lr):
        return Rows(array, x, torch.ones(1, 2), lr)

    apply([outer(one, slow), outer(two, slow), rows(two, slow), outer(one, fast), rows(one, slow), rows(two, fast), outer(two, fast)])
    assert book == [
        ("one", "outer", slow),
        ("two", "both", slow),
        ("one", "outer", fast),
        ("one", "rows", slow),
        ("two", "rows", fast),
        ("two", "outer", fast),
    ]


def test_the_outer_product_is_the_one_that_was_proposed():
    class Plain:
        asked = ()

        def update(self, x_KBI, d_KBO, lr):
            self.asked = (*self.asked, (x_KBI, d_KBO, lr))

    array, x, d, rows, lr = Plain(), torch.ones(1, 3, 2), torch.zeros(1, 3, 2), torch.ones(1, 2, 2), 0.1
    apply([Update(array, x, d, lr), Rows(array, rows, torch.tensor([[2.0, 3.0]]), lr)])
    assert array.asked[0] == (x, d, lr)
    assert array.asked[1][0] is rows
    assert torch.equal(array.asked[1][1], torch.diag_embed(torch.tensor([[2.0, 3.0]])))
