"""The public API, and what may be imported without waiting for torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command import environment

import hrm

LIGHT = (
    "hrm",
    "hrm.bundled",
    "hrm.cli.boundary",
    "hrm.cli.models",
    "hrm.cli.transfer",
    "hrm.solving.policy",
    "hrm.store.catalog",
    "hrm.store.pull",
    "hrm.training.standing",
    "hrm_tui.app",
)


@pytest.mark.parametrize("name", hrm.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(hrm, name)
    assert name in dir(hrm)
    assert name == "__version__" or found.__doc__


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'train_loop'"):
        _ = hrm.train_loop


@pytest.mark.parametrize("module", LIGHT)
def test_importing_what_needs_no_model_loads_no_torch(module: str, tmp_path: Path) -> None:
    heavy = "{'torch', 'hrm.training.trainer'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.strip() == "[]"


def test_the_example_of_the_readme() -> None:
    from hrm import Policy, bundled_model, load_model, solve
    from puzzles import domain

    sudoku = domain("sudoku")
    model = load_model(bundled_model("sudoku"))
    [puzzle] = sudoku.find("easy") or []
    *_, last = solve(model, sudoku, puzzle, Policy(segments=2, attempts=0))
    assert type(last).__name__ == "Finished"
