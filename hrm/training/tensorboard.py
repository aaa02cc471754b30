"""Writes a run's metrics as TensorBoard scalars to the folder `tensorboard` of the run.

Optional; metrics.jsonl has the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from hrm.errors import UserError
from hrm.files import writing
from hrm.training.events import Evaluated, StepDone, TrainEvent
from hrm.training.run import METRICS_EVERY


def require_tensorboard() -> None:
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError as error:
        raise UserError(
            "TensorBoard is not installed", "pip install 'hrm-tui[tensorboard]'"
        ) from error


@contextmanager
def scalars(folder: Path, step: int) -> Iterator[Callable[[TrainEvent], None]]:
    """A consumer of events for the run in `folder`, which resumes at `step`.

    Scalars that an earlier process wrote after that step are purged.
    """
    require_tensorboard()
    from torch.utils.tensorboard import SummaryWriter

    place = folder / "tensorboard"
    with writing(place):
        writer = SummaryWriter(str(place), purge_step=step + 1)

    def show(event: TrainEvent) -> None:
        if isinstance(event, StepDone) and event.step % METRICS_EVERY == 0:
            _write("train", event)
        elif isinstance(event, Evaluated):
            _write("held_out", event)

    def _write(group: str, event: StepDone | Evaluated) -> None:
        with writing(place):  # what the writer's thread met comes out of a later call
            for name, value in asdict(event).items():
                if name not in ("step", "groups"):
                    writer.add_scalar(f"{group}/{name}", value, event.step)

    try:
        yield show
    finally:
        with writing(place):
            writer.close()
