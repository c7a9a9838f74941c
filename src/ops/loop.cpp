// Loop: runs its body while the condition holds and iterations are left, carrying values from one to the next and
// stacking what each contributes to the scan outputs.
#include "ops/join.h"
#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::i64}));
  WEDGE_TRY(context.expect_dtype(1, {DType::boolean}));
  const Node& node = context.node();
  const size_t carried = context.input_count() < 2 ? 0 : context.input_count() - 2;
  if (node.subgraphs.size() != 1 || node.subgraphs[0]->inputs.size() != carried + 2 ||
      node.subgraphs[0]->outputs.size() != context.output_count() + 1 || context.output_count() < carried) {
    return fail(ErrorCode::invalid_model, "the body does not fit ", carried, " carried values and ",
                context.output_count(), " outputs");
  }
  // A carried value may change its shape from one iteration to the next, but not its type; only what comes in as an
  // optional may go out as its element.
  std::vector<OutputInfo> inputs = {{.dtype = DType::i64, .shape = Shape{}},
                                    {.dtype = DType::boolean, .shape = Shape{}}};
  for (size_t i = 0; i < carried; ++i) {
    if (!context.has_input(i + 2)) return fail(ErrorCode::invalid_model, "carried input ", i, " is left out");
    inputs.push_back({.dtype = context.dtype(i + 2), .shape = {}});
  }
  WEDGE_ASSIGN(const auto outputs, context.subgraph_outputs(0, inputs));
  for (size_t i = 0; i < context.output_count(); ++i) {
    const OutputInfo& made = outputs[i + 1];
    SymbolicShape stacked;
    if (i >= carried && made.shape.has_rank() && made.shape.rank() < Shape::max_rank) {
      stacked = SymbolicShape::of_rank(made.shape.rank() + 1);
    }
    const bool becomes_element =
        i < carried && is_optional(context.dtype(i + 2)) && made.dtype == element_type(context.dtype(i + 2));
    context.set_output(i, i < carried && !becomes_element ? context.dtype(i + 2) : made.dtype, stacked);
  }
  return {};
}

Result<Tensor> as_carried_in(const Tensor& value, DType dtype) {
  if (!is_optional(dtype) || is_optional(value.dtype())) return value;
  return Tensor::optional(value.dtype(), value);
}

Result<Tensor> as_carried_out(const Tensor& value, DType dtype) {
  if (!is_optional(value.dtype()) || is_optional(dtype)) return value;
  if (value.elements().empty()) return fail(ErrorCode::invalid_argument, "a carried optional stayed without element");
  return value.elements()[0];
}

Result<> expect_single(const RunContext& run, size_t input) {
  if (!run.has_input(input) || run.input(input).numel() == 1) return {};
  return fail(ErrorCode::invalid_argument, "input ", input, " must be a single element, got shape ",
              run.input(input).shape);
}

Result<> run_loop(RunContext& run, size_t carried) {
  for (const size_t i : {size_t{0}, size_t{1}}) WEDGE_TRY(expect_single(run, i));
  const int64_t most = run.has_input(0) ? run.input<int64_t>(0)[0] : INT64_MAX;
  bool goes_on = !run.has_input(1) || run.input<bool>(1)[0];
  std::vector<Tensor> values(carried);
  for (size_t i = 0; i < carried; ++i) {
    WEDGE_ASSIGN(values[i], run.input(i + 2).copy());
  }
  std::vector<std::vector<Tensor>> scans(run.output_count() - carried);
  uint64_t scanned_bytes = 0;
  for (int64_t iteration = 0; iteration < most && goes_on; ++iteration) {
    std::vector<Tensor> inputs;
    WEDGE_ASSIGN(inputs.emplace_back(), Tensor::scalar(iteration));
    WEDGE_ASSIGN(inputs.emplace_back(), Tensor::scalar(goes_on));
    for (size_t i = 0; i < carried; ++i) {
      WEDGE_ASSIGN(inputs.emplace_back(), as_carried_in(values[i], run.input(i + 2).dtype));
    }
    WEDGE_ASSIGN(auto outputs, run.run_subgraph(0, inputs));
    WEDGE_ASSIGN(const auto condition, outputs[0].view<bool>());
    if (condition.size() != 1) return fail(ErrorCode::invalid_argument, "the body's condition must be a single bool");
    goes_on = condition[0];
    for (size_t i = 0; i < carried; ++i) values[i] = std::move(outputs[i + 1]);
    for (size_t i = 0; i < scans.size(); ++i) {
      scanned_bytes += sizeof(Tensor) + outputs[carried + 1 + i].bytes().size();
      scans[i].push_back(std::move(outputs[carried + 1 + i]));
    }
    if (scanned_bytes > run.limit()) {
      return fail(ErrorCode::out_of_memory, "the scan outputs exceed the limit of ", run.limit(), " bytes after ",
                  iteration + 1, " iterations");
    }
  }
  for (size_t i = 0; i < run.output_count(); ++i) {
    if (!run.has_output(i)) continue;
    if (i < carried) {
      WEDGE_ASSIGN(Tensor value, as_carried_out(values[i], run.output(i).dtype));
      run.set_output(i, std::move(value));
    } else {
      WEDGE_ASSIGN(Tensor stacked, join(scans[i - carried], run.output(i).dtype, 0, true));
      run.set_output(i, std::move(stacked));
    }
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const size_t carried = context.input_count() < 2 ? 0 : context.input_count() - 2;
  return [=](RunContext& run) { return run_loop(run, carried); };
}

}  // namespace

WEDGE_OPERATOR(onnx, Loop) = {.infer = infer,
                              .prepare = prepare,
                              .min_inputs = 0,
                              .max_inputs = any_number,
                              .max_outputs = any_number,
                              .has_gaps = true,
                              .takes_containers = true};

}  // namespace wedge
