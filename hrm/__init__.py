"""Hierarchical Reasoning Models: architecture, training, solving, and the `hrm` command.

`__all__` is the public API; everything else may change without notice. Each name is imported on
first use, so `import hrm` is fast and loads no torch.

>>> from hrm import Policy, bundled_model, load_model, solve
>>> from puzzles import domain
>>> sudoku = domain("sudoku")
>>> model = load_model(bundled_model("sudoku"))
>>> [puzzle] = sudoku.find("easy")
>>> *segments, finished = solve(model, sudoku, puzzle, Policy(segments=32))
>>> finished.solved
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hrm.bundled import bundled_model as bundled_model
    from hrm.model.checkpoint import load_model as load_model
    from hrm.solving.policy import Policy as Policy
    from hrm.solving.session import Session as Session
    from hrm.solving.session import solve as solve
    from hrm.training.config import TrainConfig as TrainConfig
    from hrm.training.presets import preset as preset
    from hrm.training.run import Run as Run

__version__ = "0.1.0"

__all__ = [
    "Policy",
    "Run",
    "Session",
    "TrainConfig",
    "__version__",
    "bundled_model",
    "load_model",
    "preset",
    "solve",
]

_HOMES = {
    "Policy": "hrm.solving.policy",
    "Run": "hrm.training.run",
    "Session": "hrm.solving.session",
    "TrainConfig": "hrm.training.config",
    "bundled_model": "hrm.bundled",
    "load_model": "hrm.model.checkpoint",
    "preset": "hrm.training.presets",
    "solve": "hrm.solving.session",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'hrm' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
