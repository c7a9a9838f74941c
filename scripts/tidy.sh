#!/usr/bin/env bash
# Runs clang-tidy over the library and the programs, from a build folder of its own in which nothing is compiled.
set -euo pipefail
shopt -s extglob
cd "$(dirname "$0")/.."

# Each source once, and kernels for one instruction set, the richest.
cmake --preset release -B build/tidy -D WEDGE_BUILD_TESTS=OFF -D CMAKE_CXX_FLAGS=-march=x86-64-v4 >/dev/null

# Most of the time goes into headers, so operators and passes that nothing else sees go several to a unit, each in a
# namespace of its own for its names.
together=build/tidy/together
rm -rf "$together"
mkdir -p "$together"
alone() { [[ -f ${1%.cpp}.h ]] || grep -qE '^ *#(if|define)|^template <>' "$1"; }
mapfile -t sources < <(git ls-files 'src/*.cpp' 'apps/*.cpp' | grep -v -e wasi -e wasm -e serial -e module_files)
units=()
grouped=()
for source in "${sources[@]}"; do
  if [[ $source == src/@(ops|passes)/* ]] && ! alone "$source"; then grouped+=("$source"); else units+=("$source"); fi
done
for ((first = 0; first < ${#grouped[@]}; first += 10)); do
  group=("${grouped[@]:first:10}")
  unit=$together/unit_$first.cpp
  grep -h '^#include' "${group[@]}" | sort -u >"$unit"
  for source in "${group[@]}"; do
    name=$(basename "$source" .cpp)
    printf '#line 1 "%s"\n' "$source"
    sed -e 's/^#include.*//' -e "s/^namespace wedge {/namespace wedge::${name}_alone {/" "$source"
  done >>"$unit"
  units+=("$unit")
done
printf '%s\n' "${units[@]}" |
  xargs --max-procs="$(nproc)" --max-args=2 clang-tidy-19 -p build/tidy --quiet 2> >(grep -v ' warnings\? generated' >&2)
