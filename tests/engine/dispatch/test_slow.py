"""Refusals of the slow path, which the fast one leaves to it."""

from bothways import agree

CONSTANTS = """
x, w, t = torch.tensor([[0.2, 0.7], [0.1, 0.4]]), torch.ones(2, requires_grad=True), torch.tensor([0, 1])
mean, var = torch.zeros(2), torch.ones(2)
for f in (
    lambda x: F.nll_loss(x, t, w),
    lambda x: F.cross_entropy(x, t, w),
    lambda x: F.cross_entropy(x[:, :, None, None], t[:, None, None], w),
    lambda x: F.binary_cross_entropy(x, x.detach(), w),
    lambda x: F.binary_cross_entropy_with_logits(x, x.detach(), w),
    lambda x: F.binary_cross_entropy_with_logits(x, x.detach(), pos_weight=w),
    lambda x: F.multi_margin_loss(x, t, weight=w),
    lambda x: F.soft_margin_loss(x, x.new_ones(2, 2).requires_grad_()),
    lambda x: F.batch_norm(x, w, var),
    lambda x: F.batch_norm(x, mean, w, training=True),
    lambda x: torch.linalg.pinv(x, atol=w.sum()),
    lambda x: F.fractional_max_pool2d(x[None], 1, output_size=2, _random_samples=x.new_ones(1, 1, 2).requires_grad_()),
):
    for given in (x, x.clone().requires_grad_()):
        for mode in (torch.enable_grad, torch.no_grad):
            with mode():
                try:
                    print(f(given).grad_fn is None)
                except RuntimeError as error:
                    print(error)
"""


def test_a_tensor_without_a_derivative_may_not_require_grad():
    agree("F = torch.nn.functional\n" + CONSTANTS)


def test_none_stands_for_a_list_that_is_empty_unless_given():
    agree(
        "F, x = torch.nn.functional, torch.ones(1, 2, 4)\n"
        "print(F.avg_pool1d(x, 2, None).shape, torch.max_pool1d(x, 2, None).shape, F.avg_pool2d(x, 2, None).shape)\n"
        "print(torch.roll(x, 1, None).shape)\n"
        "for f in (lambda: torch.avg_pool1d(x, 2, padding=None), lambda: torch.flip(x, None)):\n"
        "    try:\n"
        "        f()\n"
        "    except TypeError as error:\n"
        "        print(error)"
    )
