// Scan: runs its body on slice after slice of the scan inputs, carrying states from one to the next and joining what
// each contributes to the scan outputs. Opset 8 does so for every element of a batch.
#include <algorithm>

#include "ops/join.h"
#include "ops/operator.h"

namespace wedge {
namespace {

constexpr int64_t last_batched_opset = 8;

// How the node's inputs and outputs are shared out.
struct Layout {
  size_t first = 0;  ///< input of the first state: opset 8 has the lengths of the sequences before it
  size_t states = 0;
  size_t scans = 0;
  size_t scan_outputs = 0;
};

Result<Layout> layout_of(const NodeView& node) {
  WEDGE_ASSIGN(const int64_t scans, node.attributes().required_integer("num_scan_inputs"));
  Layout layout{.first = node.version() <= last_batched_opset ? 1U : 0U};
  const size_t inputs = node.input_count() - std::min(node.input_count(), layout.first);
  if (scans < 1 || static_cast<uint64_t>(scans) > inputs) {
    return fail(ErrorCode::invalid_model, "num_scan_inputs is ", scans, " of ", inputs, " inputs");
  }
  layout.scans = static_cast<size_t>(scans);
  layout.states = inputs - layout.scans;
  const auto& subgraphs = node.node().subgraphs;
  if (subgraphs.size() != 1 || subgraphs[0]->inputs.size() != inputs ||
      subgraphs[0]->outputs.size() != node.output_count() || node.output_count() < layout.states) {
    return fail(ErrorCode::invalid_model, "the body does not fit ", inputs, " inputs and ", node.output_count(),
                " outputs");
  }
  for (size_t i = layout.first; i < node.input_count(); ++i) {
    if (!node.has_input(i)) return fail(ErrorCode::invalid_model, "input ", i, " is left out");
  }
  layout.scan_outputs = node.output_count() - layout.states;
  return layout;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Layout layout, layout_of(context));
  std::vector<OutputInfo> inputs;
  for (size_t i = layout.first; i < context.input_count(); ++i)
    inputs.push_back({.dtype = context.dtype(i), .shape = {}});
  WEDGE_ASSIGN(const auto outputs, context.subgraph_outputs(0, inputs));
  for (size_t i = 0; i < outputs.size(); ++i) context.set_output(i, outputs[i].dtype, {});
  return {};
}

// An entry for each of `count` inputs or outputs: an axis, or 1 for backwards.
Result<std::vector<int64_t>> entries(const NodeView& node, std::string_view name, size_t count) {
  WEDGE_ASSIGN(const auto listed, node.attributes().integers(name));
  if (listed.empty()) return std::vector<int64_t>(count, 0);
  if (listed.size() != count) {
    return fail(ErrorCode::invalid_model, "attribute '", name, "' has ", listed.size(), " entries for ", count);
  }
  return std::vector<int64_t>(listed.begin(), listed.end());
}

struct Scanner {
  Layout layout;
  std::vector<int64_t> input_axes;
  std::vector<int64_t> input_backwards;
  std::vector<int64_t> output_axes;
  std::vector<int64_t> output_backwards;

  // One element of a batch: states and scan inputs in, states and joined scan outputs out. At most `most` steps.
  Result<std::vector<Tensor>> scan(RunContext& run, std::vector<Tensor> inputs, int64_t most) const {
    WEDGE_ASSIGN(int64_t steps, count_steps(inputs));
    steps = std::min(steps, most);
    std::vector<Tensor> states(inputs.begin(), inputs.begin() + static_cast<ptrdiff_t>(layout.states));
    std::vector<std::vector<Tensor>> pieces(layout.scan_outputs);
    for (int64_t step = 0; step < steps; ++step) {
      std::vector<Tensor> step_inputs = states;
      for (size_t i = 0; i < layout.scans; ++i) {
        const int64_t position = input_backwards[i] != 0 ? steps - 1 - step : step;
        WEDGE_ASSIGN(step_inputs.emplace_back(), slice(inputs[layout.states + i], input_axes[i], position));
      }
      WEDGE_ASSIGN(auto outputs, run.run_subgraph(0, step_inputs));
      for (size_t i = 0; i < layout.states; ++i) states[i] = std::move(outputs[i]);
      for (size_t i = 0; i < pieces.size(); ++i) pieces[i].push_back(std::move(outputs[layout.states + i]));
    }
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (output_backwards[i] != 0) std::ranges::reverse(pieces[i]);
      WEDGE_ASSIGN(states.emplace_back(), join(pieces[i], run.output(layout.states + i).dtype, output_axes[i], true));
    }
    return states;
  }

