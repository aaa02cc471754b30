"""The public API, and what may be imported without waiting for torch."""

from __future__ import annotations

import doctest
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


@pytest.mark.parametrize("name", ["__doc__", *hrm.__all__])
def test_the_example_of_every_public_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "__version__":
        return
    monkeypatch.chdir(tmp_path)
    found = hrm if name == "__doc__" else getattr(hrm, name)
    scope = vars(sys.modules[found.__module__]) if name != "__doc__" else {}
    [example] = doctest.DocTestFinder(recurse=False).find(found, name, globs=dict(scope))
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0
