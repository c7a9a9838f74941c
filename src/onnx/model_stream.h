// A model that is taken apart while its bytes arrive: the large raw data of tensors goes to memory of its own, the rest
// to a skeleton that parse_model() reads.
#pragma once

#include <memory>
#include <vector>

#include "base/aligned_buffer.h"
#include "onnx/data_source.h"
#include "tensor/constant.h"

namespace wedge::onnx {

/// Bytes that arrive one after the other, and the limit of what they may take.
class GrowingBytes {
 public:
  [[nodiscard]] Bytes bytes() const { return {buffer_.data(), size_}; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] std::byte* data() { return buffer_.data(); }
  /// Errors: out_of_memory.
  Result<> append(Bytes more);

 private:
  AlignedBuffer buffer_;
  size_t size_ = 0;
};

/// Bytes that arrive, to be kept as they are or in a form.
class Arrival {
 public:
  /// Memory for `size` bytes, or for the form of a weight if it has so many, counted against `budget`.
  /// Error: out_of_memory.
  static Result<Arrival> expect(uint64_t size, uint64_t& budget, std::unique_ptr<const WeightForm> form = nullptr);

  /// Where the next bytes go; all of them in the end.
  [[nodiscard]] std::span<std::byte> rest() const;
  /// So many of them are there, no more than rest() has.
  void advance(size_t bytes);
  [[nodiscard]] bool complete() const { return done_ == size_; }
  [[nodiscard]] OwnedBytes data() const;

 private:
  std::shared_ptr<ArrivedWeight> weight_;
  AlignedBuffer piece_;  ///< of elements on their way into a form
  size_t size_ = 0;
  size_t done_ = 0;
};

class ModelStream {
 public:
  /// `budget`: bytes it may take, which it diminishes. `large`: raw data of so many bytes gets memory of its own.
  /// `forms`: null where all is to be kept as it is.
  explicit ModelStream(uint64_t& budget, uint64_t large = Constant::large, WeightForms* forms = nullptr)
      : budget_(&budget), large_(large), forms_(forms) {}

  /// Where the next bytes go: one at least, `wanted` at most. Error: out_of_memory.
  Result<std::span<std::byte>> next(size_t wanted);
  /// So many of them are there. Errors: invalid_model, out_of_memory.
  Result<> advance(size_t bytes);
  /// There are no more. Error: invalid_model when they end inside something.
  Result<> finish();

  [[nodiscard]] Bytes skeleton() const { return skeleton_.bytes(); }
  /// The skeleton, which stays where it is; to be taken once.
  [[nodiscard]] std::shared_ptr<const GrowingBytes> take_skeleton();
  /// The raw data that is not in the skeleton, by the address in it where it would be.
  [[nodiscard]] std::map<const std::byte*, OwnedBytes> detached(Bytes skeleton) const;

 private:
  enum class Message : uint8_t { model, graph, node, attribute, function, sparse_tensor, tensor };
  enum class Expected : uint8_t { tag, scalar, length, run, blob };
  struct Frame {
    Message message;
    uint64_t left;         ///< bytes of it that have not come
    size_t tag_at = 0;     ///< where it begins in the skeleton
    size_t length_at = 0;  ///< where the skeleton says how long it is
  };
  struct Blob {
    size_t at;  ///< in the skeleton
    Arrival arrival;
  };

  static std::string_view name_of(Message message);
  static bool is_child(Message message, uint64_t field, Message& child);
  [[nodiscard]] std::unexpected<Error> cut_short() const;
  Result<> take(Bytes bytes);
  Result<> take_byte(std::byte byte);
  Result<> take_tag(uint64_t tag);
  Result<> take_length(uint64_t size);
  Result<> enter(Message message, uint64_t size);
  Result<> begin_run(uint64_t size);
  Result<> begin_blob(uint64_t size);
  [[nodiscard]] std::unique_ptr<const WeightForm> form_of_next() const;
  void end_field_if(bool whole);
  Result<> keep(Bytes bytes);

  uint64_t* budget_;
  uint64_t large_;
  WeightForms* forms_;
  GrowingBytes skeleton_;
  std::vector<Frame> frames_{{.message = Message::model, .left = UINT64_MAX}};
  std::vector<Blob> blobs_;
  AlignedBuffer staging_;
  Expected expected_ = Expected::tag;
  uint64_t varint_ = 0;
  unsigned varint_bytes_ = 0;
  uint64_t field_ = 0;
  size_t tag_at_ = 0;  ///< of the field, in the skeleton
  uint64_t run_ = 0;   ///< bytes of the run or fixed-width value that have not come
};

}  // namespace wedge::onnx
