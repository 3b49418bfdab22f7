"""What a build for the CPU answers of CUDA."""

import pytest
from bothways import agree

CODES = [
    "print(torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated(), torch.cuda.memory_reserved(), torch.cuda.max_memory_reserved(), torch.cuda.memory_stats())",
    "print(torch.cuda.is_bf16_supported(), torch.cuda.get_arch_list(), torch.cuda.get_rng_state_all(), torch.cuda.seed(), torch.cuda.seed_all())",
    "torch.cuda.mem_get_info()",
    "torch.cuda.get_device_properties(0)",
    "torch.cuda.get_device_capability()",
    "torch.cuda.Event(enable_timing=True)",
    "torch.cuda.Stream()",
    "torch.cuda.current_stream()",
    "torch.cuda.default_stream()",
    "torch.cuda.get_rng_state()",
    "torch.cuda.initial_seed()",
    "torch.cuda.init()",
    "torch.cuda.ipc_collect()",
    "torch.cuda.current_device()",
    "torch.cuda.get_device_name(0)",
    "torch.cuda.synchronize()",
    "torch.cuda.memory_summary()",
    "print(torch.cuda.memory_cached(), torch.cuda.max_memory_cached(), torch.cuda.host_memory_stats())",
    "print(torch.cuda.memory_stats_as_nested_dict(), repr(torch.cuda.get_gencode_flags()))",
    "print(torch.cuda.list_gpu_processes())",
    "torch.cuda.utilization()",
    "torch.cuda.CUDAGraph()",
    "torch.cuda.graph(None)",
    "torch.cuda.FloatTensor([1.])",
    "print(torch.cuda.FloatTensor, isinstance(torch.ones(1), torch.cuda.FloatTensor))",
    "torch.cuda.is_current_stream_capturing()",
    "print(torch.cuda.CudaError, torch.cuda.DeferredCudaCallError, torch.cuda.AcceleratorError)",
    "torch.accelerator.synchronize()",
    "torch.accelerator.current_device_index()",
    "torch.accelerator.memory_allocated()",
]


@pytest.mark.parametrize("code", CODES)
def test_answers_are_torchs(code):
    agree(code)
