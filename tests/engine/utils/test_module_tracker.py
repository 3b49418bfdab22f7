"""Which modules are at work, beside torch's."""

from bothways import agree


def test_parents_forward_and_backward():
    agree(
        """
from torch.utils.module_tracker import ModuleTracker
class Seen(nn.Module):
    def forward(self, x):
        print("forward", sorted(tracker.parents), tracker.is_bw)
        x.register_hook(lambda g: print("backward", sorted(tracker.parents), tracker.is_bw))
        return x * 2
m = nn.Sequential(Seen(), nn.Sequential(Seen()))
with ModuleTracker() as tracker:
    m(torch.ones(1, requires_grad=True) * 1).sum().backward()
    print(sorted(tracker.parents), tracker.is_bw)
m(torch.ones(1, requires_grad=True))
"""
    )
