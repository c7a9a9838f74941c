// Any bytes as a .npy file.
#include <cstddef>
#include <cstdint>

#include "cli/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)wedge::cli::parse_npy({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
