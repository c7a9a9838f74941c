// Softmax and LogSoftmax. Since opset 13 along one axis; before that over all dimensions from the axis on.
#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/binary.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

struct Geometry {
  int64_t outer;
  int64_t count;  // elements that sum to one
  int64_t inner;  // their distance
};

Result<Geometry> geometry_of(const NodeView& node, const Shape& shape) {
  constexpr int64_t first_along_axis = 13;
  const bool along_axis = node.version() >= first_along_axis;
  WEDGE_ASSIGN(const int64_t wanted, node.attributes().integer("axis", along_axis ? -1 : 1));
  if (shape.rank() == 0) return Geometry{1, 1, 1};
  if (!along_axis && wanted == static_cast<int64_t>(shape.rank())) return Geometry{shape.numel(), 1, 1};
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, shape.rank()));
  const int64_t outer = shape.numel(0, axis);
  if (!along_axis) return Geometry{outer, shape.numel(axis, shape.rank()), 1};
  return Geometry{outer, shape[axis], shape.numel(axis + 1, shape.rank())};
}

// The plain form: any float type, any distance, in double for f64 and in float otherwise.
template <typename T>
void plain(const Geometry& geometry, bool logarithm, const T* in, T* out) {
  using Compute = ArithmeticType<T>;
  for (int64_t row = 0; row < geometry.outer * geometry.inner; ++row) {
    const int64_t start = row / geometry.inner * geometry.count * geometry.inner + row % geometry.inner;
    Compute largest = -std::numeric_limits<Compute>::infinity();
    for (int64_t i = 0; i < geometry.count; ++i) {
      largest = std::max(largest, static_cast<Compute>(in[start + i * geometry.inner]));
    }
    Compute sum = 0;
    for (int64_t i = 0; i < geometry.count; ++i) {
      sum += std::exp(static_cast<Compute>(in[start + i * geometry.inner]) - largest);
    }
    const Compute log_sum = std::log(sum);
    for (int64_t i = 0; i < geometry.count; ++i) {
      const Compute x = static_cast<Compute>(in[start + i * geometry.inner]) - largest;
      out[start + i * geometry.inner] = static_cast<T>(logarithm ? x - log_sum : std::exp(x) / sum);
    }
  }
}

Result<Kernel> prepare(PrepareContext& context, bool logarithm) {
  WEDGE_ASSIGN(const Geometry geometry, geometry_of(context, context.input_shape(0)));
  context.in_place(0, 0);
  if (context.dtype(0) == DType::f32 && geometry.inner == 1) {
    const auto rows = static_cast<size_t>(geometry.outer);
    const auto columns = static_cast<size_t>(geometry.count);
    auto* const kernel = logarithm ? kernels::log_softmax_f32 : kernels::softmax_f32;
    return [=](RunContext& run) -> Result<> {
      kernel(run.input<float>(0).data(), run.output<float>(0).data(), rows, columns, run.workers());
      return {};
    };
  }
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      plain(geometry, logarithm, run.input<T>(0).data(), run.output<T>(0).data());
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

Result<Kernel> prepare_softmax(PrepareContext& context) { return prepare(context, false); }
Result<Kernel> prepare_log_softmax(PrepareContext& context) { return prepare(context, true); }

}  // namespace

WEDGE_OPERATOR(onnx, Softmax) = {.infer = infer_same_as_input, .prepare = prepare_softmax};
WEDGE_OPERATOR(onnx, LogSoftmax) = {.infer = infer_same_as_input, .prepare = prepare_log_softmax};

}  // namespace wedge
