"""Sudokus in the notations of other programs and people, each within what surrounds a puzzle in
mails, chats and files: every pair must give the very puzzle, and a damaged one never another."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.reading.formats import read_answers, read_sudokus
from puzzles.sudoku.reading.rule_text import read_rules

ANSWER = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
GIVEN = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
FROM_0 = GIVEN.translate(str.maketrans("123456789", "012345678"))
LETTERS = "ABCDEFGHI"


def rows(cells: str) -> list[str]:
    return [cells[i : i + 9] for i in range(0, 81, 9)]


def numbers(cells: str) -> list[list[int]]:
    return [[int(c.replace(".", "0")) for c in row] for row in rows(cells)]


def lines(cells: str, between: str = "", mark: str = ".") -> str:
    return "\n".join(between.join(row) for row in rows(cells)).replace(".", mark)


def boxes(cells: str, mark: str = ".", bar: str = "|", ruler: str = "------+-------+------") -> str:
    drawn = []
    for number, row in enumerate(rows(cells)):
        drawn += [ruler] if number in (3, 6) and ruler else []
        drawn.append(f" {bar} ".join(" ".join(row[i : i + 3]) for i in (0, 3, 6)))
    return "\n".join(drawn).replace(".", mark)


def framed(cells: str, mark: str = " ") -> str:
    edge = "+-------+-------+-------+"
    body = boxes(cells, mark, ruler="").split("\n")
    drawn = [edge]
    for i in (0, 3, 6):
        drawn += [f"| {row} |" for row in body[i : i + 3]] + [edge]
    return "\n".join(drawn)


def table(cells: str, between: str, *, blank: str = "", quote: str = "", end: str = "") -> str:
    return "\n".join(
        between.join(quote + (blank if c == "." else c) + quote for c in row) + end
        for row in rows(cells)
    )


def labelled(text: str, labels: Sequence[str], between: str) -> str:
    return "\n".join(f"{a}{between}{b}" for a, b in zip(labels, text.split("\n"), strict=True))


def markdown(cells: str, header: Sequence[str] | None, labels: Sequence[str] = ()) -> str:
    body = [[" " if c == "." else c for c in row] for row in rows(cells)]
    if labels:
        body = [[label, *row] for label, row in zip(labels, body, strict=True)]
    width = len(body[0])
    above = [list(header) if header else [" "] * width, ["---"] * width]
    return "\n".join("| " + " | ".join(row) + " |" for row in [*above, *body])


def nested(cells: str, opening: str, closing: str, *, between: str = ", ", blank: str = "0") -> str:
    inner = [
        opening + between.join(blank if c == "." else c for c in row) + closing
        for row in rows(cells)
    ]
    return opening + (between + "\n ").join(inner) + closing


def pandas(cells: str) -> str:
    head = "   " + "".join(f"{i:3}" for i in range(9))
    return "\n".join(
        [head, *(f"{i}  " + "".join(f"{n:3}" for n in row) for i, row in enumerate(numbers(cells)))]
    )


def r_matrix(cells: str) -> str:
    head = "     " + " ".join(f"[,{i}]" for i in range(1, 10))
    body = [
        f"[{i},] " + " ".join(f"{n:4}" for n in row)
        for i, row in enumerate(numbers(cells), start=1)
    ]
    return "\n".join([head, *body])


def opensudoku_cells(cells: str) -> str:
    body = "".join(f"{c.replace('.', '0')}|-|{int(c == '.')}|" for c in cells)
    return f'<opensudoku><game created="1" data="version: 2\n{body}" /></opensudoku>'


def ksudoku_letters(cells: str) -> str:
    body = "".join("_" if c == "." else "abcdefghi"[int(c) - 1] for c in cells)
    return f'<ksudoku-game><puzzle hasSolution="0"><values>{body}</values></puzzle></ksudoku-game>'


def gnome(cells: str) -> str:
    found = [
        {"position": list(divmod(i, 9)), "value": int(c), "fixed": True}
        for i, c in enumerate(cells)
        if c != "."
    ]
    return json.dumps({"difficulty_category": 1, "cells": found}, indent=1)


def solo(cells: str) -> str:
    """An id of Simon Tatham's Solo: letters are runs of blanks, `_` parts digits."""
    text, blanks = "", 0
    for c in cells:
        if c == ".":
            blanks += 1
            continue
        text += ("z" * (blanks // 26) + chr(96 + blanks % 26)) if blanks else ("_" if text else "")
        text, blanks = text + c, 0
    return "3x3:" + text + (chr(96 + blanks) if blanks else "")


def cell_tags(cells: str) -> str:
    return "\n".join(
        "<tr>" + "".join(f"<td>{'&nbsp;' if c == '.' else c}</td>" for c in row) + "</tr>"
        for row in rows(cells)
    )


def objects(cells: str, extra: str = "") -> str:
    """Cells of f-puzzles and of SudokuPad."""
    written = [
        ["{}" if c == "." else f'{{"value":{c}{extra}}}' for c in row] for row in rows(cells)
    ]
    return "[" + ",".join("[" + ",".join(row) + "]" for row in written) + "]"


def placed(cells: str, form: str) -> str:
    """The digits with their places, from 0 and from 1 and as letters."""
    found = ((divmod(i, 9), c) for i, c in enumerate(cells) if c != ".")
    return "\n".join(
        form.format(row=r, column=c, digit=d, r1=r + 1, c1=c + 1, letter=LETTERS[r])
        for (r, c), d in found
    )


def in_blocks(cells: str, title: str = " Columns {} through {}:") -> str:
    """As Octave prints a matrix that is wider than the terminal."""
    found = "A =\n"
    for a, b in ((0, 5), (5, 9)):
        found += f"\n{title.format(a + 1, b)}\n\n"
        found += "\n".join("   " + "   ".join(row[a:b]) for row in rows(cells)) + "\n"
    return found.replace(".", "0")


def flags(cells: str, name: str, given: str, other: str) -> str:
    """Cells as objects, with two digits that somebody placed."""
    shown = [c if c != "." else ANSWER[i] if i in (2, 20) else "null" for i, c in enumerate(cells)]
    return ", ".join(
        f'{{"value": {digit}, "{name}": {other if c == "." else given}}}'
        for digit, c in zip(shown, cells, strict=True)
    )


def beside(left: str, right: str) -> str:
    return "\n".join(
        f"{a}    {b}" for a, b in zip(left.split("\n"), right.split("\n"), strict=True)
    )


def played(cells: str) -> list[list[int]]:
    """With two digits that somebody placed."""
    return numbers("".join(ANSWER[i] if i in (2, 20) else c for i, c in enumerate(cells)))


FLOATS = {**{str(d): f"{d}.0" for d in range(1, 10)}, ".": ""}

KINDS: dict[str, Callable[[str], str]] = {
    **{f"81 with {mark}": lambda p, m=mark: p.replace(".", m) for mark in "0_*-x?•□⬜"},
    "nine rows": lines,
    "nine rows with spaces": lambda p: lines(p, " "),
    "nine rows of question marks": lambda p: lines(p, "", "?"),
    "full width": lambda p: lines(p).translate(str.maketrans("123456789.", "１２３４５６７８９．")),
    "keycaps": lambda p: "\n".join(
        "".join("⬜" if c == "." else f"{c}\ufe0f\u20e3" for c in row) for row in rows(p)
    ),
    "thin spaces": lambda p: lines(p, "\u2009"),
    "zero width": lambda p: lines(p, "\u200b"),
    "boxes": boxes,
    **{f"boxes with {mark}": lambda p, m=mark: boxes(p, m) for mark in "~@×○n"},
    "rows by name in bold": lambda p: "\n".join(
        f"* **Row {i}:** {' '.join(row)}" for i, row in enumerate(rows(p), start=1)
    ),
    "brackets of typst": lambda p: "\n".join(
        "  " + ", ".join(f"[{c.strip('.')}]" for c in row) + "," for row in rows(p)
    ),
    "LaTeX between dollars": lambda p: (
        "$$\n\\begin{array}{|ccc|ccc|ccc|}\n"
        + "".join(" & ".join(row.replace(".", " ")) + " \\\\\n" for row in rows(p))
        + "\\end{array}\n$$"
    ),
    "LaTeX with braces": lambda p: "\n".join(
        " & ".join(c.replace(".", "{}") for c in row) + " \\\\ \\hline" for row in rows(p)
    ),
    "a rating below": lambda p: f"{lines(p)}\n\nED=2.3/1.2/1.2",
    "boxes with zeros": lambda p: boxes(p, "0"),
    "boxes of hrm": lambda p: boxes(p, "·", "│", "──────┼───────┼──────"),
    "py-sudoku": framed,
    "py-sudoku with a title": lambda p: (
        f"---------------------------\n9x9 (3x3) SUDOKU PUZZLE\nDifficulty: 0.50\n"
        f"---------------------------\n{framed(p)}"
    ),
    "py-sudoku in a comment": lambda p: "\n".join("# " + row for row in framed(p).split("\n")),
    "underscores": lambda p: "_" * 25 + "\n" + boxes(p, "_", ruler="") + "\n" + "_" * 25,
    "column labels": lambda p: "  1 2 3   4 5 6   7 8 9\n  " + boxes(p).replace("\n", "\n  "),
    "labels": lambda p: (
        "    1 2 3   4 5 6   7 8 9\n" + labelled(boxes(p, ruler=""), LETTERS, " | ")
    ),
    "numbered rows": lambda p: labelled(lines(p), [f"     {i}" for i in range(1, 10)], "\t"),
    "R1: rows": lambda p: labelled(lines(p, " "), [f"R{i}" for i in range(1, 10)], ": "),
    "Row 1: rows": lambda p: labelled(lines(p, ", "), [f"Row {i}" for i in range(1, 10)], ": "),
    "csv": lambda p: table(p, ",", blank="0"),
    "csv with trailing commas": lambda p: table(p, ",", blank="0", end=","),
    "csv with empty fields": lambda p: table(p, ","),
    "csv with quotes": lambda p: table(p, ",", quote='"'),
    "csv of floats": lambda p: "\n".join(",".join(FLOATS[c] for c in row) for row in rows(p)),
    "csv with nan": lambda p: table(p, ",", blank="nan"),
    "csv with a header": lambda p: "0,1,2,3,4,5,6,7,8\n" + table(p, ",", blank="0"),
    "csv with names": lambda p: (
        ",".join(f"c{i}" for i in range(1, 10)) + "\n" + table(p, ",", blank="0")
    ),
    "csv with header and index": lambda p: (
        ",0,1,2,3,4,5,6,7,8\n" + labelled(table(p, ",", blank="0"), "012345678", ",")
    ),
    "semicolons": lambda p: table(p, ";", blank="0"),
    "tabs": lambda p: table(p, "\t"),
    "tabs with a name": lambda p: "puzzle 7\n" + table(p, "\t", blank="0"),
    "markdown": lambda p: markdown(p, None),
    "markdown with a narrow ruler": lambda p: markdown(p, None).replace(" --- ", "---"),
    "markdown with labels": lambda p: markdown(p, [" ", *"123456789"], LETTERS),
    "markdown with a header": lambda p: markdown(p, list(LETTERS)),
    "pandas": pandas,
    "R": r_matrix,
    "json": lambda p: json.dumps(numbers(p)),
    "json, a cell a line": lambda p: json.dumps(numbers(p), indent=2),
    "json of strings": lambda p: json.dumps([list(row) for row in rows(p)]),
    "json of rows": lambda p: json.dumps(rows(p), indent=1),
    "json of 81 numbers": lambda p: json.dumps([int(c.replace(".", "0")) for c in p]),
    "json with null": lambda p: json.dumps([[n or None for n in row] for row in numbers(p)]),
    "json object": lambda p: json.dumps({"id": 12, "difficulty": "easy", "board": numbers(p)}),
    "json rows by name": lambda p: json.dumps(
        {f"row_{i}": row for i, row in enumerate(numbers(p), start=1)}
    ),
    "json line": lambda p: json.dumps({"puzzle": p, "rating": 3, "solution": ANSWER}),
    "json with both": lambda p: json.dumps({"puzzle": numbers(p), "solution": numbers(ANSWER)}),
    "leetcode": lambda p: (
        f"Input: board = {json.dumps([list(r) for r in rows(p)])}\n"
        f"Output: {json.dumps([list(r) for r in rows(ANSWER)])}"
    ),
    "python": lambda p: "board = " + nested(p, "[", "]"),
    "python with comments": lambda p: (
        "grid = [  # the puzzle\n"
        + "".join(f"    {row},  # row {i}\n" for i, row in enumerate(numbers(p), start=1))
        + "]"
    ),
    "python tuples": lambda p: f"board = {tuple(map(tuple, numbers(p)))}",
    "python None": lambda p: f"{[[n or None for n in row] for row in numbers(p)]}",
    "numpy": lambda p: nested(p, "[", "]", between=" "),
    "numpy floats": lambda p: (
        "array(" + nested(p, "[", "]").replace(",", ".,").replace("]", ".]") + ")"
    ).replace("].", "]"),
    "numpy scalars": lambda p: (
        "[" + ", ".join(str([f"np.int64({n})" for n in r]) for r in numbers(p)) + "]"
    ).replace("'", ""),
    "C": lambda p: f"int grid[9][9] = {nested(p, '{', '}')};",
    "Java": lambda p: f"int[][] board = new int[][]{nested(p, '{', '}')};",
    "C of characters": lambda p: (
        "char b[9][9] = "
        + nested("".join(p), "{", "}", blank=".").replace(".", "'.'").replace("{'", "{ '")
        + ";"
    ),
    "MATLAB": lambda p: "A = [" + "; ".join(" ".join(r) for r in rows(p)).replace(".", "0") + "];",
    "Mathematica": lambda p: nested(p, "{", "}"),
    "Lisp": lambda p: "(" + nested(p, "(", ")", between=" ") + ")",
    "Rust": lambda p: f"let grid: [[u8; 9]; 9] = {nested(p, '[', ']')};",
    "Rust options": lambda p: str(
        [[f"Some({n})" if n else "None" for n in row] for row in numbers(p)]
    ).replace("'", ""),
    "Ruby": lambda p: nested(p, "[", "]", blank="nil"),
    "PHP": lambda p: "$b = " + nested(p, "array(", ")") + ";",
    "Kotlin": lambda p: "val b = " + nested(p, "arrayOf(", ")"),
    "Prolog": lambda p: "problem(1, " + nested(p, "[", "]", blank="_") + ").",
    "negative blanks": lambda p: nested(p, "[", "]", blank="-1"),
    "yaml": lambda p: "board:\n" + "\n".join(f"  - {row}" for row in numbers(p)),
    **{
        f"rows parted by {mark!r}": lambda p, m=mark: m.join(rows(p.replace(".", "0")))
        for mark in (" / ", " | ", "; ", ", ", " - ", "_", "  ")
    },
    "rows with spaces, parted by slashes": lambda p: " / ".join(" ".join(row) for row in rows(p)),
    "three cells between commas": lambda p: ",".join(p[i : i + 3] for i in range(0, 81, 3)),
    "exclamation marks": lambda p: boxes(p, bar="!"),
    "bars and rulers of all rows": lambda p: "\n".join(
        " || ".join(" | ".join(row[i : i + 3]) for i in (0, 3, 6)).replace(".", " ")
        + "\n"
        + ("=" if number in (2, 5) else "-") * 39
        for number, row in enumerate(rows(p))
    ),
    "hidden": lambda p: "\n".join(f">!{row}!<" for row in rows(p)),
    "its answer hidden": lambda p: (
        lines(p) + "\n\n" + "\n".join(f">!{row}!<" for row in rows(ANSWER))
    ),
    "sections of .sdk": lambda p: (
        f"[Author]\nAnn\n[Title]\nNo. 5\n[Puzzle]\n{lines(p)}\n[Comment]\nhard\n"
    ),
    "LaTeX with rules of their own lines": lambda p: (
        "\\hline\n"
        + "\\\\\n\\hline\n".join(" & ".join(row.replace(".", " ")) for row in rows(p))
        + "\\\\\n\\hline"
    ),
    "LaTeX rows": lambda p: "\n".join(
        "\\setrow " + "".join("{" + c.strip(".") + "}" for c in row) for row in rows(p)
    ),
    "tags with places": lambda p: (
        "<sudoku>" + placed(p, '<cell row="{row}" col="{column}" value="{digit}"/>') + "</sudoku>"
    ),
    "CSV of cells": lambda p: "row,col,value\n" + placed(p, "{row},{column},{digit}"),
    "CSV of x and y": lambda p: "x,y,digit\n" + placed(p, "{c1},{r1},{digit}"),
    "81 named columns": lambda p: (
        ",".join(f"r{r}c{c}" for r in range(1, 10) for c in range(1, 10))
        + "\n"
        + ",".join(p.replace(".", "0"))
    ),
    "keycaps and rulers": lambda p: "\n".join(
        "|".join(
            "".join("⬜" if c == "." else f"{c}\ufe0f\u20e3" for c in row[i : i + 3])
            for i in (0, 3, 6)
        )
        + ("\n➖➖➖➕➖➖➖➕➖➖➖" if number in (2, 5) else "")
        for number, row in enumerate(rows(p))
    ),
    "rows with slashes": lambda p: "/".join(rows(p)),
    "rows with stops": lambda p: ".".join(rows(p.replace(".", "0"))),
    "rows with commas": lambda p: ",".join(rows(p)),
    "a link": lambda p: "https://www.example.org/sudoku.htm?bd=" + p.replace(".", "0"),
    "a link with more": lambda p: f"see https://example.org/s/{p.replace('.', '0')}&x=1 for it",
    "hodoku": lambda p: f":0000:x:{p}:::",
    "tdoku": lambda p: f"# file header\n#\n{p}:1",
    "a name before": lambda p: f"0000183b305c {p}  1.2",
    "a line of csv": lambda p: f"{p},{ANSWER},4.5",
    "csv of a bench": lambda p: (
        f'puzzle_id,rules,initial_board,solution\na1,"Normal rules, applied.",{p},{ANSWER}'
    ),
    "opensudoku": lambda p: f'<opensudoku><game data="{p.replace(".", "0")}" /></opensudoku>',
    "opensudoku of cells": opensudoku_cells,
    "ksudoku": lambda p: f"<ksudoku-game>\n<values>{p.replace('.', '_')}</values></ksudoku-game>",
    "ksudoku of letters": ksudoku_letters,
    "gnome sudoku": gnome,
    "solo": solo,
    "a comment on top": lambda p: "# hard ones\n" + p,
    "solo saved": lambda p: (
        f"SAVEFILE:41:Simon Tatham's Portable Puzzle Collection\nGAME    :4:Solo\n"
        f"PARAMS  :3:3x3\nDESC    :{len(solo(p)) - 4}:{solo(p)[4:]}\n"
    ),
    "f-puzzles": lambda p: f'{{"size":9,"grid":{objects(p, ",{q}given{q}:true")}}}'.replace(
        "{q}", '"'
    ),
    "SudokuPad": lambda p: f'{{"cells":{objects(p)},"regions":[]}}',
    "r1c1": lambda p: placed(p, "r{r1}c{c1}={digit}"),
    "A1": lambda p: "{" + placed(p, "'{letter}{c1}': '{digit}',") + "}",
    "JSON places": lambda p: (
        "[" + placed(p, '{{"row":{row},"col":{column},"value":{digit}}},').rstrip(",") + "]"
    ),
    "an HTML table": lambda p: f"<table>\n{cell_tags(p)}\n</table>",
    "XML rows": lambda p: "<g>" + "".join(f"<row>{r}</row>\n" for r in rows(p)) + "</g>",
    "HTML lines": lambda p: "<p>" + "<br>".join(rows(p)) + "</p>",
    "HTML pre": lambda p: f"<pre><code>{lines(p)}\n</code></pre>",
    "a link in HTML": lambda p: (
        f'<a href="https://x.example/?p={p.replace(".", "0")}&amp;t=1">x</a>'
    ),
    "BBCode": lambda p: f"[code]{lines(p)}[/code]",
    "an encoded link": lambda p: (
        "https://x.example/?b=%5B%5B"
        + "%5D%2C%5B".join("%2C".join(r) for r in rows(p.replace(".", "0")))
        + "%5D%5D"
    ),
    "colours": lambda p: "\n".join(f"\x1b[1;34m{row}\x1b[0m" for row in rows(p)),
    "ellipses": lambda p: lines(p).replace("...", "…"),
    "no-break hyphens": lambda p: lines(p, "", "\u2011"),
    "broken at 80": lambda p: p[:80] + "\n" + p[80:],
    "three lines of 27": lambda p: "\n".join((p[:27], p[27:54], p[54:])),
    "cells in brackets": lambda p: "\n".join(
        "".join(f"[{' ' if c == '.' else c}]" for c in row) for row in rows(p)
    ),
    "two marks a blank": lambda p: lines(p, " ").replace(".", ".."),
    **{f"a mark of its own, {mark}": lambda p, m=mark: lines(p, "", m) for mark in "oO+:~@=eN'"},
    "a list of Markdown": lambda p: "\n".join(f"- {row}" for row in rows(p)),
    "OCaml": lambda p: nested(p, "[|", "|]", between="; "),
    "Haskell Just": lambda p: str(
        [[f"Just {n}" if n else "Nothing" for n in row] for row in numbers(p)]
    ).replace("'", ""),
    "C strings": lambda p: "const char *p =\n" + "\n".join(f'  "{r}"' for r in rows(p)) + ";",
    "MATLAB lines": lambda p: (
        "A = [ ...\n" + "; ...\n".join(" ".join(r).replace(".", "0") for r in rows(p)) + "];"
    ),
    "MATLAB print": lambda p: (
        "A =\n\n" + "\n".join("     " + "     ".join(map(str, r)) for r in numbers(p))
    ),
    "Pascal": lambda p: f"const b: array[1..9,1..9] of integer = {nested(p, '(', ')')};",
    "PHP print_r": lambda p: (
        "Array\n(\n"
        + "".join(
            f"    [{i}] => Array\n        (\n"
            + "".join(f"            [{j}] => {n}\n" for j, n in enumerate(row))
            + "        )\n\n"
            for i, row in enumerate(numbers(p))
        )
        + ")\n"
    ),
    "Ruby words": lambda p: "b = %w[\n" + lines(p) + "\n]",
    "Python string": lambda p: f"grid = '''\n{lines(p)}\n'''",
    "TOML string": lambda p: f'name = "easy"\ngrid = """\n{lines(p)}\n"""',
    "YAML strings": lambda p: "grid:\n" + "\n".join(f'  - "{row}"' for row in rows(p)),
    "YAML cells": lambda p: (
        "grid:\n" + "\n".join("- - " + "\n  - ".join(map(str, row)) for row in numbers(p))
    ),
    "JSON in CSV": lambda p: f'id,puzzle\n1,"{json.dumps(numbers(p))}"',
    "a chat as JSON": lambda p: json.dumps({"content": f"Solve this:\n{lines(p)}\n\nThanks"}),
    "double bars": lambda p: "\n".join(
        "||" + "||".join("|".join(f" {c} " for c in r[i : i + 3]) for i in (0, 3, 6)) + "||"
        for r in rows(p.replace(".", " "))
    ),
    "LaTeX table": lambda p: (
        "\\begin{tabular}{ccc}\n\\hline\n"
        + "\n".join(" & ".join(r.replace(".", " ")) + r" \\ \hline" for r in rows(p))
        + "\n\\end{tabular}"
    ),
    "narrow Markdown": lambda p: (
        "|1|2|3|4|5|6|7|8|9|\n|-|-|-|-|-|-|-|-|-|\n"
        + "\n".join("|" + "|".join(r.replace(".", " ")) + "|" for r in rows(p))
    ),
    "Excel text": lambda p: f'puzzle,solution\n="{p.replace(".", "0")}",="{ANSWER}"',
    "a mail": lambda p: (
        f"From: a@b.example\nSubject: no. 12\nDate: Mon, 1 Jan 2024\n\n{lines(p)}\n\n-- \nAnn"
    ),
    "its answer beside it": lambda p: "\n".join(
        f"{a}   {b}" for a, b in zip(rows(p), rows(ANSWER), strict=True)
    ),
    "its answer below it": lambda p: f"{p}\n{ANSWER}\n",
    "its rows and those of its answer": lambda p: f"{lines(p)}\n\n{lines(ANSWER)}",
    "latex": lambda p: (
        "\\begin{sudoku}\n"
        + "\n".join("|" + "|".join(r.replace(".", " ")) + "|." for r in rows(p))
        + "\n\\end{sudoku}"
    ),
    "starred givens": lambda p: (
        "3, 3\n+------+------+------+\n"
        + "\n".join(
            "|"
            + "|".join(
                "".join(f"*{c}" if c != "." else " ." for c in row[i : i + 3]) for i in (0, 3, 6)
            )
            + "|"
            for row in rows(p)
        )
    ),
    "a sheet with gaps": lambda p: "\n".join(
        ",".join([*r[:3], "", *r[3:6], "", *r[6:]]).replace(".", "")
        + ("\n,,,,,,,,,," if i in (2, 5) else "")
        for i, r in enumerate(rows(p))
    ),
    "MiniZinc": lambda p: (
        "int: N=9;\narray[1..N,1..N] of 0..9: start=[|"
        + "|".join(",".join(r) for r in rows(p.replace(".", "0")))
        + "|];"
    ),
    "JavaScript with nothing for a blank": lambda p: (
        "var b=[" + ",".join("[" + ",".join(r).replace(".", "") + "]" for r in rows(p)) + "];"
    ),
    "Chinese digits": lambda p: lines(p).translate(
        str.maketrans("123456789", "一二三四五六七八九")
    ),
    "colons": lambda p: lines(p.replace(".", "0"), ":"),
    "hyphens": lambda p: lines(p.replace(".", "0"), "-"),
    "a log": lambda p: f"2024-01-01 12:00:00 INFO puzzle={p} clues=30",
    "an ini file": lambda p: "\n".join(f"row{i}={r}" for i, r in enumerate(rows(p), start=1)),
    "labels on all sides": lambda p: (
        "  ABC DEF GHI\n"
        + "\n".join(f"{i} {r[:3]} {r[3:6]} {r[6:]} {i}" for i, r in enumerate(rows(p), start=1))
        + "\n  ABC DEF GHI"
    ),
    "labels below": lambda p: boxes(p) + "\na b c   d e f   g h i",
    "a patch": lambda p: "@@ -0,0 +1,9 @@\n" + "\n".join("+" + r for r in rows(p)),
    "MediaWiki": lambda p: (
        '{| class="wikitable"\n'
        + "\n".join("|-\n| " + " || ".join(r).replace(".", "&nbsp;") for r in rows(p))
        + "\n|}"
    ),
    "HTML without a table": lambda p: "".join(
        "<div>" + "".join(f"<div>{c.strip('.')}</div>" for c in r) + "</div>\n" for r in rows(p)
    ),
    "fields of nine lines": lambda p: f'id,puzzle,solution\n1,"{lines(p)}","{lines(ANSWER)}"\n',
    "81 columns": lambda p: (
        ",".join(f"c{i}" for i in range(81)) + "\n" + ",".join(p.replace(".", "0"))
    ),
    "progress beside it": lambda p: json.dumps(
        {"puzzle": numbers(p), "state": numbers(p.replace(".", "4", 1)), "notes": [[1, 2], [3]]}
    ),
    "pencil marks of SadMan": lambda p: f"[Puzzle]\n{lines(p)}\n[PencilMarks]\n12,34,,",
    "numbered by GitHub": lambda p: labelled(lines(p), [f"L{i}" for i in range(1, 10)], " "),
    "numbered by grep": lambda p: labelled(lines(p), "123456789", ":"),
    "found by grep": lambda p: labelled(lines(p), [f"a/p.txt:{i}" for i in range(1, 10)], ":"),
    "lines of a file by grep": lambda p: labelled(lines(p), ["p.txt"] * 9, ":"),
    "cat -A": lambda p: lines(p).replace("\n", "$\n") + "$",
    "bat": lambda p: (
        "───────┬────────\n       │ File: p.txt\n───────┼────────\n"
        + labelled(lines(p), [f"   {i}  " for i in range(1, 10)], " │ ")
        + "\n───────┴────────"
    ),
    "a message": lambda p: f"[03/06/24, 10:02:11] Ann: {lines(p)}",
    "a message of Telegram": lambda p: f"Ann, [3 Jun 2024 at 10:02:11]:\n{lines(p)}",
    "a shell": lambda p: f"$ cat p.txt\n{lines(p)}\n$",
    "quoted twice": lambda p: "\n".join(f"> > {row}" for row in lines(p, " ").split("\n")),
    "csv with two trailing commas": lambda p: table(p, ",", end=",,"),
    "csv with empty columns around": lambda p: "," + table(p, ",", end=",").replace("\n", "\n,"),
    "Julia": lambda p: (
        "9×9 Matrix{Union{Missing, Int64}}:\n " + lines(p, "  ", "missing").replace("\n", "\n ")
    ),
    "bytes": lambda p: str([[c.encode() for c in row] for row in rows(p)]),
    "strings of numpy": lambda p: str(
        [[f"np.str_({c!r})" for c in row] for row in rows(p)]
    ).replace('"', ""),
    "C string": lambda p: 'char *g = "' + '"\n          "'.join(rows(p)) + '";',
    "PHP var_export": lambda p: (
        "array (\n"
        + "".join(
            f"  {i} => \n  array (\n"
            + "".join(f"    {j} => {n},\n" for j, n in enumerate(row))
            + "  ),\n"
            for i, row in enumerate(numbers(p))
        )
        + ")"
    ),
    "BASIC": lambda p: labelled(
        table(p, ",", blank="0"), [f"{n} DATA" for n in range(1000, 1090, 10)], " "
    ),
    "DATA": lambda p: labelled(table(p, ",", blank="0"), ["DATA"] * 9, " "),
    "a script alone": lambda p: (
        f"<script>var p = {{puzzle: {[n for row in numbers(p) for n in row]}}};</script>"
    ),
    "strings by name": lambda p: json.dumps({f"r{i}": row for i, row in enumerate(rows(p), 1)}),
    "records of pandas": lambda p: json.dumps(
        [{str(i): n for i, n in enumerate(row)} for row in numbers(p)]
    ),
    "rows of named cells": lambda p: json.dumps(
        {f"row{i}": {f"col{j}": n for j, n in enumerate(row)} for i, row in enumerate(numbers(p))}
    ),
    "a split frame": lambda p: json.dumps(
        {"columns": [*range(9)], "index": [*range(9)], "data": numbers(p)}
    ),
    "81 by number": lambda p: json.dumps(dict(enumerate(p.replace(".", "0")))),
    "Eigen": lambda p: (
        "Matrix m(9, 9);\nm << "
        + ",\n     ".join(", ".join(r) for r in rows(p.replace(".", "0")))
        + ";"
    ),
    "Eigen on one line": lambda p: f"m << {', '.join(p.replace('.', '0'))};",
    "Octave in blocks": in_blocks,
    "MATLAB in blocks": lambda p: in_blocks(p, "  Columns {} through {}"),
    "R in blocks": lambda p: "\n".join(
        "     "
        + " ".join(f"[,{i + 1}]" for i in range(a, b))
        + "\n"
        + "\n".join(
            f"[{n},] " + " ".join(f"{c:>4}" for c in row[a:b])
            for n, row in enumerate(rows(p.replace(".", "0")), start=1)
        )
        for a, b in ((0, 5), (5, 9))
    ),
    "two digits a cell": lambda p: "\n".join(
        " ".join("0" + c for c in row) for row in rows(p.replace(".", "0"))
    ),
    "two digits a cell and commas": lambda p: "\n".join(
        ",".join("0" + c for c in row) for row in rows(p.replace(".", "0"))
    ),
    "a fence on the same lines": lambda p: f"```{lines(p)}```",
    "escaped Markdown": lambda p: lines(p, " ", "\\_"),
    "escaped stars": lambda p: lines(p, "", "\\*"),
    "DuckDB": lambda p: (
        "│"
        + "│".join(f"  c{i}   " for i in range(9))
        + "│\n│"
        + "│".join([" int32 "] * 9)
        + "│\n"
        + "├"
        + "┼".join(["───────"] * 9)
        + "┤\n"
        + "\n".join("│" + "│".join(f"{n:6} " for n in row) + "│" for row in numbers(p))
    ),
    "a tibble": lambda p: (
        "# A tibble: 9 × 9\n     V1"
        + "".join(f"    V{i}" for i in range(2, 10))
        + "\n  <dbl>"
        + " <dbl>" * 8
        + "\n"
        + "\n".join(
            f"{i} " + " ".join(f"{n:5}" for n in row) for i, row in enumerate(numbers(p), start=1)
        )
    ),
    "words for blanks": lambda p: "\n".join(
        f"Row {i}: " + ", ".join("blank" if c == "." else c for c in row)
        for i, row in enumerate(rows(p), start=1)
    ),
    "semicolons behind rows": lambda p: lines(p.replace(".", "0"), " ").replace("\n", ";\n") + ";",
    "its answer beside it with spaces": lambda p: "\n".join(
        " ".join(a) + "      " + " ".join(b)
        for a, b in zip(rows(p.replace(".", "0")), rows(ANSWER), strict=True)
    ),
    "its answer behind bars": lambda p: "\n".join(
        f"{a} | {b}" for a, b in zip(rows(p), rows(ANSWER), strict=True)
    ),
    "blanks as spaces between spaces": lambda p: "\n".join(
        " ".join(row.replace(".", " ")).rstrip() for row in rows(p)
    ),
    "a count above a line": lambda p: f"1\n{p}",
    "a log of lines": lambda p: "\n".join(f"[INFO] {row}" for row in rows(p)),
    "times before lines": lambda p: "\n".join(f"12:00:0{i} {row}" for i, row in enumerate(rows(p))),
    "CDATA": lambda p: f"<p><![CDATA[\n{lines(p)}\n]]></p>",
    **{
        f"flags {name}": lambda p, n=name, g=given, o=other: f"[{flags(p, n, g, o)}]"
        for name, given, other in (
            ("given", "true", "false"),
            ("isGiven", "true", "false"),
            ("fixed", "true", "false"),
            ("editable", "false", "true"),
            ("readonly", "true", "false"),
            ("locked", "1", "0"),
        )
    },
    **{
        f"{first} beside {other}": lambda p, a=first, b=other: json.dumps(
            {a: numbers(p), b: played(p)}
        )
        for first, other in (
            ("puzzle", "board"),
            ("originalGrid", "grid"),
            ("initial", "current"),
            ("given", "user"),
            ("puzzle", "working_grid"),
        )
    },
    "a puzzle and its board in a string": lambda p: json.dumps(
        {"text": json.dumps({"puzzle": numbers(p), "board": played(p)})}
    ),
    "shell string": lambda p: f'P="{lines(p)}"',
    "php string": lambda p: f"$p = '\n{lines(p)}\n';",
    "c string over several lines": lambda p: (
        'const char *p = "' + lines(p).replace("\n", "\\n\\\n") + '";'
    ),
    "rust string over several lines": lambda p: (
        'let p = "\\\n' + lines(p).replace("\n", "\\\n") + '";'
    ),
    "lisp argument": lambda p: f'(solve "{lines(p, " ")}")',
    "lisp array of a special": lambda p: (
        f"(defparameter *board* #2A{nested(p, '(', ')', between=' ')})"
    ),
    "a log of Python": lambda p: "INFO:root:Puzzle\n" + lines(p).replace("\n", "\nINFO:root:"),
    "a log of Python with times": lambda p: "\n".join(
        f"2024-01-02 10:20:30,123 - solver - DEBUG - {' '.join(row)}" for row in rows(p)
    ),
    "APL": lambda p: f"grid←9 9⍴{' '.join(p.replace('.', '0'))}",
    "J": lambda p: f"g=: 9 9 $ {' '.join(p.replace('.', '0'))}",
    "LaTeX's package on one line": lambda p: (
        "\\begin{sudoku}"
        + "".join("|" + "|".join(row.replace(".", " ")) + "|." for row in rows(p))
        + "\\end{sudoku}"
    ),
    "boxes beside its answer": lambda p: beside(boxes(p), boxes(ANSWER)),
    "frames beside its answer": lambda p: beside(framed(p), framed(ANSWER)),
    "a digit given beside what it became": lambda p: json.dumps(
        [[{"given": n or None, "value": 5} for n in row] for row in numbers(p)]
    ),
    **{
        f"flags {name} of its answer": lambda p, n=name, g=given: json.dumps(
            [
                [{"value": int(a), n: (c != ".") == g} for a, c in zip(*pair, strict=True)]
                for pair in zip(rows(ANSWER), rows(p), strict=True)
            ]
        )
        for name, given in (("visible", True), ("revealed", True), ("hidden", False))
    },
    "columns behind a name of the rows": lambda p: (
        "row,c1,c2,c3,c4,c5,c6,c7,c8,c9\n" + labelled(table(p, ","), list("123456789"), ",")
    ),
    "Markdown with a name of the rows": lambda p: markdown(
        p, ["R\\C", *"123456789"], list("123456789")
    ),
    "psql": lambda p: (
        " r | "
        + " | ".join(f"c{i}" for i in range(1, 10))
        + "\n---"
        + "+----" * 9
        + "\n"
        + labelled(table(p, " | "), list("123456789"), " | ")
        + "\n(9 rows)"
    ),
    "blanks as spaces below a title": lambda p: f"Puzzle:\n{lines(p, '', ' ')}",
    "pandas in parts": lambda p: json.dumps(
        {"columns": [f"c{i}" for i in range(9)], "index": list("123456789"), "data": numbers(p)}
    ),
    "steps below": lambda p: (
        f"{lines(p)}\n\n"
        + "\n".join(
            f"{i}. r{i // 9 + 1}c{i % 9 + 1} = {ANSWER[i]}" for i in range(9, 81) if p[i] == "."
        )
    ),
    "with its solution": lambda p: f"{boxes(p)}\n\nSolution:\n{boxes(ANSWER)}",
    "with its solution in line": lambda p: f"Puzzle:\n{p}\nAnswer:\n{ANSWER}",
}

ALONE = frozenset(
    (
        "R",
        "hodoku",
        "csv of a bench",
        "a line of csv",
        "JSON in CSV",
        "Excel text",
        "YAML cells",
        "solo saved",
        "a patch",
        "MediaWiki",
        "bat",
        "a message",
        "a script alone",
        "fields of nine lines",
        "81 columns",
        "81 named columns",
        "CSV of cells",
        "CSV of x and y",
        "sections of .sdk",
        "hidden",
        "its answer hidden",
        "pencil marks of SadMan",
        "blanks as spaces between spaces",
        "a log of lines",
        "times before lines",
        "a log of Python",
        "a log of Python with times",
        "columns behind a name of the rows",
        "blanks as spaces below a title",
    )
)
"""Kinds that another line around makes something else of, such as a header that is none."""

AROUND: dict[str, Callable[[str], str]] = {
    "nothing": lambda t: t,
    "a line end": lambda t: t + "\n",
    "line ends of Windows": lambda t: t.replace("\n", "\r\n") + "\r\n",
    "line ends of old Macs": lambda t: t.replace("\n", "\r"),
    "a mark": lambda t: "\ufeff" + t,
    "empty lines": lambda t: f"\n\n{t}\n\n\n",
    "a sentence": lambda t: f"Here is the puzzle:\n\n{t}\n\nCan you solve it?",
    "a code fence": lambda t: f"```\n{t}\n```",
    "a code fence with words": lambda t: f"Try this one, please!\n```text\n{t}\n```\nThanks.",
    "a heading": lambda t: f"% 1 easy\n{t}",
    "a heading of Markdown": lambda t: f"## Puzzle No. 8,273\n\n{t}",
    "e-mail": lambda t: "\n".join("> " + line for line in t.split("\n")),
    "a title": lambda t: f"Puzzle:\n{t}",
    "spaces at the ends": lambda t: "\n".join(line + "  " for line in t.split("\n")),
    "indented": lambda t: "\n".join("    " + line for line in t.split("\n")),
    "what a shell leaves": lambda t: t.replace("\n", "\\n") if "\\" not in t else t,
}
UNFIT = {
    "e-mail": {"gnome sudoku", "py-sudoku in a comment", "a list of Markdown"}
    | {"Python string", "TOML string"},
    "what a shell leaves": {"python with comments", "tabs", "latex"},
    "spaces at the ends": {"opensudoku of cells"},
}


WITHIN: dict[str, Callable[[str], str]] = {
    "a string of JSON": lambda t: json.dumps({"id": 1, "text": t}),
    "a chat": lambda t: json.dumps([{"role": "user", "content": f"Solve this:\n\n{t}\n\nThanks"}]),
    "a comment of C": lambda t: (
        "/*\n" + "\n".join(" * " + line for line in t.split("\n")) + "\n */"
    ),
    "a fence in a mail": lambda t: "\n".join("> " + line for line in f"```\n{t}\n```".split("\n")),
    "an issue": lambda t: f"### Input\n\n```text\n{t}\n```\n\n### Expected\n\nsolved",
}


@pytest.mark.parametrize("within", WITHIN)
@pytest.mark.parametrize(
    "kind",
    ["nine rows", "boxes", "csv with names", "yaml", "json rows by name", "f-puzzles", "SudokuPad"],
)
def test_a_puzzle_is_read_from_a_text_within_a_text(kind: str, within: str) -> None:
    assert read_sudokus(WITHIN[within](KINDS[kind](GIVEN))) == [sudoku(GIVEN)]


def test_a_fence_is_not_read_where_cells_stand_outside_of_it() -> None:
    short = "5 3 . . 7 . . .\n" * 9
    with pytest.raises(PuzzleError):
        read_sudokus(f"{short}\n```\n{lines(ANSWER)}\n```")


def test_rules_of_a_puzzle_in_a_string_are_seen() -> None:
    text = json.dumps({"size": 9, "grid": [[{}] * 9] * 9, "thermometer": [{"lines": [1]}]})
    with pytest.raises(PuzzleError, match="a rule of its own, thermometer"):
        read_sudokus(json.dumps({"text": text}))


@st.composite
def puzzles(draw: st.DrawFn) -> str:
    """The givens of one grid and up to 12 more."""
    more = draw(st.sets(st.integers(0, 80), max_size=12))
    return "".join(ANSWER[i] if i in more else c for i, c in enumerate(GIVEN))


def sudoku(cells: str) -> Sudoku:
    return Sudoku(tuple(map(int, cells.replace(".", "0"))))


def fits(kind: str, around: str) -> bool:
    return kind not in UNFIT.get(around, ()) and (kind not in ALONE or around == "nothing")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_within_everything(kind: str) -> None:
    for around, put in AROUND.items():
        if fits(kind, around):
            text = put(KINDS[kind](GIVEN))
            assert read_sudokus(text) == [sudoku(GIVEN)], (around, text)


def test_a_number_above_a_line_that_lacks_a_cell_is_no_cell_of_it() -> None:
    with pytest.raises(PuzzleError):
        read_sudokus(f"1\n{GIVEN[1:]}")


@pytest.mark.parametrize("full", [(0,), (4, 5), (8,)])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_with_rows_that_are_full(kind: str, full: tuple[int, ...]) -> None:
    cells = "".join(ANSWER[i] if i // 9 in full else c for i, c in enumerate(GIVEN))
    assert read_sudokus(KINDS[kind](cells)) == [sudoku(cells)]


def test_digits_between_stars_are_no_bold_label() -> None:
    cells = GIVEN[:63] + "..7419..5" + GIVEN[72:]
    for around in ("a sentence", "a code fence with words"):
        assert read_sudokus(AROUND[around](lines(cells, "", "*"))) == [sudoku(cells)]


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(cells=puzzles(), kind=st.sampled_from(sorted(KINDS)), around=st.sampled_from(sorted(AROUND)))
def test_ten_thousand_puzzles_in_every_kind(cells: str, kind: str, around: str) -> None:
    if fits(kind, around):
        assert read_sudokus(AROUND[around](KINDS[kind](cells))) == [sudoku(cells)]


def damaged(cells: str, kind: str, around: str, at: int, instead: str) -> None:
    """A digit that is lost or doubled is found, or is the one cell that differs."""
    if kind.endswith(("its answer below it", "beside its answer")):
        return  # which is another puzzle where it has a blank
    text = AROUND[around](KINDS[kind](cells))
    digits = [i for i, c in enumerate(text) if c.isnumeric()]
    place = digits[at % len(digits)]
    try:
        found = read_sudokus(text[:place] + instead + text[place + 1 :])
    except PuzzleError:
        return
    assert len(found) == 1
    pairs = zip(found[0].givens, sudoku(cells).givens, strict=True)
    assert sum(a != b for a, b in pairs) <= 1


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    around=st.sampled_from(sorted(AROUND)),
    at=st.integers(0, 500),
    instead=st.sampled_from(("", "55", " ")),
)
def test_a_damaged_puzzle_is_never_another(kind: str, around: str, at: int, instead: str) -> None:
    if fits(kind, around):
        damaged(GIVEN, kind, around, at, instead)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(
    cells=puzzles(),
    kind=st.sampled_from(sorted(KINDS)),
    around=st.sampled_from(sorted(AROUND)),
    at=st.integers(0, 500),
    instead=st.sampled_from(("", "55", " ")),
)
def test_ten_thousand_damaged_puzzles(
    cells: str, kind: str, around: str, at: int, instead: str
) -> None:
    if fits(kind, around):
        damaged(cells, kind, around, at, instead)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GIVEN.replace(".", "#"), "# stands where blanks are"),
        (lines(GIVEN, "", "#"), "# stands where blanks are"),
        ("puzzle,solution\n5.3007E+80,5.34679E+80", "a spreadsheet took for a number"),
        (f"puzzle,solution\n{GIVEN[9:].replace('.', '0')},{ANSWER}", "a spreadsheet may"),
        ("." * 700 + "5" + "." * 28, "candidates of each cell"),
        ("\n".join(["5 3 124 26 7 2468 1489 1249 248"] * 9), "look like candidates"),
        (f"sudoku,solved\n{GIVEN},{ANSWER}", "names no column of puzzles"),
        (f"id;grid\n1;{GIVEN}", "names no column of puzzles"),
        ("[4, 2, null, 0, 6] " + "[4, 2, null, 0, 6, 1, 8, 3, 5]", "null and 0 both stand"),
        (f"{numbers(GIVEN)}".replace("0", "None", 1), "and 0 both stand"),
    ],
)
def test_a_message_says_what_a_text_looks_like(text: str, words: str) -> None:
    with pytest.raises(PuzzleError, match=words) as raised:
        read_sudokus(text)
    assert raised.value.hint


