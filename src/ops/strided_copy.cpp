#include "ops/strided_copy.h"

#include <algorithm>

#include "kernels/transpose.h"

namespace wedge {
namespace {

// Blocks worth handing to another thread.
constexpr size_t block_bytes = 64 << 10;

bool is_one_piece(const StridedReading& reading) {
  int64_t stride = 1;
  for (size_t axis = reading.shape.rank(); axis-- > 0;) {
    if (reading.shape[axis] == 1) continue;
    if (reading.strides[axis] != stride) return false;
    stride *= reading.shape[axis];
  }
  return true;
}

void copy(const StridedReading& reading, size_t width, const std::byte* source, std::byte* target, Workers workers) {
  const Shape& shape = reading.shape;
  source += reading.offset * static_cast<int64_t>(width);
  size_t axis = 0;
  while (axis + 1 < shape.rank() && shape[axis] == 1) ++axis;
  const size_t row_bytes = static_cast<size_t>(shape.numel(axis + 1, shape.rank())) * width;
  const int64_t row_stride = reading.strides[axis] * static_cast<int64_t>(width);
  workers.run(static_cast<size_t>(shape[axis]), std::max<size_t>(1, block_bytes / row_bytes),
              [&](size_t begin, size_t end, unsigned) {
                Shape block = shape;
                block[axis] = static_cast<int64_t>(end - begin);
                copy_strided(source + static_cast<int64_t>(begin) * row_stride,
                             std::span(reading.strides).first(shape.rank()), block, width, target + begin * row_bytes);
              });
}

}  // namespace

Result<size_t> element_width(const NodeView& node, size_t input) {
  const size_t width = byte_width(node.dtype(input));
  if (width == 0) return fail(ErrorCode::unsupported, "elements of type ", node.dtype(input));
  return width;
}

Result<Kernel> prepare_strided(PrepareContext& context, const StridedReading& reading) {
  if (reading.shape.numel() == 0) return Kernel();
  if (is_one_piece(reading)) {
    const auto bits = static_cast<uint64_t>(reading.offset) * bit_width(context.dtype(0));
    if (bits % 8 == 0) {
      context.view(0, 0, static_cast<size_t>(bits / 8));
      return Kernel();
    }
  }
  WEDGE_ASSIGN(const size_t width, element_width(context, 0));
  context.count_bytes(2.0 * static_cast<double>(width) * static_cast<double>(reading.shape.numel()));
  return [=](RunContext& run) -> Result<> {
    copy(reading, width, run.input(0).data, run.output(0).data, run.workers());
    return {};
  };
}

Result<Kernel> prepare_permuted(PrepareContext& context, std::span<const int64_t> dims,
                                std::span<const size_t> permutation) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  std::vector<size_t> moving;
  std::ranges::copy_if(permutation, std::back_inserter(moving), [&](size_t axis) { return dims[axis] != 1; });
  if (std::ranges::is_sorted(moving)) {
    context.view(0, 0);
    return Kernel();
  }
  WEDGE_ASSIGN(const size_t width, element_width(context, 0));
  context.name_kernel("transpose");
  return [width, dims = std::vector<size_t>(dims.begin(), dims.end()),
          order = std::vector<size_t>(permutation.begin(), permutation.end())](RunContext& run) -> Result<> {
    kernels::transpose(dims, order, width, run.input(0).data, run.output(0).data, run.workers());
    return {};
  };
}

}  // namespace wedge
