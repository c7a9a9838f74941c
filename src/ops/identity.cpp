// Identity: the input itself.
#include "ops/operator.h"

namespace wedge {
namespace {

Result<Kernel> prepare_identity(PrepareContext& context) {
  context.view(0, 0);
  return Kernel();
}

}  // namespace

WEDGE_OPERATOR(onnx, Identity) = {.infer = infer_same_as_input, .prepare = prepare_identity, .takes_containers = true};

}  // namespace wedge
