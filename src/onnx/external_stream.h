// A file of external data that arrives: what tensors are made of goes to memory of its own, the rest is let go.
#pragma once

#include "onnx/external_files.h"
#include "onnx/model_stream.h"

namespace wedge::onnx {

class ExternalStream {
 public:
  /// `budget`: bytes it may take, which it diminishes. `forms` choose by `graph`, the model's GraphProto; null where
  /// all is to be kept as it is.
  ExternalStream(ExternalFile file, uint64_t& budget, WeightForms* forms, Bytes graph);

  [[nodiscard]] const std::string& location() const { return file_.location; }
  [[nodiscard]] bool has_begun() const { return has_begun_; }
  /// As those of ModelStream.
  Result<std::span<std::byte>> next(size_t wanted);
  Result<> advance(size_t bytes);

  /// What has come whole.
  [[nodiscard]] std::vector<DataSource::Piece> pieces() const;

 private:
  ExternalFile file_;
  uint64_t* budget_;
  std::vector<std::unique_ptr<const WeightForm>> forms_;  ///< of the ranges, if there are any
  std::vector<Arrival> arrivals_;                         ///< of the ranges that have begun
  AlignedBuffer unread_;                                  ///< room for what no tensor is made of
  uint64_t position_ = 0;
  bool has_begun_ = false;
};

}  // namespace wedge::onnx
