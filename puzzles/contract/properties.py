"""What every domain promises, as properties that can be tried on one: by the tests on ours, and by
`hrm doctor --domain` on anybody's.

A property takes a domain, one of its puzzles and a random generator. It returns when it holds and
raises `ContractError`, or what the domain raised, when it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import IGNORE, Answer, Layout, Tokens
from puzzles.errors import PuzzleError

LAYOUTS: tuple[Layout, ...] = ("native", "official")
NOISE = 10
"""Random canvases that are decoded, judged and drawn."""

WRONG = "no such name"


class ContractError(AssertionError):
    """A property does not hold; the message says how."""


Property: TypeAlias = Callable[[AnyDomain, Any, np.random.Generator], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A property in words, and what is wrong with it; empty if it holds."""

    promise: str
    problem: str


def examine(kind: AnyDomain, seed: int = 0, puzzle: Any = None) -> Iterator[Finding]:
    """Every property, tried on `puzzle`, else on one of the first level or on an example."""
    try:
        puzzle = some_puzzle(kind, seed) if puzzle is None else puzzle
    except Exception as error:  # a domain from outside may fail in any way
        yield Finding("it has a puzzle to try: `levels` and `generate`, or examples", _said(error))
        return
    for promise, holds in PROPERTIES.items():
        try:
            holds(kind, puzzle, np.random.default_rng(seed))
            yield Finding(promise, "")
        except Exception as error:  # as above
            yield Finding(promise, _said(error))


def some_puzzle(kind: AnyDomain, seed: int = 0) -> Any:
    """Raises `ContractError` where there is neither a level nor an example."""
    if kind.levels:
        return kind.generate(np.random.default_rng(seed), kind.levels[0])
    for name in kind.examples():
        found = kind.find(name)
        _require(bool(found), f"find({name!r}) finds nothing, and examples() has it")
        assert found is not None
        return found[0]
    raise ContractError("it has no levels and no examples")


def _said(error: Exception) -> str:
    text = next(iter(str(error).splitlines()), "")[:300]
    if isinstance(error, ContractError | PuzzleError):
        return text
    return f"{type(error).__name__}: {text}"


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ContractError(otherwise)


def known_answer(kind: AnyDomain, puzzle: Any, layout: Layout = "native") -> Answer:
    """The answer that `target` gives, decoded; cells that are not scored are those of the
    puzzle."""
    tokens, target = kind.encode(puzzle, layout), kind.target(puzzle, layout)
    _require(target is not None, f"target({layout}) is None, so nothing can be learned")
    assert target is not None
    _require(target.shape == tokens.shape, f"target is {target.shape}, encode {tokens.shape}")
    return kind.decode(np.where(target == IGNORE, tokens, target), puzzle, layout)


