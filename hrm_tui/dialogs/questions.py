"""The dialogs that choose a puzzle, each with its key: one table for keys, palette and help.

A dialog's widgets are imported when it is first opened: the app has to start within a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hrm_tui.sources import Chosen, Current

if TYPE_CHECKING:
    from hrm_tui.dialogs.base import Dialog
    from hrm_tui.dialogs.choose import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`dialog` makes it for the puzzle in use; `shown` says whether the footer has room for it."""

    key: str
    title: str
    purpose: str
    dialog: Callable[[Current], Dialog[Chosen]]
    shown: bool = False


def which_of(chosen: Chosen) -> Dialog[Chosen]:
    """Asks for one of the puzzles of a file."""
    from hrm_tui.dialogs.choices import puzzles_of

    return _choose(f"{len(chosen.puzzles)} puzzles in {chosen.source}", partial(puzzles_of, chosen))


def enter(current: Current, text: str, keep: Callable[[str], None]) -> Dialog[Chosen]:
    """Asks for a text, beginning with `text`; `keep` is called with unfinished text."""
    from hrm_tui.dialogs.enter import EnterDialog

    return EnterDialog(current.task, text, keep)


def _open(current: Current) -> Dialog[Chosen]:
    from hrm_tui.dialogs.open import OpenDialog

    return OpenDialog(current.task)


def _edit(current: Current) -> Dialog[Chosen]:
    from hrm_tui.dialogs.edit import EditDialog

    return EditDialog(current)


def _generate(current: Current) -> Dialog[Chosen]:
    from hrm_tui.dialogs.choices import levels

    make = partial(levels, current.task)
    return _choose("Make a puzzle", make, working="making it…")


def _examples(current: Current) -> Dialog[Chosen]:
    from hrm_tui.dialogs.choices import examples

    return _choose("Examples", partial(examples, current.task))


def _arc(current: Current) -> Dialog[Chosen]:
    from hrm_tui.dialogs.choices import arc_tasks

    return _choose("Tasks of ARC-AGI-1 and 2", arc_tasks)


def _recent(current: Current) -> Dialog[Chosen]:
    from hrm_tui.dialogs.choices import recent

    return _choose("Recent puzzles", recent, none="Nothing yet: what you choose will be here.")


def _choose(title: str, gather: Callable[[], Sequence[Choice]], **options: Any) -> Dialog[Chosen]:
    from hrm_tui.dialogs.choose import ChooseDialog

    return ChooseDialog(title, gather, **options)


QUESTIONS = {
    "open": Question(
        key="o",
        title="Open",
        purpose="Open a file",
        dialog=_open,
        shown=True,
    ),
    "edit": Question(
        key="e",
        title="Edit",
        purpose="Edit this puzzle on its board",
        dialog=_edit,
        shown=True,
    ),
    "generate": Question(
        key="g", title="Generate", purpose="Make a puzzle of a level", dialog=_generate, shown=True
    ),
    "examples": Question(
        key="b", title="Browse examples", purpose="Choose a bundled puzzle", dialog=_examples
    ),
    "arc": Question(
        key="a", title="ARC tasks", purpose="Find a task of ARC-AGI by its id", dialog=_arc
    ),
    "recent": Question(
        key="u", title="Recent", purpose="Puzzles that you chose before", dialog=_recent
    ),
}
"""By the name that a binding has in the configuration file."""
