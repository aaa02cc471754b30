"""The command palette's entries: every action that a key has now, every screen and every theme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character
from textual.screen import ModalScreen, Screen

from hrm.errors import UserError
from hrm_tui.dialogs.base import error_text
from hrm_tui.solve.exports import proposed_path, write

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMES = {known.value for known in Keys} | set(KEY_NAME_REPLACEMENTS.values())


def commands(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """Each action once, with the keys it has now. `screen` is the one that the palette was opened
    from; what Textual binds by itself, such as tab, needs no command."""
    found: dict[tuple[DOMNode, str], list[ActiveBinding]] = {}
    for one in screen.active_bindings.values():
        if one.enabled and one.binding.id and one.binding.description and not one.binding.system:
            found.setdefault((one.node, one.binding.action), []).append(one)
    labels = Counter(bound[0].binding.description for bound in found.values())
    for (node, action), bound in found.items():
        binding, tooltip = bound[0].binding, bound[0].tooltip or bound[0].binding.description
        # several actions that share a label are distinguished by their tooltips
        label = binding.description if labels[binding.description] == 1 else tooltip
        keys = " ".join(dict.fromkeys(app.get_key_display(one.binding) for one in bound))
        meaning = "" if tooltip == label else tooltip
        yield SystemCommand(f"{label} · {keys}", meaning, partial(app.run_action, action, node))
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
    another binding has where both can be pressed, that is on one screen, with its widgets and with
    what the app binds everywhere."""
    seen = set()
    for place in _places(app):
        for name, other in product(sorted(place.keys() & keys.keys()), sorted(place)):
            moved = _expanded(keys[other]) if other in keys else place[other]
            for key in sorted(_expanded(keys[name]) & moved if name != other else ()):
                pair = key, *sorted((name, other))
                if pair not in seen:
                    seen.add(pair)
                    yield f"config.toml: {key} of keys.{name} is the key of {other}, too"


def _places(app: type[App[Any]]) -> Iterator[dict[str, set[str]]]:
    """The bindings that are in force together: of a screen, of the widgets that lie on it, and of
    the app, which a dialog hides."""
    everywhere = _keys_of(app)
    known = list(_with_subclasses(DOMNode))
    for cls in known:
        own = _keys_of(cls)
        if not issubclass(cls, Screen) or issubclass(cls, ModalScreen):
            yield own
            continue
        there = {**everywhere, **own}
        for widget in known:
            if not issubclass(widget, Screen) and _lies_on(widget, cls):
                there |= _keys_of(widget)
        yield there


def _lies_on(widget: type[DOMNode], screen: type[DOMNode]) -> bool:
    """By the packages they are of: a screen's own and the shared one."""
    package = widget.__module__.rpartition(".")[0]
    return package in ("hrm_tui.widgets", screen.__module__.rpartition(".")[0])


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
