#include "onnx/model_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/built_in_parts.h"
#include "onnx/model.h"

namespace wedge::onnx {
namespace {

constexpr size_t staging_size = size_t{64} << 10U;
// A length is written once its message is whole: with as many bytes as the longest takes.
constexpr size_t length_bytes = 10;
constexpr unsigned longest_varint = 10;
// Each level of graphs is a graph, a node and an attribute.
constexpr size_t most_frames = size_t{3} * max_nesting + 4;

std::array<std::byte, length_bytes> padded_length(uint64_t value) {
  std::array<std::byte, length_bytes> out{};
  for (size_t i = 0; i < length_bytes; ++i) {
    out[i] = static_cast<std::byte>((value >> (7 * i) & 0x7fU) | (i + 1 < length_bytes ? 0x80U : 0));
  }
  return out;
}

}  // namespace

Result<> GrowingBytes::append(Bytes more) {
  if (more.size() > buffer_.size() - size_) {
    const size_t wanted = std::max({buffer_.size() * 2, size_ + more.size(), size_t{4096}});
    auto larger = wanted < size_ ? AlignedBuffer() : AlignedBuffer::allocate(wanted);
    if (larger.data() == nullptr) return fail(ErrorCode::out_of_memory, "no memory for ", wanted, " bytes of a model");
    if (size_ != 0) std::memcpy(larger.data(), buffer_.data(), size_);
    buffer_ = std::move(larger);
  }
  if (!more.empty()) std::memcpy(buffer_.data() + size_, more.data(), more.size());
  size_ += more.size();
  return {};
}

Result<Arrival> Arrival::expect(uint64_t size, uint64_t& budget, std::unique_ptr<const WeightForm> form) {
  Arrival arrival;
  if (form != nullptr && form->element_bytes() != size) form = nullptr;
  const uint64_t needed = form == nullptr ? size : form->bytes();
  AlignedBuffer memory;
  if (needed <= budget && size <= SIZE_MAX) memory = AlignedBuffer::allocate(static_cast<size_t>(needed));
  if (form != nullptr) arrival.piece_ = AlignedBuffer::allocate(form->piece_bytes());
  if (memory.size() != needed || (form != nullptr && arrival.piece_.data() == nullptr)) {
    return fail(ErrorCode::out_of_memory, "the model's weights take ", needed, " bytes more, of which ", budget,
                " may be used");
  }
  budget -= needed;
  arrival.size_ = static_cast<size_t>(size);
  arrival.weight_ = std::make_shared<ArrivedWeight>(std::move(form), std::move(memory));
  return arrival;
}

std::span<std::byte> Arrival::rest() const {
  if (weight_->form == nullptr) return weight_->bytes.bytes().subspan(done_);
  const auto room = piece_.bytes().subspan(done_ % piece_.size());
  return room.first(std::min(room.size(), size_ - done_));
}

void Arrival::advance(size_t bytes) {
  done_ += bytes;
  if (weight_->form == nullptr || bytes == 0) return;
  const size_t left = done_ % piece_.size();
  if (left != 0 && !complete()) return;
  const size_t count = left == 0 ? piece_.size() : left;
  weight_->form->pack(piece_.bytes().first(count), done_ - count, weight_->bytes.data());
  if (complete()) piece_ = AlignedBuffer();
}

OwnedBytes Arrival::data() const {
  if (weight_->form != nullptr) return {.bytes = {}, .owner = weight_, .file = nullptr, .formed = weight_.get()};
  return {.bytes = weight_->bytes.bytes(), .owner = weight_, .file = nullptr};
}

std::string_view ModelStream::name_of(Message message) {
  constexpr std::array<std::string_view, 7> names = {
      "ModelProto", "GraphProto", "NodeProto", "AttributeProto", "FunctionProto", "SparseTensorProto", "TensorProto"};
  return names[static_cast<size_t>(message)];
}

// The messages on the way from a model to its tensors.
bool ModelStream::is_child(Message message, uint64_t field, Message& child) {
  struct Way {
    Message from;
    uint8_t field;
    Message to;
  };
  static constexpr std::array ways = {
      Way{Message::model, 7, Message::graph},
      Way{Message::model, 25, Message::function},
      Way{Message::graph, 1, Message::node},
      Way{Message::graph, 5, Message::tensor},
      Way{Message::graph, 15, Message::sparse_tensor},
      Way{Message::node, 5, Message::attribute},
      Way{Message::attribute, 5, Message::tensor},
      Way{Message::attribute, 6, Message::graph},
      Way{Message::attribute, 10, Message::tensor},
      Way{Message::attribute, 11, Message::graph},
      Way{Message::attribute, 22, Message::sparse_tensor},
      Way{Message::attribute, 23, Message::sparse_tensor},
      Way{Message::function, 7, Message::node},
      Way{Message::function, 11, Message::attribute},
      Way{Message::sparse_tensor, 1, Message::tensor},
      Way{Message::sparse_tensor, 2, Message::tensor},
  };
  const auto way = std::ranges::find_if(
      ways, [&](const Way& candidate) { return candidate.from == message && candidate.field == field; });
  if (way == ways.end()) return false;
  child = way->to;
  return true;
}

std::unexpected<Error> ModelStream::cut_short() const {
  return fail(ErrorCode::invalid_model, "not an ONNX model, or a damaged one: the bytes end inside ",
              name_of(frames_.back().message));
}

Result<std::span<std::byte>> ModelStream::next(size_t wanted) {
  if (expected_ == Expected::blob) {
    const auto rest = blobs_.back().arrival.rest();
    return rest.first(std::min(rest.size(), wanted));
  }
  if (staging_.size() == 0) staging_ = AlignedBuffer::allocate(staging_size);
  if (staging_.size() == 0) return fail(ErrorCode::out_of_memory, "no memory to read a model");
  return staging_.bytes().first(std::min(staging_size, wanted));
}

Result<> ModelStream::advance(size_t bytes) {
  if (expected_ != Expected::blob) return take(staging_.bytes().first(std::min(bytes, staging_.size())));
  Arrival& arrival = blobs_.back().arrival;
  arrival.advance(std::min(bytes, arrival.rest().size()));
  end_field_if(arrival.complete());
  return {};
}

Result<> ModelStream::take(Bytes bytes) {
  while (!bytes.empty()) {
    size_t count = 1;
    if (expected_ == Expected::run) {
      count = static_cast<size_t>(std::min<uint64_t>(run_, bytes.size()));
      WEDGE_TRY(keep(bytes.first(count)));
      run_ -= count;
      end_field_if(run_ == 0);
    } else if (expected_ == Expected::blob) {
      Arrival& arrival = blobs_.back().arrival;
      count = std::min(arrival.rest().size(), bytes.size());
      std::memcpy(arrival.rest().data(), bytes.data(), count);
      arrival.advance(count);
      end_field_if(arrival.complete());
    } else {
      WEDGE_TRY(take_byte(bytes.front()));
    }
    bytes = bytes.subspan(count);
  }
  return {};
}

// A byte of a tag, of a number or of a length: each says itself whether more follow.
Result<> ModelStream::take_byte(std::byte byte) {
  Frame& frame = frames_.back();
  if (frame.left == 0) return cut_short();
  --frame.left;
  if (expected_ == Expected::tag && varint_bytes_ == 0) tag_at_ = skeleton_.size();
  const auto bits = std::to_integer<uint64_t>(byte);
  if (varint_bytes_ == longest_varint - 1 && bits > 1) {
    return fail(ErrorCode::invalid_model, name_of(frame.message), ": an integer takes more than 64 bits");
  }
  varint_ |= (bits & 0x7fU) << (7 * varint_bytes_);
  ++varint_bytes_;
  if (expected_ != Expected::length) WEDGE_TRY(keep({&byte, 1}));
  if (bits >= 0x80) return {};
  varint_bytes_ = 0;
  const uint64_t value = std::exchange(varint_, 0);
  switch (expected_) {
    case Expected::tag: return take_tag(value);
    case Expected::length: return take_length(value);
    default: end_field_if(true); return {};
  }
}

Result<> ModelStream::take_tag(uint64_t tag) {
  constexpr uint64_t largest_number = (1U << 29U) - 1;
  field_ = tag >> 3U;
  if (field_ == 0 || field_ > largest_number) {
    return fail(ErrorCode::invalid_model, name_of(frames_.back().message), ": ", field_, " is no field number");
  }
  switch (static_cast<WireType>(tag & 7U)) {
    case WireType::varint: expected_ = Expected::scalar; return {};
    case WireType::length_delimited: expected_ = Expected::length; return {};
    case WireType::fixed64: return begin_run(8);
    case WireType::fixed32: return begin_run(4);
  }
  return fail(ErrorCode::invalid_model, name_of(frames_.back().message), " field ", field_, ": wire type ", tag & 7U,
              " does not occur in ONNX");
}

Result<> ModelStream::begin_run(uint64_t size) {
  Frame& frame = frames_.back();
  if (size > frame.left) return cut_short();
  frame.left -= size;
  run_ = size;
  expected_ = Expected::run;
  end_field_if(run_ == 0);
  return {};
}

Result<> ModelStream::take_length(uint64_t size) {
  constexpr uint64_t raw_data = 9;
  const Message message = frames_.back().message;
  if (size > frames_.back().left) return cut_short();
  if (size >= large_) {
    Message child{};
    if (is_child(message, field_, child)) return enter(child, size);
    if (message == Message::tensor && field_ == raw_data) return begin_blob(size);
  }
  const auto length = padded_length(size);
  WEDGE_TRY(keep(length));
  return begin_run(size);
}

Result<> ModelStream::enter(Message message, uint64_t size) {
  if (frames_.size() == most_frames) {
    return fail(ErrorCode::invalid_model, "GraphProto: graphs nest deeper than ", max_nesting, " levels");
  }
  frames_.back().left -= size;
  frames_.push_back({.message = message, .left = size, .tag_at = tag_at_, .length_at = skeleton_.size()});
  expected_ = Expected::tag;
  return keep(padded_length(0));
}

// Only weights of the model's own graph are worth it.
std::unique_ptr<const WeightForm> ModelStream::form_of_next() const {
  if (!built_in::has_part("large_weights") || forms_ == nullptr || frames_.size() != 3 ||
      frames_[1].message != Message::graph)
    return nullptr;
  const auto fields = [&](size_t frame, size_t end) {
    const size_t begin = frames_[frame].length_at + length_bytes;
    return skeleton_.bytes().subspan(begin, end - begin);
  };
  return forms_->choose(fields(1, frames_[2].tag_at), fields(2, tag_at_));
}

Result<> ModelStream::begin_blob(uint64_t size) {
  WEDGE_ASSIGN(Arrival arrival, Arrival::expect(size, *budget_, form_of_next()));
  frames_.back().left -= size;
  constexpr std::byte none{0};
  WEDGE_TRY(keep({&none, 1}));
  blobs_.push_back({.at = skeleton_.size(), .arrival = std::move(arrival)});
  expected_ = Expected::blob;
  return {};
}

void ModelStream::end_field_if(bool whole) {
  if (!whole) return;
  expected_ = Expected::tag;
  while (frames_.size() > 1 && frames_.back().left == 0) {
    const size_t at = frames_.back().length_at;
    const auto length = padded_length(skeleton_.size() - at - length_bytes);
    std::ranges::copy(length, skeleton_.data() + at);
    frames_.pop_back();
  }
}

Result<> ModelStream::keep(Bytes bytes) {
  if (bytes.size() > *budget_) {
    return fail(ErrorCode::out_of_memory, "the model takes more memory than may be used");
  }
  *budget_ -= bytes.size();
  return skeleton_.append(bytes);
}

Result<> ModelStream::finish() {
  staging_ = AlignedBuffer();
  if (frames_.size() > 1 || expected_ != Expected::tag || varint_bytes_ != 0) return cut_short();
  return {};
}

std::shared_ptr<const GrowingBytes> ModelStream::take_skeleton() {
  return std::make_shared<const GrowingBytes>(std::move(skeleton_));
}

std::map<const std::byte*, OwnedBytes> ModelStream::detached(Bytes skeleton) const {
  std::map<const std::byte*, OwnedBytes> found;
  for (const Blob& blob : blobs_) {
    found.emplace(skeleton.data() + blob.at, blob.arrival.data());
  }
  return found;
}

}  // namespace wedge::onnx
