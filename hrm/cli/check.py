"""`hrm check` and `hrm generate`: what the rules alone can say and make, without any model."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from rich.text import Text

from hrm.cli import options
from hrm.cli.options import require_level
from hrm.cli.output import beside, data_console, print_rules, still_room, talk_console
from hrm.errors import EXIT_SOLVED, EXIT_UNSOLVED, UserError
from hrm.files import written_whole
from hrm.puzzle_files import read_answers, read_puzzles, read_rules
from hrm.solving.wording import reasons
from hrm.styles import Palette
from hrm.terminal import clean_line
from puzzles import domain
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Answer
from puzzles.drawing.montage import render
from puzzles.text.text_grid import counted


def check(
    task: options.Task,
    puzzle: options.PuzzleSource,
    answer: options.AnswerFile = None,
    *,
    rules: options.Rules = "",
    size: options.Size = 0,
) -> None:
    """Check an answer by the rules; without ANSWER, whether the puzzle itself is sound.

    \b
      hrm check sudoku hard
      hrm check maze maze.txt answer.txt
    """
    if puzzle == answer == "-":
        raise typer.BadParameter("PUZZLE and ANSWER cannot both be standard input")
    kind = domain(task)
    puzzles = read_puzzles(kind, puzzle, read_rules(kind, rules, size))
    if answer is None:
        sound = _judge_puzzles(kind, puzzles)
    else:
        sound = _judge_answers(kind, puzzles, answer)
    raise typer.Exit(EXIT_SOLVED if sound else EXIT_UNSOLVED)


def generate(
    task: options.Task,
    *,
    level: options.Level = "",
    rules: options.Rules = "",
    size: options.Size = 0,
    count: options.Count = 1,
    seed: options.AnySeed = None,
    output: options.Output = None,
) -> None:
    """Generate puzzles by level; for ARC, draw a task from a public set.

    \b
      hrm generate sudoku --level hard
      hrm generate maze --level large --count 100 --output mazes.txt
    """
    kind = domain(task)
    wanted, rule_text = require_level(kind, level), read_rules(kind, rules, size)
    if count > 1 and kind.adapts:
        raise UserError(f"a file holds one {kind.name} task", "Leave out --count and vary --seed.")
    if seed is None:
        seed = secrets.randbits(32)
        talk_console().print(f"seed {seed}")
    texts = _made(kind, wanted, rule_text, count, seed)
    if output is None:
        for text in texts:
            sys.stdout.write(text)
        return
    with written_whole(output) as file:
        file.writelines(texts)


def _made(kind: AnyDomain, level: str, rules: str, count: int, seed: int) -> Iterator[str]:
    """File text of one puzzle after the other; drawings are kept apart by an empty line."""
    import numpy as np

    rng = np.random.default_rng(seed)
    for number in range(count):
        made = kind.generate(rng, level, rules) if rules else kind.generate(rng, level)
        text = kind.format(made).rstrip("\n")
        yield "\n" if number and "\n" in text else ""
        yield text + "\n"


def _judge_answers(kind: AnyDomain, puzzles: Sequence[Any], argument: str) -> bool:
    answers = read_answers(kind, puzzles, argument)
    verdicts = [kind.check(p, a) for p, a in zip(puzzles, answers, strict=True)]
    if len(puzzles) == 1:
        _print_judgement(kind, puzzles[0], answers[0], verdicts[0])
    else:
        _print_judgements(verdicts)
    return all(verdict.solved is not False for verdict in verdicts)


def _print_judgement(kind: AnyDomain, puzzle: Any, answer: Answer, verdict: Verdict) -> None:
    console = data_console()
    palette = Palette.of(console)
    room = still_room(console, palette, kind)
    blocks = [
        ("puzzle", render(kind, puzzle, room=room)),
        ("answer", render(kind, puzzle, answer, verdict, room=room)),
    ]
    print_rules(console, kind, puzzle)
    console.print(beside(blocks, console.width, palette))
    console.print()
    console.print(_sentence(verdict))
    if verdict.reasons:
        console.print(Text(reasons(verdict.reasons)))


def _sentence(verdict: Verdict) -> Text:
    if verdict.solved:
        return Text("Valid. Every rule holds.", "bold green")
    if verdict.solved is None:
        return Text("Unverified: the right answer is not known.", "bold yellow")
    return Text(f"Invalid: {counted(len(verdict.reasons), 'rule')} broken.", "bold red")


def _print_judgements(verdicts: Sequence[Verdict]) -> None:
    console = data_console()
    for number, verdict in enumerate(verdicts, start=1):
        if verdict.solved is False:
            first = clean_line(verdict.reasons[0]) if verdict.reasons else "not the answer"
            console.print(Text(f"{number}: {first}"))
    known = [verdict.solved for verdict in verdicts if verdict.solved is not None]
    if known:
        console.print(f"valid {sum(known)} / {len(known)} ({100 * sum(known) / len(known):.1f} %)")
    if len(known) < len(verdicts):
        console.print(f"unverified {len(verdicts) - len(known)}: their answers are not known")


def _judge_puzzles(kind: AnyDomain, puzzles: Sequence[Any]) -> bool:
    """Print each puzzle's soundness; one alone is drawn too."""
    console = data_console()
    if len(puzzles) == 1:
        palette = Palette.of(console)
        picture = render(kind, puzzles[0], room=still_room(console, palette, kind))
        print_rules(console, kind, puzzles[0])
        console.print(beside([("puzzle", picture)], console.width, palette))
        console.print()
    sound = 0
    for number, puzzle in enumerate(puzzles, start=1):
        said = kind.soundness(puzzle)
        sound += said.good
        lead = "" if len(puzzles) == 1 else f"{number}: "
        console.print(Text(lead + said.sentence, "" if said.good else "bold red"))
    if len(puzzles) > 1:
        console.print(f"sound {sound} / {len(puzzles)}")
    return sound == len(puzzles)
