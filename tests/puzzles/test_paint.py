"""Painting symbols: the game of any kind of puzzle that says what its cells may hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
import pytest
from toy import Lights, LightsDomain

from puzzles import registered
from puzzles.contract.tokens import Answer
from puzzles.errors import NoHintError, PuzzleError
from puzzles.game import Forecast, new_game
from puzzles.paint import PaintGame


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with registered(LightsDomain()):
        yield


def game_of(*rows: str) -> PaintGame:
    game = new_game("lights", Lights(rows))
    return cast(PaintGame, game)  # guarded, as all of a domain from outside


def test_symbols_are_painted_by_digits_and_clicks() -> None:
    game = game_of("-+", "+-")
    assert game.answer().tolist() == [[0, 1], [1, 0]]
    assert game.remark() == "keys: 0 - 1 +"
    assert game.write((0, 0), 1)
    assert not game.write((0, 0), 1)
    assert not game.write((0, 0), 2)
    assert game.click((0, 1))
    assert (game.status(), game.won()) == ("2 cells changed", False)
    checked = game.check()
    assert (checked.done, checked.broken) == (False, ((1, 0), (1, 1)))
    assert game.undo()
    assert game.status() == "1 cell changed"


def test_hints_lead_to_the_end() -> None:
    game = game_of("-+", "+-")
    places = [game.ask() for _ in range(8)]
    assert places[0].sentence == "Look at r1c1: it has another symbol"
    assert places[1].sentence == "r1c1 is +"
    assert game.won()
    assert game.check().sentence == "Right: every rule holds"
    with pytest.raises(NoHintError, match="Every cell is right"):
        game.find_hint(None)


class Unknown(LightsDomain):
    """Knows no answer."""

    name = "unknown"

    def target(self, puzzle: Lights, layout: object) -> None:  # type: ignore[override]
        return None


def test_without_a_known_answer_the_model_is_asked() -> None:
    with registered(Unknown()):
        game = new_game("unknown", Lights(("-+",)))
        assert game.wants_forecast()
        with pytest.raises(NoHintError, match="no model has an opinion"):
            game.find_hint(None)
        answer: Answer = np.array([[1, 0]], np.uint8)
        forecast = Forecast(answer, np.array([[0.5, 0.75]], np.float32))
        assert game.find_hint(forecast).place == "Look at r1c2: the model would change it (75 %)"
        assert game.next_cells(forecast) == ((0, 1), (0, 0))


@pytest.mark.parametrize(
    "plain",
    [{}, {"cells": 5}, {"cells": [["x"]]}, {"cells": [[0, 1]]}, {"cells": [[0, 2], [0, 0]]}],
)
def test_a_position_of_another_puzzle_is_refused(plain: object) -> None:
    with pytest.raises(PuzzleError):
        game_of("-+", "+-").decode(plain)
