"""Storages and deterministic memory, beside torch's."""

import pytest
from bothways import agree, torch

import engine


@pytest.fixture(autouse=True)
def not_deterministic():
    yield
    for module in (engine, torch):
        module.use_deterministic_algorithms(False)


@pytest.mark.parametrize(
    "code",
    [
        "s = torch.arange(4.).storage()\nprint(type(s), s, s.untyped(), s.type(), s.nbytes(), list(s))",
        "x = torch.arange(4.)\nx[2:].storage()[0] = 7.\nprint(x, x[1:].untyped_storage().data_ptr() == x.data_ptr())",
        "for d in (torch.bool, torch.bfloat16, torch.complex64): print(torch.ones(2, dtype=d).storage())",
        "print(torch.arange(6).reshape(2, 3).T.storage().tolist(), torch.empty(0).storage())",
        "s = torch.ones(2).storage()\nprint(torch.is_storage(s), torch.is_storage(2), s.clone().fill_(3.), s)",
        "print(torch.FloatStorage([1, 2]), torch.LongStorage(2).fill_(3), torch.UntypedStorage([1, 2]))",
        "print(torch.FloatStorage, torch.Storage, torch.FloatStorage.dtype, torch.TypedStorage([1.]))",
        "s = torch.ones(1).storage()\nprint(isinstance(s, torch.FloatStorage), isinstance(s, torch.IntStorage))",
        "s = torch.arange(3.).storage()\nprint(s.double(), s.int(), s.bool(), s.half().dtype, s.cpu() is s)",
        "s = torch.FloatStorage(2)\ns.resize_(3)\nprint(len(s))\ns.copy_(torch.ones(3).storage())\nprint(s)",
        "u = torch.arange(3, dtype=torch.uint8).untyped_storage()\nprint(u.type(), u.device, u.filename)\n"
        "print(u.fill_(7), u.copy_(torch.zeros(3, dtype=torch.uint8).untyped_storage()), u.new())",
        "print(torch.FloatTensor(torch.FloatStorage([1, 2])), torch.tensor([]).set_(torch.FloatStorage([1, 2])))",
        "torch.ones(2).storage()[2]",
        "torch.ones(2).storage()['a']",
        "u = torch.ones(1).untyped_storage()\nprint(u[3], u[0:2], len(u), u.tolist())\nu[4]",
    ],
)
def test_memory_looks_as_in_torch(code):
    agree(code)


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex128", "int8", "uint8", "int64", "bool"])
def test_deterministic_memory_is_filled(dtype):
    agree(
        "torch.use_deterministic_algorithms(True)\n"
        f"d = {{'dtype': torch.{dtype}}}\nx = torch.zeros(2, **d)\n"
        "print(torch.empty(2, **d), torch.empty_like(x), x.new_empty(1), torch.empty_strided((2,), (2,), **d), x)"
    )


@pytest.mark.parametrize("mode", ["'warn'", "'error'", "0", "1", "2", "3", "'other'", "None"])
def test_modes_have_numbers_and_names(mode):
    agree(f"torch.set_deterministic_debug_mode({mode})\nprint(torch.get_deterministic_debug_mode())\n"
          "print(torch.zeros(2).put_(torch.tensor([0]), torch.ones(1)))")  # fmt: skip


def test_unallocated_zeros_add_up_as_other_gradients_do():
    agree("x = torch.tensor([1., -2.], requires_grad=True)\n(x.sgn() + x).sum().backward()\n"
          "(x * 2).sum().backward()\nprint(x.grad, x.grad.tolist())")  # fmt: skip
