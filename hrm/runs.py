"""A run's folder: what it was asked, how it went, its newest model, and all that a resume needs.

config.json        the configuration, as resolved
metrics.jsonl      one record a line, each with `step` and `loss`
model.safetensors  the averaged weights, what `hrm solve --model` takes
best.safetensors   the weights of the best evaluation so far
state.pt           optimisers, carry, random state, data position; state.previous.pt before it
"""

from __future__ import annotations

import io
import json
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hrm import __version__
from hrm.arc_data import held_out, identity_ids
from hrm.checkpoint import save_model, write_atomically
from hrm.data import sources
from hrm.errors import ModelError, UserError
from hrm.evaluate import accuracy
from hrm.model import HRM
from hrm.trainer import Evaluated, StepDone, Trainer
from hrm.training import TrainConfig
from puzzles.base import AnyDomain

EVALUATION_SEED = 20_250_626
"""Of the held-out sample; training streams have seeds of three numbers and never meet it."""

EVALUATION_LEVEL = {"sudoku": "minimal", "maze": "medium"}

_DAMAGED = (
    OSError,
    RuntimeError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    pickle.UnpicklingError,
)
"""What a damaged state file raises on its way from bytes into a trainer."""

METRICS_EVERY = 10
"""Steps between records of metrics."""


class Run:
    """One training run in its folder."""

    def __init__(self, folder: Path, config: TrainConfig) -> None:
        self.folder = folder
        self.config = config
        self.trainer = Trainer(config, sources(config.task, config.mix, config.model.puzzle_ids))
        self.best = -1.0

    @classmethod
    def create(cls, folder: Path, config: TrainConfig) -> Run:
        """A new folder; one that already holds a run is refused, nothing is overwritten."""
        if (folder / "config.json").exists():
            raise UserError(
                f"{folder} already holds a run",
                f"Continue it with --resume {folder}, or choose another --out.",
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(config.to_json(), indent=2)
            write_atomically(folder / "config.json", text.encode())
        except OSError as error:
            raise UserError(f"{folder} cannot be written ({error.strerror})") from error
        return cls(folder, config)

    @classmethod
    def resume(cls, folder: Path, config: TrainConfig | None = None) -> Run:
        """Continue a run; `config` is its own, perhaps with another end (steps, minutes). Falls
        back to the state before if the newest is damaged; without any state it begins."""
        run = cls(folder, config or read_config(folder))
        names = ("state.pt", "state.previous.pt", "model.safetensors")
        if not any((folder / name).exists() for name in names):
            return run
        errors = []
        for name in names[:2]:
            try:
                state = torch.load(folder / name, weights_only=True)
                run.trainer.load_state(state["trainer"])
                run.best = state["best"]
                return run
            except _DAMAGED as error:
                errors.append(f"{name}: {next(iter(str(error).splitlines()), 'unreadable')}")
        raise ModelError(
            f"{folder} holds no state to resume from ({'; '.join(errors)})",
            "Its model.safetensors can still start a new run with --start.",
        )

    def save(self, trainer: Trainer) -> str:
        """Write model and state; each file is whole or not there at all."""
        model = self.folder / "model.safetensors"
        save_model(model, self.config.model, trainer.weights(), self._metadata())
        buffer = io.BytesIO()
        torch.save({"trainer": trainer.state(), "best": self.best}, buffer)
        state = self.folder / "state.pt"
        if state.exists():
            state.replace(self.folder / "state.previous.pt")
        write_atomically(state, buffer.getvalue())
        return str(model)

    def evaluator(
        self, domain: AnyDomain, puzzles: Sequence[Any], segments: int
    ) -> Callable[[HRM, float], Evaluated]:
        """A function from a model to its accuracy, which keeps the best weights."""
        arc = self.config.task == "arc"
        ids = identity_ids(self.config.mix, puzzles) if arc else None

        def evaluate(model: HRM, loss: float) -> Evaluated:
            began = time.perf_counter()
            result = accuracy(model, domain, puzzles, segments, puzzle_ids=ids)
            score = result.valid + result.cells  # cells decide while nothing is solved yet
            if score > self.best:
                self.best = score
                save_model(
                    self.folder / "best.safetensors",
                    self.config.model,
                    model.state_dict(),
                    self._metadata(valid=result.valid, count=result.count),
                )
            return Evaluated(
                step=self.trainer.step,
                loss=loss,
                solved=result.valid,
                count=result.count,
                cells=result.cells,
                segments=result.segments,
                seconds=time.perf_counter() - began,
            )

        return evaluate

    def held_out(self, domain: AnyDomain) -> list[Any]:
        """The fixed puzzles that this task is evaluated on."""
        rng = np.random.default_rng(EVALUATION_SEED)
        if self.config.task == "arc":
            return held_out(rng, self.config.mix, self.config.evaluate_count)
        level = EVALUATION_LEVEL[self.config.task]
        return [domain.generate(rng, level) for _ in range(self.config.evaluate_count)]

    def record(self, event: StepDone | Evaluated) -> None:
        """Append to metrics.jsonl: every evaluation, every tenth step."""
        if isinstance(event, StepDone) and event.step % METRICS_EVERY:
            return
        kind = "step" if isinstance(event, StepDone) else "evaluation"
        path = self.folder / "metrics.jsonl"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"kind": kind, **asdict(event)}) + "\n")
        except OSError as error:
            raise UserError(f"{path} cannot be written ({error.strerror})") from error

    def _metadata(self, **measured: int) -> dict[str, Any]:
        return {
            "domain": self.config.task,
            "step": self.trainer.step,
            "examples": self.trainer.examples,
            "seconds": round(self.trainer.seconds),
            "data": dict(self.config.mix),
            "seed": self.config.seed,
            "max_segments": self.config.max_segments,
            "code": __version__,
            **measured,
        }


def read_config(folder: Path) -> TrainConfig:
    """The configuration of a run's folder."""
    path = folder / "config.json"
    try:
        return TrainConfig.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no run", "A run's folder has a config.json.") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} cannot be read ({error})") from error
