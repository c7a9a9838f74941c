#!/usr/bin/env bash
# Runs clang-tidy over the library and the programs; needs a configured build/release.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files 'src/*.cpp' 'apps/*.cpp' | grep -v -e wasi -e wasm -e serial -e module_files |
  xargs --max-procs="$(nproc)" --max-args=4 clang-tidy-19 -p build/release --quiet 2> >(grep -v ' warnings\? generated' >&2)
