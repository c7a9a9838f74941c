#include "onnx/external_files.h"

#include <algorithm>

namespace wedge::onnx {
namespace {

class Collector {
 public:
  void visit(const TensorProto& tensor) {
    if (tensor.data_location != TensorProto::DataLocation::external) return;
    for (const auto& entry : tensor.external_data) {
      if (entry.key == "location" && std::ranges::find(files_, entry.value) == files_.end()) {
        files_.emplace_back(entry.value);
      }
    }
  }

  void visit(const SparseTensorProto& tensor) {
    visit(tensor.values);
    visit(tensor.indices);
  }

  void visit(const NodeProto& node) { visit_all(node.attribute); }

  void visit(const AttributeProto& attribute) {
    visit_all(attribute.tensors);
    visit_all(attribute.sparse_tensors);
    visit_all(attribute.graphs);
  }

  void visit(const GraphProto& graph) {
    visit_all(graph.initializer);
    visit_all(graph.sparse_initializer);
    visit_all(graph.node);
  }

  void visit(const FunctionProto& function) {
    visit_all(function.attribute_proto);
    visit_all(function.node);
  }

  template <typename T>
  void visit_all(const std::vector<T>& all) {
    for (const auto& each : all) visit(each);
  }

  std::vector<std::string> take() { return std::move(files_); }

 private:
  std::vector<std::string> files_;
};

}  // namespace

std::vector<std::string> external_files(const Model& model) {
  Collector collector;
  collector.visit(model.graph);
  collector.visit_all(model.functions);
  return collector.take();
}

}  // namespace wedge::onnx
