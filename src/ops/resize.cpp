// Resize and Upsample: interpolation along axes, each on its own, one after the other.
#include "ops/resize_request.h"
#include "ops/resize_run.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const ResizeMode mode, read_resize_mode(context));
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank()) {
    WEDGE_ASSIGN(const auto request, read_resize_request(context, mode, shape.rank()));
    if (request) {
      WEDGE_ASSIGN(shape, resized_shape(*request, mode, shape));
    } else {
      shape = SymbolicShape::of_rank(shape.rank());
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  const Shape input = context.input_shape(0);
  WEDGE_ASSIGN(const ResizeMode mode, read_resize_mode(context));
  WEDGE_ASSIGN(const auto request, read_resize_request(context, mode, input.rank()));
  if (!request) return fail(ErrorCode::internal, "planned before its scales or sizes are known");
  WEDGE_ASSIGN(auto axes, place_resize(*request, mode, input));
  std::erase_if(axes, [&](const ResizeAxis& axis) { return axis.is_identity(mode); });
  if (axes.empty()) {
    context.view(0, 0);
    return Kernel();
  }
  if (mode.interpolation == Interpolation::nearest) return prepare_nearest(context, mode, std::move(axes));
  return prepare_interpolation(context, mode, axes);
}

}  // namespace

WEDGE_OPERATOR(onnx, Resize) = {.infer = infer, .prepare = prepare, .max_inputs = 4, .since = 10};
WEDGE_OPERATOR(onnx, Upsample) = {.infer = infer, .prepare = prepare, .max_inputs = 2, .since = 7};

}  // namespace wedge
