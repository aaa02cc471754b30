"""Fixtures for files that lie: nothing is left behind, little memory is taken."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hrm.errors import ModelError
from hrm.model.checkpoint import load_model

MOST_MEGABYTES = 200


def _forget_peak() -> None:
    """Let the peak of this process be what it uses now, or earlier tests would hide what these do.

    Linux only; elsewhere the peak is that of the process since it began.
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes() -> float:
    """Of this process since `_forget_peak`; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A file that only executed or misplaced content could make; memory is watched as well."""
    (tmp_path / "nest").mkdir()
    path = tmp_path / "nest" / "canary"
    _forget_peak()
    before = peak_megabytes()
    yield path
    assert not path.exists()
    assert peak_megabytes() - before < MOST_MEGABYTES


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.message
