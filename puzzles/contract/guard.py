"""Guards the domains of other packages, so that an error names what failed: the domain, the method,
and what was wrong. Only `PuzzleError` and `NoHintError` come out of a call, whatever happens
inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, cast

import numpy as np

from puzzles.contract.protocol import AnyDomain, Soundness, Verdict
from puzzles.drawing.picture import Picture
from puzzles.errors import NoHintError, PuzzleError

_QUIET = {"likeness": 0, "literal": False}
"""What methods mean that are asked of every domain, so that one that fails stops nobody."""

_INNER: Mapping[str, Mapping[str, str]] = {
    "": {"training": "training().", "with_facts": "", "game": "game().", "draft": "draft()."},
    "training().": {"listed": "listed()."},
    "draft().": dict.fromkeys(("put", "clicked", "emptied"), "draft()."),
}
"""By path: methods whose result is guarded as well, and its path; so are those of `makers`."""

_OPTIONAL = frozenset({"game", "draft", "put"})
"""Of these methods, those that may give None."""

_CLASSES = {"check": Verdict, "render": Picture, "soundness": Soundness, "parse": list}


class DomainError(PuzzleError):
    """Something failed in a domain from outside; the cause is the error that it raised, if any."""


class MissingError(DomainError, AttributeError):
    """A domain from outside lacks what was asked for."""


class Guard:
    """Passes everything on to `inner`, and equals what that equals. `who` names it in errors, and
    `path` the part of it that this is: empty for the domain itself."""

    def __init__(self, inner: Any, who: str, path: str = "") -> None:
        for name, value in (("_inner", inner), ("_who", who), ("_path", path)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        """A game is given the history that was saved."""
        setattr(self._inner, name, value)

    def __eq__(self, other: object) -> bool:
        return bool(self._inner == (other._inner if isinstance(other, Guard) else other))

    def __hash__(self) -> int:
        return hash(self._inner)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            value = getattr(self._inner, name)
        except AttributeError as error:
            hint = "Inherit from puzzles.base.DomainDefaults, which has all that is not written."
            raise MissingError(f"{self._who} has no {self._path}{name}", hint=hint) from error
        except Exception as error:  # code from outside may fail in any way
            raise self._fault(name, error) from error
        if not callable(value):
            return value

        @wraps(value)  # whose signature some ask for
        def method(*given: Any, **named: Any) -> Any:
            return self._call(name, value, *given, **named)

        return method

    def _call(self, name: str, method: Callable[..., Any], *given: Any, **named: Any) -> Any:
        try:
            result = method(*given, **named)
        except (PuzzleError, NoHintError):
            raise
        except Exception as error:  # as above
            if name in _QUIET and not self._path:
                return _QUIET[name]
            raise self._fault(name, error) from error
        inner = _INNER.get(self._path, {})
        problem = "" if self._path else _problem(self._inner, name, result)
        if name in inner and result is None and name not in _OPTIONAL:
            problem = "nothing"
        if problem:
            raise DomainError(
                f"{self._who}: {self._path}{name} returned {problem}", hint=_advice(self._who)
            )
        if name == "makers":
            return [Guard(maker, self._who, "training().makers: ") for maker in result]
        if name == "read" and isinstance(result, Iterator):
            return self._each(name, result)
        if name not in inner or result is None:
            return result
        return Guard(result, self._who, inner[name])

    def _each(self, name: str, parts: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from parts
        except (PuzzleError, OSError, UnicodeDecodeError):
            raise
        except Exception as error:  # as above
            raise self._fault(name, error) from error

    def _fault(self, name: str, error: Exception) -> PuzzleError | OSError | UnicodeDecodeError:
        if isinstance(error, OSError | UnicodeDecodeError) and name in ("listed", "facts_of_file"):
            return error  # of a file that a person named
        reason = next(iter(str(error).splitlines()), "")[:200]
        what = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
        return DomainError(
            f"{self._who} failed in {self._path}{name}: {what}", hint=_advice(self._who)
        )


def guarded(inner: AnyDomain, package: str = "") -> AnyDomain:
    """`inner`, with its errors named; `package` is the one that offers it. Raises `PuzzleError` for
    one that cannot be used."""
    if getattr(inner, "adapts", False):
        raise PuzzleError(
            f"the domain {inner.name} has `adapts`, which only our own ARC may have",
            hint="What a model learns before it answers is code for tasks of ARC. Leave it out.",
        )
    of = f" of {package}" if package else ""
    return cast(AnyDomain, Guard(inner, f"the domain {inner.name}{of}"))


def _advice(who: str) -> str:
    name = who.removeprefix("the domain ").partition(" ")[0]
    return f"`hrm doctor --domain {name}` says which of its properties fail."


def _problem(kind: Any, name: str, result: Any) -> str:
    """What is wrong with the type of a result; empty if nothing is."""
    if name in _CLASSES and not isinstance(result, _CLASSES[name]):
        return f"{type(result).__name__}, not {_CLASSES[name].__name__}"
    if name not in ("encode", "target", "decode") or (name == "target" and result is None):
        return ""
    if not isinstance(result, np.ndarray) or result.dtype != np.uint8 or result.ndim != 2:
        shape = f"{getattr(result, 'dtype', type(result).__name__)} {np.shape(result)}"
        return f"{shape}, not an array (height, width) of uint8"
    most = kind.spec.size + len(kind.spec.further)
    if name != "decode" and int(result.max(initial=0)) >= most:
        return f"the token {int(result.max())}; the vocabulary has 0 to {most - 1}"
    return ""
