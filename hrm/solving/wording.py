"""Sentences about a solve: its progress, its result, and the broken rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hrm.events import Adapted, Candidate, Finished, Learning, Segment, Tried, Update
from hrm.solving.policy import sigmoid
from hrm.terminal import clean_line
from puzzles.text.text_grid import counted

_REASONS_SHOWN = 6


def caption(event: Segment | Adapted, cycle: int = 0) -> str:
    """One or two lines below an animated board; one line for a segment before its last `cycle`."""
    if isinstance(event, Adapted):
        what, left, *rest = _learning(event)
        return f"{what}{' · ' if left else ''}{left}\n{' · '.join(rest)}"
    where = place(event, cycle)
    cycles = 0 if event.beliefs is None else len(event.beliefs)
    if 0 < cycle < cycles:
        return where
    return f"{where} · {_state(event)}\n{decision(event)}"


def learning_lines(event: Adapted) -> str:
    """The same of an adaptation in lines of at most 42 columns."""
    what, left, steps, *rest = _learning(event)
    return "\n".join((what, " · ".join(filter(None, (steps, left))), " · ".join(rest)))


def _learning(event: Adapted) -> tuple[str, ...]:
    """The round, seconds left ("" where steps are counted), step, loss, and what is reproduced."""
    what = "learning the demonstrations"
    if event.learning is not None:
        what = round_name(event.learning)
    return (
        what,
        "" if event.steps else f"{max(0.0, event.budget - event.seconds):.0f} s left",
        f"step {event.step} of {event.steps}" if event.steps else f"step {event.step}",
        f"loss {event.loss:.3f}",
        f"{event.reproduced} of {event.demonstrations} reproduced",
    )


def place(event: Segment, cycle: int = 0) -> str:
    """`segment 5 of 16, cycle 2 of 2`, for a copy or a what-if with its number or hypothesis."""
    where = f"segment {event.number} of {event.limit}"
    if event.attempt:
        where = f"{attempt_name(event.attempt, event.hypothesis)} · {where}"
    cycles = 0 if event.beliefs is None else len(event.beliefs)
    return f"{where}, cycle {cycle} of {cycles}" if cycle and cycles > 1 else where


def attempt_name(attempt: int, hypothesis: tuple[str, ...] | None) -> str:
    """`copy 3`, `what if r4c7 = 5?`"""
    if hypothesis is None:
        return f"copy {attempt}"
    return clean_line(f"what if {' and '.join(hypothesis)}?")


def standing(tried: Tried) -> str:
    """`✓ every rule holds`, `2 rules broken`, `✗ contradiction, 2 rules broken`."""
    if not tried.violations:
        return "✓ every rule holds"
    broken = f"{counted(tried.violations, 'rule')} broken"
    if not tried.over:
        return broken
    return f"✗ {broken}" if tried.hypothesis is None else f"✗ contradiction, {broken}"


def broken_rules(segment: Segment) -> int:
    """The number of broken rules; of broken cells for old traces, which lack it."""
    return len(segment.broken) if segment.violations is None else segment.violations


def _state(segment: Segment) -> str:
    return " · ".join(_counts(segment, all_of_them=True))


def _counts(segment: Segment, *, all_of_them: bool = False) -> list[str]:
    """`7 rules broken`, `39 cells unsure`, `14 changed`: two that are known, or all."""
    broken = broken_rules(segment)
    counts = []
    if segment.violations is not None or broken:
        counts.append(f"{counted(broken, 'rule')} broken")
    if segment.unsure is not None:
        counts.append(f"{counted(segment.unsure, 'cell')} unsure")
    changed = int(segment.changed.sum())
    if all_of_them and segment.unsure is not None:
        counts.append(f"{changed} changed")  # the line has to fit 80 columns
    elif all_of_them or len(counts) < 2:
        counts.append(f"{counted(changed, 'cell')} changed")
    return counts


def sentence(segment: Segment) -> str:
    """How an answer stands after a segment, and why the model continues or stops."""
    said = decision(segment)
    if segment.stops and _holds(segment):
        return f"Every rule holds. {said}" if _wants(segment) else said
    return f"{', '.join(_counts(segment))}: {said[0].lower()}{said[1:]}"


def brief(segment: Segment) -> str:
    """The same in one line of 80 columns."""
    if segment.stops or _wants(segment):
        return decision(segment)
    state = ", ".join(_counts(segment))
    return f"{state}, chance to be right {chance(segment)}: continues"


def decision(segment: Segment) -> str:
    """Why the model continues or stops, in a line of at most 79 characters: `The network sees 1
    chance in 830 that it is right, so it continues.`"""
    sure = _sees(segment)
    if segment.stops:
        return _stop(segment, sure)
    if not _wants(segment):
        if sigmoid(segment.q_halt) >= 0.5:
            sure += " but expects better"
        elif sure.startswith("is "):
            sure = sure.replace("is ", "is only ", 1)
        return f"The network {sure}, so it continues."
    if broken_rules(segment):
        sure = sure.removesuffix(" that it is right")  # the line has to fit
        return f"The network {sure}, but a rule is broken, so it continues."
    return f"The network {sure}, but it may not stop yet."


def _stop(segment: Segment, sure: str) -> str:
    if _holds(segment) and not _wants(segment):
        return "Every rule holds, so it stops."
    if segment.number >= segment.limit and not _holds(segment):
        return f"The network stops at the limit of {counted(segment.limit, 'segment')}."
    but = " and expects no better" if _share(segment) < 0.5 else ""
    return f"The network {sure}{but}, so it stops."


def _sees(segment: Segment) -> str:
    """`is 98 % sure that it is right`, or below an even chance `sees 1 chance in 830 that …`: the
    halting value estimates how likely the answer is to be right."""
    share = _share(segment)
    if share >= 0.5:
        return f"is {chance(segment)} sure that it is right"
    if share >= _PERCENT:
        return f"sees a chance of {chance(segment)} that it is right"
    one_in = _one_in(segment)
    if one_in >= _MILLION:
        return "sees under 1 chance in a million that it is right"
    return f"sees 1 chance in {one_in:,} that it is right"


def chance(segment: Segment) -> str:
    """How likely the network thinks its answer is to be right: `98 %`, `1 in 830`, at least
    `1 in 1,000,000`; at most 14 characters."""
    share = _share(segment)
    if share >= _NEARLY_ALL:
        return "more than 99 %"
    return f"{100 * share:.0f} %" if share >= _PERCENT else f"1 in {_one_in(segment):,}"


_PERCENT, _NEARLY_ALL, _MILLION = 0.0095, 0.995, 1_000_000
"""Shares below which it is `1 in N`, and from which it is nearly certain; the largest N."""


def _one_in(segment: Segment) -> int:
    """The reciprocal of a small chance in two significant figures."""
    number = min(float(_MILLION), 1 / max(_share(segment), 1 / _MILLION))
    return round(float(f"{number:.1e}"))


def _share(segment: Segment) -> float:
    """The chance as a share of 1, in old traces from the halting logit."""
    return sigmoid(segment.q_halt) if segment.chance is None else segment.chance


def _wants(segment: Segment) -> bool:
    return segment.q_halt > segment.q_continue


def _holds(segment: Segment) -> bool:
    """Whether every rule is known to hold."""
    return segment.violations == 0


LEAST_SURE, MOST_SURE = -16.0, 6.0
"""Logits at the ends of the halting scale: under 1 in a million, and over 99 %."""


def halting_scale(segment: Segment) -> float:
    """From 0 (continue) to 1 (stop); above 0.5 the model wants to stop. Of logits, as a share of 1
    would stay at zero until the last segment."""
    logit = (segment.q_halt - segment.q_continue) / 2
    full = MOST_SURE if logit > 0 else -LEAST_SURE
    return min(1.0, max(0.0, 0.5 + 0.5 * logit / full))


def vote_share(candidates: Sequence[Candidate], number: int) -> str:
    """`75 % of the votes`, of candidate `number`, from 0. The first one is the consensus of the
    cells: `agreed cell by cell` where others have more votes, or it has none."""
    share = candidates[number].share
    if not share or share < max(other.share for other in candidates[number:]):
        return "agreed cell by cell"
    return f"{100 * share:.0f} % of the votes"


def round_name(learning: Learning) -> str:
    """`round 2 of up to 12 · from random weights`"""
    weights = "random" if learning.afresh else "trained"
    of = f" of up to {learning.rounds}" if learning.rounds > 1 else ""
    return f"round {learning.round}{of} · from {weights} weights"


def progress_inside(update: Update, number: int) -> str:
    """Progress inside segment `number`."""
    step = "high level" if update.level == "high" else f"low step {update.step} of {update.steps}"
    return f"segment {number}: cycle {update.cycle} of {update.cycles}, {step} …"


def verdict(finished: Finished, last: Segment | None) -> str:
    """The result in one line: solved or not, how it was found, and why it stopped."""
    effort = f"{counted(finished.segments, 'segment')}, {finished.seconds:.2f} s"
    how = _how(finished, last)
    if finished.solved:
        rules = "It equals the known answer" if finished.found == "vote" else "Every rule holds"
        parts = [f"Solved in {effort}, {how}.", f"{rules}."]
    elif finished.solved is None:
        parts = [f"Unverified after {effort}, {how}: the right answer is not known."]
    else:
        broken = "neither attempt is the known answer"
        if finished.found != "vote":
            broken = f"{counted(len(finished.reasons), 'rule')} broken"
        parts = [f"Not solved: {broken} after {effort}, {how}."]
    parts += [_stopped(finished, last), clean_line(finished.note)]
    return " ".join(part for part in parts if part)


def _how(finished: Finished, last: Segment | None) -> str:
    if finished.found == "vote":
        return f"by vote over {counted(finished.attempts, 'copy', 'copies')}"
    if finished.found == "what-ifs":
        return _how_supposed(finished, last)
    if finished.found == "symmetric copies":
        return f"by symmetric copies ({finished.attempts} tried)"
    if finished.attempts and not finished.solved:
        tried = counted(finished.attempts, "symmetric copy", "symmetric copies")
        return f"single pass ({tried} did not help)"
    return "single pass"


def _how_supposed(finished: Finished, last: Segment | None) -> str:
    tried = counted(finished.attempts, "what-if")
    if not finished.solved:
        return f"the best of {tried}"
    if last is None or not last.hypothesis:
        return f"after {tried}"
    return f"by the what-if {clean_line(' and '.join(last.hypothesis))} ({finished.attempts} tried)"


def _stopped(finished: Finished, last: Segment | None) -> str:
    if finished.found == "vote":
        return ""  # each copy stopped for itself; the shares of the votes say how sure it is
    if finished.reason == "limit":
        return "It stopped at the limit."
    if finished.reason == "verified":
        return "It stopped because the rules confirmed the answer."
    if last is None or not last.stops:
        return "The network was sure enough, so it stopped."
    return _surety(last)


def _surety(last: Segment) -> str:
    """`The network was 98 % sure of this answer, so it stopped.`: its halting value estimates how
    likely the answer is to be right, its continuing value how likely it will be later on."""
    if _share(last) >= 0.5:
        return f"The network was {chance(last)} sure of this answer, so it stopped."
    return (
        f"The network saw a chance of {chance(last)} that this is right and expected no better, "
        "so it stopped."
    )


def reasons(sentences: Sequence[str]) -> str:
    """The first broken rules, one per line, and the number of further ones."""
    lines = [f"  - {clean_line(sentence)}" for sentence in sentences[:_REASONS_SHOWN]]
    if len(sentences) > _REASONS_SHOWN:
        lines.append(f"  - and {len(sentences) - _REASONS_SHOWN} more")
    return "\n".join(lines)


def easiest_first(difficulty: str) -> tuple[int, str]:
    """Sorts names of difficulties by their first number: `no guess`, `3-9 guesses`, `10-19`."""
    found = re.search(r"\d+", difficulty)
    return int(found.group()) if found else -1, difficulty