@pytest.mark.parametrize("kind", ["boxes", "json", "csv", "python", "nine rows", "C", "a link"])
def test_answers_are_read_in_the_same_kinds(kind: str) -> None:
    assert read_answers(KINDS[kind](ANSWER)) == [sudoku(ANSWER).givens]


@pytest.mark.parametrize("header", ["solution", "id,solution", "id;answers", '"id","Solution"'])
def test_a_table_may_have_answers_alone(header: str) -> None:
    mark = ";" if ";" in header else ","
    record = mark.join([*["1"] * header.count(mark), ANSWER])
    assert read_answers(f"{header}\n{record}\n") == [sudoku(ANSWER).givens]


@pytest.mark.parametrize("kind", ["json with both", "with its solution", "leetcode"])
def test_the_answer_counts_where_its_puzzle_stands_beside_it(kind: str) -> None:
    assert read_answers(KINDS[kind](GIVEN)) == [sudoku(ANSWER).givens]


def test_a_digit_that_somebody_placed_is_no_given() -> None:
    text = GIVEN.replace("53.", "53+4", 1)
    assert read_sudokus(f":0300:4:{text}:121 221::") == [sudoku(GIVEN)]


SIX = ["1....6", "..3...", ".6....", "...4..", "3....1", "..5..."]


