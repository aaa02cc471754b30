"""The command palette's entries: every action that a key has now, every screen and every theme."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character
from textual.screen import Screen

from hrm.errors import UserError
from hrm_tui.dialogs_base import told
from hrm_tui.exports import proposed_path, write

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMES = {known.value for known in Keys} | set(KEY_NAME_REPLACEMENTS.values())


def commands(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """`screen` is the one that the palette was opened from."""
    seen = set()
    for node, binding, enabled, tooltip in screen.active_bindings.values():
        name = (binding.action, binding.description)
        if enabled and binding.description and not binding.system and name not in seen:
            seen.add(name)
            yield SystemCommand(
                binding.description,
                tooltip or f"Key {app.get_key_display(binding)}",
                partial(app.run_action, binding.action, node),
            )
    yield SystemCommand("Theme", "Choose other colours", app.action_change_theme)
    yield SystemCommand("Screenshot", "Save this screen as SVG", partial(_screenshot, app))


def _screenshot(app: App[Any]) -> None:
    try:
        target = proposed_path("screenshot", "hrm", "screen")
        app.notify(f"Written to {write(target, app.export_screenshot())}.", markup=False)
    except (OSError, UserError) as error:
        app.notify(told(error), severity="error", markup=False)


def binding_ids(cls: type[DOMNode] = DOMNode) -> set[str]:
    """Ids of the bindings of every screen and widget whose module has been imported."""
    own = {
        identity
        for binding in cls.__dict__.get("BINDINGS", ())
        if (identity := getattr(binding, "id", None))
    }
    return own.union(*map(binding_ids, cls.__subclasses__()))


def is_key(key: str) -> bool:
    """Whether a terminal may send this: `a`, `?`, `f5`, `plus`, `ctrl+o`, `shift+tab`."""
    if len(key) == 1:
        return key.isprintable()
    *modifiers, last = key.split("+")
    if not last or not _MODIFIERS.issuperset(modifiers):
        return False
    return last in _NAMES or key_to_character(last) is not None
