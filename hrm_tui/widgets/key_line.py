"""The keys of a screen, and its last line: those most worth knowing, as many as there is room for.

One widget that draws a line, where Textual's `Footer` is one a key: those took a third of the time
until the app's first picture, and in a narrow terminal the help was the first to be pushed out.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from textual.app import App, RenderResult
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.events import Click, MouseMove
from textual.widget import Widget


def binding(
    screen: str,
    keys: str,
    action: str,
    label: str,
    tooltip: str,
    *,
    name: str = "",
    shown: bool = True,
    group: Binding.Group | None = None,
) -> Binding:
    """A key of `screen` whose id, by which `config.toml` moves it, is `screen.name`; the name is
    the action's if it has none of its own."""
    return Binding(
        keys,
        action,
        label,
        tooltip=tooltip,
        show=shown,
        id=f"{screen}.{name or action}",
        group=group,
    )


_ALWAYS = ("help", "command_palette")


class _Key(NamedTuple):
    """`shown` on the line; Textual presses it by its `name`."""

    shown: str
    name: str
    tooltip: str


class _Entry(NamedTuple):
    """A label and its keys, of which a group has several."""

    keys: tuple[_Key, ...]
    label: str

    @property
    def width(self) -> int:
        """Columns, with the two between it and the next."""
        return sum(len(key.shown) for key in self.keys) + 1 + len(self.label) + 2


class KeyLine(Widget):
    """The screen's own keys, then the app's, and always help and palette at the right.

    Where there is no room for all, the screen's last ones are left out, but not the first `own` of
    them; then the app's. A click on a key presses it.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; background: $panel; color: $footer-description-foreground; }
    """

    def __init__(self, own: int = 2) -> None:
        super().__init__()
        self._least = own
        self._keys: list[_Key | None] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda screen: self.refresh())

    def render(self) -> RenderResult:
        bound = [one for one in self.screen.active_bindings.values() if one.enabled]
        always = _entries(one for one in bound if one.binding.action in _ALWAYS)
        shown = [one for one in bound if one.binding.show and one.binding.action not in _ALWAYS]
        own = _entries(one for one in shown if not isinstance(one.node, App))
        common = _entries(one for one in shown if isinstance(one.node, App))
        free = self.size.width - _width(always) - 1
        while _width([*own, *common]) > free and (own or common):
            (own if len(own) > self._least or not common else common).pop()
        left = [*own, *common]
        return self._line(left, always, max(0, free - _width(left)))

    def _line(self, left: list[_Entry], right: list[_Entry], between: int) -> Content:
        """Draw the entries and note which key each column presses."""
        parts: list[str | tuple[str, str]] = []
        self._keys = []

        def put(text: str, style: str = "", key: _Key | None = None) -> None:
            parts.append((text, style))
            self._keys += [key] * len(text)

        def put_all(entries: list[_Entry]) -> None:
            for entry in entries:
                for key in entry.keys:
                    put(key.shown, "bold $footer-key-foreground", key)
                put(f" {entry.label}", key=entry.keys[-1])
                put("  ")

        put(" ")
        put_all(left)
        put(" " * between)
        put_all(right)
        return Content.assemble(*parts)

    def _key_at(self, x: int) -> _Key | None:
        return self._keys[x] if 0 <= x < len(self._keys) else None

    def on_click(self, event: Click) -> None:
        key = self._key_at(event.x)
        if key is not None:
            self.app.simulate_key(key.name)

    def on_mouse_move(self, event: MouseMove) -> None:
        key = self._key_at(event.x)
        self.tooltip = Content(key.tooltip) if key is not None else None


def _entries(bound: Iterable[ActiveBinding]) -> list[_Entry]:
    """One an action or group, in order; an action with several keys is shown with its first."""
    actions: dict[str, ActiveBinding] = {}
    for one in bound:
        actions.setdefault(one.binding.action, one)
    entries = []
    for (group, _), members in groupby(actions.values(), _group):
        listed = list(members)
        keys = tuple(
            _Key(node.app.get_key_display(binding), binding.key, tooltip or binding.description)
            for node, binding, _, tooltip in listed
        )
        label = group.description if group else listed[0].binding.description
        entries.append(_Entry(keys, label))
    return entries


def _group(bound: ActiveBinding) -> tuple[Binding.Group | None, str]:
    """What makes it one entry with its neighbours."""
    binding = bound.binding
    return binding.group, "" if binding.group else binding.action


def _width(entries: list[_Entry]) -> int:
    return sum(entry.width for entry in entries)
