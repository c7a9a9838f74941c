// What a Session and a Binding hold.
#pragma once

#include "onnx/data_source.h"
#include "packed/packed_model.h"
#include "plan/program.h"
#include "session/feeds.h"
#include "wedge/profile.h"
#include "wedge/session.h"

namespace wedge {

struct Session::State {
  State(Module loaded, const SessionOptions& options);
  /// A state of the model in `bytes`, planned where all shapes are fixed.
  static Result<std::shared_ptr<State>> load(std::span<const std::byte> bytes, const onnx::DataSource& source,
                                             const SessionOptions& options);
  /// As above, of a model that has been read.
  static Result<std::shared_ptr<State>> make(packed::PackedModel model, const SessionOptions& options);

  Result<> plan_fixed_shapes();
  /// Whether no run can need a plan that is not made yet.
  [[nodiscard]] Result<bool> is_planned() const;
  [[nodiscard]] Result<std::shared_ptr<Segment>> plan_known_shapes() const;
  void log(LogLevel level, std::string_view message) const {
    if (options.log) options.log(level, message);
  }

  SessionOptions options;
  Module module;
  PackedStore store;
  TensorPool pool;
  PlanContext context;
  Program program;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<OpsetVersion> opsets;
  std::vector<PassChange> passes;  ///< where the options ask for them
};

struct Binding::State {
  explicit State(std::shared_ptr<Session::State> session);
  ~State();

  /// Sets the inputs by name. Errors: invalid_argument when one is fed twice; not_found.
  Result<> set_inputs(std::span<const NamedTensor> feeds);
  /// Checks the inputs and runs the program on them.
  Result<> run();

  std::shared_ptr<Session::State> session;
  std::unique_ptr<Execution> execution;
  FeedCheck check;
  std::vector<Tensor> inputs;
  std::vector<TensorRef> feeds;
  std::vector<Tensor> copies;  ///< dense copies of strided inputs
};

}  // namespace wedge
