#include "cli/raw.h"

#include <algorithm>

#include "base/result.h"

namespace wedge::cli {

Result<Tensor> tensor_from_bytes(DType dtype, std::span<const std::byte> bytes, const Shape& shape) {
  // The elements of a string tensor are addresses, which no file may choose.
  if (dtype == DType::string) return fail(ErrorCode::unsupported, "strings cannot be read from raw elements");
  if (dtype == DType::boolean && std::ranges::any_of(bytes, [](std::byte byte) { return byte > std::byte{1}; })) {
    return fail(ErrorCode::invalid_argument, "the elements of a bool tensor must be 0 or 1");
  }
  WEDGE_ASSIGN(const Tensor view, Tensor::wrap_bytes(dtype, bytes, shape, true, nullptr));
  return view.clone();
}

}  // namespace wedge::cli
