"""Scenes are shown in turn, each for its time, and nobody waits while there is work to do."""

from __future__ import annotations

import pytest

from hrm.movie.scenes import Scene
from hrm.solving.pacing import Projector
from puzzles.drawing.picture import Picture


class Clock:
    """Time that passes only when somebody waits or works."""

    def __init__(self) -> None:
        self.now = 100.0
        self.shown: list[tuple[str, float]] = []

    def wait(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds

    def show(self, scene: Scene) -> None:
        self.shown.append((scene.heading, self.now - 100.0))

    def projector(self) -> Projector[Scene]:
        return Projector(self.show, self.wait, lambda: self.now)


def scene(name: str, seconds: float) -> Scene:
    return Scene(picture=Picture(()), heading=name, seconds=seconds)


def test_every_scene_has_its_time() -> None:
    clock = Clock()
    projector = clock.projector()
    for name, seconds in (("a", 1.0), ("b", 0.5), ("c", 2.0)):
        projector.add(scene(name, seconds))
    projector.finish()
    assert clock.shown == [("a", 0.0), ("b", 1.0), ("c", 1.5)]
    assert clock.now == 103.5


def test_what_is_due_is_shown_while_the_model_works() -> None:
    clock = Clock()
    projector = clock.projector()
    projector.add(scene("a", 1.0))
    projector.add(scene("b", 1.0))
    projector.play()
    assert clock.shown == [("a", 0.0)]
    clock.now += 0.9  # the model works
    projector.play()
    assert clock.shown == [("a", 0.0)]
    clock.now += 0.2
    projector.play()
    assert clock.shown[1:] == [("b", pytest.approx(1.1))]
    assert not projector.idle
    projector.play()
    assert len(clock.shown) == 2
    clock.now += 1
    assert projector.idle


def test_a_slow_model_costs_no_further_time() -> None:
    clock = Clock()
    projector = clock.projector()
    projector.add(scene("a", 1.0))
    projector.play()
    clock.now += 5
    projector.add(scene("b", 1.0))
    projector.finish()
    assert clock.shown == [("a", 0.0), ("b", 5.0)]
    assert clock.now == 106.0
