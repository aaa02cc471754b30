"""Compiling the inner loops of generators and solvers with numba. Importing this loads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """numba's njit without the GIL, cached on disk where any cache folder can be written.

    The cache of a function is renewed when its own file changes, not when one that it calls does:
    so all compiled code of a domain is in one file, its `kernels`.
    """
    return _njit(function)


def compiled_floats(function: Function) -> Function:
    """The same for loops over floats that the compiler may reorder: a sum then uses the whole width
    of the processor's registers, and a division by zero gives infinity."""
    return _njit(function, fastmath=True, error_model="numpy")


def _njit(function: Function, **options: Any) -> Function:
    try:
        fast: Any = numba.njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # numba finds no folder for its cache: compile anew in every process
        fast = numba.njit(nogil=True, **options)(function)
    return cast(Function, fast)
