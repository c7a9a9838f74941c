#!/usr/bin/env python3
"""Runs clang-tidy over the library and the programs, from a build folder of its own in which nothing is compiled.

Most of the time goes into headers, so sources go many to a unit: operators and passes that no header declares each in a
namespace of its own, others where none declares a name that another has. What such a unit reports is found once more in
its sources alone, and only that counts."""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / 'build/tidy'
TOGETHER = BUILD / 'together'
SIZE = 12
LEFT_OUT = re.compile(r'wasi|wasm|serial|module_files')
# The lines by which Highway compiles a kernel once for each instruction set; here there is one.
TARGETS = re.compile(r'^#(undef|define) HWY_TARGET_INCLUDE.*|^#include <hwy/foreach_target.h>', re.M)
DECLARED = re.compile(r'^(?!namespace|using namespace|return|HWY_|static_assert|template)(?=\w).*?(?<![\w:])(\w+)(?= *(?:[({=;[]|:(?!:)))', re.M)


def names(path):
    """What a source declares outside of braces, as clang-format leaves it: at the first column. To each name belongs the
    file that declares it, which is the source or a kernel's header."""
    text = (ROOT / path).read_text()
    found = {name: path for name in set(DECLARED.findall(text)) - {'const', 'noexcept', 'HWY_ATTR'}}
    for header in re.findall(r'^#include "(.*-inl\.h)"', text, re.M):
        found |= names('src/' + header)
    return found


def plan(sources):
    """Units of sources: (sources, whether each gets a namespace)."""
    wrapped, apart, alone = [], [], []
    for source in sources:
        text = TARGETS.sub('', (ROOT / source).read_text())
        conditional = re.search(r'^ *#define|^ *#if(?:.*\n)*?#include', text, re.M)
        folder = source.split('/')[1]
        header = (ROOT / source).with_suffix('.h').exists()
        if conditional:
            alone.append(([source], False))
        elif folder in ('ops', 'passes') and not header and not re.search(r'^template <>', text, re.M):
            wrapped.append(source)
        else:
            apart.append((source, folder, names(source)))
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


def write(index, sources, wrap):
    """Writes a unit and returns its path."""
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
    path = TOGETHER / f'unit_{index}.cpp'
    path.write_text('\n'.join(parts))
    return path


def tidy(path):
    """Whether clang-tidy finds nothing, and what it prints."""
    run = subprocess.run(['clang-tidy-19', '-p', BUILD, '--quiet', path], cwd=ROOT, capture_output=True, text=True)
    errors = [line for line in run.stderr.splitlines() if not re.search(r' warnings? generated', line)]
    said = (run.stdout + '\n'.join(errors)).strip()
    return run.returncode == 0, (said or f'{path}: clang-tidy ended with {run.returncode}') + '\n'


def check(index, sources, wrap):
    """What is wrong in a unit's sources."""
    if len(sources) > 1:
        clean, said = tidy(write(index, sources, wrap))
        if clean:
            return ''
        print(f'{len(sources)} sources alone, because together: {said.splitlines()[0]}', flush=True)
    return ''.join(said for clean, said in map(tidy, sources) if not clean)


def main():
    # Each source once, and kernels for one instruction set, the richest; Highway has none without AES.
    subprocess.run(['cmake', '--preset', 'release', '-B', BUILD, '-D', 'WEDGE_BUILD_TESTS=OFF',
                    '-D', 'CMAKE_CXX_FLAGS=-march=x86-64-v4 -maes -mpclmul -DHWY_COMPILE_ONLY_STATIC'], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    TOGETHER.mkdir(exist_ok=True)
    listed = subprocess.run(['git', 'ls-files', 'src/*.cpp', 'apps/*.cpp'], cwd=ROOT, check=True, capture_output=True, text=True)
    units = plan([source for source in listed.stdout.split() if not LEFT_OUT.search(source)])
    # The longest first, so that all end together.
    units.sort(key=lambda unit: -len(unit[0]))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = ''.join(pool.map(check, range(len(units)), *zip(*units)))
    print(found, end='')
    print(f'{sum(len(sources) for sources, _ in units)} sources in {len(units)} units')
    sys.exit(1 if found else 0)


main()
