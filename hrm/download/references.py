"""What models and files of the Hugging Face hub are called, and where the hub is.

Apart from `hub`, so that a list of models needs no HTTP client, which takes 0.2 s to import.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import unquote

DEFAULT_ENDPOINT = "https://huggingface.co"
MAIN = "main"
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REFERENCE = re.compile(
    rf"({_PART}/{_PART})(?:@([A-Za-z0-9][\w./+-]{{0,199}}))?(?::(\S{{1,400}}))?"
)
SHA256 = re.compile(r"[0-9a-f]{64}")
_PAGES = (DEFAULT_ENDPOINT, "https://www.huggingface.co", "https://hf.co")


@dataclass(frozen=True, slots=True)
class Reference:
    """A model on the hub at a branch, tag or commit; `file` is "" for the model as a whole."""

    repository: str
    revision: str = MAIN
    file: str = ""

    def __str__(self) -> str:
        revision = "" if self.revision == MAIN else f"@{self.revision}"
        return f"{self.repository}{revision}{':' if self.file else ''}{self.file}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file with its size (None if unknown) and hashes ("" if unknown). The hub gives `git_sha1`,
    git's blob hash, for small files and `sha256` for large ones."""

    name: str
    url: str
    size: int | None = None
    sha256: str = ""
    git_sha1: str = ""


def endpoint() -> str:
    """The URL of the hub, without a trailing slash."""
    return os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or DEFAULT_ENDPOINT


def parse_reference(text: str) -> Reference | None:
    """Parse `org/name[@revision][:file]` or the URL of a hub page; None for anything else."""
    for address in (endpoint(), *_PAGES):
        if text.startswith(f"{address}/"):
            return _from_page(text.removeprefix(f"{address}/"))
    found = _REFERENCE.fullmatch(text)
    if found is None or ".." in found[1]:
        return None
    return _reference(found[1], found[2] or MAIN, found[3] or "")


def _reference(repository: str, revision: str, file: str) -> Reference | None:
    safe = is_safe_path(revision) and (not file or is_safe_path(file))
    return Reference(repository, revision, file) if safe else None


def _from_page(path: str) -> Reference | None:
    parts = unquote(re.split("[?#]", path)[0]).strip("/").split("/")
    found = _REFERENCE.fullmatch("/".join(parts[:2]))
    if found is None or found[2] or found[3] or ".." in found[1]:
        return None
    if len(parts) == 2:
        return Reference(found[1])
    if len(parts) > 3 and parts[2] in ("tree", "blob", "resolve"):
        return _reference(found[1], parts[3], "/".join(parts[4:]))
    return None


def is_safe_path(name: str) -> bool:
    """Whether a file name from a server stays inside the folder it is stored in."""
    return (
        name.isprintable()
        and not any(character in name for character in '\\:*?"<>|')
        and all(part.strip(" .") for part in name.split("/"))
    )


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE is set."""
    return os.environ.get("HF_HUB_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")
