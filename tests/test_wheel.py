"""What `pip install .` and `uv tool install .` bring: a small wheel with weights and examples that
solves a puzzle."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from email.parser import Parser
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


def require_solves(command: Sequence[str | Path], environment: dict[str, str], place: Path) -> None:
    """The installed program solves a Sudoku with its bundled model."""
    ran = subprocess.run(
        [*command, "solve", "sudoku", "easy", "--quiet", "--device", "cpu"],
        env=environment,
        cwd=place,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.split()[0]) == 81


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
    require_solves([sys.executable, script], environment, tmp_path)
    probe = [sys.executable, "-c", "import hrm, puzzles; print(hrm.__file__, puzzles.__file__)"]
    ran = subprocess.run(probe, env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert all(Path(path).is_relative_to(place) for path in ran.stdout.decode().split())


def test_uv_installs_the_command_from_a_checkout(wheel: Path, tmp_path: Path) -> None:
    """Into an environment of its own, to which the dependencies are lent: torch is too large to be
    fetched by every test run, so that they are overridden with ones for no Python there is."""
    (described,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("METADATA"))
    metadata = Parser().parsestr(zipfile.ZipFile(wheel).read(described).decode())
    needed = [one for one in metadata.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert needed
    names = [re.split(r"[^\w.-]", one)[0] for one in needed]
    overrides = tmp_path / "overrides.txt"
    overrides.write_text("".join(f"{name} ; python_version < '0'\n" for name in names))
    here = sysconfig.get_path("purelib")
    environment = {
        **os.environ,
        "PYTHONPATH": here,  # where the build finds hatchling
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "HRM_HOME": str(tmp_path / "home"),
    }
    install = [sys.executable, "-m", "uv", "tool", "install", "--python", sys.executable]
    install += ["--offline", "--no-index", "--no-build-isolation"]
    ran = subprocess.run(
        [*install, "--overrides", overrides, ROOT],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    del environment["PYTHONPATH"]
    (site,) = (tmp_path / "tools" / "hrm-tui").rglob("site-packages")
    (site / "lent.pth").write_text(f"{here}\n")
    require_solves([tmp_path / "bin" / "hrm"], environment, tmp_path)
    for package in ("hrm", "hrm_tui", "puzzles"):
        assert (site / package / "__init__.py").is_file()
    probe = "import hrm, puzzles; print(hrm.__file__, puzzles.__file__)"
    python = next((tmp_path / "tools").rglob("python"))
    ran = subprocess.run(
        [python, "-c", probe], env=environment, cwd=tmp_path, check=True, capture_output=True
    )
    assert all(Path(path).is_relative_to(site) for path in ran.stdout.decode().split())
