"""Two processes that train together do what one does alone, and end when the other is lost."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rank_process
import torch
from two_ranks import two_processes

from hrm.errors import EXIT_USAGE, UserError
from hrm.model.checkpoint import load_model
from hrm.training.distributed import Ranks, from_environment
from hrm.training.run import Run

CLOSE: dict[str, Any] = {"rel": 1e-5, "abs": 1e-5}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("how", ["dies", pytest.param("hangs", marks=pytest.mark.slow)])
def test_two_processes_do_what_one_does(tmp_path: Path, how: str) -> None:
    """The same losses, evaluation and weights; a run may go on with another number of processes.
    In the end one of them is lost, and the other says so and ends."""
    config = rank_process.MAZES
    alone = rank_process.ran(Run.create(tmp_path / "alone", config))
    shutil.copytree(tmp_path / "alone", tmp_path / "handed over")
    with two_processes(rank_process.__file__, how, str(tmp_path)) as (first, _):
        out, errors = first.communicate(timeout=500)
    assert first.returncode == EXIT_USAGE, errors
    assert errors.startswith("another of the 2 processes has ended or gives no answer")
    assert "--resume" in errors
    assert "Traceback" not in errors
    results = json.loads(out)

    for name, drill in (
        ("deferred", rank_process.DRILL),
        ("threads", rank_process.MANY),
        ("exact", replace(rank_process.DRILL, q_target="exact", clip=0.0)),
    ):
        want = rank_process.drilled(drill, None)
        assert results[name]["losses"] == pytest.approx(want["losses"], **CLOSE)
        assert np_close(results[name]["shares"], want["shares"])
        assert np_close(results[name]["table"], want["table"])

    assert results["run"]["losses"] == pytest.approx(alone["losses"], **CLOSE)
    assert results["run"]["evaluated"] == pytest.approx(alone["evaluated"], **CLOSE)
    together, by_itself = (
        load_model(tmp_path / name / "model.safetensors").state_dict()
        for name in ("together", "alone")
    )
    for name, weight in by_itself.items():
        torch.testing.assert_close(together[name], weight, rtol=1e-4, atol=1e-5)

    longer = replace(config, steps=9)
    from_one = rank_process.ran(Run.resume(tmp_path / "alone", longer))
    from_two = rank_process.ran(Run.resume(tmp_path / "together", longer))
    assert len(from_one["losses"]) == 3
    assert from_two["losses"] == pytest.approx(from_one["losses"], **CLOSE)
    assert results["resumed"]["losses"] == pytest.approx(from_one["losses"], **CLOSE)

    assert results["stopped"] == 3
    assert results["too few rows"] == "a batch of 1 rows cannot be shared by 2 processes"
    log = lines(tmp_path / "together" / "log.jsonl")
    assert [(line["event"], line.get("processes")) for line in log[:2]] == [
        ("start", 2),
        ("stop", None),
    ]


def np_close(got: Any, want: Any) -> bool:
    return bool(torch.allclose(torch.tensor(got), torch.tensor(want), rtol=1e-5, atol=1e-5))


@pytest.mark.parametrize("rows", [3, 4, 7, 64])
@pytest.mark.parametrize("world", [1, 2, 3])
def test_shares_are_all_rows_once_and_nearly_equal(rows: int, world: int) -> None:
    shares = [Ranks(rank, world).share(rows) for rank in range(world)]
    assert [row for share in shares for row in range(rows)[share]] == list(range(rows))
    sizes = {share.stop - share.start for share in shares}
    assert max(sizes) - min(sizes) <= 1


def test_a_process_by_itself_needs_nobody() -> None:
    part = torch.arange(3)
    with Ranks() as ranks:
        assert ranks.gather(part, 3) is part
        assert ranks.sum([1.5, 2.0]) == [1.5, 2.0]
        assert (ranks.agree(2.5), ranks.any(True), ranks.any(False)) == (2.5, True, False)
        assert ranks.writes
        assert ranks.device("cuda") == "cuda"


def test_each_process_of_a_machine_has_its_own_gpu() -> None:
    ranks = Ranks(rank=5, world=8, local=1)
    assert (ranks.device("cuda"), ranks.device("cpu"), ranks.writes) == ("cuda:1", "cpu", False)


def test_a_process_without_a_gpu_to_itself_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UserError, match="process 1 of this machine has no GPU") as caught:
        Ranks(rank=1, world=2, local=1, gpus=True).__enter__()
    assert "--nproc-per-node" in caught.value.hint


def test_the_environment_says_which_process_this_is() -> None:
    assert from_environment({}) == Ranks()
    place = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}
    assert from_environment(place) == Ranks(3, 4, 1)
    assert from_environment(place, "cuda") == Ranks(3, 4, 1, gpus=True)
    with pytest.raises(UserError, match="cuda:1 is one GPU for 4 processes"):
        from_environment(place, "cuda:1")


@pytest.mark.parametrize(
    ("rank", "world", "message"),
    [("x", "2", "must be whole numbers"), ("2", "2", "RANK 2 does not fit a WORLD_SIZE of 2")],
)
def test_a_bad_environment_is_named(rank: str, world: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_environment({"RANK": rank, "WORLD_SIZE": world})


def test_processes_that_never_come_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", "0")
    with pytest.raises(UserError, match="process 0 of 2 did not find the others") as caught:
        Ranks(0, 2, timeout=1.0).__enter__()
    assert "torchrun" in caught.value.hint
