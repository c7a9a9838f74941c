// DepthToSpace and SpaceToDepth: blocks of channels to blocks of pixels and back, as transpositions of six axes.
#include <array>

#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<int64_t> block_size(const NodeView& node) {
  WEDGE_TRY(node.expect_rank(0, 4, 4));
  WEDGE_ASSIGN(const int64_t block, node.attributes().required_integer("blocksize"));
  if (block <= 0 || !checked_mul(block, block)) {
    return fail(ErrorCode::invalid_model, "blocksize cannot be ", block);
  }
  return block;
}

// DCR: depth, column, row; CRD: column, row, depth.
Result<bool> is_depth_first(const NodeView& node) {
  WEDGE_ASSIGN(const auto mode, node.attributes().string("mode", "DCR"));
  if (mode != "DCR" && mode != "CRD") return fail(ErrorCode::invalid_model, "unknown mode '", mode, "'");
  return mode == "DCR";
}

Result<Dim> divided(Dim dim, int64_t divisor) {
  if (divisor == 1) return dim;
  if (!dim.is_known()) return Dim::unknown();
  if (dim.value() % divisor != 0) {
    return fail(ErrorCode::invalid_model, "a dimension of ", dim.value(), " does not divide by ", divisor);
  }
  return Dim(dim.value() / divisor);
}

Result<> infer_depth_to_space(InferContext& context) {
  WEDGE_ASSIGN(const int64_t block, block_size(context));
  WEDGE_TRY(is_depth_first(context));
  SymbolicShape shape = SymbolicShape::of_rank(4);
  if (context.shape(0).has_rank()) {
    shape = context.shape(0);
    WEDGE_ASSIGN(shape[1], divided(shape[1], block * block));
    shape[2] = shape[2] * block;
    shape[3] = shape[3] * block;
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare_depth_to_space(PrepareContext& context) {
  const Shape input = context.input_shape(0);
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const int64_t block, block_size(context));
  WEDGE_ASSIGN(const bool depth_first, is_depth_first(context));
  if (depth_first) {
    const Shape dims = {input[0], block, block, output[1], input[2], input[3]};
    return prepare_permuted(context, dims.dims(), std::array<size_t, 6>{0, 3, 4, 1, 5, 2});
  }
  const Shape dims = {input[0], output[1], block, block, input[2], input[3]};
  return prepare_permuted(context, dims.dims(), std::array<size_t, 6>{0, 1, 4, 2, 5, 3});
}

Result<> infer_space_to_depth(InferContext& context) {
  WEDGE_ASSIGN(const int64_t block, block_size(context));
  SymbolicShape shape = SymbolicShape::of_rank(4);
  if (context.shape(0).has_rank()) {
    shape = context.shape(0);
    shape[1] = shape[1] * (block * block);
    WEDGE_ASSIGN(shape[2], divided(shape[2], block));
    WEDGE_ASSIGN(shape[3], divided(shape[3], block));
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare_space_to_depth(PrepareContext& context) {
  const Shape input = context.input_shape(0);
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const int64_t block, block_size(context));
  const Shape dims = {input[0], input[1], output[2], block, output[3], block};
  return prepare_permuted(context, dims.dims(), std::array<size_t, 6>{0, 3, 5, 1, 2, 4});
}

}  // namespace

WEDGE_OPERATOR(onnx, DepthToSpace) = {.infer = infer_depth_to_space, .prepare = prepare_depth_to_space};
WEDGE_OPERATOR(onnx, SpaceToDepth) = {.infer = infer_space_to_depth, .prepare = prepare_space_to_depth};

}  // namespace wedge
