// NGramRepeatBlock of com.microsoft: the scores of tokens that would repeat a sequence of n tokens become minus
// infinity.
#include <algorithm>
#include <limits>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::i64}));
  WEDGE_TRY(context.expect_dtype(1, {DType::f32}));
  for (const size_t i : {0, 1}) WEDGE_TRY(context.expect_rank(i, 2, 2));
  if (context.shape(0).has_rank() && context.shape(1).has_rank() &&
      conflict(context.shape(0)[0], context.shape(1)[0])) {
    return fail(ErrorCode::invalid_model, "tokens ", context.shape(0), " and scores ", context.shape(1));
  }
  context.set_output(0, DType::f32, context.shape(1));
  return {};
}

Result<> block_repeats(std::span<const int64_t> tokens, size_t n, std::span<float> scores) {
  if (tokens.size() < n) return {};
  const auto beginning = tokens.last(n - 1);
  for (size_t i = 0; i + n <= tokens.size(); ++i) {
    if (!std::ranges::equal(tokens.subspan(i, n - 1), beginning)) continue;
    const int64_t token = tokens[i + n - 1];
    if (token < 0 || static_cast<size_t>(token) >= scores.size()) {
      return fail(ErrorCode::out_of_range, "token ", token, " is outside [0, ", scores.size(), ")");
    }
    scores[static_cast<size_t>(token)] = -std::numeric_limits<float>::infinity();
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const int64_t n, context.attributes().required_integer("ngram_size"));
  if (n < 1) return fail(ErrorCode::invalid_model, "attribute 'ngram_size' is ", n);
  context.in_place(0, 1);
  const auto rows = static_cast<size_t>(context.input_shape(0)[0]);
  const auto length = static_cast<size_t>(context.input_shape(0)[1]);
  const auto vocabulary = static_cast<size_t>(context.input_shape(1)[1]);
  return [=](RunContext& run) -> Result<> {
    const auto scores = run.output<float>(0);
    if (run.input(1).data != run.output(0).data) std::ranges::copy(run.input<float>(1), scores.begin());
    for (size_t row = 0; row < rows; ++row) {
      WEDGE_TRY(block_repeats(run.input<int64_t>(0).subspan(row * length, length), static_cast<size_t>(n),
                              scores.subspan(row * vocabulary, vocabulary)));
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(microsoft, NGramRepeatBlock) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
