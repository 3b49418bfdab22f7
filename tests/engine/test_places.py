"""Names where scripts look for them, and what they answer, beside torch's."""

import importlib

import pytest
from bothways import agree

IMPORTS = [
    "from torch.autograd.grad_mode import no_grad, enable_grad, inference_mode, set_grad_enabled",
    "from torch.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly",
    "from torch.autograd.variable import Variable",
    "from torch.nn.modules.utils import _single, _pair, _triple, _quadruple, _ntuple, _reverse_repeat_tuple",
    "from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present",
    "from torch.nn.common_types import _size_1_t, _size_2_t, _size_3_t, _size_any_t, _ratio_2_t",
    "from torch.types import Number, Device, _size, FileLike, _int, _dtype",
    "from torch.utils._pytree import tree_flatten, tree_unflatten, tree_map, tree_map_only, tree_leaves",
    "from torch.utils.data.distributed import DistributedSampler",
    "from torch.optim.adamw import AdamW",
    "from torch.overrides import has_torch_function, has_torch_function_unary, has_torch_function_variadic",
    "from torch.jit import Final, annotate, export, ignore, unused, is_scripting, is_tracing",
    "import torch.multiprocessing as mp; mp.Process, mp.Queue, mp.get_context, mp.cpu_count()",
    "import torch.backends.mkl, torch.backends.mkldnn, torch.backends.openmp, torch.backends.opt_einsum",
    "import torch.distributed, torch.cpu, torch.cuda.nvtx",
    "from torch.utils.tensorboard import SummaryWriter",
    "from torch.nn.functional import _in_projection_packed, _in_projection, _none_or_dtype, has_torch_function",
    "from torch._tensor_str import printoptions, set_printoptions, get_printoptions, PRINT_OPTS",
    "from torch import *; print(SymInt, qint8, uint4, complex32, concat.__name__, row_stack.__name__)",
    "from torch.distributions import *; print([one for one in dir() if one in ('constraints', 'transforms', 'Beta')])",
]
ANSWERS = [
    "torch.version.debug, torch.version.hip, torch.version.cuda", "torch.jit.is_scripting(), torch.jit.is_tracing()",
    "torch.jit.annotate(int, 3), torch.jit.unused(lambda x: x)(-1), torch.jit.ignore(lambda x: x)(-1)",
    "torch.jit.export(lambda x: x)(-2), torch.jit.ignore()(lambda x: x)(-1)",
    "torch.cpu.is_available(), torch.cpu.device_count(), torch.cpu.current_device(), torch.cpu.synchronize()",
    "torch.backends.opt_einsum.is_available(), torch.backends.opt_einsum.strategy",
    "torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.enable_math_sdp(True)",
    "torch.backends.cuda.math_sdp_enabled(), torch.backends.cuda.cudnn_sdp_enabled()",
    "torch.return_types.max, isinstance(torch.ones(2).max(0), torch.return_types.max)", "torch.return_types.topk_out",
    "torch.return_types.sort((torch.tensor(1.), torch.tensor(0)))", "torch.return_types.nothing",
    "torch.cuda.set_device(0)", "torch.cuda.device(0).__enter__()", "torch.cuda.device_of(torch.ones(1)).__enter__()",
    "torch.cuda.stream(None).__enter__()", "torch.cuda.reset_peak_memory_stats()", "torch.cuda.nvtx.range_push('a')",
    "torch.cuda.nvtx.range('a').__enter__()", "torch.cuda.set_rng_state(torch.get_rng_state())", "torch.cuda.cudart()",
    "torch.cuda.default_generators, torch.cuda.is_tf32_supported(), torch.cuda.has_half, torch.cuda.has_magma",
    "torch.mps.manual_seed(1)", "torch.mps.empty_cache()", "torch.mps.synchronize()",
    "torch.overrides.has_torch_function_unary(torch.ones(1)), torch.overrides.has_torch_function_variadic(1, 2)",
    "nn.modules.utils._pair(2), nn.modules.utils._single([1]), nn.modules.utils._ntuple(2)('ab')",
    "nn.modules.utils._reverse_repeat_tuple((1, 2), 2), nn.modules.utils._list_with_default([1, None], [3, 4, 5])",
    "nn.modules.utils._list_with_default(3, [1])", "nn.modules.utils._list_with_default([1], [1])",
    "torch.utils._pytree.tree_flatten({'a': [1, (2,)], 'b': ()})", "torch.utils._pytree.tree_leaves([1, [2]])",
    "torch.utils._pytree.tree_map_only(int, lambda x: x + 1, [1, 'a'])",
    "torch.utils._pytree.tree_any(bool, [0, 1]), torch.utils._pytree.tree_all(bool, [0, 1])",
    "torch.utils._pytree.tree_structure([1]), list(torch.utils._pytree.tree_iter((1, {'k': 2})))",
    "sorted(one for one in dir(torch) if isinstance(getattr(torch, one, None), torch.dtype))",
    "torch.chalf, torch.bit, [(d.itemsize, d.is_complex, d.is_floating_point) for d in (torch.chalf, torch.qint32)]",
    "torch.chalf == torch.complex64, torch.qint8 in (torch.int8,), hasattr(torch.float32, 'abbreviation')",
    "isinstance(3, (torch.SymInt, torch.SymFloat, torch.SymBool)), torch.types.SymInt is torch.SymInt",
    "torch.Tag.pointwise, repr(torch.Tag.core), int(torch.Tag.out), len(torch.Tag.__members__), torch.FatalError",
    "torch.concat.__name__, torch.concatenate.__name__, torch.row_stack.__name__", "torch.row_stack()",
    "torch.concat(3)",
    "torch.jit.Attribute(3, int), torch.jit.Error.__mro__, torch.jit.set_fusion_strategy([('STATIC', 1)])",
    "torch.jit.strict_fusion().__enter__()", "torch.jit.enable_onednn_fusion(False), torch.jit.onednn_fusion_enabled()",
    "torch.serialization.set_default_load_endianness(3)", "torch.serialization.set_crc32_options(True)",
    "torch.serialization.LoadEndianness.NATIVE, torch.serialization.get_default_load_endianness()",
    "torch.serialization.location_tag(torch.ones(1).untyped_storage()), torch.serialization.get_crc32_options()",
    "torch.serialization.check_module_version_greater_or_equal(torch, (2, 0))",
    "torch.serialization.DEFAULT_PROTOCOL, torch.serialization.PROTOCOL_VERSION, torch.serialization.MAGIC_NUMBER",
    "torch.compiler.nested_compile_region(lambda x: x)(3), torch.compiler.nested_compile_region()(lambda x: x)(1)",
    "torch.compiler.get_default_backend(), torch.compiler.is_dynamo_compiling()",
    "torch.compiler.keep_tensor_guards_unsafe([]), torch.compiler.skip_guard_on_globals_unsafe([])",
    "torch.compiler.wrap_numpy(lambda a: a + 1)(torch.ones(2))",
    "F._canonical_mask(torch.tensor([True, False]), 'a', torch.float, 'b', torch.float64)",
    "F._canonical_mask(torch.ones(2).long(), 'a', None, 'b', torch.float)", "F._none_or_dtype(3)",
    "F._none_or_dtype(torch.ones(1)), F._none_or_dtype(None), F._get_softmax_dim('softmax', 2, 3)",
    "F._mha_shape_check(torch.ones(2, 3, 4), torch.ones(2, 3, 4), torch.ones(2, 3, 4), None, None, 2)",
    "[one.shape for one in F._in_projection_packed(*[torch.ones(2, 1, 2)] * 3, torch.ones(6, 2))]",
    "[one.shape for one in F._in_projection(*[torch.ones(2, 1, 2)] * 3, *[torch.ones(2, 2)] * 3)]",
    "F._verify_batch_size([1, 2])", "F._verify_batch_size([1, 2, 2])", "F.GRID_SAMPLE_INTERPOLATION_MODES",
    "nn._reduction.get_enum('sum'), F._Reduction.legacy_get_enum(False, None, False)", "nn._reduction.get_enum('x')",
    "nn._reduction.legacy_get_string(None, False)",
    "torch._tensor_str._str(torch.ones(2)), torch._tensor_str.get_printoptions()",
]  # fmt: skip


