#include <algorithm>

#include "base/result.h"
#include "session/state.h"

namespace wedge {

Binding::State::State(std::shared_ptr<Session::State> of)
    : session(std::move(of)),
      execution(session->program.acquire()),
      check(session->module),
      inputs(session->inputs.size()),
      feeds(session->inputs.size()),
      copies(session->inputs.size()) {
  // Whatever an earlier user of the execution made belongs to that user.
  execution->outputs.assign(session->outputs.size(), Tensor());
  execution->bound_outputs = {};
}

Binding::State::~State() { session->program.release(std::move(execution)); }

Result<> Binding::State::set_inputs(std::span<const NamedTensor> feeds) {
  for (const NamedTensor& feed : feeds) {
    WEDGE_ASSIGN(const size_t index, Session(session).input_index(feed.name));
    if (!inputs[index].empty()) return fail(ErrorCode::invalid_argument, "input '", feed.name, "' is fed twice");
    inputs[index] = feed.tensor;
  }
  return {};
}

Result<> Binding::State::run() {
  WEDGE_TRY(check.check(inputs));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].is_dense()) {
      feeds[i] = TensorRef(inputs[i]);
    } else {
      WEDGE_ASSIGN(copies[i], inputs[i].clone());
      feeds[i] = TensorRef(copies[i]);
    }
  }
  return session->program.run(*execution, feeds);
}

Binding::Binding(std::unique_ptr<State> state) : state_(std::move(state)) {}
Binding::Binding(Binding&&) noexcept = default;
Binding& Binding::operator=(Binding&&) noexcept = default;
Binding::~Binding() = default;

Result<> Binding::set_input(size_t index, Tensor tensor) {
  if (index >= state_->inputs.size()) {
    return fail(ErrorCode::invalid_argument, "input ", index, " of a model with ", state_->inputs.size(), " inputs");
  }
  state_->inputs[index] = std::move(tensor);
  return {};
}

Result<> Binding::set_input(std::string_view name, Tensor tensor) {
  WEDGE_ASSIGN(const size_t index, Session(state_->session).input_index(name));
  return set_input(index, std::move(tensor));
}

Result<> Binding::set_output(size_t index, Tensor tensor) {
  if (index >= state_->execution->outputs.size()) {
    return fail(ErrorCode::invalid_argument, "output ", index, " of a model with ", state_->execution->outputs.size(),
                " outputs");
  }
  if (tensor.empty() || tensor.is_read_only() || !tensor.is_dense() || tensor.dtype() == DType::string ||
      is_container(tensor.dtype())) {
    return fail(ErrorCode::invalid_argument, "output ", index, " must be bound to a dense, writable tensor of numbers");
  }
  state_->execution->outputs[index] = std::move(tensor);
  state_->execution->bound_outputs.insert(index);
  return {};
}

Result<> Binding::set_output(std::string_view name, Tensor tensor) {
  WEDGE_ASSIGN(const size_t index, Session(state_->session).output_index(name));
  return set_output(index, std::move(tensor));
}

Result<> Binding::run() { return state_->run(); }

size_t Binding::output_count() const { return state_->execution->outputs.size(); }

const Tensor& Binding::output(size_t index) const { return state_->execution->outputs[index]; }

Result<Tensor> Binding::output(std::string_view name) const {
  WEDGE_ASSIGN(const size_t index, Session(state_->session).output_index(name));
  return output(index);
}

}  // namespace wedge
