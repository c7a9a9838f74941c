// Any bytes as a model: loaded, planned, and run where its inputs are small.
#include <cstddef>
#include <cstdint>

#include "wedge/session.h"

namespace {

constexpr int64_t most_elements = 4096;

void run_on_zeros(const wedge::Session& session) {
  std::vector<wedge::NamedTensor> feeds;
  for (const auto& input : session.inputs()) {
    wedge::Shape shape;
    for (const auto& dim : input.dims) {
      if (!shape.push_back(dim.value < 0 ? 2 : dim.value)) return;
    }
    if (shape.numel() > most_elements) return;
    auto tensor = wedge::Tensor::zeros(input.dtype, shape);
    if (!tensor) return;
    feeds.push_back({.name = input.name, .tensor = *std::move(tensor)});
  }
  (void)session.run(feeds);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto session = wedge::Session::load(bytes, {.threads = 1, .max_memory = uint64_t{64} << 20U, .log = {}});
  if (session) run_on_zeros(*session);
  return 0;
}
