// Loading a model and running it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wedge/error.h"
#include "wedge/memory.h"
#include "wedge/tensor.h"

namespace wedge {

/// A dimension as the model declares it.
struct DimInfo {
  int64_t value = -1;  ///< -1 when it is not fixed
  std::string symbol;  ///< its name when it is not fixed but named ("batch"), else empty
};

/// An input or output as the model declares it.
struct ValueInfo {
  std::string name;
  DType dtype = DType::undefined;
  bool has_rank = false;
  std::vector<DimInfo> dims;
};

/// "float32 [batch, 3, 224, 224]".
std::string to_string(const ValueInfo& info);

struct OpsetVersion {
  std::string domain;  ///< empty for ai.onnx
  int64_t version = 0;
};

/// How hard load() works on the graph.
enum class Optimization {
  none,   ///< the nodes as they are in the file
  basic,  ///< constants folded; identities and dead nodes dropped
  all,    ///< everything that keeps results within float rounding
};

/// Where a model is meant to run that is written by pack().
enum class PackFor { this_machine, any_machine };

enum class LogLevel { debug, info, warning };

struct SessionOptions {
  /// Threads a run may use, the calling one among them; 0 for as many as the machine has. Results do not depend on it.
  unsigned threads = 0;
  /// Bytes that weights, packed weights, arena and outputs may take together; 0 for the machine's memory. What would
  /// take more is refused with out_of_memory before it is allocated.
  uint64_t max_memory = 0;
  Optimization optimization = Optimization::all;
  /// Rewrites of the graph to leave out, by the names pass_names() gives.
  std::vector<std::string> without_passes;
  /// Keep what each rewrite did for profile(); it takes time at load.
  bool record_passes = false;
  /// Called during load and planning, from the thread that does the work.
  std::function<void(LogLevel, std::string_view)> log;
};

/// The names of the rewrites that Optimization::all does, in order.
std::vector<std::string_view> pass_names();

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// The outputs of a run, in the model's order.
class Outputs {
 public:
  explicit Outputs(std::vector<NamedTensor> tensors) : tensors_(std::move(tensors)) {}
  [[nodiscard]] size_t size() const { return tensors_.size(); }
  [[nodiscard]] const NamedTensor& operator[](size_t i) const { return tensors_[i]; }
  [[nodiscard]] auto begin() const { return tensors_.begin(); }
  [[nodiscard]] auto end() const { return tensors_.end(); }
  /// Error: not_found, naming the outputs there are.
  [[nodiscard]] Result<Tensor> get(std::string_view name) const;

 private:
  std::vector<NamedTensor> tensors_;
};

class Binding;
struct Profile;
struct ProfileOptions;

struct BuildNeeds;

/// A model ready to run. Copying a Session copies a handle. All members may be called from several threads at once.
class Session {
 public:
  /// Maps the file and loads the model in it; external data is looked for beside it. Every error names the file.
  static Result<Session> load(const std::string& path, const SessionOptions& options = {});
  /// Loads a model from memory. The bytes are kept alive by `owner`; without one they must outlive the session.
  static Result<Session> load(std::span<const std::byte> bytes, const SessionOptions& options = {},
                              std::shared_ptr<const void> owner = nullptr);

  [[nodiscard]] std::span<const ValueInfo> inputs() const;
  [[nodiscard]] std::span<const ValueInfo> outputs() const;
  /// Error: not_found, naming the inputs there are.
  [[nodiscard]] Result<size_t> input_index(std::string_view name) const;
  [[nodiscard]] Result<size_t> output_index(std::string_view name) const;
  [[nodiscard]] std::span<const OpsetVersion> opsets() const;
  [[nodiscard]] std::span<const std::pair<std::string, std::string>> metadata() const;

  /// Runs the model. Every input must be fed once, with its dtype and a shape that fits its dims; named dims must
  /// agree among the inputs. The outputs own their memory. Errors: invalid_argument for wrong feeds; those of the
  /// operators; out_of_memory.
  [[nodiscard]] Result<Outputs> run(std::span<const NamedTensor> feeds) const;
  [[nodiscard]] Result<Outputs> run(std::initializer_list<NamedTensor> feeds) const {
    return run(std::span<const NamedTensor>(feeds.begin(), feeds.size()));
  }
  /// The only output of a model with one input and one output. Error: invalid_argument when it has more.
  [[nodiscard]] Result<Tensor> run(const Tensor& feed) const;

  /// A run whose inputs and outputs keep their memory from one call to the next.
  [[nodiscard]] Binding bind() const;

  /// Runs the model many times on these feeds and tells what each step takes; wedge/profile.h has the types. Errors:
  /// those of run().
  [[nodiscard]] Result<Profile> profile(std::span<const NamedTensor> feeds, const ProfileOptions& options) const;

  /// Makes the plan for these input shapes (in the order of inputs()) ahead of the first run and tells what it takes.
  Result<MemoryUse> plan(std::span<const Shape> input_shapes) const;
  /// Writes the model as this session has it, stretch by stretch: the optimised graph, and the weights as the plans
  /// made so far have packed them. load() takes such bytes in the place of a model's, at a 64-byte boundary, and has no
  /// packing left to do; they serve the same version of the library on the same kind of machine. For any machine
  /// weights are written as they are in the graph, and packed when they are loaded. Errors: out_of_memory, and those of
  /// `write`.
  [[nodiscard]] Result<> pack(const std::function<Result<>(std::span<const std::byte>)>& write,
                              PackFor machine = PackFor::this_machine) const;
  /// What the session holds now: weights and packed weights, and the arena of the largest plan made so far. A model
  /// whose input shapes are all fixed is planned at load, so this is the whole of it.
  [[nodiscard]] MemoryUse memory() const;
  [[nodiscard]] PoolUse pool() const;
  /// Frees memory that earlier runs left for later ones until at most `max_bytes` of it are kept: first that of the
  /// pool, then arenas. Runs in progress keep theirs.
  void trim(uint64_t max_bytes = 0) const;

 private:
  friend class Binding;
  friend class Loader;
  friend Result<BuildNeeds> build_needs(const std::string& path);
  struct State;
  explicit Session(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// Inputs and outputs set once and run many times: in steady state, with shapes that stay the same, a run allocates
/// nothing. A Binding is used by one thread at a time; several bindings of one session run at the same time.
class Binding {
 public:
  Binding(Binding&&) noexcept;
  Binding& operator=(Binding&&) noexcept;
  ~Binding();

  /// The tensor to read at every run; its elements may change between runs. Strided tensors are copied at each run.
  Result<> set_input(size_t index, Tensor tensor);
  Result<> set_input(std::string_view name, Tensor tensor);
  /// The tensor to write at every run: dense, writable, of the output's dtype and shape, else run() refuses.
  Result<> set_output(size_t index, Tensor tensor);
  Result<> set_output(std::string_view name, Tensor tensor);
  Result<> run();
  [[nodiscard]] size_t output_count() const;
  /// The output of the last run. Unless set by set_output() it is overwritten by the next run of the same shapes.
  [[nodiscard]] const Tensor& output(size_t index) const;
  [[nodiscard]] Result<Tensor> output(std::string_view name) const;

 private:
  friend class Session;
  struct State;
  explicit Binding(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wedge
