"""A training run and its folder.

config.json        the resolved configuration
metrics.jsonl      one JSON record a line, each with `step` and `loss`
log.jsonl          every start and stop: versions, machine, hash of the data, reason
model.safetensors  the averaged weights, for `hrm solve --model`
best.safetensors   the weights of the best evaluation so far
state.pt           optimisers, carry, random state, data position; state.1.pt … are older ones

Of several processes, only the first writes files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from hrm import __version__
from hrm.data import sources as datasets
from hrm.data.sources import sources
from hrm.errors import ModelError, UserError
from hrm.files import make_folder, require_own_files, write_atomically
from hrm.model.checkpoint import read_metadata, save_model
from hrm.model.hrm import HRM
from hrm.records import read_record
from hrm.training import run_log
from hrm.training.config import TrainConfig, require_fit
from hrm.training.distributed import Ranks
from hrm.training.events import Evaluated, Measuring, StepDone, TrainEvent
from hrm.training.held_out import Evaluation, held_out
from hrm.training.loop import train
from hrm.training.states import DAMAGED, read_state, states, write_state
from hrm.training.trainer import Trainer
from puzzles import domain

BEST = "best.safetensors"

METRICS_EVERY = 10
"""Steps between records of metrics."""

HASHED_ROWS = 32
"""Rows of each data source that are hashed for the log; rare puzzles are slow to generate."""


class Run:
    """One training run in its folder; `warnings` are the problems that a resume found.

    >>> from pathlib import Path
    >>> from hrm import Run, preset
    >>> config = preset("mini", "sudoku", steps=2, batch_cells=324, evaluate_count=1)
    >>> run = Run.create(Path("runs/example"), config)
    >>> evaluate = run.evaluator(run.held_out(), segments=1)
    >>> [type(event).__name__ for event in run.train(evaluate)]
    ['StepDone', 'StepDone', 'Evaluated', 'Saved']

    `Run.resume(Path("runs/example"))` continues it, and `load_model` loads its `model.safetensors`.
    """

    def __init__(
        self, folder: Path, config: TrainConfig, device: str = "cpu", ranks: Ranks | None = None
    ) -> None:
        self.folder = folder
        self.config = config
        self.ranks = ranks or Ranks()
        model = config.model
        self.sources = sources(
            config.task,
            config.mix,
            model.puzzle_ids,
            config.data,
            model.layout,
            choices=model.choices,
        )
        require_fit(config, self.sources)
        self.facts = datasets.facts_of(config.task, config.data)
        self.kind = domain(config.task).with_facts(self.facts)
        self.trainer = Trainer(config, self.sources, device, self.ranks)
        self.best = -1.0
        self.warnings: list[str] = []

    @classmethod
    def create(
        cls,
        folder: Path,
        config: TrainConfig,
        device: str = "cpu",
        ranks: Ranks | None = None,
        start: Mapping[str, Tensor] | None = None,
    ) -> Run:
        """Start a run in a new folder, from random weights or from `start`.

        Raises `UserError` if the folder already holds a run, or if `config` cannot be trained.
        """
        if (ranks is None or ranks.writes) and (folder / "config.json").exists():
            raise UserError(
                f"{folder} already holds a run",
                f"Continue it with --resume {folder}, or choose another --out.",
            )
        require_own_files(folder, "tensorboard")
        run = cls(folder, config, device, ranks)  # checks the configuration before files are made
        if config.data:
            run.held_out()  # raises if the data has no puzzles for evaluation
        if run.ranks.writes:
            make_folder(folder)
        if start is not None:
            run.trainer.start_from(start)
            run.save(run.trainer)  # before config.json: a resume would otherwise start at random
        if run.ranks.writes:
            run._write_config()
            run._log_begin("start")
        return run

    def _write_config(self) -> None:
        text = json.dumps(self.config.to_json(), indent=2)
        write_atomically(self.folder / "config.json", text.encode())

    @classmethod
    def resume(
        cls,
        folder: Path,
        config: TrainConfig | None = None,
        device: str = "cpu",
        ranks: Ranks | None = None,
    ) -> Run:
        """Continue a run from its newest usable state, or from the start if it never saved one.

        `config` is the run's own, possibly with another end (steps, minutes), which is then kept.
        Metrics recorded after the state are dropped, because the run produces them again.
        """
        require_own_files(folder, "tensorboard")
        known = read_config(folder)
        run = cls(folder, config or known, device, ranks)
        run._load(states(folder))
        if run.ranks.writes:
            for part in folder.glob(".*.partial"):  # left by killed processes
                part.unlink(missing_ok=True)
            if run.config != known:
                run._write_config()
            run_log.cut_metrics(folder, run.trainer.step)
            run._log_begin("resume")
        return run

    def _load(self, candidates: Sequence[Path]) -> None:
        errors: list[str] = []
        self.best = self._kept_score()
        for path in candidates:
            try:
                state = read_state(path)
                self.trainer.load_state(state["trainer"])
                self.best = max(state["best"], self.best)
            except DAMAGED as error:
                reason = next(iter(str(error).splitlines()), "unreadable")
                errors.append(f"{path.name}: {reason}")
                continue
            if errors:
                self.warnings.append(
                    f"a state was damaged ({'; '.join(errors)}), so the run resumes from "
                    f"{path.name}, step {self.trainer.step}"
                )
            return
        if errors or (self.folder / "model.safetensors").exists():
            raise ModelError(
                f"{self.folder} holds no state to resume from ({'; '.join(errors) or 'none'})",
                "Its model.safetensors can still start a new run with --start.",
            )

    def _kept_score(self) -> float:
        """The score of best.safetensors, which may be newer than the newest state."""
        try:
            _, measured = read_metadata(self.folder / BEST)
            return float(measured["valid"]) + float(measured["cells"])
        except (ModelError, LookupError, ValueError, TypeError):
            return -1.0

    def _log_begin(self, event: str) -> None:
        trainer = self.trainer
        found, known = (
            datasets.data_hash(self.sources, HASHED_ROWS),
            run_log.first_data(self.folder),
        )
        if known not in ("", found):
            self.warnings.append("the data is not what this run began with: its hash has changed")
        about = run_log.machine(str(trainer.model.device), self.ranks.world)
        run_log.log(self.folder, event, trainer.step, data=found, **about)

    def train(
        self, evaluate: Callable[[HRM, float], Evaluated], stop: Callable[[], bool] = lambda: False
    ) -> Generator[TrainEvent, None, None]:
        """Train to the end, saving into the folder; `stop` is asked after every step.

        Closing the iterator saves and stops. How the run ended is written to log.jsonl.
        """
        reason = "stopped"
        try:
            yield from train(self.trainer, save=self.save, evaluate=evaluate, stop=stop)
            if self.trainer.progress() >= 1.0:
                reason = "finished"
        except UserError as error:
            reason = error.message
            raise
        except (Exception, KeyboardInterrupt) as error:
            reason = f"interrupted by {type(error).__name__}"
            raise
        finally:
            if self.ranks.writes:
                with suppress(UserError):  # the disk is full, which was reported already
                    run_log.log(self.folder, "stop", self.trainer.step, reason=reason)

    def save(self, trainer: Trainer) -> str:
        """Write model and state atomically; returns the path of the model.

        Raises `UserError` on a full disk or for weights that are not finite; the files of the last
        save are then kept.
        """
        trainer.require_finite()
        state = trainer.state()  # collective
        path = self.folder / "model.safetensors"
        if self.ranks.writes:
            save_model(path, self.config.model, trainer.weights(), self._metadata())
            try:
                write_state(self.folder, {"trainer": state, "best": self.best}, self.config.keep)
            except UserError:
                if not states(self.folder):  # nothing was saved, so the run begins again
                    path.unlink(missing_ok=True)
                raise
        return str(path)

    def held_out(self) -> list[Any]:
        """The puzzles that the run is evaluated on, the same in every process and after a resume.

        Raises `UserError` if the data has none.
        """
        return held_out(self.config, self.kind)

    def evaluator(
        self,
        puzzles: Sequence[Any],
        segments: int,
        report: Callable[[Measuring], None] | None = None,
    ) -> Callable[[HRM, float], Evaluated]:
        """Returns `evaluate(model, loss)`, which also saves the weights of the best evaluation.

        Collective: every process solves its share of `puzzles`. `report` is called with the
        progress.
        """
        evaluation = Evaluation(self.config, self.kind, puzzles, segments, self.ranks)

        def evaluate(model: HRM, loss: float) -> Evaluated:
            event = evaluation.run(model, self.trainer.step, loss, report)
            self._keep_best(model, event)
            return event

        return evaluate

    def _keep_best(self, model: HRM, event: Evaluated) -> None:
        score = event.solved + event.cells  # cells break ties and count while nothing is solved
        if score <= self.best:
            return
        self.best = score
        if self.ranks.writes:
            measured = self._metadata(valid=event.solved, count=event.count, cells=event.cells)
            save_model(self.folder / BEST, self.config.model, model.state_dict(), measured)

    def record(self, event: StepDone | Evaluated) -> None:
        """Append to metrics.jsonl every evaluation, and a step every `METRICS_EVERY` steps."""
        if isinstance(event, StepDone) and event.step % METRICS_EVERY:
            return
        kind = "step" if isinstance(event, StepDone) else "evaluation"
        run_log.append(self.folder / run_log.METRICS, {"kind": kind, **asdict(event)})

    def _metadata(self, **measured: float) -> dict[str, Any]:
        return {
            "domain": self.config.task,
            "step": self.trainer.step,
            "examples": self.trainer.examples,
            "seconds": round(self.trainer.seconds),
            "data": self.config.data or dict(self.config.mix),
            "seed": self.config.seed,
            "max_segments": self.config.max_segments,
            "code": __version__,
            **({"facts": dict(self.facts)} if self.facts else {}),
            **measured,
        }


def read_config(folder: Path) -> TrainConfig:
    """Read config.json of a run; raises `UserError`."""
    path = folder / "config.json"
    try:
        return TrainConfig.from_json(read_record(path, dict[str, Any]))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no run", "A run's folder has a config.json.") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} cannot be read ({error})") from error
