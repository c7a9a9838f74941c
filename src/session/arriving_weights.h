// In which form the weights of a model that arrives will be wanted, guessed from the nodes that came before them.
#pragma once

#include <memory>
#include <vector>

#include "base/name_map.h"
#include "onnx/model.h"
#include "onnx/model_stream.h"
#include "tensor/weight_form.h"

namespace wedge {

/// Guesses may be wrong: passes may change weights and who reads them, and whoever reads the elements has them
/// unpacked.
class ArrivingWeights final : public WeightForms {
 public:
  /// Of the nodes only those count that came before the first call.
  std::unique_ptr<const WeightForm> choose(onnx::Bytes graph, onnx::Bytes tensor) override;

 private:
  /// How nodes read a weight.
  enum class Read : uint8_t { otherwise, matrix, transposed_matrix, pixels };
  static Read read_of(const onnx::NodeProto& node, size_t input);
  void see(const onnx::GraphProto& graph);

  bool has_seen_ = false;
  onnx::GrowingBytes nodes_;  ///< what names are read from
  NameMap numbers_;
  std::vector<Read> reads_;
};

}  // namespace wedge
