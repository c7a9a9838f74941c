// What LSTM, GRU and RNN share: operands and layouts, the products of gates, and the walk along a sequence.
#pragma once

#include <vector>

#include "kernels/gemm.h"
#include "ops/operator.h"
#include "ops/recurrent_activation.h"

namespace wedge {

/// The weights of gates, [directions, rows, k]: packed when they are a constant. `parts` of the rows are multiplied
/// one at a time.
class GateWeights {
 public:
  static Result<GateWeights> prepare(PrepareContext& context, size_t input, std::vector<size_t> parts);

  /// m rows of k numbers times the transposed part: sets everything but A, C and what is added.
  [[nodiscard]] kernels::GemmArguments product(size_t m, size_t direction, size_t part, const float* weights) const;
  [[nodiscard]] size_t part_count() const { return parts_.size(); }
  /// The elements, null when the packed form makes them needless.
  [[nodiscard]] const float* elements(const RunContext& run) const {
    return packed_ == nullptr ? run.input<float>(input_).data() : nullptr;
  }

 private:
  size_t input_ = 0;
  size_t rows_ = 0;  ///< of all parts
  size_t k_ = 0;
  std::vector<size_t> parts_;
  std::vector<size_t> packed_offsets_;  ///< of each part within a direction, and the size of a direction
  const std::byte* packed_ = nullptr;
};

struct Recurrent {
  size_t steps = 0;
  size_t batch = 0;
  size_t input = 0;
  size_t hidden = 0;
  size_t gates = 0;
  size_t directions = 1;
  bool first_is_reverse = false;
  bool batch_first = false;                      ///< layout 1
  float clip = 0;                                ///< 0 for none
  std::vector<RecurrentActivation> activations;  ///< of all directions
  /// Leading gates whose two biases are added; those of the others are left to the operator.
  size_t summed_bias_gates = 0;
  Scratch x_gates;  ///< [steps * batch, gates * hidden] in the order of the input's rows
  Scratch bias;     ///< [gates * hidden]
  Scratch state;    ///< [batch, hidden]
  Scratch product;  ///< what gemm() asks for

  [[nodiscard]] size_t gate_size() const { return gates * hidden; }
  [[nodiscard]] bool is_reverse(size_t direction) const { return first_is_reverse || direction == 1; }
  /// The row of (step, batch element) in the input, and in the gates made from it.
  [[nodiscard]] size_t row(size_t step, size_t element) const {
    return batch_first ? element * steps + step : step * batch + element;
  }
  /// Between the gates of neighbouring batch elements.
  [[nodiscard]] size_t step_stride() const { return (batch_first ? steps : 1) * gate_size(); }
  /// The element of (direction, batch element) in states: initial ones and the last.
  [[nodiscard]] size_t state_offset(size_t direction, size_t element) const {
    return (batch_first ? element * directions + direction : direction * batch + element) * hidden;
  }
  /// The biases of the input (0) or of the recurrence (1); null when there are none.
  [[nodiscard]] const float* biases(const RunContext& run, size_t direction, size_t which) const {
    return run.has_input(3) ? run.input<float>(3).data() + (2 * direction + which) * gate_size() : nullptr;
  }
};

/// One step of one direction: `gates` holds what the input contributes, rows `stride` apart; `state` is [batch,
/// hidden].
struct RecurrentStep {
  const RunContext& run;
  size_t direction;
  size_t time;
  float* gates;
  size_t stride;
  float* state;

  /// The sequence of this batch element is not over at this step.
  [[nodiscard]] bool is_active(size_t element) const {
    return !run.has_input(4) || static_cast<int64_t>(time) < run.input<int32_t>(4)[element];
  }
};

/// How the weights of a direction lie: a row for each number of a gate, or, as 8-bit integers, a column.
enum class WeightLayout { rows, integer_columns };

/// The shape rule of inputs X, W, R, B, sequence_lens, initial_h and LSTM's initial_c and P.
Result<> infer_recurrent(InferContext& context, size_t gates, WeightLayout layout = WeightLayout::rows);

/// Reads the node and asks for scratch. `defaults` are the activations of one direction.
Result<Recurrent> read_recurrent(PrepareContext& context, size_t gates,
                                 std::initializer_list<std::string_view> defaults,
                                 WeightLayout layout = WeightLayout::rows);

/// Scratch for every product of the node.
Scratch product_scratch(PrepareContext& context, const Recurrent& plan, const GateWeights& input_weights,
                        const GateWeights& recurrent_weights);

/// Sets the gates of all steps of a direction to the products of the input, plus the bias where it is not null.
using InputProduct = FunctionRef<void(size_t direction, const float* bias, float* gates)>;

/// Runs all directions. `begin` is called before the first step of each, `step` brings the state of active elements to
/// the next one, `end` is called after the last.
Result<> run_recurrent(RunContext& run, const Recurrent& plan, InputProduct multiply_inputs,
                       FunctionRef<void(size_t direction)> begin, FunctionRef<void(const RecurrentStep&)> step,
                       FunctionRef<void(size_t direction)> end);
Result<> run_recurrent(RunContext& run, const Recurrent& plan, const GateWeights& weights,
                       FunctionRef<void(size_t direction)> begin, FunctionRef<void(const RecurrentStep&)> step,
                       FunctionRef<void(size_t direction)> end);

/// Limits preactivations to [-bound, bound]; a bound of 0 is none.
void clip_gates(float* gates, size_t count, float bound);

/// A state of a direction from an initial value, zeros when there is none, and back to where results go.
void load_state(const RunContext& run, const Recurrent& plan, size_t input, size_t direction, float* state);
void store_state(const RunContext& run, const Recurrent& plan, size_t output, size_t direction, const float* state);

}  // namespace wedge
