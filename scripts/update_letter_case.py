#!/usr/bin/python3
"""Writes src/base/letter_case_table.h: the lower and upper case of letters, as Python's Unicode data has them."""
import os
import unicodedata

HEADER = """// Made by scripts/update_letter_case.py from Unicode {version}.
#pragma once

#include "base/letter_case.h"

namespace wedge {{

// clang-format off
"""


def runs(change):
    """Code points that change by the same distance, evenly spaced: [first, last, step, distance]."""
    found = []
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        changed = change(chr(code))
        if len(changed) != 1 or changed == chr(code):
            continue
        distance = ord(changed) - code
        if found:
            first, last, step, same = found[-1]
            if distance == same and (code - last == step or (first == last and code - last == 2)):
                found[-1] = [first, code, code - last, distance]
                continue
        found.append([code, code, 1, distance])
    return found


def table(name, change):
    rows = [f"{{{first:#x}, {last:#x}, {step}, {distance}}}," for first, last, step, distance in runs(change)]
    lines = [""]
    for row in rows:
        if len(lines[-1]) + len(row) > 115:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "    ") + row
    return f"inline constexpr CaseRun {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


def main():
    path = os.path.join(os.path.dirname(__file__), "..", "src", "base", "letter_case_table.h")
    with open(path, "w", encoding="ascii") as file:
        file.write(HEADER.format(version=unicodedata.unidata_version))
        file.write(table("lower_case_runs", str.lower) + "\n" + table("upper_case_runs", str.upper))
        file.write("// clang-format on\n\n}  // namespace wedge\n")


main()
