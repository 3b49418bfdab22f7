"""Groups of one process, beside torch's; and of several, which must find each other."""

import os

import pytest
from bothways import agree

DIST = "import torch.distributed as dist, os, datetime\n"
ONE = DIST + "dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)\n"
END = "\ndist.destroy_process_group()"


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "code",
    [
        "print(dist.is_available(), dist.is_initialized(), dist.is_backend_available('gloo'))",
        "dist.get_rank()",
        "dist.get_world_size()",
        "dist.all_reduce(torch.ones(2))",
        "dist.barrier()",
        "dist.destroy_process_group()",
        "dist.init_process_group('gloo')",
        "dist.init_process_group('gloo', rank=0)",
        "dist.init_process_group()",
        "dist.init_process_group('gloo', rank=0, world_size=1)",
        "dist.init_process_group('gloo', rank=0, world_size=1, init_method='foo://127.0.0.1:29512')",
        "dist.init_process_group('foo', store=dist.HashStore(), rank=0, world_size=1)",
        "dist.init_process_group('nccl', store=dist.HashStore(), rank=0, world_size=1)",
        "dist.init_process_group('gloo', store=dist.HashStore(), rank=0)",
        "dist.init_process_group('gloo', store=dist.HashStore(), world_size=1)",
        "dist.init_process_group('gloo', store=dist.HashStore(), init_method='env://')",
        "print(dist.group.WORLD, dist.GroupMember.NON_GROUP_MEMBER)",
        "print(dist.Backend.GLOO, dist.Backend('GLOO'), dist.Backend.NCCL, dist.Backend.UNDEFINED)",
        "dist.Backend(3)",
        "print(dist.default_pg_timeout)",
        "dist.get_node_local_rank()",
        "print(dist.get_node_local_rank(3))",
        "torch.utils.data.DistributedSampler(range(3))",
    ],
)
def test_without_a_group(code):
    agree(DIST + code)


@pytest.mark.parametrize(
    "code",
    [
        "print(dist.is_initialized(), dist.get_rank(), dist.get_world_size(), dist.get_backend())",
        "print(dist.get_backend_config(), dist.get_pg_count(), dist.group.WORLD, dist.group.WORLD.name())",
        "print(dist.get_process_group_ranks(dist.group.WORLD), dist.get_global_rank(dist.group.WORLD, 0))",
        "try: dist.init_process_group('gloo')\nexcept ValueError as error: print(error)",
        "p = dist.new_group([0]); print(type(p), dist.get_rank(p), dist.get_world_size(p), p.size(), p.name())\n"
        "print(dist.get_global_rank(p, 0), dist.get_process_group_ranks(p)); dist.destroy_process_group(p)\n"
        "print(dist.get_pg_count())",
        "for ranks in ([1], [0, 0]):\n  try: dist.new_group(ranks)\n  except ValueError as error: print(error)",
        "try: dist.get_rank('x')\nexcept ValueError as error: print(error)",
        "none = dist.GroupMember.NON_GROUP_MEMBER; print(dist.get_world_size(none), dist.get_rank(none))",
        "own, all = dist.new_subgroups(1); print(dist.get_rank(own), len(all))",
        "try: dist.new_subgroups(2)\nexcept ValueError as error: print(error)",
        "print(list(torch.utils.data.DistributedSampler(range(5))))",
    ],
)
def test_a_group_of_one(code):
    agree(ONE + code + END)


def test_it_ends_and_begins_again():
    agree(ONE + "dist.destroy_process_group(); print(dist.is_initialized(), dist.group.WORLD)")
    agree(ONE + "dist.destroy_process_group(dist.group.WORLD); print(dist.is_initialized())")


@pytest.mark.parametrize("method", ["env", "tcp", "file"])
def test_ways_to_meet(method, tmp_path, monkeypatch, free_port):
    where = {"tcp": f"tcp://127.0.0.1:{free_port}?rank=0&world_size=1", "file": f"file://{tmp_path}/meet"}
    if method == "env":
        monkeypatch.setattr(os, "environ", os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port)})
    options = "" if method == "tcp" else ", rank=0, world_size=1"
    agree(
        DIST + f"dist.init_process_group('gloo', init_method='{where.get(method, 'env://')}'{options})\n"
        "print(dist.get_rank(), dist.get_world_size())" + END
    )
