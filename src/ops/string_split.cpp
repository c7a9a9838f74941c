// StringSplit: the pieces of each string between delimiters, or without one between runs of white space; strings with
// fewer pieces than the others are filled up with empty ones.
#include <algorithm>

#include "ops/string_output.h"

namespace wedge {
namespace {

constexpr std::string_view white_space = " \t\n\r\f\v";

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::string}));
  context.set_output(1, DType::i64, context.shape(0));
  SymbolicShape pieces = context.shape(0);
  if (pieces.has_rank() && !pieces.push_back(Dim::unknown())) {
    return fail(ErrorCode::unsupported, "the output would have rank ", Shape::max_rank + 1);
  }
  context.set_output(0, DType::string, pieces);
  return {};
}

using Pieces = std::vector<std::string_view>;

void split_at(std::string_view rest, std::string_view delimiter, size_t most_splits, Pieces& pieces) {
  for (size_t splits = 0, at; splits < most_splits && (at = rest.find(delimiter)) != std::string_view::npos; ++splits) {
    pieces.push_back(rest.substr(0, at));
    rest.remove_prefix(at + delimiter.size());
  }
  pieces.push_back(rest);
}

void split_at_space(std::string_view rest, size_t most_splits, Pieces& pieces) {
  for (size_t splits = 0;; ++splits) {
    const size_t begin = rest.find_first_not_of(white_space);
    if (begin == std::string_view::npos) return;
    rest.remove_prefix(begin);
    const size_t end = splits < most_splits ? rest.find_first_of(white_space) : std::string_view::npos;
    pieces.push_back(rest.substr(0, end));
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end);
  }
}

Result<> split(RunContext& run, std::string_view delimiter, size_t most_splits) {
  const auto in = run.input<std::string_view>(0);
  std::vector<Pieces> all(in.size());
  size_t most = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    if (delimiter.empty()) {
      split_at_space(in[i], most_splits, all[i]);
    } else {
      split_at(in[i], delimiter, most_splits, all[i]);
    }
    most = std::max(most, all[i].size());
  }
  if (run.has_output(1)) std::ranges::transform(all, run.output<int64_t>(1).begin(), &Pieces::size);
  Shape shape = run.input(0).shape;
  (void)shape.push_back(static_cast<int64_t>(most));
  if (!run.has_output(0)) return {};
  // Refuses what would exceed the memory allowed, before the words are collected.
  WEDGE_TRY(run.allocate_output(0, shape));
  Pieces words;
  words.reserve(all.size() * most);
  for (const Pieces& pieces : all) {
    words.insert(words.end(), pieces.begin(), pieces.end());
    words.resize(words.size() + most - pieces.size());
  }
  return set_strings(run, 0, words, shape);
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const auto delimiter, context.attributes().string("delimiter", ""));
  WEDGE_ASSIGN(const int64_t most, context.attributes().integer("maxsplit", INT64_MAX));
  if (most < 0) return fail(ErrorCode::invalid_model, "maxsplit ", most, " is negative");
  return [delimiter = std::string(delimiter), most = static_cast<size_t>(most)](RunContext& run) {
    return split(run, delimiter, most);
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, StringSplit) = {.infer = infer, .prepare = prepare, .max_outputs = 2};

}  // namespace wedge
