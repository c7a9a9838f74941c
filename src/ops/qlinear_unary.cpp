// QLinearSigmoid and QLinearLeakyRelu: a function of one 8-bit number is a table of 256.
#include <array>
#include <numeric>

#include "kernels/elementwise.h"
#include "ops/binary.h"
#include "ops/qlinear.h"

namespace wedge {
namespace {

constexpr size_t x_scale = 1;
constexpr size_t y_scale = 3;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_present({y_scale}));
  WEDGE_TRY(expect_qlinear(context, {.numbers = 0, .scale = x_scale}));
  WEDGE_TRY(context.expect_dtype(y_scale, {DType::f32}));
  WEDGE_TRY(context.expect_same_dtype(0, y_scale + 1));
  return infer_same_as_input(context);
}

template <typename T>
std::array<T, 256> make_table(const RunContext& run, kernels::UnaryFunction function,
                              kernels::UnaryParameters parameters) {
  std::array<uint8_t, 256> all;
  std::iota(all.begin(), all.end(), uint8_t{0});
  std::array<float, 256> numbers;
  const auto from = read_quantization(run, x_scale);
  const auto to = read_quantization(run, y_scale);
  kernels::dequantize_f32(reinterpret_cast<const T*>(all.data()), from.scale, from.zero, numbers.data(), 256);
  kernels::unary_f32(function, numbers.data(), numbers.data(), 256, parameters);
  std::array<T, 256> table;
  kernels::quantize_f32(numbers.data(), to.scale, to.zero, table.data(), 256);
  return table;
}

Result<Kernel> prepare(PrepareContext& context, kernels::UnaryFunction function,
                       kernels::UnaryParameters parameters = {}) {
  WEDGE_TRY(expect_one_quantization(context, x_scale));
  WEDGE_TRY(expect_one_quantization(context, y_scale));
  context.in_place(0, 0);
  return visit_bytes(context.dtype(0), [&]<typename T>() -> Kernel {
    return [=](RunContext& run) -> Result<> {
      const std::array<T, 256> table = make_table<T>(run, function, parameters);
      const auto in = run.input<T>(0);
      T* out = run.output<T>(0).data();
      run.workers().run(in.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
        for (size_t i = begin; i < end; ++i) out[i] = table[static_cast<uint8_t>(in[i])];
      });
      return {};
    };
  });
}

Result<Kernel> prepare_sigmoid(PrepareContext& context) { return prepare(context, kernels::UnaryFunction::sigmoid); }

Result<Kernel> prepare_leaky_relu(PrepareContext& context) {
  kernels::UnaryParameters parameters;
  WEDGE_ASSIGN(parameters.alpha, context.attributes().number("alpha", 0.01F));
  return prepare(context, kernels::UnaryFunction::leaky_relu, parameters);
}

}  // namespace

WEDGE_OPERATOR(microsoft, QLinearSigmoid) = {
    .infer = infer, .prepare = prepare_sigmoid, .min_inputs = 2, .max_inputs = 5};
WEDGE_OPERATOR(microsoft, QLinearLeakyRelu) = {
    .infer = infer, .prepare = prepare_leaky_relu, .min_inputs = 2, .max_inputs = 5};

}  // namespace wedge
