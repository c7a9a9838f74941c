// Functions of single elements, one after the other, over a tile of elements at a time: what one leaves is in cache
// when the next takes it up, and of the values between only tiles exist. The last step makes the output. Inputs are as
// large as the output, one number, or a row: the output's last dimensions, the same for all before them.
#include "ops/elementwise_chain.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ops/binary.h"
#include "ops/broadcast.h"
#include "ops/fused_activation.h"

namespace wedge {
namespace {

using kernels::binary_f32_of;
using kernels::BinaryForm;
using kernels::BinaryFunction;

struct NamedLoop {
  std::string_view name;
  kernels::BinaryLoopF32 loop;
};
constexpr std::array<NamedLoop, 7> binary_loops = {{{"Add", binary_f32_of<BinaryFunction::add>},
                                                    {"Sub", binary_f32_of<BinaryFunction::subtract>},
                                                    {"Mul", binary_f32_of<BinaryFunction::multiply>},
                                                    {"Div", binary_f32_of<BinaryFunction::divide>},
                                                    {"Max", binary_f32_of<BinaryFunction::maximum>},
                                                    {"Min", binary_f32_of<BinaryFunction::minimum>},
                                                    {"Pow", binary_f32_of<BinaryFunction::power>}}};

constexpr size_t tile = 1024;

struct Instruction {
  kernels::BinaryLoopF32 binary = nullptr;
  kernels::UnaryLoopF32 unary = nullptr;
  kernels::UnaryParameters parameters;
  BinaryForm form = BinaryForm::vector_vector;
  size_t first = 0;
  size_t second = 0;
  size_t target = 0;  // the tile that takes the result
};

struct Chain {
  std::vector<Instruction> instructions;
  std::vector<size_t> periods;  // by input: after how many elements it begins anew; 0 when it is as large as the output
  size_t tiles = 0;             // of scratch memory, those of rows first
};

// The elements of a row from `phase` on, repeated.
void repeat(const float* row, size_t period, size_t phase, float* out, size_t count) {
  for (size_t at = 0; at < count;) {
    const size_t length = std::min(period - phase, count - at);
    std::memcpy(out + at, row + phase, length * sizeof(float));
    at += length;
    phase = 0;
  }
}

void run_tile(const Chain& chain, RunContext& run, float* tiles, size_t begin, size_t count) {
  const size_t inputs = chain.periods.size();
  const auto tile_at = [&](size_t i) { return tiles + i * tile; };
  const auto operand = [&](size_t i) -> const float* {
    if (i >= inputs) return tile_at(chain.instructions[i - inputs].target);
    const auto* elements = reinterpret_cast<const float*>(run.input(i).data);
    const size_t period = chain.periods[i];
    if (period == 0) return elements + begin;
    if (period == 1) return elements;
    const size_t phase = begin % period;
    return phase + count <= period ? elements + phase : tile_at(i);
  };
  for (size_t i = 0; i < inputs; ++i) {
    const size_t period = chain.periods[i];
    if (period < 2 || begin % period + count <= period) continue;
    repeat(reinterpret_cast<const float*>(run.input(i).data), period, begin % period, tile_at(i), count);
  }
  for (const Instruction& step : chain.instructions) {
    const bool is_last = &step == &chain.instructions.back();
    float* out = is_last ? reinterpret_cast<float*>(run.output(0).data) + begin : tile_at(step.target);
    if (step.binary != nullptr) {
      step.binary(step.form, operand(step.first), operand(step.second), out, count);
    } else {
      step.unary(operand(step.first), out, count, step.parameters);
    }
  }
}

// How an input is read: see Chain::periods.
Result<size_t> period_of(const Shape& input, const Shape& output) {
  size_t common = 0;
  while (common < input.rank() && common < output.rank() &&
         input[input.rank() - 1 - common] == output[output.rank() - 1 - common]) {
    ++common;
  }
  const int64_t period = output.numel(output.rank() - common, output.rank());
  if (input.rank() > output.rank() || input.numel() != period) {
    return fail(ErrorCode::unsupported, "an input of shape ", input, " beside an output of shape ", output);
  }
  return period == output.numel() ? 0 : static_cast<size_t>(period);
}

Result<Instruction> instruction_of(const ChainStep& step, const std::vector<size_t>& periods) {
  const auto is_number = [&](int64_t i) {
    return static_cast<size_t>(i) < periods.size() && periods[static_cast<size_t>(i)] == 1;
  };
  Instruction made{.first = static_cast<size_t>(step.first), .second = static_cast<size_t>(step.second)};
  made.binary = binary_loop(step.function);
  if (is_number(step.first) && (made.binary == nullptr || is_number(step.second))) {
    return fail(ErrorCode::unsupported, step.function, " of single numbers");
  }
  if (made.binary != nullptr) {
    if (is_number(step.first)) made.form = BinaryForm::scalar_vector;
    if (is_number(step.second)) made.form = BinaryForm::vector_scalar;
    return made;
  }
  WEDGE_ASSIGN(const kernels::ConvFinish finish, activation_finish(step.function, step.alpha, step.beta));
  made.unary = finish.activation;
  made.parameters = finish.parameters;
  if (made.unary == nullptr) {
    made.unary = kernels::unary_f32_of<kernels::UnaryFunction::clip>;
    made.parameters = {.alpha = finish.clamp.low, .beta = finish.clamp.high};
  }
  return made;
}

// Gives each result a tile that no later step reads any more, or a new one. A result may take its own operand's.
void assign_tiles(Chain& chain) {
  const size_t inputs = chain.periods.size();
  std::vector<size_t> last_use(chain.instructions.size(), 0);
  for (size_t i = 0; i < chain.instructions.size(); ++i) {
    const Instruction& step = chain.instructions[i];
    for (const size_t operand : {step.first, step.binary != nullptr ? step.second : step.first}) {
      if (operand >= inputs) last_use[operand - inputs] = i;
    }
  }
  chain.tiles = inputs;
  std::vector<size_t> free;
  for (size_t i = 0; i < chain.instructions.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (last_use[k] == i) free.push_back(chain.instructions[k].target);
    }
    if (free.empty()) free.push_back(chain.tiles++);
    chain.instructions[i].target = free.back();
    free.pop_back();
  }
}

Result<> infer(InferContext& context) {
  for (size_t i = 0; i < context.input_count(); ++i) WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
  return infer_broadcast(context, DType::f32);
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.output_shape(0);
  WEDGE_ASSIGN(const std::vector<ChainStep> steps, read_chain(context.attributes(), context.input_count()));
  if (shape.numel() == 0) return Kernel();
  Chain chain;
  for (size_t i = 0; i < context.input_count(); ++i) {
    WEDGE_ASSIGN(const size_t period, period_of(context.input_shape(i), shape));
    chain.periods.push_back(period);
    if (period == 0) context.in_place(0, i);
  }
  for (const ChainStep& step : steps) {
    WEDGE_ASSIGN(Instruction made, instruction_of(step, chain.periods));
    chain.instructions.push_back(made);
  }
  assign_tiles(chain);
  const auto count = static_cast<size_t>(shape.numel());
  const Scratch scratch = context.scratch_per_worker(chain.tiles * tile, sizeof(float));
  context.count_operations(static_cast<double>(steps.size()) * static_cast<double>(count));
  return [chain = std::move(chain), count, scratch](RunContext& run) -> Result<> {
    run.workers().run(count, elementwise_grain / 2, [&](size_t begin, size_t end, unsigned worker) {
      auto* tiles = run.scratch<float>(scratch, worker);
      for (size_t at = begin; at < end; at += tile) run_tile(chain, run, tiles, at, std::min(tile, end - at));
    });
    return {};
  };
}

}  // namespace

