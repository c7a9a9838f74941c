#!/usr/bin/env bash
# Runs clang-tidy over the folders that are held to it; needs a configured build/release.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files 'src/base/*.cpp' 'src/graph/*.cpp' 'src/kernels/*.cpp' 'src/onnx/*.cpp' 'apps/*.cpp' | grep -v -e wasi -e serial |
  xargs --max-procs="$(nproc)" --max-args=4 clang-tidy-19 -p build/release --quiet
