"""All that a domain from outside needs, in one import; `puzzles` itself imports the modules."""

from puzzles.contract.defaults import DomainDefaults
from puzzles.contract.protocol import AnyDomain, Domain, Draft, Hypothesis, Soundness, Verdict
from puzzles.contract.relations import Relations, groups_of
from puzzles.contract.tokens import (
    IGNORE,
    NO_GROUP,
    Answer,
    Beliefs,
    BoolGrid,
    FloatGrid,
    Layout,
    Numbers,
    Position,
    RulesArray,
    Tokens,
    TokenSpec,
    Undo,
)
from puzzles.drawing.picture import Cell, Ground, Legend, Picture, Role, Room
from puzzles.errors import PuzzleError, TooHardError
from puzzles.text.encoding import MAX_TEXT, encoding_of

__all__ = [
    "IGNORE",
    "MAX_TEXT",
    "NO_GROUP",
    "Answer",
    "AnyDomain",
    "Beliefs",
    "BoolGrid",
    "Cell",
    "Domain",
    "DomainDefaults",
    "Draft",
    "FloatGrid",
    "Ground",
    "Hypothesis",
    "Layout",
    "Legend",
    "Numbers",
    "Picture",
    "Position",
    "PuzzleError",
    "Relations",
    "Role",
    "Room",
    "RulesArray",
    "Soundness",
    "TokenSpec",
    "Tokens",
    "TooHardError",
    "Undo",
    "Verdict",
    "encoding_of",
    "groups_of",
]
