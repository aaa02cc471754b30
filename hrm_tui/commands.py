"""The command palette's entries: every action that a key has now, every screen and every theme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character
from textual.screen import ModalScreen, Screen

from hrm.errors import UserError
from hrm_tui.dialogs.base import error_text
from hrm_tui.solve.exports import proposed_path, write

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
        app.notify(error_text(error), severity="error", markup=False)


def binding_ids(cls: type[DOMNode] = DOMNode) -> set[str]:
    """Ids of the bindings of every screen and widget whose module has been imported."""
    return set().union(*map(_keys_of, _with_subclasses(cls)))


def taken_keys(keys: Mapping[str, str], app: type[App[Any]]) -> Iterator[str]:
    """What clashes with `keys`, ids of bindings and their new keys: a sentence for each key that
    another binding of the same screen or widget has, or one of `app` behind a screen."""
    everywhere = _keys_of(app)
    for cls in _with_subclasses(DOMNode):
        own = _keys_of(cls)
        full = issubclass(cls, Screen) and not issubclass(cls, ModalScreen)
        known = everywhere | own if own and full else own
        for name, other in product(sorted(known.keys() & keys.keys()), sorted(known)):
            if other not in keys and (name in own or other in own):
                for key in sorted(_expanded(keys[name]) & known[other]):
                    yield f"config.toml: {key} of keys.{name} is the key of {other}, too"


def _keys_of(cls: type[DOMNode]) -> dict[str, set[str]]:
    """The keys of its own bindings, by id."""
    bindings = [one for one in cls.__dict__.get("BINDINGS", ()) if isinstance(one, Binding)]
    return {one.id: _expanded(one.key) for one in bindings if one.id}


def _expanded(keys: str) -> set[str]:
    """As Textual calls them: `?` is `question_mark`."""
    return {one.key for one in Binding.make_bindings([Binding(keys, "", "")])}


def _with_subclasses(cls: type[DOMNode]) -> Iterator[type[DOMNode]]:
    yield cls
    for each in cls.__subclasses__():
        yield from _with_subclasses(each)


def is_key(key: str) -> bool:
    """Whether a terminal may send this: `a`, `?`, `f5`, `plus`, `ctrl+o`, `shift+tab`."""
    if len(key) == 1:
        return key.isprintable()
    *modifiers, last = key.split("+")
    if not last or not _MODIFIERS.issuperset(modifiers):
        return False
    return last in _NAMES or key_to_character(last) is not None
