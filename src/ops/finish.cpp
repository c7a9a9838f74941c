#include "ops/finish.h"

#include <algorithm>

#include "ops/binary.h"
#include "tensor/float_access.h"

namespace wedge {

Kernel with_finish(Kernel kernel, const kernels::ConvFinish& finish, size_t residual) {
  return [kernel = std::move(kernel), finish, residual](RunContext& run) -> Result<> {
    WEDGE_TRY(kernel(run));
    const bool has_residual = run.has_input(residual);
    if (!has_residual && !finish.activates() && !finish.clamp.active()) return {};
    const TensorRef& out = run.output(0);
    run.workers().run(static_cast<size_t>(out.numel()), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      constexpr size_t block = 256;
      float x[block];
      float added[block];
      for (size_t first = begin; first < end; first += block) {
        const size_t count = std::min(block, end - first);
        read_floats(out.dtype, out.data, first, count, x);
        if (has_residual) {
          read_floats(out.dtype, run.input(residual).data, first, count, added);
          for (size_t i = 0; i < count; ++i) x[i] += added[i];
        }
        kernels::clamp_and_activate(finish, x, count);
        write_floats(out.dtype, x, first, count, out.data);
      }
    });
    return {};
  };
}

}  // namespace wedge
