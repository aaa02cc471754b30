"""What every domain promises, ours and a minimal one from outside alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import LightsDomain

import puzzles
from puzzles import domain, domains, names, registered
from puzzles.base import AnyDomain, Layout, PuzzleError

EVERY = ("sudoku", "maze", "arc", "lights")


@pytest.fixture(autouse=True, scope="module")
def _toy() -> Iterator[None]:
    with registered(LightsDomain()):
        yield


def first(kind: AnyDomain, seed: int = 0) -> Any:
    return kind.generate(np.random.default_rng(seed), kind.levels[0])


@pytest.fixture(params=EVERY)
def kind(request: pytest.FixtureRequest) -> AnyDomain:
    return domain(request.param)


def test_the_table_has_ours_and_the_registered() -> None:
    assert names() == EVERY
    assert [kind.name for kind in domains()] == list(EVERY)


def test_a_domain_says_what_it_is(kind: AnyDomain) -> None:
    assert kind.name == kind.name.lower()
    assert kind.spec.size <= 256
    assert kind.spec.pad == 0
    assert all(mark and meaning for mark, _, meaning in kind.legend)
    assert kind.answer_suffix.startswith(".")
    assert not kind.adapts or not kind.checkable


@pytest.mark.parametrize("layout", ["native", "official"])
def test_tokens_are_of_the_vocabulary_and_decode_to_an_answer(
    kind: AnyDomain, layout: Layout
) -> None:
    puzzle = first(kind)
    tokens = kind.encode(puzzle, layout)
    assert tokens.dtype == np.uint8
    assert tokens.ndim == 2
    assert tokens.max() < kind.spec.size
    target = kind.target(puzzle, layout)
    assert target is not None
    assert target.shape == tokens.shape
    answer = kind.decode(np.where(target == 0, tokens, target), puzzle, layout)
    assert kind.check(puzzle, answer).solved is True


@pytest.mark.parametrize("name", EVERY)
@given(seed=st.integers(0, 2**32), noise=st.integers(0, 2**32))
def test_any_tokens_decode_and_any_answer_is_judged_and_drawn(
    name: str, seed: int, noise: int
) -> None:
    kind = domain(name)
    puzzle = first(kind, seed % 5)
    canvas = kind.encode(puzzle, "native")
    tokens = np.random.default_rng(noise).integers(0, kind.spec.size, canvas.shape, dtype=np.uint8)
    answer = kind.decode(tokens, puzzle, "native")
    verdict = kind.check(puzzle, answer)
    assert verdict.solved in (True, False, None)
    assert kind.feasible(puzzle, answer) in (True, False, None)
    picture = kind.render(puzzle, answer, verdict)
    assert picture.rows
    assert all(cell.text for row in picture.rows for cell in row)


def test_text_of_a_puzzle_reads_back(kind: AnyDomain) -> None:
    puzzle = first(kind)
    text = kind.format(puzzle)
    (again,) = kind.parse(text)
    assert np.array_equal(kind.encode(again, "native"), kind.encode(puzzle, "native"))
    assert kind.format(again) == text
    assert np.array_equal(
        kind.encode(kind.published(again), "native"), kind.encode(puzzle, "native")
    )


def test_answers_read_back(kind: AnyDomain) -> None:
    puzzle = first(kind)
    target = kind.target(puzzle, "native")
    assert target is not None
    answer = kind.decode(
        np.where(target == 0, kind.encode(puzzle, "native"), target), puzzle, "native"
    )
    (again,) = kind.read_answers(kind.write_answers([(puzzle, [answer])]), [puzzle])
    assert np.array_equal(again, answer)


def test_a_symmetric_copy_is_undone(kind: AnyDomain) -> None:
    puzzle = first(kind)
    copy, undo = kind.augment(puzzle, np.random.default_rng(3))
    target, own = kind.target(copy, "native"), kind.target(puzzle, "native")
    assert target is not None
    assert own is not None
    said = kind.decode(np.where(target == 0, kind.encode(copy, "native"), target), copy, "native")
    assert kind.check(puzzle, undo(said)).solved is True


def test_it_says_how_hard_and_sound_a_puzzle_is(kind: AnyDomain) -> None:
    puzzle = first(kind)
    assert kind.soundness(puzzle).good
    assert kind.soundness(puzzle).sentence.endswith(".")
    assert 0 < len(kind.difficulty(puzzle)) <= 20
    assert kind.completed(puzzle) is not None
    assert kind.evaluation_level("native") in kind.levels


def test_wrong_names_are_refused(kind: AnyDomain) -> None:
    with pytest.raises(PuzzleError):
        kind.generate(np.random.default_rng(0), "no such level")
    with pytest.raises(PuzzleError):
        kind.collection("no such set")
    assert kind.find("no-such-example") is None
    assert all(kind.find(name) for name in kind.examples())
    assert not kind.default_example or kind.find(kind.default_example)
    assert set(kind.showcase) <= set(kind.examples())


def test_what_is_offered_to_a_person_is_playable_or_none(kind: AnyDomain) -> None:
    puzzle = first(kind)
    game, draft = kind.game(puzzle), kind.draft(puzzle)
    assert game is None or (game.task, game.puzzle) == (kind.name, puzzle)
    assert draft is None or is_dataclass(draft)
    assert game is not None
    with pytest.raises(PuzzleError):
        game.decode({"no": "position"})
    assert game.decode(game.encode(game.position)) == game.position


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("." * 64 + "12345678912345678", "sudoku"),
        ("####\n#S #\n# G#\n####", "maze"),
        ('{"train": []}', "arc"),
        ("0a1b2c3d", "arc"),
    ],
)
def test_a_glance_tells_the_kinds_apart(text: str, name: str) -> None:
    assert max(domains(), key=lambda kind: kind.likeness(text)).name == name


@pytest.mark.parametrize("text", ["null\n", "[[1, 300]]\n", "[[1], [2, 3]]\n", "[" * 9999, "x\n"])
def test_bad_answers_of_the_default_form_are_puzzle_errors(text: str) -> None:
    puzzle = first(domain("lights"))
    if text == "null\n":
        assert domain("lights").read_answers(text, [puzzle])[0].size == 0
        return
    with pytest.raises(PuzzleError, match="line 1"):
        domain("lights").read_answers(text, [puzzle])


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="lights"), registered(LightsDomain()):
        pass


def test_entry_points_are_loaded_late_and_a_broken_one_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "shaky.py").write_text("raise RuntimeError('it fell over\\nbadly')\n")
    monkeypatch.syspath_prepend(tmp_path)
    points = [
        EntryPoint("shaky", "shaky:Domain", puzzles.GROUP),
        EntryPoint("panel", "toy:LightsDomain", puzzles.GROUP),
        EntryPoint("sudoku", "shaky:Domain", puzzles.GROUP),
    ]
    monkeypatch.setattr(puzzles, "entry_points", lambda group: points)
    puzzles._offered.cache_clear()
    try:
        assert names() == ("sudoku", "maze", "arc", "shaky", "panel", "lights")
        assert domain("sudoku").spec.official == (9, 9)
        with pytest.raises(PuzzleError, match=r"the domain shaky cannot be loaded: it fell over$"):
            domain("shaky")
        with pytest.raises(PuzzleError, match=r"panel .* its domain is called 'lights'"):
            domain("panel")
        assert [kind.name for kind in domains()] == list(EVERY)
    finally:
        puzzles._offered.cache_clear()
