#include "wedge/session.h"

#include <algorithm>

#include "base/platform.h"
#include "base/result.h"
#include "onnx/data_source.h"
#include "session/describe.h"
#include "session/load.h"
#include "session/state.h"

namespace wedge {
namespace {

template <typename Infos>
Result<size_t> index_of(const Infos& infos, std::string_view name, std::string_view kind) {
  std::string names;
  for (size_t i = 0; i < infos.size(); ++i) {
    if (infos[i].name == name) return i;
    names += text(i == 0 ? "'" : ", '", infos[i].name, "'");
  }
  return fail(ErrorCode::not_found, "the model has no ", kind, " '", name, "'; it has ",
              names.empty() ? "none" : names);
}

}  // namespace

Session::State::State(Module loaded, const SessionOptions& wanted)
    : options(wanted),
      module(std::move(loaded)),
      store(wanted.max_memory == 0 ? SIZE_MAX : static_cast<size_t>(std::min<uint64_t>(wanted.max_memory, SIZE_MAX))),
      context{.module = module,
              .store = store,
              .pool = pool,
              .workers = Workers(wanted.threads == 0 ? platform::processor_count() : wanted.threads),
              .memory_limit = wanted.max_memory == 0 ? platform::memory_bytes() : wanted.max_memory},
      program(context, module.graph, module.graph.inputs) {
  for (const Declaration& declared : module.inputs) inputs.push_back(describe(declared, module.symbols));
  for (const Declaration& declared : module.outputs) outputs.push_back(describe(declared, module.symbols));
  for (const auto& [domain, version] : module.opsets) opsets.push_back({.domain = domain, .version = version});
}

Result<std::shared_ptr<Session::State>> Session::State::load(std::span<const std::byte> bytes,
                                                             const onnx::DataSource& source,
                                                             const SessionOptions& options) {
  PassLog log;
  WEDGE_ASSIGN(auto model, load_model(bytes, source, options, options.record_passes ? &log : nullptr));
  WEDGE_ASSIGN(auto state, make(std::move(model), options));
  state->passes = log.changes();
  return state;
}

Result<std::shared_ptr<Session::State>> Session::State::make(packed::PackedModel model, const SessionOptions& options) {
  auto state = std::make_shared<State>(std::move(model.module), options);
  for (auto& [weight, form, packed] : model.weights) WEDGE_TRY(state->store.adopt(weight, std::move(form), packed));
  WEDGE_TRY(state->plan_fixed_shapes());
  return state;
}

// Null when the plan depends on what is fed.
Result<std::shared_ptr<Segment>> Session::State::plan_known_shapes() const {
  if (program.has_control_feeds()) return nullptr;
  std::vector<TensorRef> feeds;
  for (const Declaration& declared : module.inputs) {
    const auto shape = declared.shape.concrete();
    if (!shape) return nullptr;
    feeds.emplace_back(declared.dtype, *shape, nullptr);
  }
  return program.plan(feeds);
}

Result<bool> Session::State::is_planned() const {
  WEDGE_ASSIGN(const auto segment, plan_known_shapes());
  // Plans that follow, and those of bodies that a step runs, are made while running.
  return segment != nullptr && segment->frontier == nullptr &&
         std::ranges::all_of(segment->steps, [](const Step& step) { return step.subprograms.empty(); });
}

Result<> Session::State::plan_fixed_shapes() {
  if (const uint64_t weights = resident_constant_bytes(module); weights > context.memory_limit) {
    return fail(ErrorCode::out_of_memory, "the model's weights take ", weights, " bytes, the limit is ",
                context.memory_limit);
  }
  WEDGE_ASSIGN(const auto segment, plan_known_shapes());
  if (segment == nullptr) return {};
  log(LogLevel::info, text("planned ", segment->steps.size(), " steps, arena ", segment->path_arena_size, " bytes"));
  return {};
}

Result<Session> Session::load(const std::string& path, const SessionOptions& options) {
  auto loaded = [&]() -> Result<Session> {
    WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
    const onnx::DataSource source(file, folder_of(path));
    WEDGE_ASSIGN(auto state, State::load(file->bytes(), source, options));
    return Session(std::move(state));
  }();
  if (!loaded) return std::unexpected(loaded.error().in_file(path));
  return loaded;
}

Result<Session> Session::load(std::span<const std::byte> bytes, const SessionOptions& options,
                              std::shared_ptr<const void> owner) {
  const onnx::DataSource source(std::move(owner));
  WEDGE_ASSIGN(auto state, State::load(bytes, source, options));
  return Session(std::move(state));
}

std::span<const ValueInfo> Session::inputs() const { return state_->inputs; }
std::span<const ValueInfo> Session::outputs() const { return state_->outputs; }
std::span<const OpsetVersion> Session::opsets() const { return state_->opsets; }
std::span<const std::pair<std::string, std::string>> Session::metadata() const { return state_->module.metadata; }

Result<size_t> Session::input_index(std::string_view name) const { return index_of(state_->inputs, name, "input"); }
Result<size_t> Session::output_index(std::string_view name) const { return index_of(state_->outputs, name, "output"); }

Result<Outputs> Session::run(std::span<const NamedTensor> feeds) const {
  Binding::State binding(state_);
  WEDGE_TRY(binding.set_inputs(feeds));
  WEDGE_TRY(binding.run());
  std::vector<NamedTensor> outputs;
  for (size_t i = 0; i < state_->outputs.size(); ++i) {
    outputs.push_back({.name = state_->outputs[i].name, .tensor = std::move(binding.execution->outputs[i])});
  }
  return Outputs(std::move(outputs));
}

Result<Tensor> Session::run(const Tensor& feed) const {
  if (inputs().size() != 1 || outputs().size() != 1) {
    return fail(ErrorCode::invalid_argument, "the model has ", inputs().size(), " inputs and ", outputs().size(),
                " outputs; feed them by name");
  }
  WEDGE_ASSIGN(const Outputs outputs, run({{.name = inputs()[0].name, .tensor = feed}}));
  return outputs[0].tensor;
}

Binding Session::bind() const { return Binding(std::make_unique<Binding::State>(state_)); }

Result<MemoryUse> Session::plan(std::span<const Shape> input_shapes) const {
  const auto& declared = state_->module.inputs;
  if (input_shapes.size() != declared.size()) {
    return fail(ErrorCode::invalid_argument, "expected ", declared.size(), " input shapes, got ", input_shapes.size());
  }
  WEDGE_TRY(FeedCheck(state_->module).check(input_shapes));
  if (state_->program.has_control_feeds()) {
    return fail(ErrorCode::unsupported, "the plan of this model depends on the values of its inputs; run it once");
  }
  std::vector<TensorRef> feeds;
  for (size_t i = 0; i < declared.size(); ++i) feeds.emplace_back(declared[i].dtype, input_shapes[i], nullptr);
  WEDGE_ASSIGN(const auto segment, state_->program.plan(feeds));
  return MemoryUse{.weights = resident_constant_bytes(state_->module),
                   .packed = state_->store.bytes(),
                   .arena = segment->path_arena_size,
                   .scratch = segment->scratch_size};
}

Result<> Session::pack(const std::function<Result<>(std::span<const std::byte>)>& write, PackFor machine) const {
  if (machine == PackFor::any_machine) return packed::write(state_->module, nullptr, false, write);
  WEDGE_ASSIGN(const bool is_planned, state_->is_planned());
  return packed::write(state_->module, &state_->store, is_planned, write);
}

MemoryUse Session::memory() const {
  const auto largest = state_->program.largest_arena();
  return {.weights = resident_constant_bytes(state_->module),
          .packed = state_->store.bytes(),
          .arena = largest.arena,
          .scratch = largest.scratch};
}

PoolUse Session::pool() const { return state_->pool.use(); }

void Session::trim(uint64_t max_bytes) const {
  state_->pool.trim(max_bytes);
  state_->program.trim(max_bytes - std::min(max_bytes, state_->pool.use().idle));
}

Result<Tensor> Outputs::get(std::string_view name) const {
  WEDGE_ASSIGN(const size_t index, index_of(tensors_, name, "output"));
  return tensors_[index].tensor;
}

}  // namespace wedge
