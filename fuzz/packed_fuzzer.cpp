// Any bytes after a good beginning as a packed model: loaded, planned, and run where its inputs are small.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/aligned_buffer.h"
#include "kernels/machine.h"
#include "packed/archive.h"
#include "packed/format.h"
#include "run_on_zeros.h"
#include "wedge/wedge.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wedge;
  packed::Writer start;
  (void)start(packed::format);
  (void)start(std::string(wedge_version()));
  (void)start(kernels::machine_name());
  const std::string beginning = std::string(packed::magic) + start.bytes();
  const auto bytes = AlignedBuffer::allocate(beginning.size() + size);
  std::memcpy(bytes.data(), beginning.data(), beginning.size());
  if (size != 0) std::memcpy(bytes.data() + beginning.size(), data, size);
  const auto session = Session::load({bytes.data(), beginning.size() + size},
                                     {.threads = 1, .max_memory = uint64_t{64} << 20U, .log = {}});
  if (session) fuzz::run_on_zeros(*session);
  return 0;
}
