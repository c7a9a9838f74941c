// RegexFullMatch: whether each string as a whole matches a pattern in the syntax of RE2.
#include <memory>

#include "base/regex.h"
#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::string}));
  context.set_output(0, DType::boolean, context.shape(0));
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  if (!context.attributes().has("pattern")) return fail(ErrorCode::invalid_model, "the node has no pattern");
  WEDGE_ASSIGN(const auto pattern, context.attributes().string("pattern", ""));
  WEDGE_ASSIGN(Regex compiled, Regex::compile(pattern));
  const auto regex = std::make_shared<const Regex>(std::move(compiled));
  const size_t size = regex->scratch_size();
  const Scratch scratch = context.scratch_per_worker(size, sizeof(uint32_t));
  return [=](RunContext& run) -> Result<> {
    const auto words = run.input<std::string_view>(0);
    const auto out = run.output<bool>(0);
    constexpr size_t grain = 64;
    run.workers().run(words.size(), grain, [&](size_t begin, size_t end, unsigned worker) {
      const std::span states(run.scratch<uint32_t>(scratch, worker), size);
      for (size_t i = begin; i < end; ++i) out[i] = regex->full_match(words[i], states);
    });
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, RegexFullMatch) = {.infer = infer, .prepare = prepare, .since = 20};

}  // namespace wedge
