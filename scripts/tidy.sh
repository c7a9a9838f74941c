#!/usr/bin/env bash
# Runs clang-tidy over the library and the programs, from a build folder of its own in which nothing is compiled.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each source once, and kernels for one instruction set, the richest.
cmake --preset release -B build/tidy -D WEDGE_BUILD_TESTS=OFF -D CMAKE_CXX_FLAGS=-march=x86-64-v4 >/dev/null
git ls-files 'src/*.cpp' 'apps/*.cpp' | grep -v -e wasi -e wasm -e serial -e module_files |
  xargs --max-procs="$(nproc)" --max-args=4 clang-tidy-19 -p build/tidy --quiet 2> >(grep -v ' warnings\? generated' >&2)
