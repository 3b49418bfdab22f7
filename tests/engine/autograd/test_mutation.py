"""What is saved may be modified in the block, through whichever tensor shows its memory."""

import gc
import weakref

import pytest

import engine as torch

WRITES = {
    "in place": lambda b: b.mul_(5),
    "through a view": lambda b: b[:2].zero_(),
    "an element": lambda b: b.__setitem__(0, 7.0),
    "copy_": lambda b: b.copy_(torch.zeros(4)),
    "out=": lambda b: torch.add(b.detach(), 1, out=b.detach()),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_backward_uses_the_old_value(write):
    a = torch.full((4,), 3.0, requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        b = a.clone()
        out = (b**2).sum()
        write(b)
        assert len(context.cloned) == 1
        out.backward()
    assert a.grad.tolist() == [6.0] * 4
    assert not context.cloned and not context.original


def test_other_memory_is_not_copied():
    a = torch.ones(4, requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        out = (a.clone() ** 2).sum()
        torch.zeros(4).add_(1)
        assert not context.cloned
        out.backward()


def test_the_block_keeps_nothing_alive():
    a = torch.ones(4, requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        b = a.clone()
        alive = weakref.ref(b)
        (b**2).sum().backward()
        del b
    gc.collect()
    assert alive() is None


def test_an_error_in_the_block_ends_it():
    with pytest.raises(ZeroDivisionError), torch.autograd.graph.allow_mutation_on_saved_tensors():
        raise ZeroDivisionError
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        pass
