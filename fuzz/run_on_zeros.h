// A run of whatever could be loaded.
#pragma once

#include <vector>

#include "wedge/session.h"

namespace wedge::fuzz {

/// Runs the model on zeros where its inputs are small; dimensions that are not fixed become 2.
inline void run_on_zeros(const Session& session) {
  constexpr int64_t most_elements = 4096;
  std::vector<NamedTensor> feeds;
  for (const auto& input : session.inputs()) {
    Shape shape;
    for (const auto& dim : input.dims) {
      if (!shape.push_back(dim.value < 0 ? 2 : dim.value)) return;
    }
    if (shape.numel() > most_elements) return;
    auto tensor = Tensor::zeros(input.dtype, shape);
    if (!tensor) return;
    feeds.push_back({.name = input.name, .tensor = *std::move(tensor)});
  }
  (void)session.run(feeds);
}

}  // namespace wedge::fuzz