def _says_what_it_is(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    _require(kind.name == kind.name.lower(), f"its name {kind.name!r} is not in lower case")
    _require(kind.spec.size <= 256, f"it has {kind.spec.size} tokens, at most 256 fit a byte")
    _require(kind.spec.pad == 0, "its padding is not token 0")
    _require(all(mark and said for mark, _, said in kind.legend), "its legend has an empty entry")
    _require(kind.answer_suffix.startswith("."), "answer_suffix does not begin with a dot")
    _require(not kind.adapts or not kind.checkable, "it is checkable, and yet it adapts")


def _tokens_decode(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    for layout in LAYOUTS:
        tokens: Tokens = kind.encode(puzzle, layout)
        _require(tokens.dtype == np.uint8 and tokens.ndim == 2, "encode gives no uint8 rectangle")
        most = kind.spec.size + len(kind.spec.further)
        _require(int(tokens.max()) < most, f"encode gives token {tokens.max()} of {most}")
        verdict = kind.check(puzzle, known_answer(kind, puzzle, layout))
        _require(
            verdict.solved is True,
            f"check refuses the decoded target ({layout}): {'; '.join(verdict.reasons)}",
        )


def _anything_is_judged(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    shape = kind.encode(puzzle, "native").shape
    for _ in range(NOISE):
        tokens = rng.integers(0, kind.spec.size, shape, dtype=np.uint8)
        answer = kind.decode(tokens, puzzle, "native")
        verdict = kind.check(puzzle, answer)
        _require(verdict.solved in (True, False, None), "check gives neither yes, no nor None")
        _require(kind.feasible(puzzle, answer) in (True, False, None), "feasible gives neither")
        picture = kind.render(puzzle, answer, verdict)
        _require(bool(picture.rows), "render draws nothing")
        _require(all(c.text for row in picture.rows for c in row), "render has a cell of no text")


def _text_reads_back(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    text = kind.format(puzzle)
    found = kind.parse(text)
    _require(len(found) == 1, f"parse finds {len(found)} puzzles in what format wrote of one")
    wanted = kind.encode(puzzle, "native")
    _require(np.array_equal(kind.encode(found[0], "native"), wanted), "another puzzle is read back")
    _require(kind.format(found[0]) == text, "format writes it differently the second time")
    published = kind.published(found[0])
    _require(np.array_equal(kind.encode(published, "native"), wanted), "published changes it")


def _answers_read_back(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    answer = known_answer(kind, puzzle)
    found = kind.read_answers(kind.write_answers([(puzzle, [answer])]), [puzzle])
    same = len(found) == 1 and np.array_equal(found[0], answer)
    _require(same, "read_answers does not give what write_answers was given")


def _copy_is_undone(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    for _ in range(NOISE):
        copy, undo = kind.augment(puzzle, rng)
        answer = undo(known_answer(kind, copy))
        _require(
            kind.check(puzzle, answer).solved is True,
            "the answer of a symmetric copy, undone, is no answer of the original",
        )


def _says_how_it_is(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    sound = kind.soundness(puzzle)
    _require(sound.good, f"its own puzzle is not sound: {sound.sentence}")
    _require(sound.sentence.endswith("."), "soundness says no sentence")
    said = kind.difficulty(puzzle)
    _require(0 < len(said) <= 20, f"difficulty has {len(said)} characters, 1 to 20 are shown")
    _require(kind.completed(puzzle) is not None, "completed gives nothing")
    level = kind.evaluation_level("native")
    _require(level in (*kind.levels, ""), f"evaluation_level {level!r} is none of its levels")


def _wrong_names_are_refused(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    for name, ask in (
        ("generate", lambda: kind.generate(rng, WRONG)),
        ("collection", lambda: kind.collection(WRONG)),
    ):
        try:
            ask()
        except PuzzleError:
            continue
        raise ContractError(f"{name} takes any name")
    _require(kind.find("no-such-example") is None, "find finds what there is not")
    _require(all(kind.find(name) for name in kind.examples()), "find does not know an example")
    _require(set(kind.showcase) <= set(kind.examples()), "its showcase has no such example")
    chosen = kind.default_example
    _require(not chosen or bool(kind.find(chosen)), f"find does not know {chosen!r}")


def _games_are_of_the_puzzle(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    game, draft = kind.game(puzzle), kind.draft(puzzle)
    if draft is not None:
        _require(draft == kind.draft(puzzle), "two drafts of a puzzle are not equal")
        _require(bool(draft.picture().rows), "a draft has no picture")
        same = np.array_equal(
            kind.encode(draft.finished(), "native"), kind.encode(puzzle, "native")
        )
        _require(same, "a draft that nobody changed is of another puzzle")
    if game is None:
        return
    _require(game.task == kind.name, f"the game is of {game.task}")
    _require(game.puzzle == puzzle, "the game is of another puzzle")
    _require(game.decode(game.encode(game.position)) == game.position, "a saved game differs")
    try:
        game.decode({"no": "position"})
    except PuzzleError:
        return
    raise ContractError("a saved game takes anything")


def _relations_fit(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    canvas = kind.encode(puzzle, "native")[None]
    found = kind.relations(canvas, kind.rules([puzzle]))
    if found is None:
        return
    cells = canvas[0].size
    for name in ("pointers", "groups"):
        array = getattr(found, name)
        _require(array.ndim == 3 and array.shape[-1] == cells, f"{name} is {array.shape}")
        _require(array.dtype == np.int64, f"{name} is {array.dtype}, not int64")
        inside = array.size == 0 or (array.max() < cells and array.min() >= -1)
        _require(bool(inside), f"{name} has a cell that there is not")
    _require(found.features.shape[1] == cells, f"features is {found.features.shape}")


def _training_fits(kind: AnyDomain, puzzle: Any, rng: np.random.Generator) -> None:
    if kind.adapts:
        return
    training = kind.training()
    tokens, target = kind.encode(puzzle, "native"), kind.target(puzzle, "native")
    assert target is not None  # as another property holds
    height, width = tokens.shape
    again = training.puzzle(tokens.ravel(), target.ravel(), (height, width))
    same = np.array_equal(kind.encode(again, "native"), tokens)
    _require(same, "training().puzzle gives another puzzle")
    for maker in training.makers(training.mix, "native") if kind.levels else ():
        made = maker.make(rng, 2)
        wanted = (2, maker.shape[0] * maker.shape[1])
        _require(made.tokens.shape == wanted, f"a maker gives {made.tokens.shape}, not {wanted}")
        _require(made.targets.shape == wanted, f"a maker gives targets {made.targets.shape}")
        copies = training.redraw(rng, made, maker.shape)
        _require(copies.tokens.shape == wanted, "a symmetric copy is of another canvas")


PROPERTIES: dict[str, Property] = {
    "it says what it is": _says_what_it_is,
    "tokens are of the vocabulary, and the target decodes to a right answer": _tokens_decode,
    "any tokens decode, and any answer is judged and drawn": _anything_is_judged,
    "the text of a puzzle reads back": _text_reads_back,
    "answers read back": _answers_read_back,
    "a symmetric copy is undone": _copy_is_undone,
    "it says how hard and how sound a puzzle is": _says_how_it_is,
    "wrong names are refused": _wrong_names_are_refused,
    "games and drafts are of the puzzle": _games_are_of_the_puzzle,
    "relations fit the canvas": _relations_fit,
    "training gets rows, and puzzles from rows": _training_fits,
}
