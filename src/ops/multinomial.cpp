// Multinomial: draws classes from rows of unnormalised log-probabilities.
#include <algorithm>
#include <cmath>

#include "ops/random_stream.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_rank(0, 2, 2));
  WEDGE_ASSIGN(const DType dtype, context.attributes().dtype("dtype", DType::i32));
  if (dtype != DType::i32 && dtype != DType::i64) return fail(ErrorCode::invalid_model, "classes of type ", dtype);
  WEDGE_ASSIGN(const int64_t samples, context.attributes().integer("sample_size", 1));
  if (samples < 0) return fail(ErrorCode::invalid_model, "attribute 'sample_size' is ", samples);
  SymbolicShape shape = SymbolicShape::of_rank(2);
  if (context.shape(0).has_rank()) shape[0] = context.shape(0)[0];
  shape[1] = samples;
  context.set_output(0, dtype, shape);
  return {};
}

template <typename T>
void accumulate(const T* scores, size_t classes, double* sums) {
  const auto score = [&](size_t i) { return static_cast<double>(static_cast<ArithmeticType<T>>(scores[i])); };
  double largest = score(0);
  for (size_t i = 1; i < classes; ++i) largest = std::max(largest, score(i));
  double sum = 0;
  for (size_t i = 0; i < classes; ++i) sums[i] = sum += std::exp(score(i) - largest);
}

template <typename T, typename Class>
Kernel kernel_for(const RandomStream& stream, const Shape& shape, size_t samples, Scratch scratch) {
  return [=](RunContext& run) -> Result<> {
    const Philox random = stream.start();
    const auto classes = static_cast<size_t>(shape[1]);
    auto* sums = run.scratch<double>(scratch);
    for (size_t row = 0; row < static_cast<size_t>(shape[0]); ++row) {
      accumulate(run.input<T>(0).data() + row * classes, classes, sums);
      for (size_t i = row * samples; i < (row + 1) * samples; ++i) {
        const double drawn = random.uniform(i) * sums[classes - 1];
        const auto found = std::upper_bound(sums, sums + classes - 1, drawn) - sums;
        run.output<Class>(0)[i] = static_cast<Class>(found);
      }
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  if (shape[1] == 0) return fail(ErrorCode::invalid_model, "there are no classes to draw from");
  WEDGE_ASSIGN(const RandomStream stream, RandomStream::of(context));
  const Scratch scratch = context.scratch(static_cast<size_t>(shape[1]), sizeof(double));
  const auto samples = static_cast<size_t>(output[1]);
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = context.output_dtype(0) == DType::i32 ? kernel_for<T, int32_t>(stream, shape, samples, scratch)
                                                   : kernel_for<T, int64_t>(stream, shape, samples, scratch);
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Multinomial) = {.infer = infer, .prepare = prepare, .is_pure = false};

}  // namespace wedge
