// The matrix a convolution multiplies its weights with, made piece by piece: no im2col buffer.
#pragma once

#include "kernels/conv.h"

namespace wedge::kernels {

/// A PanelWriter: row (c, kh, kw), column (oh, ow) of B is the input that output (oh, ow) sees through that tap.
class PatchWriter {
 public:
  /// input: the first channel of the group in one image.
  PatchWriter(const Conv2d& conv, const float* input) : conv_(&conv), input_(input) {}

  void operator()(size_t k_begin, size_t k_end, size_t n_begin, size_t n_end, float* panels) const;

 private:
  const Conv2d* conv_;
  const float* input_;
};

}  // namespace wedge::kernels
