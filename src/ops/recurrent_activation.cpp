#include "ops/recurrent_activation.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wedge {
namespace {

using Kind = RecurrentActivation::Kind;
using Function = kernels::UnaryFunction;

struct Row {
  std::string_view name;
  Kind kind;
  Function function;
  bool has_alpha;
  float alpha;
  bool has_beta;
  float beta;
};

constexpr std::array<Row, 11> rows = {{
    {"Relu", Kind::elementwise, Function::relu, false, 0, false, 0},
    {"Tanh", Kind::elementwise, Function::tanh, false, 0, false, 0},
    {"Sigmoid", Kind::elementwise, Function::sigmoid, false, 0, false, 0},
    {"Affine", Kind::affine, {}, true, 1, true, 0},
    {"LeakyRelu", Kind::elementwise, Function::leaky_relu, true, 0.01F, false, 0},
    {"ThresholdedRelu", Kind::thresholded_relu, {}, true, 1, false, 0},
    {"ScaledTanh", Kind::scaled_tanh, {}, true, 1, true, 1},
    {"HardSigmoid", Kind::elementwise, Function::hard_sigmoid, true, 0.2F, true, 0.5F},
    {"Elu", Kind::elementwise, Function::elu, true, 1, false, 0},
    {"Softsign", Kind::elementwise, Function::softsign, false, 0, false, 0},
    {"Softplus", Kind::elementwise, Function::softplus, false, 0, false, 0},
}};

// Numbers are taken in order by the functions that have such a parameter.
float next(std::span<const float>& numbers, bool has, float absent) {
  if (!has || numbers.empty()) return absent;
  const float number = numbers.front();
  numbers = numbers.subspan(1);
  return number;
}

}  // namespace

void RecurrentActivation::apply(float* elements, size_t count) const {
  if (kind == Kind::elementwise) {
    kernels::unary_f32(function, elements, elements, count, {.alpha = alpha, .beta = beta});
    return;
  }
  for (float& x : std::span(elements, count)) {
    x = kind == Kind::affine        ? alpha * x + beta
        : kind == Kind::scaled_tanh ? alpha * std::tanh(beta * x)
        : x > alpha                 ? x
                                    : 0;
  }
}

Result<std::vector<RecurrentActivation>> read_activations(const NodeView& node, size_t directions,
                                                          std::span<const std::string_view> defaults) {
  WEDGE_ASSIGN(const auto listed, node.attributes().strings("activations"));
  WEDGE_ASSIGN(auto alphas, node.attributes().numbers("activation_alpha"));
  WEDGE_ASSIGN(auto betas, node.attributes().numbers("activation_beta"));
  const size_t count = directions * defaults.size();
  if (!listed.empty() && listed.size() != count) {
    return fail(ErrorCode::invalid_model, "activations must list ", count, " functions, got ", listed.size());
  }
  std::vector<RecurrentActivation> activations;
  for (size_t i = 0; i < count; ++i) {
    const std::string_view name = listed.empty() ? defaults[i % defaults.size()] : std::string_view(listed[i]);
    const auto row = std::ranges::find(rows, name, &Row::name);
    if (row == rows.end()) return fail(ErrorCode::invalid_model, "unknown activation '", name, "'");
    activations.push_back({.kind = row->kind,
                           .function = row->function,
                           .alpha = next(alphas, row->has_alpha, row->alpha),
                           .beta = next(betas, row->has_beta, row->beta)});
  }
  return activations;
}

}  // namespace wedge
