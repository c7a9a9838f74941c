#!/usr/bin/env bash
# Shows the built program at work: it reads the text in a picture, or a row of digits where the OCR models cannot be
# fetched.
set -euo pipefail
cd "$(dirname "$0")/.."

if models=$(scripts/fetch_models.sh); then
  exec build/release/wedge ocr demos/ocr/notice.png --models "$models"
fi
echo "Reading a row of digits with the model in this repository instead." >&2
exec build/release/wedge digits models/digits.png --model models/digits.onnx