  // Without the axis.
  static Result<Tensor> slice(const Tensor& tensor, int64_t wanted_axis, int64_t position) {
    WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted_axis, tensor.rank()));
    WEDGE_ASSIGN(const Tensor piece, tensor.slice(static_cast<int64_t>(axis), position, position + 1));
    std::vector<int64_t> dims(piece.shape().begin(), piece.shape().end());
    dims.erase(dims.begin() + static_cast<ptrdiff_t>(axis));
    return piece.reshape(dims);
  }

 private:
  [[nodiscard]] Result<int64_t> count_steps(std::span<const Tensor> inputs) const {
    int64_t steps = -1;
    for (size_t i = 0; i < layout.scans; ++i) {
      const Shape& shape = inputs[layout.states + i].shape();
      WEDGE_ASSIGN(const size_t axis, resolve_axis(input_axes[i], shape.rank()));
      if (steps >= 0 && steps != shape[axis]) {
        return fail(ErrorCode::invalid_argument, "scan inputs have ", steps, " and ", shape[axis], " slices");
      }
      steps = shape[axis];
    }
    return steps;
  }
};

Result<Tensor> whole_input(const RunContext& run, size_t input) {
  if (is_container(run.input(input).dtype)) return run.keep(input);
  const TensorRef& tensor = run.input(input);
  return Tensor::wrap_bytes(tensor.dtype, tensor.bytes(), tensor.shape, true, nullptr);
}

Result<> run_scan(const Scanner& scanner, RunContext& run) {
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < run.input_count(); ++i) {
    WEDGE_ASSIGN(inputs.emplace_back(), whole_input(run, i));
  }
  WEDGE_ASSIGN(auto outputs, scanner.scan(run, std::move(inputs), INT64_MAX));
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (run.has_output(i)) run.set_output(i, std::move(outputs[i]));
  }
  return {};
}

// Outputs of shorter sequences of the batch are filled up with zeros.
Result<Tensor> lengthen(const Tensor& tensor, int64_t length) {
  if (tensor.shape()[0] == length) return tensor;
  Shape shape = tensor.shape();
  shape[0] = length - shape[0];
  WEDGE_ASSIGN(const Tensor zeros, Tensor::zeros(tensor.dtype(), shape));
  return join(std::vector<Tensor>{tensor, zeros}, tensor.dtype(), 0, false);
}

Result<> run_batched_scan(const Scanner& scanner, RunContext& run) {
  const Layout& layout = scanner.layout;
  std::vector<Tensor> inputs;
  int64_t batch = -1;
  for (size_t i = layout.first; i < run.input_count(); ++i) {
    WEDGE_ASSIGN(inputs.emplace_back(), whole_input(run, i));
    const Tensor& input = inputs.back();
    const size_t least_rank = i < layout.first + layout.states ? 1 : 2;
    if (input.rank() < least_rank || (batch >= 0 && input.shape()[0] != batch)) {
      return fail(ErrorCode::invalid_argument, "input ", i, " has shape ", input.shape(), ", which is no batch of ",
                  batch);
    }
    batch = input.shape()[0];
  }
  if (run.has_input(0) && run.input(0).numel() != batch) {
    return fail(ErrorCode::invalid_argument, "there are ", run.input(0).numel(), " lengths for a batch of ", batch);
  }
  const int64_t longest = inputs[layout.states].shape()[1];
  std::vector<std::vector<Tensor>> results(run.output_count());
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<Tensor> of_element;
    for (const Tensor& input : inputs) {
      WEDGE_ASSIGN(of_element.emplace_back(), Scanner::slice(input, 0, b));
    }
    const int64_t most =
        run.has_input(0) ? std::max<int64_t>(run.input<int64_t>(0)[static_cast<size_t>(b)], 0) : longest;
    WEDGE_ASSIGN(auto outputs, scanner.scan(run, std::move(of_element), most));
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (i >= layout.states && run.has_input(0) && most > 0) {
        WEDGE_ASSIGN(outputs[i], lengthen(outputs[i], longest));
      }
      results[i].push_back(std::move(outputs[i]));
    }
  }
  for (size_t i = 0; i < results.size(); ++i) {
    if (!run.has_output(i)) continue;
    WEDGE_ASSIGN(Tensor joined, join(results[i], run.output(i).dtype, 0, true));
    run.set_output(i, std::move(joined));
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Layout layout, layout_of(context));
  const bool batched = context.version() <= last_batched_opset;
  Scanner scanner{.layout = layout, .input_axes = {}, .input_backwards = {}, .output_axes = {}, .output_backwards = {}};
  const auto* directions = batched ? "directions" : "scan_input_directions";
  WEDGE_ASSIGN(scanner.input_backwards, entries(context, directions, layout.scans));
  WEDGE_ASSIGN(scanner.input_axes, entries(context, "scan_input_axes", layout.scans));
  WEDGE_ASSIGN(scanner.output_axes, entries(context, "scan_output_axes", layout.scan_outputs));
  WEDGE_ASSIGN(scanner.output_backwards, entries(context, "scan_output_directions", layout.scan_outputs));
  return [batched, scanner = std::move(scanner)](RunContext& run) {
    return batched ? run_batched_scan(scanner, run) : run_scan(scanner, run);
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Scan) = {.infer = infer,
                              .prepare = prepare,
                              .min_inputs = 0,
                              .max_inputs = any_number,
                              .max_outputs = any_number,
                              .has_gaps = true,
                              .takes_containers = true};

}  // namespace wedge
