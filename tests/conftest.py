"""Fixtures for the tests of the command line: a shell in a folder of its own, a scripted model."""

from __future__ import annotations

import gc
import os
import platform
from pathlib import Path

import pytest
from hypothesis import settings
from scripted import Script, Shell


def pytest_configure() -> None:
    # small tensors gain nothing from threads, which beside other work mostly wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # and those of the tests that ask for some sleep while they wait, as the command's do
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # the golden numbers were recorded with AVX2, whose rounding random weights enlarge
    if platform.machine() in ("x86_64", "AMD64"):
        os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx2")
        os.environ.setdefault("MKL_ENABLE_INSTRUCTIONS", "AVX2")
    # Textual makes many small objects; collecting them took a sixth of its tests' time
    gc.set_threshold(50_000, 20, 50)
    # nor is a slow machine a reason to fail
    settings.register_profile("hrm", deadline=None)
    settings.load_profile("hrm")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests have an hour, so that they also pass beside other work."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(3600))


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Shell:
    """The command line, run inside `tmp_path` and keeping its own files under `tmp_path/.hrm`."""
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, monkeypatch)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Stands in for every model that `hrm solve` opens."""
    script = Script()
    monkeypatch.setattr("hrm.cli.solve.open_solver", script.open)
    return script
