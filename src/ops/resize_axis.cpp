#include "ops/resize_axis.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wedge {
namespace {

template <typename Value, size_t count>
Result<Value> named(const std::array<std::pair<std::string_view, Value>, count>& names, std::string_view attribute,
                    std::string_view name) {
  const auto found = std::ranges::find(names, name, &std::pair<std::string_view, Value>::first);
  if (found != names.end()) return found->second;
  return fail(ErrorCode::invalid_model, "unknown ", attribute, " '", name, "'");
}

constexpr std::array<std::pair<std::string_view, Interpolation>, 4> interpolations = {{
    {"nearest", Interpolation::nearest},
    {"linear", Interpolation::linear},
    {"bilinear", Interpolation::linear},
    {"cubic", Interpolation::cubic},
}};

constexpr std::array<std::pair<std::string_view, CoordinateMode>, 7> coordinate_modes = {{
    {"half_pixel", CoordinateMode::half_pixel},
    {"half_pixel_symmetric", CoordinateMode::half_pixel_symmetric},
    {"pytorch_half_pixel", CoordinateMode::pytorch_half_pixel},
    {"align_corners", CoordinateMode::align_corners},
    {"asymmetric", CoordinateMode::asymmetric},
    {"tf_half_pixel_for_nn", CoordinateMode::tf_half_pixel_for_nn},
    {"tf_crop_and_resize", CoordinateMode::tf_crop_and_resize},
}};

constexpr std::array<std::pair<std::string_view, NearestMode>, 4> nearest_modes = {{
    {"round_prefer_floor", NearestMode::round_prefer_floor},
    {"round_prefer_ceil", NearestMode::round_prefer_ceil},
    {"floor", NearestMode::floor},
    {"ceil", NearestMode::ceil},
}};

// Antialiasing widens the kernel so that shrinking skips no element.
double kernel_scale(const ResizeAxis& axis, const ResizeMode& mode) {
  return mode.antialias ? std::min(1.0, axis.scale()) : 1.0;
}

int64_t kernel_reach(const ResizeAxis& axis, const ResizeMode& mode) {
  const double support = mode.interpolation == Interpolation::linear ? 1 : 2;
  const double reach = std::ceil(support / kernel_scale(axis, mode));
  // An output of at least one element asks for no more; a cropped one might, and would see only edges there.
  const int64_t most = saturating_add(saturating_mul(axis.input, 2), 2);
  return reach < static_cast<double>(most) ? static_cast<int64_t>(reach) : most;
}

}  // namespace

