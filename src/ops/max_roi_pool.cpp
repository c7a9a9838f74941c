// MaxRoiPool: the largest element of an image in each cell of a grid over a region (Girshick, "Fast R-CNN", 2015).
#include <algorithm>
#include <cmath>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

struct Grid {
  int64_t height = 0;
  int64_t width = 0;
  double scale = 1;
};

Result<Grid> read_grid(const Attributes& attributes) {
  WEDGE_ASSIGN(const auto shape, attributes.integers("pooled_shape"));
  WEDGE_ASSIGN(const float scale, attributes.number("spatial_scale", 1));
  const auto fits = [](int64_t size) { return size >= 1 && size <= INT32_MAX; };
  if (shape.size() != 2 || !std::ranges::all_of(shape, fits)) {
    return fail(ErrorCode::invalid_model, "pooled_shape must be two positive sizes");
  }
  return Grid{.height = shape[0], .width = shape[1], .scale = static_cast<double>(scale)};
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_rank(0, 4, 4));
  WEDGE_TRY(context.expect_rank(1, 2, 2));
  WEDGE_ASSIGN(const Grid grid, read_grid(context.attributes()));
  SymbolicShape shape = {Dim::unknown(), Dim::unknown(), grid.height, grid.width};
  if (context.shape(0).has_rank()) shape[1] = context.shape(0)[1];
  if (context.shape(1).has_rank()) {
    shape[0] = context.shape(1)[0];
    if (conflict(context.shape(1)[1], 5)) {
      return fail(ErrorCode::invalid_argument, "regions of shape ", context.shape(1), " instead of [?, 5]");
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

/// A side of a region in pixels, divided into cells that may overlap by one.
struct Side {
  int64_t start;
  int64_t length;
  int64_t cells;
  int64_t pixels;  ///< of the image

  [[nodiscard]] int64_t begin(int64_t cell) const { return inside(start + cell * length / cells); }
  [[nodiscard]] int64_t end(int64_t cell) const { return inside(start + ((cell + 1) * length + cells - 1) / cells); }

 private:
  [[nodiscard]] int64_t inside(int64_t pixel) const { return std::clamp<int64_t>(pixel, 0, pixels); }
};

Result<Side> side_of(double from, double to, double scale, int64_t cells, int64_t pixels) {
  constexpr double farthest = 1e9;
  const double start = std::round(from * scale);
  const double last = std::round(to * scale);
  if (!(std::abs(start) <= farthest && std::abs(last) <= farthest)) {
    return fail(ErrorCode::invalid_argument, "a region from ", from, " to ", to);
  }
  const auto first = static_cast<int64_t>(start);
  const int64_t length = std::max<int64_t>(static_cast<int64_t>(last) - first + 1, 1);
  return Side{.start = first, .length = length, .cells = cells, .pixels = pixels};
}

// Cells outside of the image are 0.
template <typename T>
T largest(const T* plane, int64_t width, const Side& vertical, const Side& horizontal, int64_t row, int64_t column) {
  using A = ArithmeticType<T>;
  const int64_t begin = horizontal.begin(column);
  const int64_t end = horizontal.end(column);
  A best = 0;
  bool found = false;
  for (int64_t y = vertical.begin(row); y < vertical.end(row); ++y) {
    for (int64_t x = begin; x < end; ++x) {
      const auto element = static_cast<A>(plane[y * width + x]);
      if (!found || element > best) best = element;
      found = true;
    }
  }
  return static_cast<T>(best);
}

template <typename T>
Result<> pool_region(RunContext& run, const Grid& grid, const Shape& shape, int64_t region) {
  const T* corners = run.input<T>(1).data() + 5 * region;
  const auto number = [&](size_t i) { return static_cast<double>(static_cast<ArithmeticType<T>>(corners[i])); };
  if (!(number(0) >= 0 && number(0) < static_cast<double>(shape[0]))) {
    return fail(ErrorCode::out_of_range, "region ", region, " is in image ", number(0), " of ", shape[0]);
  }
  const auto image = static_cast<int64_t>(number(0));
  WEDGE_ASSIGN(const Side horizontal, side_of(number(1), number(3), grid.scale, grid.width, shape[3]));
  WEDGE_ASSIGN(const Side vertical, side_of(number(2), number(4), grid.scale, grid.height, shape[2]));
  T* const out = run.output<T>(0).data() + region * shape[1] * grid.height * grid.width;
  const T* const planes = run.input<T>(0).data() + image * shape.numel(1, 4);
  run.workers().run(static_cast<size_t>(shape[1]), 1, [&](size_t begin, size_t end, unsigned) {
    for (auto channel = static_cast<int64_t>(begin); channel < static_cast<int64_t>(end); ++channel) {
      const T* plane = planes + channel * shape[2] * shape[3];
      T* to = out + channel * grid.height * grid.width;
      for (int64_t row = 0; row < grid.height; ++row) {
        for (int64_t column = 0; column < grid.width; ++column) {
          *to++ = largest(plane, shape[3], vertical, horizontal, row, column);
        }
      }
    }
  });
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  if (context.output_shape(0).numel() == 0) return Kernel();
  if (shape.numel() == 0) return fail(ErrorCode::invalid_argument, "the images ", shape, " are empty");
  WEDGE_ASSIGN(const Grid grid, read_grid(context.attributes()));
  const int64_t regions = context.input_shape(1)[0];
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      for (int64_t region = 0; region < regions; ++region) WEDGE_TRY(pool_region<T>(run, grid, shape, region));
      return {};
    };
  });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, MaxRoiPool) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
