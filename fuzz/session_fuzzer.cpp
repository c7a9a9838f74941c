// Any bytes as a model: loaded, planned, and run where its inputs are small.
#include <cstddef>
#include <cstdint>

#include "run_on_zeros.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto session = wedge::Session::load(bytes, {.threads = 1, .max_memory = uint64_t{64} << 20U, .log = {}});
  if (session) wedge::fuzz::run_on_zeros(*session);
  return 0;
}
