// StringConcat: pairs of strings put together, with broadcasting.
#include "ops/broadcast.h"
#include "ops/string_output.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::string}));
  WEDGE_TRY(context.expect_dtype(1, {DType::string}));
  return infer_broadcast(context, DType::string);
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.output_shape(0);
  const Broadcast broadcast(shape, {context.input_shape(0), context.input_shape(1)});
  return [=](RunContext& run) -> Result<> {
    const auto a = run.input<std::string_view>(0);
    const auto b = run.input<std::string_view>(1);
    std::vector<std::string> words;
    words.reserve(static_cast<size_t>(shape.numel()));
    broadcast.for_each_piece(0, static_cast<size_t>(shape.numel()),
                             [&](const Broadcast::Offsets& offsets, int64_t, size_t count) {
                               for (size_t i = 0; i < count; ++i) {
                                 const auto at = [&](size_t k) {
                                   return static_cast<size_t>(offsets[k] + static_cast<int64_t>(i) * broadcast.step(k));
                                 };
                                 words.push_back(text(a[at(0)], b[at(1)]));
                               }
                             });
    return set_strings(run, 0, words, shape);
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, StringConcat) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
