#!/usr/bin/env python3
"""Puts many sources into one unit, since most of the time of compilers goes into headers.

Operators that share nothing but their rows of the table get a namespace of their own within a unit; other sources are
together where none declares a name that another has.

usage: units.py FOLDER SOURCE...; writes the units of these sources into the folder and prints what to compile, a path a
line"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZE = 12
# The lines by which Highway compiles a kernel once for each instruction set; here there is one.
TARGETS = re.compile(r'^#(undef|define) HWY_TARGET_INCLUDE.*|^#include <hwy/foreach_target.h>', re.M)
# What the expression below takes for names: qualifiers, and the macros of tests, which make names of what is in them.
NO_NAMES = {'const', 'noexcept', 'HWY_ATTR', 'TEST', 'TEST_F', 'TEST_P', 'RC_GTEST_PROP', 'INSTANTIATE_TEST_SUITE_P'}
DECLARED = re.compile(r'^(?!namespace|using namespace|return|HWY_|static_assert|template)(?=\w).*?(?<![\w:])(\w+)(?= *(?:[({=;[]|:(?!:)))', re.M)
NAMESPACE = re.compile(r'\nnamespace wedge \{\n+namespace \{\n.*\n\}  // namespace\n(.*)\n\}  // namespace wedge\n', re.S)


def names(path):
    """What a source declares outside of braces, as clang-format leaves it: at the first column. To each name belongs the
    file that declares it, which is the source or a header of kernels or of tests."""
    text = (ROOT / path).read_text()
    found = {name: path for name in set(DECLARED.findall(text)) - NO_NAMES}
    for header in re.findall(r'^#include "(.*)"', text, re.M):
        if header.endswith('-inl.h'):
            found |= names('src/' + header)
        elif (ROOT / 'tests' / header).exists():
            found |= names('tests/' + header)
    return found


def is_closed(text):
    """Whether all that a source declares is in an unnamed namespace, but for operators after it."""
    namespace = NAMESPACE.search(text)
    return namespace and 'WEDGE_OPERATOR' in text and set(DECLARED.findall(namespace[1])) <= {'WEDGE_OPERATOR'}


def plan(sources):
    """Units of sources, which are paths below ROOT: (sources, whether each gets a namespace)."""
    wrapped, apart, alone = [], [], []
    for source in sources:
        text = TARGETS.sub('', (ROOT / source).read_text())
        if re.search(r'^ *#define|^ *#if(?:.*\n)*?#include', text, re.M):
            alone.append(([source], False))
        elif is_closed(text):
            wrapped.append(source)
        else:
            apart.append((source, source.split('/')[1], names(source)))
    units = [(wrapped[i:i + SIZE], True) for i in range(0, len(wrapped), SIZE)]
    open_units = []
    for source, folder, declared in apart:
        # Kernels, which include Highway, stay among themselves, as do programs with their libraries.
        kind = folder if folder in ('kernels', 'cli', 'ocr') else ''
        for unit in open_units:
            if unit['kind'] == kind and len(unit['sources']) < SIZE and all(
                    unit['names'].get(name, file) == file for name, file in declared.items()):
                break
        else:
            unit = {'kind': kind, 'sources': [], 'names': {}}
            open_units.append(unit)
        unit['sources'].append(source)
        unit['names'] |= declared
    return units + [(unit['sources'], False) for unit in open_units] + alone


def write(path, sources, wrap):
    """Writes a unit, unless the file has its text already."""
    texts = {source: (ROOT / source).read_text() for source in sources}
    # Highway comes before the headers that are made of it.
    includes = sorted({line for text in texts.values() for line in re.findall(r'^#include (?!<hwy/foreach).*', text, re.M)},
                      key=lambda line: ('<' not in line, line))
    parts = ['\n'.join(includes)]
    for source, text in texts.items():
        text = re.sub(r'^#include.*', '', TARGETS.sub('', text), flags=re.M)
        if wrap:
            text = text.replace('\nnamespace wedge {', f'\nnamespace wedge::{pathlib.Path(source).stem}_alone {{')
        parts.append(f'#line 1 "{ROOT / source}"\n{text}')
    unit = '\n'.join(parts)
    if not path.exists() or path.read_text() != unit:
        path.write_text(unit)


def main(folder, *paths):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for index, (sources, wrap) in enumerate(plan([str(pathlib.Path(path).relative_to(ROOT)) for path in paths])):
        path = ROOT / sources[0]
        if len(sources) > 1:
            path = pathlib.Path(folder) / f'unit_{index}.cpp'
            write(path, sources, wrap)
        print(path)


if __name__ == '__main__':
    main(*sys.argv[1:])
