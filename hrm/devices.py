"""The device that a model computes on, and the memory it uses there."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from hrm.errors import ModelError, UserError
from hrm.terminal import clean_line

if TYPE_CHECKING:
    import torch
    from torch.nn import Module


_COMPILERS = ("c++", "g++", "clang++", "cl")


def peak_memory(device: str = "cpu") -> int:
    """Peak memory in bytes: of torch's allocator on CUDA, else of the process; 0 if unknown."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # not available on Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def forget_peak(device: str) -> None:
    """Reset the peak; only CUDA's allocator can."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)


def usable_device(name: str, threads: int = 0) -> str:
    """`name`, or the fastest device for `auto`; raises `ModelError` if torch cannot use it.

    Also limits torch to `threads` CPU threads, unless that is 0.
    """
    import torch

    if threads:
        torch.set_num_threads(threads)
    usable = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(kind for kind, works in usable.items() if works)
    try:
        kind = torch.device(name).type
    except RuntimeError:
        kind = ""
    if not usable.get(kind, False):
        there = ", ".join(kind for kind, works in usable.items() if works)
        raise ModelError(
            f"the device {clean_line(name, 40)} cannot be used here",
            f"Usable with --device: {there}, auto.",
        )
    return name


def require_compiler() -> None:
    """Raise `UserError` without a C++ compiler: torch.compile would fail in the first step, with a
    page of text."""
    own = os.environ.get("CXX")
    if not any(shutil.which(name) for name in ((own,) if own else _COMPILERS)):
        raise UserError(
            f"--compile needs a C++ compiler, and there is no {own or ', '.join(_COMPILERS)}",
            "Install one (on Debian: apt install g++), or leave out --compile.",
        )


def move(module: Module, device: str | torch.device) -> None:
    """Move a module's weights to a device; raises `ModelError` if that fails."""
    try:
        module.to(device)
    except (RuntimeError, AssertionError) as error:
        reason = next(iter(str(error).splitlines()), "unknown")
        raise ModelError(
            f"device {str(device)!r} cannot be used ({reason})", "`hrm doctor` lists the devices."
        ) from error
