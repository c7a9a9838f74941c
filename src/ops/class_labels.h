// The classes that the classifiers of ai.onnx.ml tell apart, named by strings or integers.
#pragma once

#include <string>
#include <vector>

#include "ops/string_output.h"

namespace wedge {

class ClassLabels {
 public:
  /// The names of the classes by the one of two attributes that the node has.
  static Result<ClassLabels> read(const Result<std::span<const std::string>>& strings,
                                  const Result<std::span<const int64_t>>& integers) {
    WEDGE_ASSIGN(const auto words, strings);
    WEDGE_ASSIGN(const auto numbers, integers);
    if (words.empty() == numbers.empty()) {
      return fail(ErrorCode::invalid_model, "the classes must be named either by strings or by integers");
    }
    ClassLabels labels;
    labels.words_.assign(words.begin(), words.end());
    labels.numbers_.assign(numbers.begin(), numbers.end());
    return labels;
  }

  [[nodiscard]] size_t count() const { return words_.size() + numbers_.size(); }
  [[nodiscard]] DType dtype() const { return words_.empty() ? DType::i64 : DType::string; }

  /// Makes the labels of the classes output 0.
  Result<> write(RunContext& run, std::span<const uint32_t> classes) const {
    if (!run.has_output(0)) return {};
    if (words_.empty()) {
      const auto out = run.output<int64_t>(0);
      for (size_t i = 0; i < classes.size(); ++i) out[i] = numbers_[classes[i]];
      return {};
    }
    std::vector<std::string_view> labels(classes.size());
    for (size_t i = 0; i < classes.size(); ++i) labels[i] = words_[classes[i]];
    return set_strings(run, 0, labels, Shape{static_cast<int64_t>(classes.size())});
  }

 private:
  std::vector<std::string> words_;
  std::vector<int64_t> numbers_;
};

}  // namespace wedge
