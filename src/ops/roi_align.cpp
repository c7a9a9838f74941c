// RoiAlign: each region of an image averaged, or its largest element taken, over a grid of cells, at points between the
// pixels (He et al., "Mask R-CNN", 2017).
#include <algorithm>
#include <cmath>

#include "ops/bilinear.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

struct Grid {
  int64_t height = 1;
  int64_t width = 1;
  int64_t sampling = 0;  ///< points along a side of a cell; 0 for as many as there are pixels
  double scale = 1;
  bool half_pixel = true;
  bool takes_largest = false;
};

Result<Grid> read_grid(const NodeView& node) {
  constexpr int64_t first_with_half_pixel = 16;
  const Attributes& attributes = node.attributes();
  Grid grid;
  WEDGE_ASSIGN(grid.height, attributes.integer("output_height", 1));
  WEDGE_ASSIGN(grid.width, attributes.integer("output_width", 1));
  WEDGE_ASSIGN(grid.sampling, attributes.integer("sampling_ratio", 0));
  WEDGE_ASSIGN(grid.scale, attributes.number("spatial_scale", 1.0F));
  WEDGE_ASSIGN(const auto mode, attributes.string("mode", "avg"));
  WEDGE_ASSIGN(const auto pixels, attributes.string("coordinate_transformation_mode", "half_pixel"));
  grid.takes_largest = mode == "max";
  grid.half_pixel = node.version() >= first_with_half_pixel && pixels == "half_pixel";
  if (grid.height < 1 || grid.width < 1 || grid.sampling < 0) {
    return fail(ErrorCode::invalid_model, "a grid of ", grid.height, " x ", grid.width, " cells with ", grid.sampling,
                " points");
  }
  if ((mode != "avg" && mode != "max") || (pixels != "half_pixel" && pixels != "output_half_pixel")) {
    return fail(ErrorCode::invalid_model, "mode is '", mode, "', coordinate_transformation_mode '", pixels, "'");
  }
  return grid;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_dtype(2, {DType::i64}));
  WEDGE_TRY(context.expect_rank(0, 4, 4));
  WEDGE_TRY(context.expect_rank(1, 2, 2));
  WEDGE_TRY(context.expect_rank(2, 1, 1));
  WEDGE_ASSIGN(const Grid grid, read_grid(context));
  SymbolicShape shape = SymbolicShape::of_rank(4);
  if (context.shape(1).has_rank()) {
    shape[0] = context.shape(1)[0];
    const bool fits = !context.shape(2).has_rank() || !conflict(context.shape(2)[0], shape[0]);
    if (conflict(context.shape(1)[1], 4) || !fits) {
      return fail(ErrorCode::invalid_model, "regions ", context.shape(1), " and images ", context.shape(2),
                  " do not fit");
    }
  }
  if (context.shape(0).has_rank()) shape[1] = context.shape(0)[1];
  shape[2] = grid.height;
  shape[3] = grid.width;
  context.set_output(0, context.dtype(0), shape);
  return {};
}

// One side of a region: where its cells begin, how large they are, how many points each has.
struct Side {
  double start;
  double cell;
  int64_t points;

  [[nodiscard]] double at(int64_t cell_number, int64_t point) const {
    return start +
           cell * (static_cast<double>(cell_number) + (static_cast<double>(point) + 0.5) / static_cast<double>(points));
  }
};

Result<Side> side_of(const Grid& grid, double from, double to, int64_t cells) {
  const double offset = grid.half_pixel ? 0.5 : 0;
  const double start = from * grid.scale - offset;
  double length = to * grid.scale - offset - start;
  if (!grid.half_pixel) length = std::max(length, 1.0);
  const double cell = length / static_cast<double>(cells);
  constexpr double most_points = 4096;
  const double points = grid.sampling > 0 ? static_cast<double>(grid.sampling) : std::ceil(cell);
  if (!(points <= most_points)) return fail(ErrorCode::invalid_argument, "a region from ", from, " to ", to);
  return Side{.start = start, .cell = cell, .points = static_cast<int64_t>(std::max(points, 0.0))};
}

// Points up to a pixel outside of the image count as on its edge.
double onto_edge(double position, int64_t size) {
  const auto end = static_cast<double>(size);
  return position < -1 || position > end ? position - 2 * (end + 2) : std::clamp(position, 0.0, end - 1);
}

template <typename T>
double pool_cell(const Grid& grid, const T* plane, const Shape& shape, const Side& vertical, const Side& horizontal,
                 int64_t row, int64_t column) {
  double sum = 0;
  double largest = 0;
  bool first = true;
  for (int64_t i = 0; i < vertical.points * horizontal.points; ++i) {
    const double y = onto_edge(vertical.at(row, i / horizontal.points), shape[2]);
    const double x = onto_edge(horizontal.at(column, i % horizontal.points), shape[3]);
    const BilinearTaps taps = bilinear_taps(y, x, shape[2], shape[3]);
    for (size_t k = 0; k < 4; ++k) {
      const double part = taps.weight[k] * static_cast<double>(static_cast<ArithmeticType<T>>(plane[taps.index[k]]));
      sum += part;
      largest = first ? part : std::max(largest, part);
      first = false;
    }
  }
  if (grid.takes_largest) return largest;
  return sum / static_cast<double>(std::max<int64_t>(vertical.points * horizontal.points, 1));
}

template <typename T>
Result<> pool_region(RunContext& run, const Grid& grid, const Shape& shape, size_t region) {
  const auto number = [](T x) { return static_cast<double>(static_cast<ArithmeticType<T>>(x)); };
  const T* corners = run.input<T>(1).data() + 4 * region;
  const int64_t image = run.input<int64_t>(2)[region];
  if (image < 0 || image >= shape[0]) {
    return fail(ErrorCode::out_of_range, "region ", region, " is in image ", image, " of ", shape[0]);
  }
  WEDGE_ASSIGN(const Side horizontal, side_of(grid, number(corners[0]), number(corners[2]), grid.width));
  WEDGE_ASSIGN(const Side vertical, side_of(grid, number(corners[1]), number(corners[3]), grid.height));
  T* out = run.output<T>(0).data() + static_cast<int64_t>(region) * shape[1] * grid.height * grid.width;
  for (int64_t channel = 0; channel < shape[1]; ++channel) {
    const T* plane = run.input<T>(0).data() + (image * shape[1] + channel) * shape[2] * shape[3];
    for (int64_t row = 0; row < grid.height; ++row) {
      for (int64_t column = 0; column < grid.width; ++column) {
        const double value = pool_cell(grid, plane, shape, vertical, horizontal, row, column);
        *out++ = static_cast<T>(static_cast<ArithmeticType<T>>(value));
      }
    }
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  if (context.output_shape(0).numel() == 0) return Kernel();
  if (shape.numel() == 0) return fail(ErrorCode::invalid_model, "the images ", shape, " are empty");
  WEDGE_ASSIGN(const Grid grid, read_grid(context));
  const auto regions = static_cast<size_t>(context.input_shape(1)[0]);
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      for (size_t region = 0; region < regions; ++region) WEDGE_TRY(pool_region<T>(run, grid, shape, region));
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, RoiAlign) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};

}  // namespace wedge
