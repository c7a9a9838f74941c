// StringNormalizer: drops stop words and changes the case of the rest. The attribute `locale` plays no part, since
// locales differ between machines: case is Unicode's.
#include <set>

#include "base/letter_case.h"
#include "ops/string_output.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::string}));
  WEDGE_TRY(context.expect_rank(0, 1, 2));
  const SymbolicShape& input = context.shape(0);
  if (!input.has_rank()) return {};
  SymbolicShape shape = input;
  if (input.rank() == 2 && input[0].is_known() && input[0].value() != 1) {
    return fail(ErrorCode::invalid_argument, "the input must have shape [C] or [1, C]");
  }
  shape[input.rank() - 1] = Dim::unknown();
  context.set_output(0, DType::string, shape);
  return {};
}

enum class Case : uint8_t { as_is, lower, upper };

Result<Case> case_of(std::string_view action) {
  if (action == "NONE") return Case::as_is;
  if (action == "LOWER") return Case::lower;
  if (action == "UPPER") return Case::upper;
  return fail(ErrorCode::invalid_model, "case_change_action '", action, "' is not NONE, LOWER or UPPER");
}

std::string in_case(std::string_view word, Case wanted) {
  switch (wanted) {
    case Case::lower: return lower_case(word);
    case Case::upper: return upper_case(word);
    case Case::as_is: break;
  }
  return std::string(word);
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const auto action, context.attributes().string("case_change_action", "NONE"));
  WEDGE_ASSIGN(const Case wanted, case_of(action));
  WEDGE_ASSIGN(const bool is_case_sensitive, context.attributes().flag("is_case_sensitive", false));
  WEDGE_ASSIGN(const auto words, context.attributes().strings("stopwords"));
  const Case compared = is_case_sensitive ? Case::as_is : Case::lower;
  std::set<std::string> stop_words;
  for (const std::string& word : words) stop_words.insert(in_case(word, compared));
  return [=](RunContext& run) -> Result<> {
    std::vector<std::string> kept;
    for (const std::string_view word : run.input<std::string_view>(0)) {
      if (!stop_words.contains(in_case(word, compared))) kept.push_back(in_case(word, wanted));
    }
    // The standard wants one empty string where nothing is left.
    if (kept.empty()) kept.emplace_back();
    const auto count = static_cast<int64_t>(kept.size());
    return set_strings(run, 0, kept, run.input(0).shape.rank() == 1 ? Shape{count} : Shape{1, count});
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, StringNormalizer) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
