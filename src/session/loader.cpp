#include "wedge/loader.h"

#include <algorithm>

#include "base/built_in_parts.h"
#include "base/result.h"
#include "onnx/external_stream.h"
#include "onnx/model_stream.h"
#include "packed/packed_stream.h"
#include "session/arriving_weights.h"
#include "session/state.h"

namespace wedge {
namespace {

constexpr bool has_onnx = built_in::has_part("onnx");
constexpr bool has_packed = built_in::has_part("packed");
constexpr bool has_external_data = built_in::has_part("external_data");

std::unique_ptr<WeightForms> weight_forms() {
  if constexpr (has_onnx && built_in::has_part("large_weights")) return std::make_unique<ArrivingWeights>();
  return nullptr;
}

}  // namespace

struct Loader::State {
  explicit State(const SessionOptions& wanted)
      : options(wanted),
        budget(wanted.max_memory == 0 ? platform::memory_bytes() : wanted.max_memory),
        model(budget, Constant::large, forms.get()),
        packed(budget) {}

  /// Where the next bytes of the model go.
  Result<std::span<std::byte>> next(size_t wanted) {
    if (kind == Kind::unknown) return std::span(&first, 1);
    if (kind == Kind::packed) return packed.next(wanted);
    if constexpr (has_onnx) return model.next(wanted);
    std::unreachable();
  }

  Result<> advance(size_t bytes) {
    if (kind == Kind::unknown && bytes != 0) {
      kind = first == packed::first_byte ? Kind::packed : Kind::onnx;
      WEDGE_ASSIGN(const auto room, next(1));
      room[0] = first;
    }
    if (kind == Kind::packed) packed.advance(bytes);
    if constexpr (has_onnx) {
      if (kind == Kind::onnx) return model.advance(bytes);
    }
    return {};
  }

  /// Ends the model's own bytes and reads what it asks for besides.
  Result<> end_model() {
    if (model_is_whole) return {};
    if constexpr (has_onnx) {
      if (kind != Kind::packed) WEDGE_TRY(model.finish());
    }
    model_is_whole = true;
    if (!has_external_data || kind == Kind::packed) return {};
    WEDGE_ASSIGN(const onnx::Model parsed, onnx::parse_model(model.skeleton()));
    WEDGE_ASSIGN(auto files, onnx::external_files(parsed));
    for (auto& file : files) {
      locations.push_back(file.location);
      external.emplace_back(std::move(file), budget, forms.get(), parsed.graph.message);
    }
    return {};
  }

  Result<std::shared_ptr<Session::State>> load() {
    if (kind == Kind::packed) {
      return Session::State::load(packed.bytes(), onnx::DataSource(packed.memory()), options);
    }
    if constexpr (has_onnx) {
      onnx::DataSource::Pieces pieces;
      for (const auto& file : external) {
        if (file.has_begun()) pieces.emplace(file.location(), file.pieces());
      }
      auto skeleton = model.take_skeleton();
      const auto bytes = skeleton->bytes();
      const onnx::DataSource source(std::move(skeleton), model.detached(bytes), std::move(pieces));
      return Session::State::load(bytes, source, options);
    }
    std::unreachable();
  }

  SessionOptions options;
  uint64_t budget;  ///< bytes that may still be taken
  /// What the model is. Its first byte tells, where the build has both: no message of ONNX begins as packed models do.
  enum class Kind : uint8_t { unknown, onnx, packed };
  Kind kind = !has_packed ? Kind::onnx : !has_onnx ? Kind::packed : Kind::unknown;
  std::byte first{};
  std::unique_ptr<WeightForms> forms = weight_forms();
  onnx::ModelStream model;
  packed::PackedStream packed;
  bool model_is_whole = false;
  std::vector<onnx::ExternalStream> external;
  std::vector<std::string> locations;
  size_t current = 0;  ///< of external, once the model is whole
  size_t room = 0;     ///< what next() gave
  bool failed = false;
};

Loader::Loader(const SessionOptions& options) : state_(std::make_unique<State>(options)) {}
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;
Loader::~Loader() = default;

Result<> Loader::check() const {
  if (state_ == nullptr) return fail(ErrorCode::invalid_argument, "the loader is at its end");
  if (state_->failed) return fail(ErrorCode::invalid_argument, "the model has been refused");
  return {};
}

Result<std::span<std::byte>> Loader::next(size_t wanted) {
  WEDGE_TRY(check());
  if (wanted == 0) return fail(ErrorCode::invalid_argument, "room for no bytes was asked for");
  if (state_->model_is_whole && state_->current >= state_->external.size()) {
    return fail(ErrorCode::invalid_argument, "the model is whole");
  }
  auto room = has_external_data && state_->model_is_whole ? state_->external[state_->current].next(wanted)
                                                          : state_->next(wanted);
  state_->failed = !room;
  state_->room = room ? room->size() : 0;
  return room;
}

Result<> Loader::advance(size_t bytes) {
  WEDGE_TRY(check());
  if (bytes > state_->room) {
    return fail(ErrorCode::invalid_argument, bytes, " bytes were written, there was room for ", state_->room);
  }
  state_->room = 0;
  auto taken = has_external_data && state_->model_is_whole ? state_->external[state_->current].advance(bytes)
                                                           : state_->advance(bytes);
  state_->failed = !taken;
  return taken;
}

Result<std::span<const std::string>> Loader::external_files() {
  WEDGE_TRY(check());
  auto ended = state_->end_model();
  state_->failed = !ended;
  if (!ended) return std::unexpected(std::move(ended).error());
  return state_->locations;
}

Result<> Loader::begin_external(size_t index) {
  WEDGE_ASSIGN(const auto known, external_files());
  if (index >= known.size()) {
    return fail(ErrorCode::out_of_range, "file ", index, " of a model that asks for ", known.size());
  }
  if (state_->external[index].has_begun()) {
    return fail(ErrorCode::invalid_argument, "'", known[index], "' was begun before");
  }
  state_->current = index;
  state_->room = 0;
  return {};
}

Result<Session> Loader::finish() {
  WEDGE_TRY(external_files());
  const std::shared_ptr<State> state = std::exchange(state_, nullptr);
  WEDGE_ASSIGN(auto made, state->load());
  return Session(std::move(made));
}

}  // namespace wedge
