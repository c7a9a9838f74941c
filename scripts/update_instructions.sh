#!/usr/bin/env bash
# Makes the instructions that the cases of tests/instructions take now their baseline.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset release -D WEDGE_BUILD_TESTS=ON
cmake --build --preset release --target update-instructions
