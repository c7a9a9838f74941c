// Checking what the caller feeds against what the model declares.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "tensor/tensor_ref.h"

namespace wedge {

/// Solves the symbolic dimensions from the feeds.
class FeedCheck {
 public:
  explicit FeedCheck(const Module& module)
      : module_(module), numbers_(module.symbols.size()), givers_(numbers_.size()) {}

  /// Checks one tensor per declared input, in order. Errors: invalid_argument naming the input, what was expected and
  /// what came.
  Result<> check(std::span<const Tensor> feeds);
  /// As that, for the shapes alone.
  Result<> check(std::span<const Shape> shapes);

 private:
  [[nodiscard]] std::string expected(size_t index) const;
  Result<> check_type(size_t index, const Tensor& feed) const;
  Result<> check_shape(size_t index, const Shape& shape);

  const Module& module_;
  std::vector<int64_t> numbers_;  ///< by symbol; -1 while unsolved
  std::vector<size_t> givers_;    ///< by symbol: the input that solved it
};

}  // namespace wedge
