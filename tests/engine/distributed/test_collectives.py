"""What processes do together: one beside torch's one, several beside torch's several."""

import pytest
from bothways import agree

ONE = (
    "import torch.distributed as dist\n"
    "dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)\n"
    "t = torch.arange(3.)\n"
)
CALLS = [
    "print(dist.all_reduce(t), t, t._version)", "dist.all_reduce(t, op=dist.ReduceOp.MAX); print(t)",
    "w = dist.all_reduce(t, async_op=True); print(type(w), w.wait(), w.is_completed(), w.get_future().wait())",
    "out = [torch.zeros(3)]; dist.all_gather(out, t); print(out, out[0]._version)",
    "print(dist.broadcast(t, src=0), dist.barrier(), dist.reduce(t, dst=0), t)",
    "g = [torch.zeros(3)]; dist.gather(t, g); print(g); s = torch.zeros(3); dist.scatter(s, [t * 2], src=0); print(s)",
    "o = torch.zeros(3); dist.reduce_scatter(o, [t]); print(o); dist.all_to_all([o], [t + 1]); print(o)",
    "o = torch.zeros(3); dist.all_gather_into_tensor(o, t); print(o); dist.reduce_scatter_tensor(o, t * 3); print(o)",
    "o = torch.zeros(3); dist.all_gather_single(o, t); print(o); dist.all_to_all_single(o, t + 5); print(o)",
    "ob = [None]; dist.all_gather_object(ob, {'a': 1}); l = [1, 'x']; dist.broadcast_object_list(l, 0); print(ob, l)",
    "q = [None]; dist.gather_object('k', q, dst=0); print(q); s = [0]; dist.scatter_object_list(s, ['z'], 0); print(s)",
    "dist.send(t, dst=0)", "dist.send(t, dst=None)", "dist.broadcast(t, src=1)", "dist.reduce(t, dst=3)",
    "dist.broadcast(t)", "dist.all_reduce([1, 2])", "dist.all_gather(t, t)", "dist.gather(t, dst=0)",
    "dist.scatter(t, src=0)", "dist.gather(t, [t, t])", "dist.scatter(t, [t, t])", "dist.reduce_scatter(t, [t, t])",
    "dist.all_to_all([t, t], [t, t])", "dist.gather(t, [torch.ones(2)])", "dist.scatter(t, [torch.ones(2)])",
    "dist.all_gather([torch.zeros(2)], t)", "dist.all_gather([t, t], t)", "dist.all_gather_single(torch.ones(4), t)",
    "dist.all_gather([torch.zeros(3, dtype=torch.int64)], t)", "dist.all_reduce(t, op='sum')",
    "dist.all_reduce(t, op=dist.ReduceOp.BAND)", "dist.all_reduce(t, op=dist.ReduceOp.PREMUL_SUM)",
    "dist.all_reduce(torch.ones(2, dtype=torch.int32), op=dist.ReduceOp.AVG)",
    "c = torch.ones(2, dtype=torch.complex64); dist.all_reduce(c); print(c)\n"
    "try: dist.all_reduce(c, op=dist.ReduceOp.MAX)\nexcept ValueError as error: print(error)",
    "b = torch.tensor([True, False]); dist.all_reduce(b); print(b)",
    "h = torch.ones(2, dtype=torch.bfloat16); dist.all_reduce(h); print(h)",
    "dist.all_reduce(t[::2]); dist.all_reduce(torch.ones(2, 3).t()[1:]); dist.all_reduce(torch.ones(()))\n"
    "dist.all_reduce(torch.ones(0)); dist.all_reduce(torch.ones(2, requires_grad=True)); print(t)",
    "w = (torch.ones(2, requires_grad=True) * 2); dist.all_reduce(w); print(w)",
    "print(dist.all_reduce(t, group=dist.GroupMember.NON_GROUP_MEMBER))",
    "for op in (dist.ReduceOp.SUM, dist.ReduceOp.AVG, dist.ReduceOp.BOR):\n"
    "  print(op, repr(op), int(op), op == dist.ReduceOp.SUM, type(op), op.name)",
    "print(dist.reduce_op.SUM, dist.supports_complex(dist.ReduceOp.MAX), dist.supports_complex(dist.ReduceOp.SUM))",
    "dist.P2POp(dist.all_reduce, t, 0)", "print(dist.recv(t, 0, group=dist.GroupMember.NON_GROUP_MEMBER))",
]  # fmt: skip


@pytest.mark.parametrize("code", CALLS)
def test_a_group_of_one(code):
    agree(ONE + code)


SEVERAL = """
t = torch.arange(4.) + rank * 10
for op in (dist.ReduceOp.SUM, dist.ReduceOp.PRODUCT, dist.ReduceOp.MIN, dist.ReduceOp.MAX):
    u = t.clone(); dist.all_reduce(u, op=op); print(op, u)
i = torch.tensor([1, 2, 4 + rank]); dist.all_reduce(i, op=dist.ReduceOp.BXOR); print(i)
u = t.clone(); dist.broadcast(u, src=1); print(u)
u = t.clone(); dist.reduce(u, dst=0); print(u if rank == 0 else '')
every = [torch.zeros(4) for _ in range(2)]; dist.all_gather(every, t); print(every)
dist.gather(t, every if rank == 1 else None, dst=1); print(every)
u = torch.zeros(4); dist.scatter(u, [t, t + 1] if rank == 0 else None, src=0); print(u)
u = torch.zeros(2); dist.reduce_scatter(u, [t[:2], t[2:]]); print(u)
u = torch.zeros(8); dist.all_gather_into_tensor(u, t); print(u)
a, b = torch.zeros(4), torch.zeros(4); dist.all_to_all_single(a, t); print(a)
if rank == 0:
    dist.send(t, dst=1); print(dist.recv(b, src=1), b)
else:
    print(dist.recv(b, src=0), b); dist.send(t * 2, dst=0)
jobs = [dist.irecv(b, 1 - rank), dist.isend(t + 3, 1 - rank)]; [one.wait() for one in jobs]; print(b)
work = dist.batch_isend_irecv([dist.P2POp(dist.isend, t, 1 - rank), dist.P2POp(dist.irecv, b, 1 - rank)])
[one.wait() for one in work]; print(b)
objects = [None, None]; dist.all_gather_object(objects, {'rank': rank}); print(objects)
objects = [rank, 'a']; dist.broadcast_object_list(objects, src=1); print(objects)
objects = [None]; dist.scatter_object_list(objects, ['x', 'y'] if rank == 0 else None, src=0); print(objects)
alone = dist.new_group([1]); print(dist.get_rank(alone), dist.get_world_size(alone))
dist.all_reduce(t, group=alone); print(t); dist.barrier()
print(list(torch.utils.data.DistributedSampler(range(7))))
"""


def test_two_processes(several):
    """As torch's two, to the last character."""
    assert several(SEVERAL, "engine") == several(SEVERAL, "torch")


def test_three_processes_that_meet_in_a_file(several):
    code = "t = torch.tensor([float(rank)]); dist.all_reduce(t); print(t.item(), dist.get_world_size())"
    assert several(code, count=3, method="file") == ["3.0 3\n"] * 3
