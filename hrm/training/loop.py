"""Training as a generator of events: steps until the end, evaluated and saved on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hrm.model.hrm import HRM
from hrm.training.events import Evaluated, Saved, TrainEvent
from hrm.training.trainer import Trainer, averaged_model


def train(
    trainer: Trainer,
    *,
    save: Callable[[Trainer], str],
    evaluate: Callable[[HRM, float], Evaluated],
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[TrainEvent]:
    """Run to the end, evaluating and saving on the way.

    `evaluate` is given the model with the weights that will be saved and the last loss. `stop` is
    asked after every step and evaluation: True in any process saves and ends the run in all.
    Closing the iterator does that for a single process.
    """
    config, ranks = trainer.config, trainer.ranks
    evaluated = saved = trainer.seconds
    pause = config.evaluate_every
    try:
        while trainer.progress() < 1.0:
            done = trainer.train_step()
            yield done
            if ranks.any(stop()):
                break
            due = config.evaluate_every and trainer.seconds - evaluated >= pause
            if due or trainer.progress() >= 1.0:
                evaluated = trainer.seconds
                result = evaluate(averaged_model(trainer), done.loss)
                pause = max(pause, ranks.agree(result.seconds) / config.evaluate_share)
                yield result
                if ranks.any(stop()):
                    break
            if trainer.seconds - saved >= config.save_every and not trainer.watch.doubtful:
                saved = trainer.seconds
                yield Saved(step=trainer.step, path=save(trainer), final=False)
        yield Saved(step=trainer.step, path=save(trainer), final=trainer.progress() >= 1.0)
    except GeneratorExit:
        # only here, between steps, is the state whole
        if ranks.world == 1:
            save(trainer)
        raise
    finally:
        trainer.close()
