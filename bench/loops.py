#!/usr/bin/env python3
"""The inner loops of the kernels for NEON, as the compiler wrote them: python bench/loops.py LIBRARY [FILE]

`.ci/arm loops` runs this script. A loop counts if its own instructions, without those of loops inside it, have eight multiply-adds of
registers or more. The main loops of a kernel are two, or one loop that is both: the loop with the most multiply-adds, and the loop with the
most multiply-adds for each load. Of several, the shortest counts. The script prints the main loops of the kernels that compute tiles of
`f32`, in which networks are trained. It fails if one of them keeps a vector on the stack: then the tile has more sums than there are
registers. FILE gets the main loops of all kernels as JSON, those of `f64` too.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict

FEWEST = 8
TILES = re.compile("(conv2d|dense|winograd)::.*<f32")
# Vectors on the stack that may be: a few pixels at the border; and a tile of 31 registers, in which relu takes one more.
ALLOWED = {"conv2d::row::columns::Edge<f32, 4, 4>": 15, "conv2d::block::window::InWindows<f32, 6>": 3}
COLUMNS = ["multiply_adds", "loads", "broadcasts", "copies", "stores", "vectors_on_stack", "words_on_stack", "instructions"]

def functions(library):
    """Each function of the library: its name, and its instructions as pairs of an address and a text."""
    dump = subprocess.run(
        ["aarch64-linux-gnu-objdump", "--disassemble", "--demangle", "--no-show-raw-insn", library],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    name, code = None, []
    for line in dump.splitlines():
        if header := re.fullmatch(r"[0-9a-f]+ <(.*)>:", line):
            if code:
                yield name, code
            name, code = header[1], []
        elif instruction := re.match(r"\s+([0-9a-f]+):\s+(.*)", line):
            code.append((int(instruction[1], 16), instruction[2]))
    if code:
        yield name, code


def loops(code):
    """The loops of a function, each as its own instructions: those of loops inside it are left out."""
    first = code[0][0]
    ranges = set()
    for at, text in code:
        branch = re.match(r"(?:b|b\.\w+|cbn?z|tbn?z)\s+(?:.*, )?([0-9a-f]+) <", text)
        if branch and first <= int(branch[1], 16) <= at:
            ranges.add((int(branch[1], 16), at))
    # Several jumps back to one place are one loop.
    ends = {}
    for begin, end in ranges:
        ends[begin] = max(end, ends.get(begin, 0))
    for begin, end in ends.items():
        inner = [(b, e) for b, e in ends.items() if begin <= b and e <= end and (b, e) != (begin, end)]
        yield [text for at, text in code if begin <= at <= end and not any(b <= at <= e for b, e in inner)]


def counts(loop):
    """What a loop does in one turn."""
    vector = r"\s+(?:\{?v\d|[qds]\d+)"

    def count(pattern):
        return sum(bool(re.match(pattern, text)) for text in loop)

    return {
        "instructions": len(loop),
        "multiply_adds": count(r"fml[as]\s+v"),
        "loads": count(rf"ld\w+{vector}"),
        "broadcasts": count(r"dup\s+v|ld1r"),
        "copies": count(r"mov\s+v\d+\.16b"),
        "stores": count(rf"st\w+{vector}"),
        "vectors_on_stack": count(rf"(?:ld|st)\w+{vector}.*\[(?:sp|x29)"),
        "words_on_stack": count(r"(?:ld|st)\w+\s+[wx].*\[(?:sp|x29)"),
    }


def main_of(rows):
    """The main loops among those of a kernel."""
    most = min(rows, key=lambda row: (-row["multiply_adds"], row["instructions"]))
    tightest = min(rows, key=lambda row: (-row["multiply_adds"] / max(row["loads"], 1), row["instructions"]))
    return [most] if most == tightest else [most, tightest]


def main():
    library, *file = sys.argv[1:]
    found = defaultdict(list)
    for name, code in functions(library):
        kernel = re.fullmatch(r"<toddle_kernels::(.*) as toddle_lanes::isa::Compiled<f\d\d>>::neon", name)
        rows = [counts(loop) for loop in loops(code)] if kernel else []
        if rows := [row for row in rows if row["multiply_adds"] >= FEWEST]:
            found[kernel[1].replace("toddle_kernels::", "")] += rows
    if not found:
        sys.exit("no loops of multiply-adds: the library has to be compiled for aarch64 with -C symbol-mangling-version=v0")
    main_loops = {name: main_of(rows) for name, rows in sorted(found.items())}
    tiles = [(name, row) for name, rows in main_loops.items() if TILES.match(name) for row in rows]
    print(f"| main loop of | {' | '.join(COLUMNS).replace('_', ' ')} |\n|---|{'--:|' * len(COLUMNS)}")
    for name, row in tiles:
        print(f"| `{name}` | {' | '.join(str(row[column]) for column in COLUMNS)} |")
    if file:
        compiler = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.strip()
        with open(file[0], "w") as out:
            json.dump({"command": ".ci/arm loops FILE", "compiler": compiler, "main_loops": main_loops}, out, indent=1)
    if spilled := [name for name, row in tiles if row["vectors_on_stack"] > ALLOWED.get(name, 0)]:
        sys.exit(f"vectors on the stack: {', '.join(spilled)}")


main()
