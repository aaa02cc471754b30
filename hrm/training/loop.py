"""The training loop, as a generator of events."""

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
    """Train to the end, with evaluations and saves in between.

    `evaluate` gets the model with the weights that will be saved, and the last loss. `stop` is
    called after every step and evaluation; if it returns True in any process, all processes save
    and end. A single process can also close the iterator, or raise KeyboardInterrupt in `evaluate`;
    both save.
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
                try:
                    result = evaluate(averaged_model(trainer), done.loss)
                except KeyboardInterrupt:
                    # the state is consistent here, between steps
                    if ranks.world == 1:
                        save(trainer)
                    raise
                seconds = ranks.agree(result.seconds)
                pause = max(config.evaluate_every, seconds / config.evaluate_share)
                yield result
                if ranks.any(stop()):
                    break
            if trainer.seconds - saved >= config.save_every and not trainer.watch.doubtful:
                saved = trainer.seconds
                yield Saved(step=trainer.step, path=save(trainer), final=False)
        yield Saved(step=trainer.step, path=save(trainer), final=trainer.progress() >= 1.0)
    except GeneratorExit:
        # raised at a yield, so between steps, too
        if ranks.world == 1:
            save(trainer)
        raise
    finally:
        trainer.close()
