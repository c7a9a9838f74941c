#!/usr/bin/env bash
# Builds the npm package in bindings/web: its development tools when they have changed, then dist/.
set -euo pipefail
cd "$(dirname "$0")/../bindings/web"
if ! cmp -s package-lock.json node_modules/.installed.json; then
  echo "Installing the development tools of bindings/web"
  npm ci --ignore-scripts --no-audit --no-fund --silent
  cp package-lock.json node_modules/.installed.json
fi
node build.mjs
