"""What `pip install` brings: a small wheel, with weights and examples, that solves a puzzle."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run([sys.executable, "-m", *map(str, command)], check=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_is_small_and_has_what_the_program_needs(wheel: Path) -> None:
    assert wheel.stat().st_size <= 8_000_000
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "hrm/bundled/sudoku-mini.safetensors",
        "hrm/bundled/maze-mini.json",
        "hrm_tui/app.tcss",
        "puzzles/examples/sudoku/hard.txt",
        "puzzles/README.md",
    ):
        assert name in names
    assert not [name for name in names if name.startswith("tests/")]


def test_what_is_installed_from_it_solves_a_puzzle(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    install = ["pip", "install", "--quiet", "--no-deps", "--target", place, wheel]
    subprocess.run([sys.executable, "-m", *map(str, install)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(place), "HRM_HOME": str(tmp_path / "home")}
    script = place / "bin" / "hrm"
    assert script.is_file()
    ran = subprocess.run(
        [sys.executable, script, "solve", "sudoku", "easy", "--quiet", "--device", "cpu"],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.split()[0]) == 81
    probe = [sys.executable, "-c", "import hrm, puzzles; print(hrm.__file__, puzzles.__file__)"]
    told = subprocess.run(probe, env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert all(Path(path).is_relative_to(place) for path in told.stdout.decode().split())
