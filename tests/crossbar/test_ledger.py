import torch

from crossbar.ledger import Ledger


def test_an_empty_ledger_is_zeros_of_the_shape():
    ledger = Ledger.empty(2, (3, 4), "expected")
    assert {name: tuple(value.shape) for name, value in ledger.tensors().items()} == {
        "pulses_up_KOI": (2, 3, 4),
        "pulses_down_KOI": (2, 3, 4),
        "forward_reads_K": (2,),
        "backward_reads_K": (2,),
    }
    assert all(value.dtype == torch.float64 and not value.any() for value in ledger.tensors().values())
    assert ledger.counting == "expected"


def test_pulses_of_a_chip_are_all_of_its_cells_both_ways():
    ledger = Ledger.empty(2, (1, 2))
    ledger.pulses_up_KOI[0] = torch.tensor([[1.0, 2.0]])
    ledger.pulses_down_KOI[1] = torch.tensor([[0.0, 5.0]])
    assert ledger.pulses_K().tolist() == [3.0, 5.0]


def test_tensors_are_copies():
    ledger = Ledger.empty(1, (1, 1))
    ledger.tensors()["pulses_up_KOI"] += 1
    assert float(ledger.pulses_up_KOI) == 0
