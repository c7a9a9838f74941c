#!/usr/bin/env python3
"""Runs clang-tidy over the library and the programs, from a build folder of its own in which nothing is compiled.

Sources go many to a unit (units.py). What such a unit reports is found once more in its sources alone, and only that
counts."""
import concurrent.futures
import os
import re
import subprocess
import sys

import units

BUILD = units.ROOT / 'build/tidy'
TOGETHER = BUILD / 'together'
LEFT_OUT = re.compile(r'wasi|wasm|serial|module_files')


def tidy(path):
    """Whether clang-tidy finds nothing, and what it prints."""
    run = subprocess.run(['clang-tidy-19', '-p', BUILD, '--quiet', path], cwd=units.ROOT, capture_output=True, text=True)
    errors = [line for line in run.stderr.splitlines() if not re.search(r' warnings? generated', line)]
    said = (run.stdout + '\n'.join(errors)).strip()
    return run.returncode == 0, (said or f'{path}: clang-tidy ended with {run.returncode}') + '\n'


def check(index, sources, wrap):
    """What is wrong in a unit's sources."""
    if len(sources) > 1:
        path = TOGETHER / f'unit_{index}.cpp'
        units.write(path, sources, wrap)
        clean, said = tidy(path)
        if clean:
            return ''
        print(f'{len(sources)} sources alone, because together: {said.splitlines()[0]}', flush=True)
    return ''.join(said for clean, said in map(tidy, sources) if not clean)


def main():
    # Each source once, and kernels for one instruction set, the richest; Highway has none without AES.
    subprocess.run(['cmake', '--preset', 'release', '-B', BUILD, '-D', 'WEDGE_BUILD_TESTS=OFF',
                    '-D', 'CMAKE_CXX_FLAGS=-march=x86-64-v4 -maes -mpclmul -DHWY_COMPILE_ONLY_STATIC'],
                   cwd=units.ROOT, check=True, stdout=subprocess.DEVNULL)
    TOGETHER.mkdir(exist_ok=True)
    listed = subprocess.run(['git', 'ls-files', 'src/*.cpp', 'apps/*.cpp'], cwd=units.ROOT, check=True, capture_output=True, text=True)
    together = units.plan([source for source in listed.stdout.split() if not LEFT_OUT.search(source)])
    # The longest first, so that all end together.
    together.sort(key=lambda unit: -len(unit[0]))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = ''.join(pool.map(check, range(len(together)), *zip(*together)))
    print(found, end='')
    print(f'{sum(len(sources) for sources, _ in together)} sources in {len(together)} units')
    sys.exit(1 if found else 0)


main()
