// QLinearConcat: 8-bit tensors one after the other along an axis, each brought to the steps of the result. The inputs
// are the result's scale and zero point, then tensor, scale and zero point for each.
#include "ops/axis_split.h"
#include "ops/qlinear.h"

namespace wedge {
namespace {

constexpr size_t first_tensor = 2;
constexpr size_t inputs_per_tensor = 3;

Result<size_t> read_axis(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const int64_t axis, node.attributes().required_integer("axis"));
  return resolve_axis(axis, rank);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32}));
  WEDGE_TRY(context.expect_dtype(1, {DType::u8, DType::i8}));
  if (context.input_count() % inputs_per_tensor != first_tensor || context.input_count() == first_tensor) {
    return fail(ErrorCode::invalid_model, context.input_count(), " inputs are not two and three for each tensor");
  }
  SymbolicShape shape = context.shape(first_tensor);
  for (size_t i = first_tensor; i < context.input_count(); i += inputs_per_tensor) {
    WEDGE_TRY(expect_qlinear(context, {.numbers = i, .scale = i + 1}));
    WEDGE_TRY(context.expect_same_dtype(1, i));
    const SymbolicShape& other = context.shape(i);
    if (i == first_tensor || !shape.has_rank()) continue;
    if (!other.has_rank()) {
      shape = SymbolicShape();
      continue;
    }
    WEDGE_ASSIGN(const size_t axis, read_axis(context, shape.rank()));
    if (other.rank() != shape.rank()) return fail(ErrorCode::invalid_model, "inputs must have the same rank");
    for (size_t k = 0; k < shape.rank(); ++k) {
      if (k == axis) {
        shape[k] = shape[k] + other[k];
      } else if (conflict(shape[k], other[k])) {
        return fail(ErrorCode::invalid_model, "inputs must agree outside axis ", axis);
      }
    }
  }
  context.set_output(0, context.dtype(1), shape);
  return {};
}

template <typename T>
Kernel kernel(size_t tensors, AxisSplit whole, std::vector<int64_t> counts) {
  return [=, counts = std::move(counts)](RunContext& run) -> Result<> {
    const kernels::Quantization to{.scale = run.input<float>(0)[0], .zero = run.input<T>(1)[0]};
    int64_t before = 0;
    for (size_t k = 0; k < tensors; ++k) {
      const size_t input = first_tensor + k * inputs_per_tensor;
      const auto from = read_quantization(run, input + 1);
      const int64_t length = counts[k] * whole.inner;
      const T* x = run.input<T>(input).data();
      T* y = run.output<T>(0).data() + before * whole.inner;
      run.workers().run(static_cast<size_t>(whole.outer), 1 + 4096 / static_cast<size_t>(length + 1),
                        [&](size_t begin, size_t end, unsigned) {
                          constexpr int64_t block = 256;
                          float numbers[block];
                          for (auto line = static_cast<int64_t>(begin); line < static_cast<int64_t>(end); ++line) {
                            const T* in = x + line * length;
                            T* out = y + line * whole.count * whole.inner;
                            for (int64_t at = 0; at < length; at += block) {
                              const auto part = static_cast<size_t>(std::min(block, length - at));
                              kernels::dequantize_f32(in + at, from.scale, from.zero, numbers, part);
                              kernels::quantize_f32(numbers, to.scale, to.zero, out + at, part);
                            }
                          }
                        });
      before += counts[k];
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.output_shape(0);
  WEDGE_ASSIGN(const size_t axis, read_axis(context, shape.rank()));
  WEDGE_TRY(expect_one_quantization(context, 0));
  std::vector<int64_t> counts;
  for (size_t i = first_tensor; i < context.input_count(); i += inputs_per_tensor) {
    WEDGE_TRY(expect_one_quantization(context, i + 1));
    counts.push_back(context.input_shape(i)[axis]);
  }
  if (shape.numel() == 0) return Kernel();
  return visit_bytes(context.output_dtype(0), [&]<typename T>() -> Kernel {
    const size_t tensors = counts.size();
    return kernel<T>(tensors, AxisSplit(shape, axis), std::move(counts));
  });
}

}  // namespace

WEDGE_OPERATOR(microsoft, QLinearConcat) = {
    .infer = infer, .prepare = prepare, .min_inputs = 5, .max_inputs = any_number};

}  // namespace wedge
