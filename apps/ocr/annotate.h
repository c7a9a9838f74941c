// Shows on a picture where text was found.
#pragma once

#include <span>

#include "ocr/ocr.h"

namespace wedge::ocr {

/// The picture with a red line around every box.
Image annotate(Image image, std::span<const TextLine> lines);

}  // namespace wedge::ocr
