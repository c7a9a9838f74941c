#include "wedge/loader.h"

#include <algorithm>
#include <cstring>

#include "base/aligned_buffer.h"
#include "base/result.h"
#include "onnx/external_files.h"
#include "session/state.h"

namespace wedge {
namespace {

/// Bytes that arrive one after the other.
class GrowingBytes {
 public:
  Result<std::span<std::byte>> room(size_t wanted, uint64_t limit) {
    if (size_ == buffer_.size()) WEDGE_TRY(grow(limit));
    return buffer_.bytes().subspan(size_, std::min(wanted, buffer_.size() - size_));
  }
  [[nodiscard]] bool advance(size_t bytes) {
    if (bytes > buffer_.size() - size_) return false;
    size_ += bytes;
    return true;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {buffer_.data(), size_}; }

 private:
  Result<> grow(uint64_t limit) {
    constexpr size_t smallest = size_t{64} << 10U;
    const size_t size = std::max(smallest, size_ < SIZE_MAX / 2 ? 2 * size_ : SIZE_MAX);
    auto larger = size_ > limit ? AlignedBuffer() : AlignedBuffer::allocate(size);
    if (larger.data() == nullptr) {
      return fail(ErrorCode::out_of_memory, "no memory for more than ", size_, " bytes of the model");
    }
    if (size_ != 0) std::memcpy(larger.data(), buffer_.data(), size_);
    buffer_ = std::move(larger);
    return {};
  }

  AlignedBuffer buffer_;
  size_t size_ = 0;
};

}  // namespace

struct Loader::State {
  explicit State(const SessionOptions& wanted) : options(wanted) {}

  SessionOptions options;
  std::shared_ptr<std::vector<GrowingBytes>> files = std::make_shared<std::vector<GrowingBytes>>(1);
  size_t current = 0;                 ///< of files; the model is the first
  std::vector<std::string> external;  ///< of the files after it
  bool knows_external = false;
};

Loader::Loader(const SessionOptions& options) : state_(std::make_unique<State>(options)) {}
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;
Loader::~Loader() = default;

Result<std::span<std::byte>> Loader::next(size_t wanted) {
  if (state_ == nullptr) return fail(ErrorCode::invalid_argument, "the loader is at its end");
  if (wanted == 0) return fail(ErrorCode::invalid_argument, "room for no bytes was asked for");
  const uint64_t limit = state_->options.max_memory == 0 ? platform::memory_bytes() : state_->options.max_memory;
  return (*state_->files)[state_->current].room(wanted, limit);
}

Result<> Loader::advance(size_t bytes) {
  if (state_ == nullptr) return fail(ErrorCode::invalid_argument, "the loader is at its end");
  if ((*state_->files)[state_->current].advance(bytes)) return {};
  return fail(ErrorCode::invalid_argument, "more bytes were written than there was room for");
}

Result<std::span<const std::string>> Loader::external_files() {
  if (state_ == nullptr) return fail(ErrorCode::invalid_argument, "the loader is at its end");
  if (!state_->knows_external) {
    WEDGE_ASSIGN(const onnx::Model model, onnx::parse_model((*state_->files)[0].bytes()));
    state_->external = onnx::external_files(model);
    state_->files->resize(1 + state_->external.size());
    state_->knows_external = true;
  }
  return state_->external;
}

Result<> Loader::begin_external(size_t index) {
  WEDGE_ASSIGN(const auto known, external_files());
  if (index >= known.size()) {
    return fail(ErrorCode::out_of_range, "file ", index, " of a model that asks for ", known.size());
  }
  state_->current = 1 + index;
  return {};
}

Result<Session> Loader::finish() {
  WEDGE_TRY(external_files());
  const auto state = std::exchange(state_, nullptr);
  std::map<std::string, onnx::Bytes, std::less<>> files;
  for (size_t i = 0; i < state->external.size(); ++i) {
    const auto bytes = (*state->files)[1 + i].bytes();
    if (!bytes.empty()) files.emplace(state->external[i], bytes);
  }
  const onnx::DataSource source(state->files, files);
  WEDGE_ASSIGN(auto made, Session::State::load((*state->files)[0].bytes(), source, state->options));
  return Session(std::move(made));
}

}  // namespace wedge
