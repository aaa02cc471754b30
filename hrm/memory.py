"""How much memory the process has taken, for progress displays and `hrm bench`."""

from __future__ import annotations

import sys


def peak_memory(device: str = "cpu") -> int:
    """Peak bytes so far: of torch's allocator on CUDA, else resident; 0 where nobody can tell."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows has no such figure in the standard library
        return 0
    unit = 1 if sys.platform == "darwin" else 1024  # the system's own units
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def forget_peak(device: str) -> None:
    """Count from here on; only CUDA's allocator can."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)
