// Dropout: in training, elements are zeroed by chance and the others scaled up for it; outside of it, the input itself.
#include <algorithm>

#include "ops/random_stream.h"
#include "ops/read_number.h"

namespace wedge {
namespace {

// The mask was of the input's type before opset 10.
constexpr int64_t first_with_bool_mask = 10;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_dtype(2, {DType::boolean}));
  (void)context.value(2);
  context.set_output(0, context.dtype(0), context.shape(0));
  context.set_output(1, context.version() < first_with_bool_mask ? context.dtype(0) : DType::boolean, context.shape(0));
  return {};
}

Result<bool> is_training(const NodeView& node) {
  const Tensor* mode = node.value(2);
  if (mode == nullptr) return false;
  if (mode->numel() != 1) return fail(ErrorCode::invalid_model, "training_mode must be one bool");
  return TensorRef(*mode).as<const bool>()[0];
}

template <typename T, typename Mask>
Kernel training_kernel(const RandomStream& stream) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    double ratio = 0.5;
    if (run.has_input(1)) {
      const ReadNumber read = number_reader(run.input(1).dtype);
      if (read == nullptr || run.input(1).numel() != 1) {
        return fail(ErrorCode::invalid_argument, "the ratio must be one number");
      }
      ratio = read(run.input(1).data, 0);
    }
    if (!(ratio >= 0 && ratio < 1)) return fail(ErrorCode::invalid_argument, "the ratio is ", ratio);
    const Philox random = stream.start();
    const auto in = run.input<T>(0);
    const auto scale = static_cast<C>(1 / (1 - ratio));
    for (size_t i = 0; i < in.size(); ++i) {
      const bool kept = random.uniform(i) >= ratio;
      if (run.has_output(0))
        run.output<T>(0)[i] = kept ? static_cast<T>(static_cast<C>(in[i]) * scale) : static_cast<T>(C{0});
      if (run.has_output(1)) run.output<Mask>(1)[i] = static_cast<Mask>(static_cast<ArithmeticType<Mask>>(kept));
    }
    return {};
  };
}

template <typename Mask>
Result<Kernel> pass_on(PrepareContext& context) {
  context.view(0, 0);
  if (!context.has_output(1)) return Kernel();
  return Kernel([](RunContext& run) -> Result<> {
    std::ranges::fill(run.output<Mask>(1), static_cast<Mask>(static_cast<ArithmeticType<Mask>>(1)));
    return {};
  });
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const bool training, is_training(context));
  WEDGE_ASSIGN(const RandomStream stream, RandomStream::of(context));
  const bool bool_mask = context.version() >= first_with_bool_mask;
  Result<Kernel> kernel = fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  visit_floats(context.dtype(0), [&]<typename T>() {
    if (training) {
      kernel = bool_mask ? training_kernel<T, bool>(stream) : training_kernel<T, T>(stream);
    } else {
      kernel = bool_mask ? pass_on<bool>(context) : pass_on<T>(context);
    }
  });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Dropout) = {
    .infer = infer, .prepare = prepare, .max_inputs = 3, .max_outputs = 2, .is_pure = false};

}  // namespace wedge
