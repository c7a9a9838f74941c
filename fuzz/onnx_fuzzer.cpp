// Any bytes are a model or an Error, and so is every tensor in it.
#include <cstddef>
#include <cstdint>

#include "onnx/model.h"
#include "onnx/sequence_proto.h"
#include "onnx/tensor_data.h"

namespace {

using wedge::onnx::DataSource;
using wedge::onnx::GraphProto;
using wedge::onnx::NodeProto;

void convert_tensors(const GraphProto& graph, const DataSource& source);

void convert_tensors(const std::vector<NodeProto>& nodes, const DataSource& source) {
  for (const auto& node : nodes) {
    for (const auto& attribute : node.attribute) {
      for (const auto& tensor : attribute.tensors) (void)to_tensor(tensor, source);
      for (const auto& tensor : attribute.sparse_tensors) (void)to_tensor(tensor, source);
      for (const auto& graph : attribute.graphs) convert_tensors(graph, source);
    }
  }
}

void convert_tensors(const GraphProto& graph, const DataSource& source) {
  for (const auto& tensor : graph.initializer) (void)to_tensor(tensor, source);
  for (const auto& tensor : graph.sparse_initializer) (void)to_tensor(tensor, source);
  convert_tensors(graph.node, source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const DataSource source(nullptr, {}, {{"w", {DataSource::Piece{.data = {.bytes = bytes, .owner = nullptr}}}}});
  if (const auto model = wedge::onnx::parse_model(bytes)) {
    convert_tensors(model->graph, source);
    for (const auto& function : model->functions) convert_tensors(function.node, source);
  }
  (void)wedge::onnx::parse_sequence(bytes);
  (void)wedge::onnx::parse_optional(bytes);
  return 0;
}
