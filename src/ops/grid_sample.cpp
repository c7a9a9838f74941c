// GridSample: the input interpolated at places that a grid names, in coordinates from -1 to 1 along each axis.
#include <algorithm>
#include <array>
#include <cmath>

#include "ops/binary.h"
#include "ops/read_number.h"
#include "ops/resize_run.h"

namespace wedge {
namespace {

constexpr size_t most_axes = 3;
constexpr size_t most_taps = 4;

enum class Padding { zeros, border, reflection };

struct Sampling {
  ResizeMode mode;
  Padding padding;
  bool align_corners;
  size_t axes = 0;
  std::array<int64_t, most_axes> dims{};
  int64_t batch = 0;
  int64_t channels = 0;
  int64_t plane = 0;   ///< input elements per channel
  int64_t points = 0;  ///< output elements per channel
};

Result<Sampling> read_sampling(const NodeView& node) {
  Sampling sampling{};
  WEDGE_ASSIGN(const auto mode, node.attributes().string("mode", "linear"));
  if (mode == "linear" || mode == "bilinear") {
    sampling.mode.interpolation = Interpolation::linear;
  } else if (mode == "nearest") {
    sampling.mode.interpolation = Interpolation::nearest;
  } else if (mode == "cubic" || mode == "bicubic") {
    sampling.mode.interpolation = Interpolation::cubic;
  } else {
    return fail(ErrorCode::invalid_model, "unknown mode '", mode, "'");
  }
  WEDGE_ASSIGN(const auto padding, node.attributes().string("padding_mode", "zeros"));
  if (padding == "zeros") {
    sampling.padding = Padding::zeros;
  } else if (padding == "border") {
    sampling.padding = Padding::border;
  } else if (padding == "reflection") {
    sampling.padding = Padding::reflection;
  } else {
    return fail(ErrorCode::invalid_model, "unknown padding_mode '", padding, "'");
  }
  WEDGE_ASSIGN(sampling.align_corners, node.attributes().flag("align_corners", false));
  return sampling;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 3, 2 + most_axes));
  WEDGE_TRY(context.expect_rank(1, 3, 2 + most_axes));
  WEDGE_TRY(context.expect_dtype(1, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(read_sampling(context));
  const SymbolicShape& input = context.shape(0);
  const SymbolicShape& grid = context.shape(1);
  SymbolicShape shape;
  if (input.has_rank() && grid.has_rank()) {
    const size_t rank = input.rank();
    if (grid.rank() != rank || conflict(grid[0], input[0]) ||
        conflict(grid[rank - 1], static_cast<int64_t>(rank - 2))) {
      return fail(ErrorCode::invalid_model, "a grid of shape ", grid, " does not fit an input of shape ", input);
    }
    shape = input;
    for (size_t i = 2; i < rank; ++i) shape[i] = grid[i - 1];
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

// The element that stands for `i`, which may lie outside the axis; negative for none.
int64_t padded(const Sampling& sampling, int64_t i, int64_t dim) {
  if (i >= 0 && i < dim) return i;
  if (sampling.padding == Padding::zeros) return -1;
  if (sampling.padding == Padding::border) return i < 0 ? 0 : dim - 1;
  // Mirrors stand at the outer elements, or half an element outside them.
  const int64_t period = sampling.align_corners ? std::max<int64_t>(1, 2 * (dim - 1)) : 2 * dim;
  const int64_t within = (i % period + period) % period;
  if (within < dim) return within;
  return sampling.align_corners ? period - within : period - 1 - within;
}

// What an output element is along one axis: a weighted sum of elements.
struct Taps {
  size_t count = 1;
  std::array<int64_t, most_taps> index{};
  std::array<double, most_taps> weight{};
};

Taps taps_at(const Sampling& sampling, double coordinate, int64_t dim) {
  const auto length = static_cast<double>(dim);
  double x = sampling.align_corners ? (coordinate + 1) / 2 * (length - 1) : ((coordinate + 1) * length - 1) / 2;
  // Places too far away for an index, and those that are no number, are far outside all the same.
  constexpr double far = 0x1p52;
  x = std::isnan(x) ? -far : std::clamp(x, -far, far);
  Taps taps;
  if (sampling.mode.interpolation == Interpolation::nearest) {
    taps.index[0] = padded(sampling, static_cast<int64_t>(std::nearbyint(x)), dim);
    taps.weight[0] = 1;
    return taps;
  }
  taps.count = sampling.mode.interpolation == Interpolation::linear ? 2 : most_taps;
  const int64_t first = static_cast<int64_t>(std::floor(x)) - (static_cast<int64_t>(taps.count) / 2 - 1);
  for (size_t i = 0; i < taps.count; ++i) {
    const int64_t at = first + static_cast<int64_t>(i);
    taps.index[i] = padded(sampling, at, dim);
    taps.weight[i] = interpolation_weight(sampling.mode, x - static_cast<double>(at));
  }
  return taps;
}

// The same over all axes, as offsets into a plane.
struct PointTaps {
  static constexpr size_t most = most_taps * most_taps * most_taps;
  size_t count = 1;
  std::array<int64_t, most> offset{};
  std::array<double, most> weight{1};

  void multiply(const Taps& taps, int64_t dim) {
    const PointTaps outer = *this;
    count = 0;
    for (size_t o = 0; o < outer.count; ++o) {
      for (size_t i = 0; i < taps.count; ++i) {
        if (taps.index[i] < 0) continue;
        offset[count] = outer.offset[o] * dim + taps.index[i];
        weight[count++] = outer.weight[o] * taps.weight[i];
      }
    }
  }
};

template <typename T>
Kernel kernel_for(const Sampling& sampling, ReadNumber read) {
  return [=](RunContext& run) -> Result<> {
    using A = std::conditional_t<std::integral<T>, double, ArithmeticType<T>>;
    const T* in = run.input<T>(0).data();
    const std::byte* grid = run.input(1).data;
    T* out = run.output<T>(0).data();
    const auto points = static_cast<size_t>(sampling.batch * sampling.points);
    run.workers().run(points, 256, [&](size_t begin, size_t end, unsigned) {
      for (size_t point = begin; point < end; ++point) {
        PointTaps taps;
        for (size_t axis = 0; axis < sampling.axes; ++axis) {
          // The grid names the innermost axis first.
          const double place = read(grid, point * sampling.axes + sampling.axes - 1 - axis);
          taps.multiply(taps_at(sampling, place, sampling.dims[axis]), sampling.dims[axis]);
        }
        const auto image = static_cast<int64_t>(point) / sampling.points * sampling.channels;
        const auto place = static_cast<int64_t>(point) % sampling.points;
        for (int64_t c = image; c < image + sampling.channels; ++c) {
          const T* plane = in + c * sampling.plane;
          A sum = 0;
          for (size_t i = 0; i < taps.count; ++i) {
            sum += static_cast<A>(taps.weight[i]) * static_cast<A>(plane[taps.offset[i]]);
          }
          out[c * sampling.points + place] = interpolated<T>(sum);
        }
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape input = context.input_shape(0);
  const Shape output = context.output_shape(0);
  WEDGE_ASSIGN(Sampling sampling, read_sampling(context));
  sampling.axes = input.rank() - 2;
  sampling.batch = input[0];
  sampling.channels = input[1];
  sampling.plane = input.numel(2, input.rank());
  sampling.points = output.numel(2, output.rank());
  if (output.numel() == 0) return Kernel();
  if (sampling.plane == 0) return fail(ErrorCode::invalid_model, "nothing to sample in shape ", input);
  std::copy(input.begin() + 2, input.end(), sampling.dims.begin());
  const ReadNumber read = number_reader(context.dtype(1));
  Kernel kernel;
  visit_numbers(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(sampling, read); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, GridSample) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2, .since = 16};

}  // namespace wedge
