// Reads a row of handwritten digits with models/digits.onnx.
#pragma once

#include "ocr/ctc.h"
#include "ocr/image.h"
#include "wedge/session.h"

namespace wedge::ocr {

/// The digits of a row, dark on light, from left to right; blank paper has to stand between them.
/// Error: invalid_argument when the picture shows none.
Result<Reading> read_digits(const Session& session, const Image& row);

}  // namespace wedge::ocr
