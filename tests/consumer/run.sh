#!/usr/bin/env bash
# Installs a build into a folder of its own, then builds and runs a program that finds it there.
# usage: run.sh BUILD_FOLDER COMPILER COMPILER_FLAGS
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$1" --prefix "$folder/installed" >/dev/null
cmake -S "$source" -B "$folder/build" -G Ninja -D CMAKE_BUILD_TYPE=Release -D CMAKE_PREFIX_PATH="$folder/installed" \
  -D CMAKE_CXX_COMPILER="$2" -D CMAKE_CXX_FLAGS="$3"
cmake --build "$folder/build"
"$folder/build/consumer"
