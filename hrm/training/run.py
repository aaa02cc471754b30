"""A run's folder: its configuration, its course, its newest model, and all that a resume needs.

config.json        the configuration, as resolved
metrics.jsonl      one record a line, each with `step` and `loss`
log.jsonl          each start and stop: versions, machine, hash of the data, reason
model.safetensors  the averaged weights, what `hrm solve --model` takes
best.safetensors   the weights of the best evaluation so far
state.pt           optimisers, carry, random state, data position; state.1.pt … before it

Of several processes, the first alone writes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from hrm import __version__
from hrm.data import arc
from hrm.data import sources as datasets
from hrm.data.sources import sources
from hrm.errors import ModelError, UserError
from hrm.files import make_folder, write_atomically
from hrm.model.checkpoint import read_metadata, save_model
from hrm.model.hrm import HRM
from hrm.records import read_record
from hrm.solving.accuracy import accuracy
from hrm.solving.wording import easiest_first
from hrm.training import run_log
from hrm.training.config import TrainConfig, require_fit
from hrm.training.distributed import Ranks
from hrm.training.events import Evaluated, Measuring, StepDone, TrainEvent
from hrm.training.loop import train
from hrm.training.states import DAMAGED, read_state, states, write_state
from hrm.training.trainer import Trainer
from puzzles import domain
from puzzles.contract.protocol import AnyDomain

EVALUATION_SEED = 20_250_626
"""Of the held-out sample; only a run that is given this very seed trains on some of it."""

BEST = "best.safetensors"

METRICS_EVERY = 10
"""Steps between records of metrics."""

HASHED_ROWS = 32
"""Of each data source, for the log: rare puzzles take a while to make."""


class Run:
    """One training run in its folder. `warnings` are sentences about problems that a resume
    found."""

    def __init__(
        self, folder: Path, config: TrainConfig, device: str = "cpu", ranks: Ranks | None = None
    ) -> None:
        self.folder = folder
        self.config = config
        self.ranks = ranks or Ranks()
        model = config.model
        self.sources = sources(config.task, config.mix, model.puzzle_ids, config.data, model.layout)
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
        """A new folder; one that already holds a run is refused, nothing is overwritten. `start`
        are weights to begin with instead of random ones."""
        if (ranks is None or ranks.writes) and (folder / "config.json").exists():
            raise UserError(
                f"{folder} already holds a run",
                f"Continue it with --resume {folder}, or choose another --out.",
            )
        run = cls(folder, config, device, ranks)  # first: it refuses what cannot be trained
        if config.data:
            run.held_out(run.kind)  # refuses what cannot be evaluated
        if run.ranks.writes:
            make_folder(folder)
        if start is not None:
            run.trainer.start_from(start)
            run.save(run.trainer)  # before it counts as a run, which would then begin at random
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
        """Continue a run; `config` is its own, perhaps with another end (steps, minutes), which is
        its end from then on. Falls back to the state before if the newest is damaged; without any
        state it begins.

        Metrics from after the state are dropped, as the run makes them again.
        """
        known = read_config(folder)
        run = cls(folder, config or known, device, ranks)
        run._load(states(folder))
        if run.ranks.writes:
            for part in folder.glob(".*.partial"):  # of saves that were killed
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
        """Of best.safetensors, which may be of an evaluation after the newest state."""
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
        """`hrm.training.loop.train` with saves into this folder; the log says how it ended."""
        reason = "stopped"
        try:
            yield from train(self.trainer, save=self.save, evaluate=evaluate, stop=stop)
            if self.trainer.progress() >= 1.0:
                reason = "finished"
        except UserError as error:
            reason = error.message
            raise
        except (Exception, KeyboardInterrupt) as error:
            reason = f"interrupted by {type(error).__name__} before it could save"
            raise
        finally:
            if self.ranks.writes:
                with suppress(UserError):  # on a full disk, the user is told that already
                    run_log.log(self.folder, "stop", self.trainer.step, reason=reason)

    def save(self, trainer: Trainer) -> str:
        """Write model and state; each file is whole or not there at all. Raises `UserError` for a
        disk that is full and for weights that are not finite; what was saved before stays."""
        trainer.require_finite()
        state = trainer.state()  # all processes give their part
        path = self.folder / "model.safetensors"
        if self.ranks.writes:
            save_model(path, self.config.model, trainer.weights(), self._metadata())
            write_state(self.folder, {"trainer": state, "best": self.best}, self.config.keep)
        return str(path)

    def evaluator(
        self,
        domain: AnyDomain,
        puzzles: Sequence[Any],
        segments: int,
        report: Callable[[Measuring], None] | None = None,
    ) -> Callable[[HRM, float], Evaluated]:
        """A function from a model to its accuracy, which keeps the best weights. Every process
        solves its share of the puzzles; `report` hears how far it is."""
        own = slice(self.ranks.rank, None, self.ranks.world)
        ids = self._puzzle_ids(puzzles)
        kinds = self._kinds(domain, puzzles)
        names = sorted(set(kinds), key=easiest_first)

        def tell(done: int) -> None:
            if report is not None:
                everyone = min(len(puzzles), done * self.ranks.world)
                report(Measuring(step=self.trainer.step, done=everyone, count=len(puzzles)))

        def evaluate(model: HRM, loss: float) -> Evaluated:
            began = time.perf_counter()
            part = accuracy(
                model,
                domain,
                puzzles[own],
                segments,
                puzzle_ids=None if ids is None else ids[own],
                report=tell,
            )
            right = [kinds[own][number] for number in part.right]
            sums = [part.valid, part.cells * part.count, part.segments * part.count]
            solved, cells, used, *each = self.ranks.sum([*sums, *map(right.count, names)])
            event = Evaluated(
                step=self.trainer.step,
                loss=loss,
                solved=int(solved),
                count=len(puzzles),
                cells=cells / len(puzzles),
                segments=used / len(puzzles),
                seconds=time.perf_counter() - began,
                groups=tuple(
                    (name, int(solved), kinds.count(name))
                    for name, solved in zip(names, each, strict=True)
                ),
            )
            self._keep_best(model, event)
            return event

        return evaluate

    def _kinds(self, domain: AnyDomain, puzzles: Sequence[Any]) -> list[str]:
        """What each held-out puzzle counts with: its kind, where a mix has several, or how hard it
        is."""
        names = [puzzle.name for puzzle in puzzles]
        if self.config.data or domain.adapts or len(set(names)) == 1:
            return [domain.difficulty(puzzle) for puzzle in puzzles]
        return names

    def _keep_best(self, model: HRM, event: Evaluated) -> None:
        score = event.solved + event.cells  # cells decide while nothing is solved yet
        if score <= self.best:
            return
        self.best = score
        if self.ranks.writes:
            measured = self._metadata(valid=event.solved, count=event.count, cells=event.cells)
            save_model(self.folder / BEST, self.config.model, model.state_dict(), measured)

    def _puzzle_ids(self, puzzles: Sequence[Any]) -> list[int] | None:
        """The row of the puzzle embedding for each held-out puzzle; None: the first for all."""
        config = self.config
        if config.data:
            return datasets.identity_rows(
                config.data, config.task, puzzles, config.model.puzzle_ids
            )
        if domain(config.task).adapts:
            return arc.identity_ids(config.mix, puzzles)
        return None

    def held_out(self, domain: AnyDomain) -> list[Any]:
        """The fixed puzzles that this task is evaluated on."""
        rng, config = np.random.default_rng(EVALUATION_SEED), self.config
        if config.data:
            return datasets.held_out(config.data, config.task, config.evaluate_count, rng)
        if domain.adapts:
            return arc.held_out(rng, config.mix, config.evaluate_count)
        if not config.evaluate_level:
            tests = domain.training().tests(config.mix, rng, config.evaluate_count)
            if tests:
                return tests
        level = config.evaluate_level or domain.evaluation_level(config.model.layout)
        return [domain.generate(rng, level) for _ in range(config.evaluate_count)]

    def record(self, event: StepDone | Evaluated) -> None:
        """Append to metrics.jsonl: every evaluation, every tenth step."""
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
    """The configuration of a run's folder."""
    path = folder / "config.json"
    try:
        return TrainConfig.from_json(read_record(path, dict[str, Any]))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no run", "A run's folder has a config.json.") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} cannot be read ({error})") from error
