#include "ops/unary.h"

#include "ops/binary.h"

namespace wedge {

Result<Kernel> prepare_unary(PrepareContext& context, UnaryLoop loop, kernels::UnaryParameters parameters) {
  if (loop == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  const size_t in_width = byte_width(context.dtype(0));
  const size_t out_width = byte_width(context.output_dtype(0));
  const auto count = static_cast<size_t>(context.output_shape(0).numel());
  if (in_width == out_width) context.in_place(0, 0);
  return [=](RunContext& run) -> Result<> {
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    run.workers().run(count, elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      loop(in + begin * in_width, out + begin * out_width, end - begin, parameters);
    });
    return {};
  };
}

}  // namespace wedge
