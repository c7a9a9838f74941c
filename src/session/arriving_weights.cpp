#include "session/arriving_weights.h"

#include <algorithm>

#include "onnx/decode.h"
#include "onnx/tensor_data.h"
#include "ops/channels_last.h"
#include "ops/constant_matrix.h"

namespace wedge {
namespace {

int64_t integer(const onnx::NodeProto& node, std::string_view name, int64_t absent) {
  const auto found = std::ranges::find(node.attribute, name, &onnx::AttributeProto::name);
  return found == node.attribute.end() ? absent : found->i;
}

}  // namespace

ArrivingWeights::Read ArrivingWeights::read_of(const onnx::NodeProto& node, size_t input) {
  if (input != 1 || !(node.domain.empty() || node.domain == "ai.onnx")) return Read::otherwise;
  if (node.op_type == "MatMul") return Read::matrix;
  if (node.op_type == "Gemm") return integer(node, "transB", 0) == 0 ? Read::matrix : Read::transposed_matrix;
  // A convolution without a bias has a normalisation after it, which is folded into its weights.
  const bool is_pixels = node.op_type == "Conv" && node.input.size() == 3 && integer(node, "group", 1) == 1;
  return is_pixels ? Read::pixels : Read::otherwise;
}

void ArrivingWeights::see(const onnx::GraphProto& graph) {
  for (const onnx::NodeProto& node : graph.node) {
    for (size_t i = 0; i < node.input.size(); ++i) {
      const Read read = read_of(node, i);
      if (numbers_.insert(node.input[i], static_cast<uint32_t>(reads_.size()))) {
        reads_.push_back(read);
      } else if (Read& known = reads_[*numbers_.find(node.input[i])]; known != read) {
        known = Read::otherwise;
      }
    }
  }
}

std::unique_ptr<const WeightForm> ArrivingWeights::choose(onnx::Bytes graph, onnx::Bytes tensor) {
  if (!std::exchange(has_seen_, true) && nodes_.append(graph)) {
    onnx::GraphProto nodes;
    if (onnx::decode(nodes_.bytes(), nodes, 1)) see(nodes);
  }
  onnx::TensorProto weight;
  if (!onnx::decode(tensor, weight) || dtype_from_onnx(weight.data_type) != DType::f32) return nullptr;
  const uint32_t* number = numbers_.find(weight.name);
  const auto shape = Shape::from(weight.dims);
  if (number == nullptr || !shape) return nullptr;
  const Read read = reads_[*number];
  if (read == Read::otherwise) return nullptr;
  return matrix_form(*shape, read != Read::matrix, read == Read::pixels ? form_of_one_tap : std::string_view());
}

}  // namespace wedge
