"""A solve in words: what the model is doing, how it ended, which rules are broken."""

from __future__ import annotations

from collections.abc import Sequence

from hrm.events import Adapted, Finished, Segment, Update
from hrm.solving.policy import sigmoid
from hrm.terminal import clean_line
from puzzles.words import counted

_REASONS_SHOWN = 6


def caption(event: Segment | Adapted, cycle: int = 0) -> str:
    """What the model is doing, in one or two lines below an animated board; of a segment one line
    before its last `cycle`."""
    if isinstance(event, Adapted):
        return (
            f"adapting to the demonstrations · step {event.step} · loss {event.loss:.3f} · "
            f"{event.reproduced} of {event.demonstrations} reproduced · "
            f"{event.seconds:.0f} of {event.budget:.0f} s"
        )
    kind = "symmetric copy" if event.hypothesis is None else "what-if"
    copy = f"{kind} {event.attempt} · " if event.attempt else ""
    changed = counted(int(event.changed.sum()), "cell")
    broken = counted(len(event.broken), "cell")
    where = f"{copy}segment {event.number} of {event.limit}"
    cycles = 0 if event.beliefs is None else len(event.beliefs)
    if cycle and cycles > 1:
        where += f", cycle {cycle} of {cycles}"
    if 0 < cycle < cycles:
        return where
    return f"{where} · {changed} changed · {broken} in conflict\n{clean_line(event.why)}"


def progress_inside(update: Update, number: int) -> str:
    """Where segment `number` stands, in the updates of its two levels."""
    step = "high level" if update.level == "high" else f"low step {update.step} of {update.steps}"
    return f"segment {number}: cycle {update.cycle} of {update.cycles}, {step} …"


def verdict(finished: Finished, last: Segment | None) -> str:
    """One sentence or a few on one line: solved or not, how it was found, why it stopped."""
    effort = f"{counted(finished.segments, 'segment')}, {finished.seconds:.2f} s"
    how = _how(finished)
    if finished.solved:
        rules = "It equals the known answer" if finished.found == "vote" else "Every rule holds"
        parts = [f"Solved in {effort}, {how}.", f"{rules}."]
    elif finished.solved is None:
        parts = [f"Unverified after {effort}, {how}: the answer of this test is not known."]
    else:
        broken = "neither attempt is the known answer"
        if finished.found != "vote":
            broken = f"{counted(len(finished.reasons), 'rule')} broken"
        parts = [f"Not solved: {broken} after {effort}, {how}."]
    parts += [_stopped(finished, last), clean_line(finished.note)]
    return " ".join(part for part in parts if part)


def _how(finished: Finished) -> str:
    if finished.found == "vote":
        return f"by vote over {counted(finished.attempts, 'copy', 'copies')}"
    if finished.found == "what-ifs":
        tried = counted(finished.attempts, "what-if")
        return f"after {tried}" if finished.solved else f"the best of {tried}"
    if finished.found == "symmetric copies":
        return f"by symmetric copies ({finished.attempts} tried)"
    if finished.attempts and not finished.solved:
        tried = counted(finished.attempts, "symmetric copy", "symmetric copies")
        return f"single pass ({tried} did not help)"
    return "single pass"


def _stopped(finished: Finished, last: Segment | None) -> str:
    if finished.reason == "limit":
        return "It stopped at the limit."
    if finished.reason == "verified":
        return "It stopped because the rules confirmed the answer."
    if last is None or not last.stops:
        return "It stopped because halt > continue."
    halt, go_on = sigmoid(last.q_halt), sigmoid(last.q_continue)
    return f"It stopped because halt {halt:.2f} > continue {go_on:.2f}."


def reasons(sentences: Sequence[str]) -> str:
    """The first broken rules, one a line, and how many more there are."""
    lines = [f"  - {clean_line(sentence)}" for sentence in sentences[:_REASONS_SHOWN]]
    if len(sentences) > _REASONS_SHOWN:
        lines.append(f"  - and {len(sentences) - _REASONS_SHOWN} more")
    return "\n".join(lines)
