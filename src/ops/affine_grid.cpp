// AffineGrid: the places that GridSample reads when an image is moved by an affine map.
#include <array>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

// theta is N, r, r + 1; the size is N, C and r spatial dimensions; the grid is N, the spatial dimensions, r.
Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_rank(0, 3, 3));
  WEDGE_ASSIGN(const auto size, context.integers(1));
  SymbolicShape shape;
  if (size) {
    const SymbolicShape& theta = context.shape(0);
    const auto axes = static_cast<int64_t>(size->size()) - 2;
    if (axes != 2 && axes != 3) {
      return fail(ErrorCode::invalid_model, "the size must be of an image or a volume, got ", size->size(), " numbers");
    }
    if (theta.has_rank() &&
        (conflict(theta[0], size->front()) || conflict(theta[1], axes) || conflict(theta[2], axes + 1))) {
      return fail(ErrorCode::invalid_model, "maps of shape ", theta, " do not fit ", axes, " spatial dimensions");
    }
    WEDGE_ASSIGN(shape, Shape::from(*size));
    for (size_t i = 1; i + 1 < shape.rank(); ++i) shape[i] = shape[i + 1];
    shape[shape.rank() - 1] = axes;
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

template <typename T>
Kernel kernel_for(const Shape& grid, bool align_corners) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const size_t axes = grid.rank() - 2;
    const T* theta = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    const auto coordinate = [&](int64_t i, int64_t dim) -> C {
      if (!align_corners) return (2 * static_cast<C>(i) + 1) / static_cast<C>(dim) - 1;
      return dim == 1 ? C(0) : 2 * static_cast<C>(i) / static_cast<C>(dim - 1) - 1;
    };
    const int64_t points = grid.numel(1, axes + 1);
    run.workers().run(static_cast<size_t>(grid[0] * points), 1024, [&](size_t begin, size_t end, unsigned) {
      for (auto point = static_cast<int64_t>(begin); point < static_cast<int64_t>(end); ++point) {
        const T* map = theta + point / points * static_cast<int64_t>(axes * (axes + 1));
        // The innermost axis is the first of the map.
        std::array<C, 3> place{};
        int64_t rest = point % points;
        for (size_t i = 0; i < axes; ++i) {
          const int64_t dim = grid[axes - i];
          place[i] = coordinate(rest % dim, dim);
          rest /= dim;
        }
        for (size_t row = 0; row < axes; ++row, map += axes + 1) {
          auto sum = static_cast<C>(map[axes]);
          for (size_t i = 0; i < axes; ++i) sum += static_cast<C>(map[i]) * place[i];
          out[static_cast<size_t>(point) * axes + row] = static_cast<T>(sum);
        }
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const bool align_corners, context.attributes().flag("align_corners", false));
  const Shape grid = context.output_shape(0);
  if (grid.numel() == 0) return Kernel();
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(grid, align_corners); });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, AffineGrid) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2, .since = 20};

}  // namespace wedge
