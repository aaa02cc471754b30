"""One file over HTTP: resumed, shared between processes, and verified on the disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fetching import BODY, NAME, OTHER, SHA256, Fetching
from hub_server import Fault

from hrm.download.fetch import fetch
from hrm.files import Lock

pytest_plugins = ["fetch_fixtures"]

HALF = len(BODY) // 2
TOGETHER = f"""
import os, sys
from pathlib import Path
from fetching import new_client
from hrm.download.fetch import fetch
from hrm.download.references import RemoteFile
from hrm.download.http import RetryPolicy
url, folder = sys.argv[1], Path(sys.argv[2])
file = RemoteFile(name="w", url=url, size={len(BODY)}, sha256="{SHA256}")
for _ in range(8):
    if os.fork() == 0:
        list(fetch(new_client(), file, folder / "{NAME}", folder / "partial", RetryPolicy()))
        os._exit(0)
codes = [os.wait()[1] for _ in range(8)]
assert codes == [0] * 8, codes
assert "torch" not in sys.modules
"""


def test_progress_is_reported_from_the_first_byte_to_the_last(fetching: Fetching) -> None:
    events = fetching.succeed()
    assert (events[0].done, events[-1].done) == (0, len(BODY))
    assert {event.total for event in events} == {len(BODY)}
    assert {event.resumed_from for event in events} == {0}
    assert events[-1].rate > 0


def test_a_broken_connection_is_taken_up_where_it_broke(fetching: Fetching) -> None:
    fetching.hub.faults["content"] = [Fault(cut=HALF)]
    events = fetching.succeed()
    assert events[-1].resumed_from == HALF
    again = fetching.hub.requests("content")[1]
    assert again["range"] == f"bytes={HALF}-"
    assert again["if-range"] == f'"{SHA256}"'
    assert fetching.hub.sent == len(BODY)


def test_a_later_run_continues(fetching: Fetching) -> None:
    fetching.hub.always["content"] = Fault(cut=HALF, stall=True)
    fetching.cancel_at(HALF)
    fetching.hub.always.clear()
    assert fetching.leftovers() == {".partial", ".json"}
    events = fetching.succeed()
    assert events[0].resumed_from == events[0].done == HALF
    assert fetching.hub.sent == len(BODY)


def test_without_a_hash_a_later_run_continues_by_the_etag(fetching: Fetching) -> None:
    fetching.but(sha256="", size=None)
    fetching.hub.faults["content"] = [Fault(cut=HALF, stall=True)]
    fetching.cancel_at(HALF)
    fetching.succeed()
    assert fetching.hub.sent == len(BODY)


@pytest.mark.parametrize("etag", ['W/"w"', "", "bare", '"a"b"', '"\xe9"', '"a\tb"'])
def test_an_etag_that_promises_nothing_is_not_sent_back(fetching: Fetching, etag: str) -> None:
    fetching.hub.faults["content"] = [Fault(cut=HALF, headers={"ETag": etag})]
    fetching.succeed()
    assert "if-range" not in fetching.hub.requests("content")[1]


def test_the_note_keeps_no_secret_and_another_signature_continues(fetching: Fetching) -> None:
    address = fetching.file.url
    fetching.but(url=f"{address}?signature=secret")
    fetching.hub.faults["content"] = [Fault(cut=HALF, stall=True)]
    fetching.cancel_at(HALF)
    assert "secret" not in (fetching.partials / f"{SHA256}.json").read_text()
    fetching.but(url=f"{address}?signature=new")
    fetching.succeed()
    assert fetching.hub.requests("content")[1]["if-range"] == f'"{SHA256}"'


def test_a_file_that_changed_between_two_runs_is_fetched_anew(fetching: Fetching) -> None:
    fetching.but(sha256="", size=None)
    fetching.hub.files["org/model"][NAME] = OTHER
    fetching.hub.faults["content"] = [Fault(cut=HALF, stall=True)]
    fetching.cancel_at(HALF)
    fetching.hub.files["org/model"][NAME] = BODY
    assert fetching.succeed()[-1].resumed_from == 0


def test_the_same_content_from_another_address_continues(fetching: Fetching) -> None:
    fetching.hub.faults["content"] = [Fault(cut=HALF, stall=True)]
    fetching.cancel_at(HALF)
    fetching.hub.files["org/model"]["copy"] = BODY
    fetching.but(url=fetching.hub.content("copy"))
    fetching.succeed()
    assert "if-range" not in fetching.hub.requests("content")[1]
    assert fetching.hub.sent == len(BODY)


@pytest.mark.parametrize("note", ["", "[]", "[" * 100_000, '{"url": 3}', '{"x": 1}', "\xff"])
def test_a_damaged_note_costs_bytes_only(fetching: Fetching, note: str) -> None:
    fetching.hub.faults["content"] = [Fault(cut=HALF, stall=True)]
    fetching.cancel_at(HALF)
    (fetching.partials / f"{SHA256}.json").write_text(note, encoding="latin-1")
    fetching.succeed()


@pytest.mark.parametrize("size", [HALF, len(BODY)])
@pytest.mark.parametrize("known", [len(BODY), None])
def test_bytes_that_rotted_on_the_disk_are_found_and_fetched_again(
    fetching: Fetching, size: int, known: int | None
) -> None:
    fetching.but(size=known)
    (fetching.partials / f"{SHA256}.partial").write_bytes(bytes(size))
    fetching.succeed()


def test_a_partial_file_that_is_whole_needs_no_request(fetching: Fetching) -> None:
    (fetching.partials / f"{SHA256}.partial").write_bytes(BODY)
    fetching.succeed()
    assert not fetching.hub.seen


def test_a_partial_file_that_is_too_long_is_dropped(fetching: Fetching) -> None:
    (fetching.partials / f"{SHA256}.partial").write_bytes(BODY + b"more")
    fetching.succeed()


def test_without_a_size_416_confirms_a_whole_file(fetching: Fetching) -> None:
    fetching.but(size=None)
    (fetching.partials / f"{SHA256}.partial").write_bytes(BODY)
    fetching.succeed()
    assert fetching.hub.sent == 0


def test_a_file_that_is_there_is_not_fetched(fetching: Fetching) -> None:
    fetching.target.write_bytes(BODY)
    assert fetching.succeed() == []
    assert not fetching.hub.seen


def test_a_file_that_is_there_and_wrong_is_replaced(fetching: Fetching) -> None:
    fetching.target.write_bytes(OTHER)
    fetching.succeed()


def test_an_empty_file(fetching: Fetching) -> None:
    fetching.hub.files["org/model"][NAME] = b""
    fetching.but(size=0, sha256="", git_sha1="e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    fetching.events()
    assert fetching.target.read_bytes() == b""


def test_while_another_process_fetches_its_progress_is_reported(fetching: Fetching) -> None:
    (fetching.partials / f"{SHA256}.partial").write_bytes(BODY[:HALF])
    other = Lock(fetching.partials / f"{SHA256}.lock")
    assert other.acquire()
    events = fetch(
        fetching.client, fetching.file, fetching.target, fetching.partials, fetching.patience
    )
    waiting = [next(events), next(events)]
    assert [(event.done, event.rate) for event in waiting] == [(HALF, 0.0)] * 2
    fetching.target.write_bytes(BODY)
    other.release()
    assert list(events) == []
    assert not fetching.hub.seen


def test_eight_processes_make_one_download(fetching: Fetching, tmp_path: Path) -> None:
    hub = fetching.hub
    tests = Path(__file__).parents[2] / "support"
    place = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    command = [sys.executable, "-c", TOGETHER, hub.content(NAME), str(tmp_path)]
    subprocess.run(command, env=place, check=True, timeout=60)
    assert (tmp_path / NAME).read_bytes() == BODY
    assert hub.sent == len(BODY)
    assert list((tmp_path / "partial").iterdir()) == []


def test_a_lock_whose_file_was_replaced_is_worth_nothing(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    (tmp_path / "lock").unlink()
    assert second.acquire()
    second.release()
    first.release()


class Failing:
    """Stands in for a function of `os`: fails at its n-th call, as a disk would."""

    def __init__(self, real: Any, at: int, number: int) -> None:
        self.real, self.left, self.number = real, at, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise OSError(self.number, os.strerror(self.number))
        return self.real(*args, **kwargs)


@pytest.mark.parametrize(
    ("number", "message"), [(errno.ENOSPC, "is full"), (errno.EIO, "cannot be written")]
)
@pytest.mark.parametrize(
    ("function", "at"),
    [("open", 1), ("open", 2), ("write", 1), ("write", 2), ("write", 3), ("fsync", 1)],
)
def test_a_disk_that_fails(
    fetching: Fetching,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    at: int,
    number: int,
    message: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, function, Failing(getattr(os, function), at, number))
        error = fetching.fail()
    assert message in error.message
    assert "HRM_HOME" in error.hint
    assert not fetching.target.exists()
    fetching.succeed()


def test_a_folder_that_cannot_be_synchronised_is_no_reason_to_give_up(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", Failing(os.fsync, 2, errno.EINVAL))
    fetching.succeed()


def test_a_rename_that_fails(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", Failing(Path.replace, 1, errno.EACCES))
        assert "cannot be written" in fetching.fail().message
    fetching.succeed()
    assert fetching.hub.sent == len(BODY)
