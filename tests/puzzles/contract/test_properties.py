"""What every domain promises, ours and a minimal one from outside alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import Lights, LightsDomain

import puzzles
from puzzles import domain, domains, names, registered
from puzzles.contract.guard import DomainError
from puzzles.contract.properties import PROPERTIES, examine, some_puzzle
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.relations import groups_of
from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Cell, Picture
from puzzles.errors import PuzzleError
from puzzles.game import History, new_game
from puzzles.paint import PaintGame

EVERY = ("sudoku", "maze", "arc", "lights")
OURS_AND_OUTSIDE = EVERY
SUDOKU_GAME = new_game("sudoku", some_puzzle(domain("sudoku")))


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
    assert names() == ("sudoku", "maze", "arc", "grid", "lights")
    assert [kind.name for kind in domains()] == list(names())


@pytest.mark.parametrize("promise", PROPERTIES)
def test_every_domain_keeps_what_it_promises(kind: AnyDomain, promise: str) -> None:
    PROPERTIES[promise](kind, some_puzzle(kind), np.random.default_rng(0))


@pytest.mark.parametrize("name", EVERY)
@given(seed=st.integers(0, 2**32), noise=st.integers(0, 2**32))
def test_any_tokens_decode_and_any_answer_is_judged_and_drawn(
    name: str, seed: int, noise: int
) -> None:
    kind = domain(name)
    holds = PROPERTIES["any tokens decode, and any answer is judged and drawn"]
    holds(kind, first(kind, seed % 5), np.random.default_rng(noise))


@pytest.mark.parametrize("kind", OURS_AND_OUTSIDE, indirect=True)
def test_everyone_can_be_played(kind: AnyDomain) -> None:
    assert kind.game(some_puzzle(kind)) is not None


@dataclass(frozen=True, slots=True)
class Typed:
    """A draft that cannot be drawn once something was typed."""

    legend: str = ""

    def put(self, at: Position, key: str) -> Typed | None:
        return Typed("typed") if key.isdecimal() else None

    def clicked(self, at: Position) -> Typed:
        return Typed("typed")

    def emptied(self) -> Typed:
        return self

    def picture(self) -> Picture:
        return {"": Picture(((Cell("-", "given"),),))}[self.legend]

    def finished(self) -> Lights:
        return Lights(("-",))


def breaking(method: str, made: object) -> type[LightsDomain]:
    """The toy domain with one method that does something else."""

    def wrong(self: object, *given: object, **named: object) -> object:
        if isinstance(made, Exception):
            raise made
        return made

    return type("Broken", (LightsDomain,), {"name": "broken", method: wrong})


@pytest.mark.parametrize(
    ("method", "made", "promise", "said"),
    [
        ("answer_suffix", "txt", "it says what it is", "does not begin with a dot"),
        ("encode", np.zeros((2, 2), np.int64), "any tokens", "encode returned int64 (2, 2)"),
        (
            "encode",
            np.full((3, 4), 9, np.uint8),
            "tokens are",
            "token 9; the vocabulary has 0 to",
        ),
        (
            "decode",
            IndexError("out of range"),
            "tokens are",
            "failed in decode: IndexError: out",
        ),
        ("check", Verdict(False, (), ("no",)), "tokens are", "check refuses the decoded target"),
        ("check", None, "any tokens", "check returned NoneType, not Verdict"),
        ("format", "-+\n+-\n", "the text", "another puzzle is read back"),
        ("read_answers", [], "answers read back", "does not give what"),
        ("augment", (Lights(("+",)), lambda answer: answer), "a symmetric", "no answer of the"),
        ("difficulty", "", "it says how hard", "difficulty has 0 characters"),
        ("generate", Lights(("-",)), "wrong names", "generate takes any name"),
        (
            "relations",
            groups_of([np.zeros((2, 2), np.int64)]),
            "relations",
            "pointers is (1, 0, 4)",
        ),
        ("game", SUDOKU_GAME, "games", "the game is of sudoku"),
        ("training", None, "training gets", "training returned nothing"),
        ("draft", Typed(), "games", "another puzzle"),
    ],
)
def test_a_broken_promise_is_named(method: str, made: object, promise: str, said: str) -> None:
    made_of = breaking(method, made)
    if method == "answer_suffix":
        made_of.answer_suffix = str(made)
    with registered(made_of()):
        found = list(examine(domain("broken")))
    assert len(found) >= len(PROPERTIES)
    (problem,) = (one.problem for one in found if one.promise.startswith(promise))
    assert said in problem


def test_a_game_of_somebody_else_is_named_where_it_fails() -> None:
    class Slow(PaintGame):
        def write(self, at: Position, digit: int, *, pencil: bool = False) -> bool:
            raise ZeroDivisionError

    class Played(LightsDomain):
        name = "broken"

        def game(self, puzzle: Lights) -> PaintGame:
            return Slow(self, puzzle)

    with registered(Played()):
        game = new_game("broken", some_puzzle(domain("broken")))
        game.history = History(game.decode({"cells": [[1] * 4] * 3}))
        assert game.click((0, 0))
        assert game.position[0] == (0, 1, 1, 1)
        with pytest.raises(
            DomainError, match=r"the domain broken failed in game\(\).write: ZeroDivisionError"
        ):
            game.write((0, 0), 1)


def test_a_draft_of_somebody_else_is_named_where_it_fails() -> None:
    with registered(breaking("draft", Typed())()):
        draft = domain("broken").draft(some_puzzle(domain("broken")))
        assert draft is not None
        assert draft.put((0, 0), "no") is None
        again = draft.put((0, 0), "1")
        assert again is not None
        assert draft.clicked((0, 0)) == again != draft
        with pytest.raises(
            DomainError, match=r"the domain broken failed in draft\(\).picture: KeyError"
        ):
            again.picture()


def test_only_our_arc_learns_before_it_answers() -> None:
    with (
        pytest.raises(PuzzleError, match="the domain broken has `adapts`"),
        registered(type("Broken", (LightsDomain,), {"name": "broken", "adapts": True})()),
    ):
        pass


def test_without_a_puzzle_nothing_can_be_tried() -> None:
    with registered(breaking("examples", ())()):
        LightsDomain.levels, levels = (), LightsDomain.levels
        try:
            (finding,) = examine(domain("broken"))
        finally:
            LightsDomain.levels = levels
    assert finding.problem == "it has no levels and no examples"


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
        assert names() == ("sudoku", "maze", "arc", "grid", "shaky", "panel", "lights")
        assert domain("sudoku").spec.official == (9, 9)
        with pytest.raises(PuzzleError, match=r"the domain shaky cannot be loaded: it fell over$"):
            domain("shaky")
        with pytest.raises(PuzzleError, match=r"panel .* its domain is called 'lights'"):
            domain("panel")
        assert [kind.name for kind in domains()] == ["sudoku", "maze", "arc", "grid", "lights"]
    finally:
        puzzles._offered.cache_clear()
