// MaxUnpool: what MaxPool found, back at the places it names, among zeros.
#include <algorithm>

#include "ops/operator.h"
#include "ops/window.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

// The shape that MaxPool came from when its windows covered it exactly.
Result<Shape> covered_shape(const NodeView& node, const Shape& shape) {
  WEDGE_ASSIGN(const Window window, read_window(node, shape.rank() - 2));
  Shape covered = shape;
  for (size_t i = 0; i < window.axes.size(); ++i) {
    const Window::Axis& axis = window.axes[i];
    const int64_t steps = saturating_mul(std::max<int64_t>(shape[2 + i] - 1, 0), axis.stride);
    covered[2 + i] = saturating_add(steps, axis.kernel) - axis.begin - axis.end;
    if (covered[2 + i] < 0 || shape[2 + i] == 0) covered[2 + i] = 0;
  }
  return covered;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i64}));
  WEDGE_TRY(context.expect_rank(0, 3, Shape::max_rank));
  const auto shape = context.shape(0).concrete();
  const auto indices = context.shape(1).concrete();
  if (shape && indices && *shape != *indices) {
    return fail(ErrorCode::invalid_model, "elements ", *shape, " and indices ", *indices, " differ in shape");
  }
  WEDGE_ASSIGN(const auto given, context.integers(2));
  SymbolicShape output;
  if (context.has_input(2)) {
    if (given) {
      WEDGE_ASSIGN(output, Shape::from(*given));
    }
  } else if (shape) {
    WEDGE_ASSIGN(output, covered_shape(context, *shape));
  }
  context.set_output(0, context.dtype(0), output);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  // Indices count through the shape that was covered, which a larger output has in its corner.
  WEDGE_ASSIGN(const Shape covered, covered_shape(context, context.input_shape(0)));
  const Shape output = context.output_shape(0);
  bool fits = output.rank() == covered.rank();
  for (size_t i = 0; fits && i < output.rank(); ++i) fits = output[i] >= covered[i];
  if (!fits) return fail(ErrorCode::invalid_model, "an output of ", output, " has no room for ", covered);
  Kernel kernel;
  visit_width(context.dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      const auto in = run.input<T>(0);
      const auto indices = run.input<int64_t>(1);
      const auto out = run.output<T>(0);
      std::ranges::fill(out, T{});
      for (size_t i = 0; i < in.size(); ++i) {
        if (indices[i] < 0 || indices[i] >= covered.numel()) {
          return fail(ErrorCode::out_of_range, "index ", indices[i], " is outside of ", covered);
        }
        int64_t rest = indices[i];
        int64_t at = 0;
        int64_t step = 1;
        for (size_t axis = covered.rank(); axis-- > 0;) {
          at += rest % covered[axis] * step;
          rest /= covered[axis];
          step *= output[axis];
        }
        out[static_cast<size_t>(at)] = in[i];
      }
      return {};
    };
  });
  if (!kernel || context.dtype(0) == DType::string) {
    return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  }
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, MaxUnpool) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};

}  // namespace wedge
