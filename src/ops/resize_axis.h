// Where the elements of a resized axis come from.
#pragma once

#include <cstdint>

#include "ops/node_view.h"

namespace wedge {

enum class CoordinateMode {
  half_pixel,
  half_pixel_symmetric,
  pytorch_half_pixel,
  align_corners,
  asymmetric,
  tf_half_pixel_for_nn,
  tf_crop_and_resize,
};
enum class NearestMode { round_prefer_floor, round_prefer_ceil, floor, ceil };
enum class Interpolation { nearest, linear, cubic };

/// How all axes of a node are resized.
struct ResizeMode {
  Interpolation interpolation = Interpolation::nearest;
  CoordinateMode coordinates = CoordinateMode::half_pixel;
  NearestMode nearest = NearestMode::round_prefer_floor;
  bool nearest_is_simple = false;  ///< the rule before opset 11: floor, or ceil where the axis shrinks
  bool antialias = false;
  bool exclude_outside = false;
  float cubic_a = -0.75F;
  float extrapolation = 0;
};

/// How much an element at this distance counts; 0 from the support on.
double interpolation_weight(const ResizeMode& mode, double distance);

/// One axis and its scale, kept as a fraction: numbers of elements divide exactly where a scale would round.
struct ResizeAxis {
  size_t axis = 0;
  int64_t input = 1;
  int64_t output = 1;
  double scale_numerator = 1;
  double scale_denominator = 1;
  double crop_begin = 0;
  double crop_end = 1;

  [[nodiscard]] double scale() const { return scale_numerator / scale_denominator; }
  /// Output elements are the input's, one by one.
  [[nodiscard]] bool is_identity(const ResizeMode& mode) const;
  /// The place in the input that output element `o` shows.
  [[nodiscard]] double source(int64_t o, const ResizeMode& mode) const;
  /// source() lies outside the input and the mode extrapolates.
  [[nodiscard]] bool is_extrapolated(int64_t o, const ResizeMode& mode) const;
  /// The element nearest to source(o).
  [[nodiscard]] int64_t nearest(int64_t o, const ResizeMode& mode) const;
  /// The most input elements that make one output element.
  [[nodiscard]] int64_t taps(const ResizeMode& mode) const;
};

/// The input elements that output element `o` is a weighted sum of: [first, first + count). Writes `count` weights,
/// at most axis.taps().
struct ResizeTaps {
  int64_t first;
  int64_t count;
};
ResizeTaps resize_taps(const ResizeAxis& axis, const ResizeMode& mode, int64_t o, double* weights);

/// The attributes of Resize or Upsample.
Result<ResizeMode> read_resize_mode(const NodeView& node);

}  // namespace wedge
