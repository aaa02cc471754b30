"""A maze is read from whatever notation people have it in, or refused with what to do."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.errors import PuzzleError
from puzzles.maze.domain import MazeDomain
from puzzles.maze.generator import RECIPES
from puzzles.maze.puzzle import Maze
from puzzles.maze.reading.formats import draw

DOMAIN = MazeDomain()
ROWS = ("#########", "#S#     #", "# # ### #", "#   # #G#", "#########")
PLAIN = "\n".join(ROWS)
DOTS = PLAIN.replace(" ", ".")
DIGITS = DOTS.translate(str.maketrans("#.SG", "1023"))

BARE = [[int(c == "#") for c in row] for row in ROWS]


def lined(rows: tuple[str, ...], change: str) -> str:
    return "\n".join(change.format(row) for row in rows)


NOTATIONS = {
    "quoted": lined(ROWS, "> {}"),
    "fence": f"```\n{PLAIN}\n```",
    "title": f"Maze 1\n{PLAIN}",
    "comment": f"# my maze\n{PLAIN}\n% the end of it",
    "sizes": f"9 5\n{PLAIN}",
    "inline": PLAIN.replace("\n", r"\n"),
    "numbered": "\n".join(f"{n:2} {row}" for n, row in enumerate(ROWS)),
    "apart": "\n".join(" ".join(row) for row in ROWS),
    "apart dots": "\n".join(" ".join(row) for row in DOTS.split("\n")),
    "tabs": "\n".join("\t".join(row) for row in ROWS),
    "commas": "\n".join(",".join(row) for row in ROWS),
    "indented": lined(ROWS, "      {}"),
    "no-break spaces": PLAIN.replace(" ", "\xa0"),
    "blocks": PLAIN.replace("#", "█"),
    "emoji": DOTS.translate(str.maketrans("#.SG", "⬛⬜🟩🟥")),
    "doubled": "\n".join(
        "".join(c + (" " if c in "SG" else c) for c in row).rstrip() for row in ROWS
    ),
    "picture": f"puzzle\n{DOMAIN.render(Maze(ROWS)).plain()}\n\nSound: one path.",
    "digits": DIGITS,
    "digits apart": "\n".join(" ".join(row) for row in DIGITS.split("\n")),
    "dashes": DOTS.replace(".", "-"),
    "json": json.dumps([[int(c) for c in row] for row in DIGITS.split("\n")]),
    "json characters": json.dumps([list(row) for row in ROWS], indent=1),
    "strings": json.dumps(ROWS),
    "python": f"maze = [\n{lined(ROWS, '    {!r},')}\n]",
    "numpy": str(np.array([[int(c) for c in row] for row in DIGITS.split("\n")])),
    "c": "int m[5][9] = {"
    + ", ".join("{" + ",".join(row) + "}" for row in DIGITS.split("\n"))
    + "};",
    "string lines": lined(ROWS, '"{}",'),
    **{f"walls of {wall}": PLAIN.replace("#", wall) for wall in "XxO*%@&"},
    "walls of two bars": "\n".join("".join(c * 2 for c in row) for row in ROWS).replace("##", "||"),
    **{
        f"ends {start} {goal}": PLAIN.replace("S", start).replace("G", goal)
        for start, goal in (
            *("SE", "AB", "SF", "SX", "@>", "@E", "PG", "P.", "EX", "PF", "sg", "ab", "st", "S$"),
        )
    },
    "walls of % with P and a dot": PLAIN.translate(str.maketrans("#SG", "%P.")),
    "a map": "type octile\nheight 5\nwidth 9\nmap\n" + DOTS.replace("#", "@"),
    "rows of JSON in words": f"Find the way:\n\n{json.dumps(ROWS)}\n\nfrom S to G.",
    "javascript": "const maze = [\n" + lined(ROWS, "  '{}',") + "\n];",
    "numbers from a sheet": "\n".join(";".join(row) for row in DIGITS.split("\n")),
    "HTML": f"<pre><code>{PLAIN}\n</code></pre>",
    "HTML lines": "<br>\n".join(row.replace(" ", "&nbsp;") for row in ROWS),
    "BBCode": f"[code]\n{PLAIN}\n[/code]",
    "an HTML table": "<table>"
    + "".join(
        "<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>\n" for row in DOTS.split("\n")
    )
    + "</table>",
    "colours": lined(ROWS, "\x1b[31m{}\x1b[0m"),
    **{f"commented by {mark}": lined(ROWS, mark + " {}") for mark in ("//", "#", ";", " *", "--")},
    **{f"commented by {mark} alone": lined(ROWS, mark + "{}") for mark in ("//", ";", "--", "%")},
    "blocks commented by # alone": lined(tuple(row.replace("#", "█") for row in ROWS), "#{}"),
    "quoted without a blank": lined(ROWS, ">{}"),
    "a message for each row": lined(ROWS, "[12/05/2024, 10:10:00] Ann: {}"),
    "behind the end of a file": f"{PLAIN}\n~\n~",
    "columns numbered above rows": "   012345678\n"
    + "\n".join(f"{n:2} {row}" for n, row in enumerate(ROWS)),
    **{f"floor of {mark}": PLAIN.replace(" ", mark) for mark in "+*~x^"},
    "python string": f"maze = '''\n{PLAIN}\n'''",
    "javascript string": f"const maze = `\n{PLAIN}\n`;",
    "rust string": f'let maze = r#"{PLAIN}"#;',
    "shell string": f'MAZE="{PLAIN}"',
    "php string": f"$maze = '\n{PLAIN}\n';",
    "c string over several lines": 'const char *m = "' + PLAIN.replace("\n", "\\n\\\n") + '";',
    "javascript string over several lines": "var m = '" + PLAIN.replace("\n", "\\\n") + "';",
    "lisp argument": f'(solve-maze "{PLAIN}")',
    "a log of Python": "INFO:maze:the maze is\n" + lined(ROWS, "INFO:maze:{}"),
    "a log of Python with times": lined(ROWS, "2024-01-02 10:20:30,123 - root - INFO - {}"),
    **{
        f"walls of {wall} apart": "\n".join(map(" ".join, DOTS.replace("#", wall).split("\n")))
        for wall in "WX"
    },
    "a start flag": DOTS.translate(str.maketrans("#.SG", "🧱⬜🚩🏁")),
    "rust constant": f'const MAZE: &str = r#"\n{PLAIN}\n"#;',
    "yaml strings": "maze:\n" + lined(ROWS, '  - "{}"'),
    "c strings": "char maze[5][10] = {\n" + lined(ROWS, '  "{}",') + "\n};",
    "json of one string": json.dumps({"id": 3, "maze": PLAIN}),
    "json with sizes": json.dumps({"width": 9, "height": 5, "rows": ROWS}),
    "json with a path of places": json.dumps(
        {"maze": ROWS, "path": [[1, 1], [2, 1], [3, 1], [3, 2]]}
    ),
    "json with its answer": json.dumps({"maze": ROWS, "solution": ROWS}),
    "two spaces between": "\n".join("  ".join(row) for row in DOTS.split("\n")),
    "pandas": "   "
    + "  ".join("012345678")
    + "\n"
    + "\n".join(f"{i}  " + "  ".join(row) for i, row in enumerate(DIGITS.split("\n"))),
    "R": "     "
    + " ".join(f"[,{i}]" for i in range(1, 10))
    + "\n"
    + "\n".join(
        f"[{i},] " + " ".join(f"{c:>4}" for c in row)
        for i, row in enumerate(DIGITS.split("\n"), start=1)
    ),
    "csv with a header": "0,1,2,3,4,5,6,7,8\n"
    + "\n".join(",".join(row) for row in DIGITS.split("\n")),
    "csv of pandas": ",0,1,2,3,4,5,6,7,8\n"
    + "\n".join(f"{i}," + ",".join(row) for i, row in enumerate(DIGITS.split("\n"))),
    "markdown": "| | | | | | | | | |\n|-|-|-|-|-|-|-|-|-|\n"
    + "\n".join("|" + "|".join(row) + "|" for row in ROWS),
    **{
        f"walls of {wall}, {floor!r} for floor": "\n".join(
            "".join({"#": wall, " ": floor, "S": "S ", "G": " G"}[c] for c in row) for row in ROWS
        )
        for wall in ("[]", "<>", "██")
        for floor in ("  ", "..")
    },
    "cells in brackets": "\n".join("".join(f"[{c}]" for c in row) for row in ROWS),
    "cells in brackets, with dots": "\n".join(
        "".join(f"[{c}]" for c in row) for row in DOTS.split("\n")
    ),
    **{f"rows parted by {m!r}": DOTS.replace("\n", m) for m in ("/", " / ", "|", ",", " ", "; ")},
    **{
        f"places as {places!r}": f"{places}\n{DOTS.translate(str.maketrans('SG', '..'))}"
        for places in ("S: 1 1\nG: 3 7", "S = (1, 1), E = (3, 7)", "5 9\n1 1 3 7", "5 9 1 1 3 7")
    },
    "steps below": f"{PLAIN}\n\nsteps: 17\nbest = 12",
    "a shell": f"$ ./maze 9 5\n{PLAIN}\nSolved in 12 steps\n$ ",
    "a legend as a table": f"| symbol | means |\n|---|---|\n| # | wall |\n| S | start |\n\n{PLAIN}",
    "rows by name": "\n".join(f"row {n}: {row}" for n, row in enumerate(ROWS)),
    "an ini file": "\n".join(f"row{n}={row}" for n, row in enumerate(ROWS, start=1)),
    "words for cells": json.dumps(
        [[{"#": "wall", " ": "path", "S": "start", "G": "end"}[c] for c in row] for row in ROWS]
    ),
    "numbered with bars": "\n".join(f"{n:2} | {row}" for n, row in enumerate(ROWS, start=1)),
    "columns and rows numbered": "  012345678\n"
    + "\n".join(f"{n} {row}" for n, row in enumerate(ROWS)),
    "lists with places": f"maze = {BARE}\nstart = (1, 1)\ngoal = (3, 7)",
    "json with places": json.dumps({"maze": BARE, "start": [1, 1], "end": [3, 7]}),
    "sizes and places": "5 9\n1 1\n3 7\n" + DOTS.translate(str.maketrans("SG", "..")),
    "places below": PLAIN.translate(str.maketrans("SG", "  ")) + "\n\n1,1\n3,7\n",
    "bricks": DOTS.translate(str.maketrans("#.SG", "🧱⬜🐭🧀")),
    "trees": DOTS.translate(str.maketrans("#.SG", "🌲⬜🧍🏠")),
    "walls of +": PLAIN.replace("#", "+"),
    "walls of 1": PLAIN.replace("#", "1"),
    "full width": PLAIN.translate({ord(c): ord(c) + 0xFEE0 for c in "#SG"} | {32: 0x3000}),
    "three characters a cell": "\n".join(
        "".join(f" {c} " if c in "SG" else c * 3 for c in row) for row in ROWS
    ),
    "enlarged": "5 9\n"
    + "\n".join(
        "".join(c * 2 for c in line)
        for row in ROWS
        for line in (row, "".join(c if c in "# " else " " for c in row))
    ),
    "numbered as grep does": "\n".join(f"{n}:{row}" for n, row in enumerate(ROWS, start=1)),
    "between bars": lined(ROWS, "|{}|"),
    "in a frame": "+---------+\n" + lined(ROWS, "|{}|") + "\n+---------+",
    "a patch": "@@ -0,0 +1,5 @@\n" + lined(ROWS, "+{}"),
    "added lines": lined(ROWS, "+{}"),
    "C++ string": f'auto maze = R"({PLAIN})";',
    "Lua string": f"maze = [[\n{PLAIN}\n]]",
    "sizes in a comment": f"# 5x9\n{PLAIN}",
    "the first line without its indentation": PLAIN.replace("\n", "\n    "),
    "a commented and indented drawing": lined(ROWS, "    # {}  "),
    "a comment with no-break spaces": lined(ROWS, "# {}").replace(" ", "\xa0"),
    "a string of an indented drawing": json.dumps({"text": lined(ROWS, "    {}")}),
    "a string of cells apart": json.dumps(
        {"text": "\n".join(" ".join(row) for row in DOTS.split("\n"))}
    ),
    "records of strings": json.dumps({"id": 1, "maze": PLAIN, "solution": PLAIN}),
    "a comment of C": "/*\n" + lined(ROWS, " * {}") + "\n */",
    "an indented comment of C": "    /*\n" + lined(ROWS, "     * {}") + "\n     */",
    "rulers around": f"---\n{PLAIN}\n---",
    "indented with its words": "\tA maze\n\t\n" + lined(ROWS, "\t{}"),
    "a title before the first row": f"Here is my maze: {PLAIN}",
    "a title with numbers": f"A 5x9 maze, 12 steps:\n{PLAIN}",
    "spaces behind a table": "\n".join("|" + "|".join(row) + "|  " for row in ROWS),
    "a field of five lines": f'id,maze\n1,"{PLAIN}"\n',
    "a frozen lake": json.dumps([row.translate(str.maketrans("# ", "HF")) for row in ROWS]),
    "rat and carrot": DOTS.translate(str.maketrans("#.SG", "🧱⬜🐀🥕")),
    "json with named places": json.dumps(
        {"maze": BARE, "start": {"x": 1, "y": 1}, "end": {"x": 7, "y": 3}}
    ),
    "places in words": PLAIN.translate(str.maketrans("SG", "  "))
    + "\n\nStart at row 1, column 1 and finish at row 3, column 7.",
    "arrows": "#########\n#S#>>>>v#\n#v#^###v#\n#>>^# #G#\n#########",
    "a legend in lines": f"Legend:\n- `#`: wall\n- `S` = start (1,1)\n- `G` is the goal\n\n{PLAIN}",
    "a legend of other letters": "W = wall, P = path, A: start, B: end\n\n"
    + DOTS.translate(str.maketrans("#.SG", "WPAB")),
    "a legend the other way round": "'#' = open path, '.' = wall\n\n"
    + DOTS.translate(str.maketrans("#.", ".#")),
    "a legend of ends the other way round": "B is the start, A is the goal\n"
    + PLAIN.translate(str.maketrans("SG", "BA")),
    "a legend of numbers": "# 0 empty, 1 wall, 2 goal, 3 start\n"
    + DIGITS.translate(str.maketrans("23", "32")),
    "1 for floor": "1 = path, 0 = wall, 2 = start, 3 = end\n"
    + DIGITS.translate(str.maketrans("01", "10")),
    "a legend in brackets": "A maze of walls (#), open cells (.), a start (S) and a goal (G).\n\n"
    + DOTS,
    "a legend in sentences": "Walls are represented by 'X', free cells by '-'. The start is marked "
    + "with A, the exit is marked with B.\n\n"
    + DOTS.translate(str.maketrans("#.SG", "X-AB")),
    "a legend with dashes": "# - path\n. - wall\nS - start\nG - goal\n\n"
    + DOTS.translate(str.maketrans("#.", ".#")),
    "a legend that is a table": "| Mark | Meaning |\n|---|---|\n| `#` | Open |\n| `.` | Wall |\n\n"
    + DOTS.translate(str.maketrans("#.", ".#")),
    "an enumeration": "enum Cell { WALL = 0, PATH = 1, START = 2, END = 3 };\nint m[5][9] = {"
    + ", ".join(
        "{" + ",".join(row) + "}" for row in DIGITS.translate(str.maketrans("01", "10")).split("\n")
    )
    + "};",
    "a number before a word": f"Maze 1: open for all\n{DIGITS}",
    "constants": "WALL = 1\nPATH = 0\nSTART = 3\nEND = 2\nmaze = "
    + str([[int(c) for c in row] for row in DIGITS.translate(str.maketrans("23", "32")).split()]),
    "constants on one line": f"WALL, PATH, START, END = '#', '.', 'S', 'G'\nmaze = {ROWS}",
    "a legend of JSON": json.dumps(
        {"legend": {"#": "wall", ".": "floor", "S": "start", "G": "end"}, "grid": DOTS.split("\n")}
    ),
    "found by grep": "\n".join(f"a/maze.txt:{n}:{row}" for n, row in enumerate(ROWS, start=1)),
    "numbered by GitHub": "\n".join(f"L{n} {row}" for n, row in enumerate(ROWS, start=1)),
    "cat -n": "\n".join(f"{n:6}\t{row}" for n, row in enumerate(ROWS, start=1)),
    "cat -A": lined(ROWS, "{}$"),
    "bat": "───────┬────────\n       │ File: maze.txt\n───────┼────────\n"
    + "\n".join(f"{n:4}   │ {row}" for n, row in enumerate(ROWS, start=1))
    + "\n───────┴────────",
    "messages": f"Ann — Today at 10:02\n{PLAIN}\nBob — Today at 10:03\nthanks",
    "Julia": "5×9 Matrix{Char}:\n"
    + "\n".join(" " + "  ".join(f"{c!r}" for c in row) for row in ROWS),
    "lists without quotes": lined(tuple(", ".join(row) for row in ROWS), "[{}]"),
    "numbers with negative walls": json.dumps(
        [[{"#": -1, " ": 0, "S": 2, "G": 3}[c] for c in row] for row in ROWS]
    ),
    "Markdown with labels": "|   | "
    + " | ".join("012345678")
    + " |\n|"
    + "---|" * 10
    + "\n"
    + "\n".join(f"| **{n}** | " + " | ".join(row) + " |" for n, row in enumerate(ROWS)),
    "a sheet with labels": "\t"
    + "\t".join("ABCDEFGHI")
    + "\n"
    + "\n".join(f"{n}\t" + "\t".join(row) for n, row in enumerate(ROWS, start=1)),
    "emoji and pairs of spaces": "\n".join(
        "".join({"#": "🧱", " ": "  ", "S": "🐭", "G": "G "}[c] for c in row) for row in ROWS
    ),
    "rows as objects": json.dumps([{"row": n, "cells": row} for n, row in enumerate(ROWS)]),
    "rows by name in JSON": json.dumps({f"row{n}": row for n, row in enumerate(ROWS)}),
    "cells as objects": json.dumps(
        [
            [{"type": {"#": "wall", " ": "path", "S": "start", "G": "end"}[c]} for c in row]
            for row in ROWS
        ]
    ),
    "flags of cells": json.dumps(
        [
            [
                {"x": x, "isWall": c == "#", "isStart": c == "S", "isEnd": c == "G"}
                for x, c in enumerate(row)
            ]
            for row in ROWS
        ]
    ),
    "one list with sides": json.dumps(
        {"width": 9, "height": 5, "data": [int(c) for c in DIGITS.replace("\n", "")]}
    ),
    "classes of HTML": "<table>"
    + "".join(
        "<tr>"
        + "".join(
            f'<td class="cell {word}"></td>'
            for word in (
                dict(zip("# SG", ("wall", "path", "start", "end"), strict=True))[c] for c in row
            )
        )
        + "</tr>\n"
        for row in ROWS
    )
    + "</table>",
    "a list of Markdown": lined(ROWS, "- {}"),
    "a list of code": lined(ROWS, "- `{}`"),
    "lines of code": "<br>".join(f"`{row}`" for row in ROWS),
    "print": lined(ROWS, 'print("{}")'),
    "printf": lined(ROWS, 'printf("{}\\n");'),
    "BASIC": "\n".join(f'{n} DATA "{row}"' for n, row in enumerate(ROWS, start=100)),
    "print_r": "Array\n(\n"
    + "\n".join(f"    [{n}] => {row}" for n, row in enumerate(ROWS))
    + "\n)",
    "the way below": f"{PLAIN}\n\nPath: [(1,1),(2,1),(3,1),(3,2),(3,3)]\nLength: 12",
    **{
        f"{name} in {place}": around.format(json.dumps({"maze": drawn}))
        for name, drawn in (
            ("a drawing", PLAIN),
            (
                "brackets",
                "\n".join(
                    "".join({"#": "[]", " ": "  ", "S": "S ", "G": "G "}[c] for c in row)
                    for row in ROWS
                ),
            ),
        )
        for place, around in (
            ("a string of JSON", "{}"),
            ("a string among words", "It was\n{}\nand that is all"),
            ("a string in details", "<details>\n<summary>a maze</summary>\n\n{}\n\n</details>"),
            ("a string in a fence", "```json\n{}\n```"),
        )
    },
    "a string of Python": f"maze = {PLAIN!r}",
    "a string of Python among code": f"maze = {PLAIN!r}\nsolve(maze)",
    "a heading without words": f"##\n{PLAIN}",
    "a heading without words apart": f"##\n\n{PLAIN}",
    "a heading without words below": f"{PLAIN}\n#",
    "a heading without words and a first line without its indentation": "##\n"
    + PLAIN.replace("\n", "\n    "),
    "a heading without words above lines": "##\n" + lined(tuple(DOTS.split("\n")), "    {}"),
    "a fence on the same lines": f"```{PLAIN}```",
    "a fence behind the last row": f"```\n{PLAIN}```",
    "escaped walls": PLAIN.replace("#", "\\#"),
    "escaped walls and dots": DOTS.replace("#", "\\#").replace(".", "\\."),
    "CDATA": f"<maze><![CDATA[\n{PLAIN}\n]]></maze>",
    "dedent": 'm = dedent("""\n' + lined(ROWS, "    {}") + '\n""")',
    "a template that is split": f'const m = `{PLAIN}`.split("\\n")',
    "bytes of Rust": "let m = [\n" + ",\n".join(f'    b"{row}"' for row in ROWS) + "\n];",
    "Eigen": "m << " + ",\n     ".join(", ".join(row) for row in DIGITS.split("\n")) + ";",
    "Octave in blocks": "A =\n"
    + "".join(
        f"\n Columns {a + 1} through {b}:\n\n"
        + "\n".join("   " + "   ".join(row[a:b]) for row in DIGITS.split("\n"))
        + "\n"
        for a, b in ((0, 5), (5, 9))
    ),
    "narrow Markdown": "|0|1|2|3|4|5|6|7|8|\n|-|-|-|-|-|-|-|-|-|\n"
    + "\n".join("|" + "|".join(row) + "|" for row in ROWS),
    "numbers on all sides": "  012345678\n"
    + "\n".join(f"{n} {row}" for n, row in enumerate(ROWS))
    + "\n  012345678",
    "rows of a list": ",\n".join(",".join(row) for row in DIGITS.split("\n")),
    "numbers of two characters": "\n".join(
        " ".join({"#": "-1", ".": "0", "S": "2", "G": "3"}[c] for c in row)
        for row in DOTS.split("\n")
    ),
    "floats": "\n".join(" ".join(f"{c}.0" for c in row) for row in DIGITS.split("\n")),
    "strings that are added": 'var m = "' + '\\n" +\n        "'.join(ROWS) + '";',
    "strings of Java": "String m =\n" + " +\n".join(f'    "{row}\\n"' for row in ROWS) + ";",
    "AsciiDoc": f"....\n{PLAIN}\n....",
    "echo": lined(ROWS, "echo {}"),
    "moves below": f"{PLAIN}\n\nMoves: D D R R U U R R R R D D",
    **{
        f"comments of {mark}": lined(ROWS, mark + " {}")
        for mark in ("///", "//!", ";;", "::", "##")
    },
    "a log": lined(ROWS, "[INFO] {}"),
    "logcat": lined(ROWS, "D/Maze: {}"),
    "times": "\n".join(f"12:00:0{n} | {row}" for n, row in enumerate(ROWS)),
    "places with names": PLAIN.translate(str.maketrans("SG", "  "))
    + "\nstart: x=1, y=1\nend: x=7, y=3",
    "bricks and black squares": DOTS.translate(str.maketrans("#.SG", "🧱⬛🟢🔴")),
    "an answer below without a title": PLAIN
    + "\n\n#########\n#S#ooooo#\n#o#o###o#\n#ooo# #G#\n#########",
    "an empty column before a sheet": "\n".join("\t" + "\t".join(row) for row in DOTS.split("\n")),
    "bullets": lined(ROWS, "• {}"),
    "line ends of Markdown": lined(ROWS, "{}\\"),
    "a frame of box characters": f"╔{'═' * 9}╗\n{lined(ROWS, '║{}║')}\n╚{'═' * 9}╝",
    "a chat with times": lined(ROWS, "[12:07] Ann: {}"),
    "places in a sentence": PLAIN.translate(str.maketrans("SG", "  "))
    + "\nStart at (1, 1). The goal is at (3, 7).",
    "commented dots": lined(tuple(DOTS.split("\n")), "# {}"),
    "commented blocks": "\n".join("# " + row.replace("#", "█") for row in ROWS),
    "one line with line ends and an indentation": "    " + PLAIN.replace("\n", r"\n"),
    "its answer below": f"Maze:\n{PLAIN}\n\nSolution:\n"
    + PLAIN.replace("#S#     #", "#S#ooooo#")
    .replace("# # ###", "#o#o###")
    .replace("#   #", "#ooo#"),
}

AROUND = {
    "nothing": "{}",
    "a mark": "\ufeff{}",
    "a sentence": "Here is my maze:\n\n{}\n\nCan you find the way?",
    "a fence": "```text\n{}\n```",
    "a heading": "## Maze No. 7\n\n{}",
    "empty lines": "\n\n\n{}\n\n\n",
    "a title": "Maze:\n{}",
}


@pytest.mark.parametrize("name", NOTATIONS)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\n\n\n"])
def test_a_notation_is_read(name: str, ends: str) -> None:
    text = NOTATIONS[name]
    written = text.replace("\n", "\r\n") + ends if ends == "\r\n" else ends + text + ends
    assert DOMAIN.parse("\ufeff" + written) == [Maze(ROWS)]


def test_lines_between_cells_are_walls() -> None:
    bars = "+---+---+---+\n| S |       |\n+   +   +   +\n|       | E |\n+---+---+---+"
    assert DOMAIN.parse(bars)[0].rows == ("#######", "#S#   #", "# # # #", "#   #G#", "#######")
    posts = "o---o---o---o\n| S |       |\no   o   o   o\n|       | E |\no---o---o---o"
    assert DOMAIN.parse(posts) == DOMAIN.parse(bars)
    box = "┌─┬───┐\n│S│   │\n│ ╵ ╷ │\n│   │E│\n└───┴─┘"
    assert DOMAIN.parse(box) == DOMAIN.parse(bars)


def test_posts_between_cells_may_be_left_out() -> None:
    box = "╔═╦═══╗\n║S║   ║\n║   ║ ║\n║   ║G║\n╚═══╩═╝"
    [maze] = DOMAIN.parse(box)
    assert maze.rows == ("#######", "#S#   #", "#   # #", "#   #G#", "#######")


def test_a_path_of_coloured_squares_is_the_answer() -> None:
    drawn = (
        PLAIN.replace("# # ###", "#o# ###")
        .replace("#   #", "#ooo#")
        .replace("#S#     #", "#S#ooooo#")
    )
    drawn = drawn.replace("# ###", "#o###").replace("### #\n", "###o#\n")
    squares = drawn.translate(str.maketrans("# oSG", "⬛⬜🟨🟩🟥"))
    assert DOMAIN.parse(squares) == DOMAIN.parse(drawn)
    assert DOMAIN.parse(drawn)[0].path


def test_floors_of_underscores() -> None:
    drawn = " _ _ _\n|S|_  |\n|  _ G|\n|_ _ _|"
    [maze] = DOMAIN.parse(drawn)
    assert maze.rows == (
        *("#######", "#S#   #", "# ### #", "#    G#"),
        *("# ### #", "#     #", "#######"),
    )
    [opened] = DOMAIN.parse(" _ _\n|  _ \n|_  |\n  |_|".replace("  |_|", " _ _|"))
    assert (opened.rows[1][4], opened.rows[5][0]) == ("S", "G")


def test_lists_of_lists_are_mazes_of_their_own() -> None:
    assert DOMAIN.parse(json.dumps([ROWS, ROWS])) == [Maze(ROWS)] * 2


def test_a_legend_says_what_numbers_without_a_frame_are() -> None:
    [maze] = DOMAIN.parse("0 = open, 1 = wall\n\nS011\n0000\n110E")
    assert maze.rows == ("S ##", "    ", "## G")
    assert DOMAIN.parse("1 is open, 0 is a wall\n\nS100\n1111\n001E") == [maze]


def test_every_other_line_may_be_empty() -> None:
    assert DOMAIN.parse(PLAIN.replace("\n", "\n\n")) == [Maze(ROWS)]


def test_a_ruler_parts_two_mazes() -> None:
    assert DOMAIN.parse(f"{PLAIN}\n---------\n{PLAIN}") == [Maze(ROWS)] * 2


def test_two_openings_of_a_frame_are_start_and_goal() -> None:
    [maze] = DOMAIN.parse("#######\n  #   #\n# # # #\n# # # #\n#   #  \n#######")
    assert (maze.rows[1][0], maze.rows[4][6]) == ("S", "G")


OPEN = ("S.#...", "..#.#.", "#...#G")


@pytest.mark.parametrize("bars", ["|{}|", "| {} |", "|{}", "| {}"])
def test_bars_beside_each_row_are_no_cells(bars: str) -> None:
    [maze] = DOMAIN.parse(lined(OPEN, bars))
    assert maze.rows == tuple(row.replace(".", " ") for row in OPEN)


REFUSED = {
    "spaces between cells": ("S # . .\n# # . .\n. . . E", "cannot be reached"),
    "indentation": ("    S#.\n    ##.\n    E..", "cannot be reached"),
    "doubled": ("##########\n##S ##  ##\n####    ##\n##    E ##\n##########", "cannot be reached"),
    "o walls": ("oooooo\noS  Eo\noooooo", "o is no path"),
    "two readings": ("# # #\n# S #\n# G #", "two ways"),
    "indented floor": ("  S# \n   ##\n   G ", "two ways"),
    "blanks behind all lines": ("S #   \n  ##  \n#  G  ", "spaces behind the lines"),
    "comments before blanks as floor": (
        "# S#   \n#  # # \n#    #G",
        "as 3 x 7 or without the # before each line as 3 x 5",
    ),
    "comments before cells apart": (
        "# S . # .\n# . . # .\n# # . . G",
        "as 3 x 5 or without the # before each line as 3 x 4",
    ),
    "comments before a frame of cells apart": (
        "\n".join(f"# {' '.join(row)}" for row in ROWS),
        "as 5 x 10 or without the # before each line as 5 x 9",
    ),
    "comments without a blank before a frame": (
        "\n".join(f"#{row}" for row in ROWS),
        "as 5 x 10 or without the # before each line as 5 x 9",
    ),
    **{
        f"cells with {attribute}": (
            "<table>"
            + "".join(
                "<tr>" + "".join(f"<td {attribute}>{c.strip('# ')}</td>" for c in row) + "</tr>"
                for row in ROWS
            )
            + "</table>",
            "colours or borders of a table",
        )
        for attribute in ('style="background:black"', "bgcolor=black", 'class="top left"')
    },
    "two headings without words above a first line without its indentation": (
        f"##\n##\n{PLAIN}".replace("\n#", "\n    #").replace("    ##", "##", 2),
        "may be a heading",
    ),
    "places in two ways": (
        "maze = [[0,0,1,0],[0,0,0,0],[0,0,0,0],[1,1,0,1]]\nstart = (0, 1)\nend = (2, 2)",
        "may mean row, column from 0 or column, row from 0",
    ),
    "places in walls": (
        PLAIN.translate(str.maketrans("SG", "  ")) + "\n\n0,0\n3,7",
        "not both floor",
    ),
    "coloured blanks": ("\x1b[47m   \x1b[0m\nS G\n\x1b[47m   \x1b[0m", "colours of a terminal"),
    "lines of _ that are wider": (" __ __\n|S |  |\n|_____G|", "stray"),
    "food and ghosts": ("%%%%%%%\n% P...%\n%.%%%.%\n%....G%\n%%%%%%%", "a level of Pac-Man"),
    "tokens": ("<ADJLIST_START> (0,0) <--> (0,1) ; <ADJLIST_END>", "tokens of maze-dataset"),
    "colours as numbers": (json.dumps([[[0, 0, 0], [255, 255, 255]]] * 4), "255 is no cell"),
    "walls of = and dots": ("S...=...\n....=...\n........\n=======G", "stray character '='"),
    "pixels": ("######\n######\n##S ##\n##  ##\n##G ##\n######\n######\n######", "two ways"),
    "walls that a legend takes away": (f"# = path\n{DOTS}", "not what the walls are"),
    "words beside the last row": (
        f"{PLAIN} that was the last row of it",
        "line 5, column 11: stray",
    ),
    "a first line less indented": ("S..\n    #.#\n    ..G", "first line is not indented"),
    "columns": (json.dumps({"columns": [*map("".join, zip(*ROWS, strict=True))]}), "by column"),
    "a matrix that is turned": (f"np.array({BARE}).T\nstart: 1,1\nend: 3,7", "by column"),
    "a matrix that is mirrored": (f"np.flipud({DIGITS.split()})", "mirrors or turns"),
    "unframed digits": ("1000\n1101\nS10E", "0 or 1 may be the wall"),
    "wrong sizes": (f"9 6\n{PLAIN}", "the line above says 9 x 6"),
    "begin and end": (PLAIN.replace("S", "B").replace("G", "E"), "no start"),
    "no ends": (PLAIN.replace("S", " ").replace("G", " "), "no start"),
    "stray": (PLAIN.replace("# # ###", "# x ###"), "line 3, column 3: stray character 'x'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_drawing_that_may_be_misread_is_refused(name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises(PuzzleError, match=message) as caught:
        DOMAIN.parse(text)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("between", ["  ", "\t", " | ", " -> "])
def test_mazes_side_by_side_are_named(between: str) -> None:
    with pytest.raises(PuzzleError) as caught:
        DOMAIN.parse(lined(ROWS, f"{{0}}{between}{{0}}"))
    assert "side by side" in caught.value.hint


def test_numbers_of_six_columns_are_no_sizes() -> None:
    rows = ("S.#...", "..#.#.", "#...#G")
    drawn = "\n".join(f"{n} {' '.join(row)}" for n, row in enumerate(rows))
    [maze] = DOMAIN.parse("  0 1 2 3 4 5\n" + drawn + "\n3 . . . . . .")
    assert maze.shape == (4, 6)


@pytest.mark.parametrize("mark", ".+X•")
def test_a_path_may_have_another_mark_than_o(mark: str) -> None:
    drawn = PLAIN.replace(" ", mark).replace(f"# #{mark}#G#", "# #G#")
    drawn = f"#########\n#S#{mark * 5}#\n#{mark}#{mark}###{mark}#\n#{mark * 3}# #G#\n#########"
    [answer] = DOMAIN.read_answers(drawn, [Maze(ROWS)])
    assert DOMAIN.check(Maze(ROWS), answer).solved


SOLVED = "#########\n#S#ooooo#\n#o#o###o#\n#ooo# #G#\n#########"


@pytest.mark.parametrize(
    "text",
    [
        "#########\n#S#→→→→↓#\n#↓#↑###↓#\n#→→↑# #G#\n#########",
        "#########\n#S#>>>>v#\n#v#^###v#\n#>>^# #G#\n#########",
        SOLVED.translate(str.maketrans("# oSG", "⬛⬜🟨🟩🟥")),
        f"{PLAIN}\n\n{SOLVED}",
        f"P = path, # = wall\n{SOLVED.replace('o', 'P')}",
        f"o = path, # = wall\n{SOLVED}",
        "\n".join(f"a.txt:{n}:{row}" for n, row in enumerate(SOLVED.split("\n"), start=1)),
    ],
)
def test_an_answer_is_read_in_other_notations(text: str) -> None:
    [answer] = DOMAIN.read_answers(text, [Maze(ROWS)])
    assert DOMAIN.check(Maze(ROWS), answer).solved


def test_moves_are_no_drawing() -> None:
    with pytest.raises(PuzzleError, match="0 answers for 1 mazes") as caught:
        DOMAIN.read_answers("DDRRUURRRRDD", [Maze(ROWS)])
    assert "Draw the maze" in caught.value.hint


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(RECIPES)))
def test_what_is_written_is_read_back(seed: int, level: str) -> None:
    maze = DOMAIN.generate(np.random.default_rng(seed), level)
    assert DOMAIN.parse(draw(maze)) == [maze]
    rows = [row.replace(" ", ".") for row in maze.rows]
    marked = all(row[0] == "#" for row in rows)  # perhaps with marks of comments
    sizes = "{} {}\n".format(*maze.shape) if marked else ""
    for text in (
        sizes + "\n".join(" ".join(row) for row in rows),
        "\n".join(",".join(row) for row in maze.rows),
        json.dumps([list(row) for row in maze.rows]),
        json.dumps(maze.rows),
    ):
        assert DOMAIN.parse(text) == [maze]


@pytest.mark.parametrize("name", NOTATIONS)
@pytest.mark.parametrize("around", AROUND)
def test_a_notation_is_read_among_words(name: str, around: str) -> None:
    if "\\n" in NOTATIONS[name] and around != "nothing":
        return  # two characters are a line end only where a text has no other
    assert DOMAIN.parse(AROUND[around].format(NOTATIONS[name])) == [Maze(ROWS)]


def damaged(name: str, around: str, at: int, instead: str) -> None:
    if name == "an answer below without a title":
        return  # which is another maze where a cell of one of them differs
    text = AROUND[around].format(NOTATIONS[name])
    place = at % len(text)
    try:
        found = DOMAIN.parse(text[:place] + instead + text[place + 1 :])
    except PuzzleError:
        return
    assert len(set(found)) == 1  # an answer without its title is the same maze again
    assert len(found[0].rows) in (4, 5)
    if found[0].shape == (5, 9):
        pairs = zip("".join(found[0].rows), "".join(ROWS), strict=True)
        assert sum(a != b for a, b in pairs) <= 9


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(sorted(NOTATIONS)),
    around=st.sampled_from(sorted(AROUND)),
    at=st.integers(0, 2_000),
    instead=st.sampled_from(("", "##", " ", "?")),
)
def test_a_damaged_maze_is_refused_or_has_its_size(
    name: str, around: str, at: int, instead: str
) -> None:
    damaged(name, around, at, instead)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(
    name=st.sampled_from(sorted(NOTATIONS)),
    around=st.sampled_from(sorted(AROUND)),
    at=st.integers(0, 2_000),
    instead=st.sampled_from(("", "##", " ", "?")),
)
def test_ten_thousand_damaged_mazes(name: str, around: str, at: int, instead: str) -> None:
    damaged(name, around, at, instead)


def test_dots_and_blanks_without_a_wall_are_refused() -> None:
    with pytest.raises(PuzzleError, match="no wall #, and both") as caught:
        DOMAIN.parse(PLAIN.replace("#", "."))
    assert "if '.' is the wall" in (caught.value.hint or "")


def test_a_quote_without_a_blank_keeps_the_floor_behind_it() -> None:
    rows = ("#S  #", "  # #", "# #  ", "#   G")
    text = "\n".join(f">{row}" for row in rows)
    assert DOMAIN.parse(text) == [Maze(rows)]


def test_columns_are_numbered_by_their_last_digits() -> None:
    rows = [row + row[1:].replace("S", " ").replace("G", " ") for row in ROWS]
    head = "   " + "0123456789" * 2
    text = f"{head[: len(rows[0]) + 3]}\n" + "\n".join(f"{n:2} {r}" for n, r in enumerate(rows))
    assert DOMAIN.parse(text) == [Maze(tuple(rows))]


def test_a_level_of_sokoban_is_no_maze() -> None:
    with pytest.raises(PuzzleError, match="level of Sokoban"):
        DOMAIN.parse("#####\n#@  #\n# $ #\n#  .#\n#####")
    assert DOMAIN.parse("#####\n#@..#\n#.#.#\n#..$#\n#####")[0]