double interpolation_weight(const ResizeMode& mode, double distance) {
  const double x = std::abs(distance);
  if (mode.interpolation == Interpolation::linear) return std::max(0.0, 1 - x);
  const double a = mode.cubic_a;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

bool ResizeAxis::is_identity(const ResizeMode& mode) const {
  if (input != output || scale_numerator != scale_denominator) return false;
  return mode.coordinates != CoordinateMode::tf_half_pixel_for_nn &&
         (mode.coordinates != CoordinateMode::tf_crop_and_resize || (crop_begin == 0 && crop_end == 1));
}

double ResizeAxis::source(int64_t o, const ResizeMode& mode) const {
  const auto x = static_cast<double>(o);
  const auto length = static_cast<double>(input);
  const auto unscaled = [&](double at) { return at * scale_denominator / scale_numerator; };
  switch (mode.coordinates) {
    case CoordinateMode::half_pixel: return unscaled(x + 0.5) - 0.5;
    case CoordinateMode::half_pixel_symmetric: {
      const double adjustment = static_cast<double>(output) / (length * scale());
      return length / 2 * (1 - adjustment) + unscaled(x + 0.5) - 0.5;
    }
    case CoordinateMode::pytorch_half_pixel: return output > 1 ? unscaled(x + 0.5) - 0.5 : 0;
    case CoordinateMode::asymmetric: return unscaled(x);
    case CoordinateMode::tf_half_pixel_for_nn: return unscaled(x + 0.5);
    case CoordinateMode::align_corners: {
      // The specification takes the length before it is rounded to whole elements.
      const double resized = length * scale();
      return output > 1 && resized > 1 ? x * (length - 1) / (resized - 1) : 0;
    }
    case CoordinateMode::tf_crop_and_resize: break;
  }
  if (output == 1) return 0.5 * (crop_begin + crop_end) * (length - 1);
  return crop_begin * (length - 1) + x * (crop_end - crop_begin) * (length - 1) / static_cast<double>(output - 1);
}

bool ResizeAxis::is_extrapolated(int64_t o, const ResizeMode& mode) const {
  if (mode.coordinates != CoordinateMode::tf_crop_and_resize) return false;
  const double at = source(o, mode);
  return !(at >= 0 && at <= static_cast<double>(input - 1));
}

int64_t ResizeAxis::nearest(int64_t o, const ResizeMode& mode) const {
  const double last = static_cast<double>(input - 1);
  // fmin and fmax also turn a NaN into a bound.
  const double at = std::fmax(std::fmin(source(o, mode), last), 0.0);
  double place = 0;
  if (mode.nearest_is_simple) {
    place = scale() < 1 ? std::ceil(at) : std::floor(at);
  } else {
    switch (mode.nearest) {
      case NearestMode::round_prefer_floor: place = std::ceil(at - 0.5); break;
      case NearestMode::round_prefer_ceil: place = std::floor(at + 0.5); break;
      case NearestMode::floor: place = std::floor(at); break;
      case NearestMode::ceil: place = std::ceil(at); break;
    }
  }
  return static_cast<int64_t>(std::fmax(std::fmin(place, last), 0.0));
}

int64_t ResizeAxis::taps(const ResizeMode& mode) const {
  return std::min(saturating_mul(2, kernel_reach(*this, mode)), input);
}

ResizeTaps resize_taps(const ResizeAxis& axis, const ResizeMode& mode, int64_t o, double* weights) {
  const int64_t last = axis.input - 1;
  // Far outside the input every place looks the same: its edge.
  const auto limit = 4.0 * static_cast<double>(axis.input) + 4;
  const double at = std::fmax(std::fmin(axis.source(o, mode), limit), -limit);
  const double scale = kernel_scale(axis, mode);
  const auto base = static_cast<int64_t>(std::floor(at));
  const int64_t reach = kernel_reach(axis, mode);
  const int64_t begin = base - reach + 1;
  const int64_t end = base + reach + 1;
  ResizeTaps taps{.first = std::clamp<int64_t>(begin, 0, last), .count = 0};
  taps.count = std::clamp<int64_t>(end - 1, 0, last) - taps.first + 1;
  std::fill_n(weights, taps.count, 0.0);
  double sum = 0;
  for (int64_t i = begin; i < end; ++i) {
    if (mode.exclude_outside && (i < 0 || i > last)) continue;
    const double weight = interpolation_weight(mode, (static_cast<double>(i) - at) * scale);
    // Elements outside repeat the edge.
    weights[std::clamp<int64_t>(i, 0, last) - taps.first] += weight;
    sum += weight;
  }
  if (sum != 0 && (mode.antialias || mode.exclude_outside)) {
    for (int64_t i = 0; i < taps.count; ++i) weights[i] /= sum;
  }
  return taps;
}

Result<ResizeMode> read_resize_mode(const NodeView& node) {
  const Attributes& attributes = node.attributes();
  ResizeMode mode;
  WEDGE_ASSIGN(const auto interpolation, attributes.string("mode", "nearest"));
  WEDGE_ASSIGN(mode.interpolation, named(interpolations, "mode", interpolation));
  if (node.node().op_type == "Upsample" || node.version() < 11) {
    mode.coordinates = CoordinateMode::asymmetric;
    mode.nearest_is_simple = true;
    return mode;
  }
  WEDGE_ASSIGN(const auto coordinates, attributes.string("coordinate_transformation_mode", "half_pixel"));
  WEDGE_ASSIGN(mode.coordinates, named(coordinate_modes, "coordinate_transformation_mode", coordinates));
  WEDGE_ASSIGN(const auto nearest, attributes.string("nearest_mode", "round_prefer_floor"));
  WEDGE_ASSIGN(mode.nearest, named(nearest_modes, "nearest_mode", nearest));
  WEDGE_ASSIGN(mode.antialias, attributes.flag("antialias", false));
  WEDGE_ASSIGN(mode.exclude_outside, attributes.flag("exclude_outside", false));
  WEDGE_ASSIGN(mode.cubic_a, attributes.number("cubic_coeff_a", -0.75F));
  WEDGE_ASSIGN(mode.extrapolation, attributes.number("extrapolation_value", 0));
  return mode;
}

}  // namespace wedge