@pytest.mark.parametrize("line", IMPORTS)
def test_imports(line):
    agree(line)


@pytest.mark.parametrize("expression", ANSWERS)
def test_answers(expression):
    agree(f"print({expression})")


def test_the_prefix_of_a_state_dict():
    agree("""
state = nn.DataParallel(nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1))).state_dict()
nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
print(list(state), state._metadata)
nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "other.")
print(list(state))
""")


@pytest.mark.parametrize(
    "options", ["", ", shuffle=False", ", drop_last=True", ", seed=3", ", shuffle=False, drop_last=True"]
)
@pytest.mark.parametrize("count", [1, 3, 4, 7])
def test_samples_shared_out(count, options):
    agree(f"""
from torch.utils.data import DistributedSampler
for rank in range(3):
    sampler = DistributedSampler(range({count}), num_replicas=3, rank=rank{options})
    print(len(sampler), list(sampler))
    sampler.set_epoch(1)
    print(list(sampler))
""")


@pytest.mark.parametrize("rank", [-1, 2])
def test_a_rank_that_is_none(rank):
    agree(f"torch.utils.data.DistributedSampler(range(4), num_replicas=2, rank={rank})")


@pytest.mark.parametrize("name", ["ao", "export", "onnx", "quantization"])
def test_what_is_left_out_is_told_with_where_to_read_on(name):
    engine = importlib.import_module("engine")
    with pytest.raises(AttributeError, match=f"module 'torch' has no attribute '{name}' in this engine: .*README.md"):
        getattr(engine, name)
    assert not hasattr(engine, name)