kernels::BinaryLoopF32 binary_loop(std::string_view name) {
  for (const NamedLoop& named : binary_loops) {
    if (named.name == name) return named.loop;
  }
  return nullptr;
}

std::vector<Attribute> chain_attributes(const std::vector<ChainStep>& steps) {
  std::vector<std::string> functions;
  std::vector<int64_t> operands;
  std::vector<float> parameters;
  for (const ChainStep& step : steps) {
    functions.push_back(step.function);
    operands.insert(operands.end(), {step.first, step.second});
    parameters.insert(parameters.end(), {step.alpha, step.beta});
  }
  return {{.name = "functions", .value = std::move(functions)},
          {.name = "operands", .value = std::move(operands)},
          {.name = "parameters", .value = std::move(parameters)}};
}

Result<std::vector<ChainStep>> read_chain(const Attributes& attributes, size_t inputs) {
  WEDGE_ASSIGN(const std::span<const std::string> functions, attributes.strings("functions"));
  WEDGE_ASSIGN(const std::span<const int64_t> operands, attributes.integers("operands"));
  WEDGE_ASSIGN(const std::span<const float> parameters, attributes.numbers("parameters"));
  if (functions.empty() || operands.size() != 2 * functions.size() || parameters.size() != operands.size()) {
    return fail(ErrorCode::invalid_model, "a chain of ", functions.size(), " functions with ", operands.size(),
                " operands and ", parameters.size(), " parameters");
  }
  std::vector<ChainStep> steps;
  for (size_t i = 0; i < functions.size(); ++i) {
    const int64_t first = operands[2 * i];
    const int64_t second = operands[2 * i + 1];
    const auto known = static_cast<int64_t>(inputs + i);
    const bool is_binary = binary_loop(functions[i]) != nullptr;
    if (first < 0 || first >= known || second >= known || (second < 0) == is_binary) {
      return fail(ErrorCode::invalid_model, "operands ", first, " and ", second, " of ", functions[i], " in a chain");
    }
    steps.push_back({functions[i], first, second, parameters[2 * i], parameters[2 * i + 1]});
  }
  return steps;
}

WEDGE_OPERATOR(wedge, ElementwiseChain) = {.infer = infer, .prepare = prepare, .max_inputs = any_number};

}  // namespace wedge
