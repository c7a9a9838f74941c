// Gather: slices of the first input picked by index along an axis. Moves elements by width, whatever their type.
#include <algorithm>
#include <cstring>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  const SymbolicShape& data = context.shape(0);
  const SymbolicShape& indices = context.shape(1);
  if (!data.has_rank() || !indices.has_rank()) {
    context.set_output(0, context.dtype(0), {});
    return {};
  }
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, data.rank()));
  if (data.rank() - 1 + indices.rank() > Shape::max_rank) {
    return fail(ErrorCode::unsupported, "the output would have rank ", data.rank() - 1 + indices.rank());
  }
  SymbolicShape shape = SymbolicShape::of_rank(data.rank() - 1 + indices.rank());
  size_t next = 0;
  for (size_t i = 0; i < axis; ++i) shape[next++] = data[i];
  for (size_t i = 0; i < indices.rank(); ++i) shape[next++] = indices[i];
  for (size_t i = axis + 1; i < data.rank(); ++i) shape[next++] = data[i];
  context.set_output(0, context.dtype(0), shape);
  return {};
}

struct Geometry {
  int64_t outer;
  int64_t dim;
  size_t slice_bytes;
};

template <typename Index>
Result<> gather(RunContext& run, const Geometry& geometry) {
  constexpr size_t block_bytes = 32 << 10;
  const auto indices = run.input<Index>(1);
  for (const Index index : indices) {
    if (index < -geometry.dim || index >= geometry.dim) {
      return fail(ErrorCode::out_of_range, "index ", index, " is outside a dimension of ", geometry.dim);
    }
  }
  const size_t bytes = geometry.slice_bytes;
  const size_t outer_bytes = static_cast<size_t>(geometry.dim) * bytes;
  const std::byte* source = run.input(0).data;
  std::byte* target = run.output(0).data;
  const size_t slices = bytes == 0 ? 0 : static_cast<size_t>(geometry.outer) * indices.size();
  run.workers().run(slices, std::max<size_t>(1, block_bytes / std::max<size_t>(1, bytes)),
                    [&](size_t begin, size_t end, unsigned) {
                      size_t outer = begin / indices.size();
                      size_t i = begin % indices.size();
                      for (size_t slice = begin; slice < end; ++slice) {
                        const int64_t index = indices[i];
                        const auto position = static_cast<size_t>(index < 0 ? index + geometry.dim : index);
                        std::memcpy(target + slice * bytes, source + outer * outer_bytes + position * bytes, bytes);
                        if (++i < indices.size()) continue;
                        i = 0;
                        ++outer;
                      }
                    });
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape data = context.input_shape(0);
  if (is_packed(context.dtype(0))) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, data.rank()));
  const Geometry geometry{
      .outer = data.numel(0, axis),
      .dim = data[axis],
      .slice_bytes = static_cast<size_t>(data.numel(axis + 1, data.rank())) * byte_width(context.dtype(0))};
  context.count_bytes(2.0 * static_cast<double>(context.output_shape(0).numel()) *
                      static_cast<double>(byte_width(context.dtype(0))));
  context.read_as_bytes(0);
  if (context.dtype(1) == DType::i32) return [=](RunContext& run) { return gather<int32_t>(run, geometry); };
  return [=](RunContext& run) { return gather<int64_t>(run, geometry); };
}

}  // namespace

WEDGE_OPERATOR(onnx, Gather) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
