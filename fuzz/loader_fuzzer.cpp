// A model in pieces: the stream and what is made of it must agree with the same bytes read at once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "onnx/model_stream.h"
#include "session/arriving_weights.h"
#include "session/load.h"

namespace {

using wedge::onnx::DataSource;

// The first byte says how large pieces are, the second from which size on raw data lies apart.
wedge::Result<wedge::Module> read_in_pieces(std::span<const std::byte> bytes, size_t piece, uint64_t large) {
  uint64_t budget = uint64_t{16} << 20U;
  wedge::ArrivingWeights weights;
  wedge::onnx::ModelStream stream(budget, large, &weights);
  while (!bytes.empty()) {
    WEDGE_ASSIGN(const auto room, stream.next(std::min(piece, bytes.size())));
    std::memcpy(room.data(), bytes.data(), room.size());
    WEDGE_TRY(stream.advance(room.size()));
    bytes = bytes.subspan(room.size());
  }
  WEDGE_TRY(stream.finish());
  const auto skeleton = stream.take_skeleton();
  return wedge::build_module_from(skeleton->bytes(), DataSource(skeleton, stream.detached(skeleton->bytes())));
}

// Of strings only how many there are.
std::string bytes_of(const wedge::Constant& constant) {
  const wedge::Tensor elements = constant.elements();
  if (constant.dtype() == wedge::DType::string) return std::to_string(elements.numel());
  const auto bytes = elements.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto bytes = std::as_bytes(std::span(data + 2, size - 2));
  const auto streamed = read_in_pieces(bytes, size_t{data[0]} + 1, uint64_t{data[1]} + 1);
  const auto whole = wedge::build_module_from(bytes, DataSource());
  if (streamed.has_value() != whole.has_value()) std::abort();
  if (!streamed) return 0;
  if (streamed->values.size() != whole->values.size()) std::abort();
  for (size_t i = 0; i < whole->values.size(); ++i) {
    if (bytes_of(streamed->values[i].constant) != bytes_of(whole->values[i].constant)) std::abort();
  }
  return 0;
}
