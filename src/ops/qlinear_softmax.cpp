// QLinearSoftmax: softmax of 8-bit numbers. Before opset 13, which attribute `opset` tells, over all dimensions from
// the axis on; since then along the axis alone.
#include "kernels/softmax.h"
#include "ops/axis_split.h"
#include "ops/qlinear.h"

namespace wedge {
namespace {

constexpr size_t x_scale = 1;
constexpr size_t y_scale = 3;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_present({x_scale, y_scale}));
  WEDGE_TRY(expect_qlinear(context, {.numbers = 0, .scale = x_scale}));
  WEDGE_TRY(context.expect_dtype(y_scale, {DType::f32}));
  WEDGE_TRY(context.expect_same_dtype(0, y_scale + 1));
  return infer_same_as_input(context);
}

Result<AxisSplit> read_split(const NodeView& node, const Shape& shape) {
  constexpr int64_t first_along_axis = 13;
  WEDGE_ASSIGN(const int64_t opset, node.attributes().required_integer("opset"));
  WEDGE_ASSIGN(const int64_t wanted, node.attributes().integer("axis", -1));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, shape.rank()));
  if (opset >= first_along_axis) return AxisSplit(shape, axis);
  return AxisSplit(shape.numel(0, axis), shape.numel(axis, shape.rank()), 1);
}

template <typename T>
Kernel kernel(AxisSplit split, Scratch scratch) {
  return [=](RunContext& run) -> Result<> {
    const auto from = read_quantization(run, x_scale);
    const auto to = read_quantization(run, y_scale);
    const auto count = static_cast<size_t>(split.count);
    run.workers().run(
        static_cast<size_t>(split.lines()), 1 + 4096 / count, [&](size_t begin, size_t end, unsigned worker) {
          auto* line = run.scratch<float>(scratch, worker);
          for (size_t i = begin; i < end; ++i) {
            const T* in = run.input<T>(0).data() + split.start(static_cast<int64_t>(i));
            T* out = run.output<T>(0).data() + split.start(static_cast<int64_t>(i));
            for (size_t k = 0; k < count; ++k) {
              line[k] = static_cast<float>(in[static_cast<int64_t>(k) * split.inner] - from.zero) * from.scale;
            }
            kernels::softmax_f32(line, line, 1, count, Workers());
            for (size_t k = 0; k < count; ++k) {
              kernels::quantize_f32(line + k, to.scale, to.zero, out + static_cast<int64_t>(k) * split.inner, 1);
            }
          }
        });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_TRY(expect_one_quantization(context, x_scale));
  WEDGE_TRY(expect_one_quantization(context, y_scale));
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const AxisSplit split, read_split(context, shape));
  if (shape.numel() == 0) return Kernel();
  const Scratch scratch = context.scratch_per_worker(static_cast<size_t>(split.count), sizeof(float));
  return visit_bytes(context.dtype(0), [&]<typename T>() -> Kernel { return kernel<T>(split, scratch); });
}

}  // namespace

WEDGE_OPERATOR(microsoft, QLinearSoftmax) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 5};

}  // namespace wedge