@pytest.mark.parametrize("between", ["", " "])
@pytest.mark.parametrize("gap", [" | ", "   "])
def test_gaps_between_boxes_show_their_width(between: str, gap: str) -> None:
    if not between:
        gap = gap.replace("   ", " ")
    for wide in (2, 3):
        text = [gap.join(between.join(r[i : i + wide]) for i in range(0, 6, wide)) for r in SIX]
        assert read_sudokus("\n".join(text)) == read_sudokus(
            "\n".join([*text[: 6 // wide], "", *text[6 // wide :]])
        )
        [puzzle] = read_sudokus("\n".join(text))
        assert puzzle.rules == read_rules("boxes=3x2" if wide == 2 else "", 6)


@pytest.mark.parametrize("title", ["6x6, 3x2 boxes", "Size: 6x6\nBox: 3×2", "(box size 3x2)"])
def test_boxes_in_a_sentence_may_be_either(title: str) -> None:
    with pytest.raises(PuzzleError, match="may be rows by columns or columns by rows"):
        read_sudokus(f"{title}\n" + "\n".join(SIX))
    rows = "\n".join(SIX)
    assert read_sudokus(f"6x6, 2x3 boxes\n{rows}")[0].rules == read_rules("", 6)
    [puzzle] = read_sudokus(f"{title}\nrules: boxes=3x2\n{rows}")
    assert puzzle.rules == read_rules("boxes=3x2", 6)


@pytest.mark.parametrize("size", [4, 6, 16])
def test_lists_of_other_sizes(size: int) -> None:
    cells = [[0] * size for _ in range(size)]
    cells[0][1], cells[1][0] = size, 1
    [puzzle] = read_sudokus(json.dumps(cells))
    assert puzzle.size == size
    assert puzzle.givens == tuple(digit for row in cells for digit in row)


@pytest.mark.parametrize(
    "text",
    [
        f"Solution:\n{lines(ANSWER)}\nPuzzle:\n{lines(GIVEN)}",
        json.dumps({"solution": numbers(ANSWER), "puzzle": numbers(GIVEN)}),
        f"{ANSWER}\n{GIVEN}\n",
    ],
)
def test_an_answer_above_its_puzzle_is_no_second_puzzle(text: str) -> None:
    (puzzle,) = read_sudokus(text)
    assert puzzle.givens == tuple(int(c) for c in GIVEN.replace(".", "0"))
    assert puzzle.solution == tuple(map(int, ANSWER))


def test_answers_below_their_puzzles_stay_theirs() -> None:
    read = read_sudokus(f"{GIVEN}\n{ANSWER}\n{GIVEN}\n{ANSWER}\n")
    assert [puzzle.solution for puzzle in read] == [tuple(map(int, ANSWER))] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps({"columns": numbers(GIVEN)}), "column by column"),
        (json.dumps({"cols": rows(GIVEN)}), "column by column"),
        (f"Columns:\n{lines(GIVEN)}", "column by column"),
        (f"This is an X: both diagonals count.\n{lines(GIVEN)}", "names 'diagonals'"),
        (f"Jigsaw 12, hard\n{lines(GIVEN)}", "says 'Jigsaw', and no regions"),
        (json.dumps({"boxes": numbers("123456789" + "." * 72)}), "box by box"),
        (json.dumps({"subgrids": rows("123456789" + "." * 72)}), "box by box"),
        (
            json.dumps({"board": numbers(GIVEN), "fixed": [[True, False, True] * 3] * 9}),
            "'fixed' says in a list of its own",
        ),
        (json.dumps({str((i // 9, i % 9))[1:-1]: 5 for i in range(20)}), "cells one by one"),
        ("\n".join(f"({i // 9},{i % 9}): 5" for i in range(20)), "cells one by one"),
        (f"Consecutive Sudoku\n{lines(GIVEN)}", "no rule is read from a title"),
        (f"{lines(GIVEN)}\n\ncages: r1c1 r1c2 = 8", "the text names 'cages'"),
        (json.dumps({"text": f"Jigsaw Sudoku\n{lines(GIVEN)}"}), "no rule is read from a title"),
        (f"<pre>Jigsaw Sudoku\n{lines(GIVEN)}</pre>", "no rule is read from a title"),
        (json.dumps({"text": json.dumps({"type": "killer", "puzzle": GIVEN})}), "names 'killer'"),
        (json.dumps({"text": f"rules: x\n{lines('.' * 80 + '1')}"}), "in a place where it is not"),
        (f"Rules = x\n{lines('.' * 80 + '1')}", "the text names 'x'"),
        (f"**rules:** x\n{lines('.' * 80 + '1')}", "in a place where it is not read"),
        (json.dumps({"rules": "x", "puzzle": GIVEN}), "the text names 'x'"),
        (f"puzzle,rules\n{GIVEN},x", "the table names 'x'"),
        (f"Both main diagonals contain 1 to 9.\n{lines(GIVEN)}", "names 'diagonals'"),
        (f"https://x.example/?type=diagonal&p={GIVEN.replace('.', '0')}", "names 'diagonal'"),
        (f"1 rules: x\n2 {'.' * 80 + '1'}\n", "the text names 'x'"),
        (f"g = reshape((/ {','.join(GIVEN.replace('.', '0'))} /), (/9,9/))", "column by column"),
        (f"np.array({numbers(GIVEN)}).T", "column by column"),
        (json.dumps({"cols": numbers(GIVEN)}), "column by column"),
        (json.dumps({f"c{i}": row for i, row in enumerate(numbers(GIVEN))}), "column by column"),
        (f"pd.DataFrame({dict(zip(LETTERS, numbers(GIVEN), strict=True))})", "column by column"),
        (f"np.column_stack({numbers(GIVEN)})", "column by column"),
        (f"grid = list(zip(*{numbers(GIVEN)}))", "column by column"),
        (f"array(c({','.join(GIVEN.replace('.', '0'))}), dim=c(9,9))", "column by column"),
        (f"structure(c({','.join(GIVEN.replace('.', '0'))}), dim = c(9L, 9L))", "column by column"),
        (f"np.flipud({numbers(GIVEN)})", "mirrors or turns them"),
        (f"{dict(enumerate(numbers(GIVEN)))}", "lists 0 to 8 may be rows or columns"),
        (
            json.dumps({c: dict(enumerate(row)) for c, row in enumerate(numbers(GIVEN))}),
            "lists 0 to 8 may be rows or columns",
        ),
        (
            "\n".join(f"{LETTERS[i % 9]}{i // 9 + 1}={c}" for i, c in enumerate(GIVEN)),
            "in the order of a spreadsheet",
        ),
        *(
            (change(FROM_0), "0 may be a blank or a digit")
            for change in (str, lines, boxes, lambda p: table(p, ","), lambda p: f"puzzle\n{p}")
        ),
        ("..0.\n2...\n....\n.1..", "0 may be a blank or a digit"),
        (json.dumps({"puzzle": GIVEN, "variant": "x-sudoku"}), "no rule is read from a text"),
        (json.dumps({"type": "killer", "puzzle": GIVEN}), "names 'killer'"),
        (json.dumps({"grid": numbers(GIVEN), "diagonals": True}), "names 'diagonals'"),
        (f"puzzle,type\n{GIVEN},diagonal", "line 2: the table names 'diagonal'"),
        (f"Each diagonal must have the digits 1-9, too.\n\n{lines(GIVEN)}", "names 'diagonal'"),
        (f"Cells a knight's move apart differ.\n{GIVEN}", 'names "knight\'s move"'),
        (f"reshape([{','.join(GIVEN.replace('.', '0'))}], order='F')", "column by column"),
        (f"g(3, 2) = reshape([{','.join(GIVEN.replace('.', '0'))}], 9, 9)", "column by column"),
        (
            json.dumps({"size": 9, "grid": [[{}] * 9] * 9, "thermometer": [{"lines": [1]}]}),
            "a rule of its own, thermometer",
        ),
        ('{"size":9,"grid":[[{}]],"antiknight":true}', "a rule of its own, antiknight"),
        (str([(i // 9, i % 9, 1 + i % 9) for i in range(0, 81, 3)]), "cells one by one"),
        (lines(GIVEN.translate(str.maketrans("123456789", "SUDOKVXYZ"))), "letters stand where"),
        ("https://sudokupad.app/scfN4IgzglgXgpiBcBOA", "in packed form"),
        ("SumoCueV1=22J0+0J1=9J2+0J3", "killer Sudokus"),
        ("3x3kadu:c_5a,aa_3d7a_2a_4:12a5_17b", "killer Sudokus"),
        ("6:_3a_5aa_a__3a_ab_aaa_b,m20d2a11s1m6a7", "another puzzle of Simon Tatham"),
        (json.dumps([[[1, 2, 4]] * 9] * 9), "this list is no grid"),
        (f"matrix(c({','.join(GIVEN.replace('.', '0'))}), nrow=9)", "column by column"),
        ("3x3::k:4352;2817;2560;18;5:0;1;2;", "killer Sudokus"),
        ("https://tinyurl.com/y3vjpsyq", "this link holds no 81 digits"),
        ("https://sudokumaker.app/?puzzle=N4IgZg9gTgtgh", "in packed form"),
        ("fpuzN4IgzglgXgpiBcBOANCALhNAbO8", "in packed form"),
        ("\n".join(["I - IX - - IV - VIII -"] * 9), "Roman numerals stand where"),
        ("\n".join(["one _ two _ _ six _ _ _"] * 9), "words stand where digits"),
        (f"Windoku\n{lines(GIVEN)}", "no rule is read from a title"),
        (f"# Sudoku X (diagonals)\n{GIVEN}", "no rule is read from a title"),
        (
            f"{lines(GIVEN)}\n\n"
            + "\n".join(["111222333"] * 3 + ["444555666"] * 3 + ["777888999"] * 3),
            "these look like the regions",
        ),
        (f"Killer cages: A=12 B=7\n{lines(GIVEN)}", "names 'Killer cages'"),
        (lines(GIVEN).replace("1", "l"), "'l' stands among digits, as text recognition"),
        (lines(GIVEN).replace("5", "S"), "'S' stands among digits"),
        (GIVEN.replace("2", "Z"), "'Z' stands among digits"),
        (lines(GIVEN, " ", "#"), "# stands where blanks are"),
        (boxes(GIVEN, "#"), "# stands where blanks are"),
        ("\n".join("ABCDEFGHIJKLMNOP" for _ in range(16)), "letters stand where digits are"),
        ("0000: 3533 2e2e 372e 2e2e 2e36 2e2e 3139 352e  53..7....6..195.", "stray character"),
        ("given(1,1,5).\ngiven(1,2,3).", "facts of a logic program"),
    ],
)
def test_what_is_refused_says_what_it_looks_like(text: str, message: str) -> None:
    with pytest.raises(PuzzleError, match=message):
        read_sudokus(text)


def test_a_rule_that_a_title_names_is_read_where_it_is_given_too() -> None:
    cells = "." * 81
    said = read_sudokus(f"Windoku\nrules: windoku\n{cells}")
    assert said == read_sudokus(f"Windoku\n{cells}", "windoku") != read_sudokus(cells)


def test_each_row_may_be_a_message() -> None:
    text = "\n".join(f"[01/02/24, 10:1{i}] Ann: {row}" for i, row in enumerate(rows(GIVEN)))
    assert read_sudokus(text) == [Sudoku(tuple(int(c.replace(".", "0")) for c in GIVEN))]


def test_a_matrix_of_r_by_row_is_read() -> None:
    cells = ",".join(GIVEN.replace(".", "0"))
    (puzzle,) = read_sudokus(f"matrix(c({cells}), nrow=9, byrow=TRUE)")
    assert puzzle.givens == tuple(int(c) for c in GIVEN.replace(".", "0"))
