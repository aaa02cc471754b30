"""Where `hrm` keeps files of its own: downloaded models, chosen defaults, what the app remembers
and, after a crash, what went wrong."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "HRM_HOME"
"""Environment variable that moves every folder of `hrm` under one place of the user's choice."""


def _own(kind: str) -> Path | None:
    home = os.environ.get(HOME_VARIABLE, "").strip()
    return Path(os.path.expanduser(home)) / kind if home else None


def cache_dir() -> Path:
    """Folder for files that can be fetched again; not created here."""
    from platformdirs import user_cache_path

    return _own("cache") or user_cache_path("hrm", appauthor=False)


def state_dir() -> Path:
    """Folder for defaults, saved games, drafts and logs of crashes; not created here."""
    from platformdirs import user_state_path

    return _own("state") or user_state_path("hrm", appauthor=False)
