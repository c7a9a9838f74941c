#include "ops/fused_activation.h"

#include <array>
#include <limits>

#include "base/result.h"
#include "tensor/tensor_ref.h"

namespace wedge {
namespace {

using kernels::UnaryFunction;

// An operator, its function, and its attributes with their defaults.
struct Activation {
  std::string_view name;
  UnaryFunction function;
  std::string_view alpha;
  float alpha_absent;
  std::string_view beta;
  float beta_absent;
};

constexpr std::array<Activation, 22> activations = {{
    {"Abs", UnaryFunction::abs, "", 0, "", 0},
    {"Ceil", UnaryFunction::ceil, "", 0, "", 0},
    {"Elu", UnaryFunction::elu, "alpha", 1, "", 0},
    {"Erf", UnaryFunction::erf, "", 0, "", 0},
    {"Exp", UnaryFunction::exp, "", 0, "", 0},
    {"FastGelu", UnaryFunction::gelu_tanh, "", 0, "", 0},
    {"Floor", UnaryFunction::floor, "", 0, "", 0},
    {"Gelu", UnaryFunction::gelu, "", 0, "", 0},
    {"HardSigmoid", UnaryFunction::hard_sigmoid, "alpha", 0.2F, "beta", 0.5F},
    {"HardSwish", UnaryFunction::hard_swish, "", 0, "", 0},
    {"LeakyRelu", UnaryFunction::leaky_relu, "alpha", 0.01F, "", 0},
    {"Log", UnaryFunction::log, "", 0, "", 0},
    {"Mish", UnaryFunction::mish, "", 0, "", 0},
    {"Neg", UnaryFunction::neg, "", 0, "", 0},
    {"Reciprocal", UnaryFunction::reciprocal, "", 0, "", 0},
    {"Round", UnaryFunction::round, "", 0, "", 0},
    {"Sigmoid", UnaryFunction::sigmoid, "", 0, "", 0},
    {"Silu", UnaryFunction::silu, "", 0, "", 0},
    {"Softplus", UnaryFunction::softplus, "", 0, "", 0},
    {"Softsign", UnaryFunction::softsign, "", 0, "", 0},
    {"Sqrt", UnaryFunction::sqrt, "", 0, "", 0},
    {"Tanh", UnaryFunction::tanh, "", 0, "", 0},
}};

const Activation* find(std::string_view name) {
  for (const Activation& activation : activations) {
    if (activation.name == name) return &activation;
  }
  return nullptr;
}

std::optional<float> bound(const Node& node, size_t input, std::string_view attribute, float absent,
                           FunctionRef<Tensor(ValueId)> constant) {
  constexpr int64_t first_with_inputs = 11;
  if (node.version < first_with_inputs) {
    const auto value = node.attributes.number(attribute, absent);
    return value ? std::optional(*value) : std::nullopt;
  }
  if (input >= node.inputs.size() || node.inputs[input] == no_value) return absent;
  const Tensor value = constant(node.inputs[input]);
  if (value.empty() || value.dtype() != DType::f32 || value.numel() != 1) return std::nullopt;
  return TensorRef(value).as<const float>()[0];
}

}  // namespace

Result<kernels::ConvFinish> activation_finish(std::string_view name, std::optional<float> alpha,
                                              std::optional<float> beta) {
  kernels::ConvFinish finish;
  if (name.empty()) return finish;
  if (name == "Clip") {
    const kernels::Clamp open;
    finish.clamp = {.low = alpha.value_or(open.low), .high = beta.value_or(open.high)};
    return finish;
  }
  if (name == "Relu") {
    finish.clamp = kernels::relu_clamp;
    return finish;
  }
  const Activation* activation = find(name);
  if (activation == nullptr) return fail(ErrorCode::invalid_model, "no activation is called ", name);
  finish.has_activation = true;
  finish.activation = activation->function;
  finish.parameters = {.alpha = alpha.value_or(activation->alpha_absent),
                       .beta = beta.value_or(activation->beta_absent)};
  return finish;
}

Result<kernels::ConvFinish> read_fused_activation(const Attributes& attributes) {
  WEDGE_ASSIGN(const std::string_view name, attributes.string("activation", ""));
  WEDGE_ASSIGN(const float alpha, attributes.number("activation_alpha", 0));
  WEDGE_ASSIGN(const float beta, attributes.number("activation_beta", 0));
  WEDGE_ASSIGN(kernels::ConvFinish finish, activation_finish(name, alpha, beta));
  WEDGE_ASSIGN(finish.scale, attributes.number("scale", 1));
  WEDGE_ASSIGN(finish.shift, attributes.number("shift", 0));
  return finish;
}

std::optional<FusedActivation> fused_activation_of(const Node& node, FunctionRef<Tensor(ValueId)> constant) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (node.domain == "com.microsoft" && node.op_type == "QuickGelu") {
    const auto alpha = node.attributes.number("alpha", 1.702F);
    return alpha && *alpha == 1 ? std::optional(FusedActivation{"Silu"}) : std::nullopt;
  }
  if (!node.domain.empty()) return std::nullopt;
  if (node.op_type == "Relu") return FusedActivation{"Clip", 0, infinity};
  if (node.op_type == "Clip") {
    const auto low = bound(node, 1, "min", -infinity, constant);
    const auto high = bound(node, 2, "max", infinity, constant);
    // Where the bounds cross, Clip's upper one wins, as it does here.
    if (!low || !high) return std::nullopt;
    return FusedActivation{"Clip", *low, *high};
  }
  const Activation* activation = find(node.op_type);
  if (activation == nullptr || node.inputs.size() != 1) return std::nullopt;
  if (const auto form = node.attributes.string("approximate", "none"); !form || *form != "none") {
    return form && *form == "tanh" ? std::optional(FusedActivation{"FastGelu"}) : std::nullopt;
  }
  const auto alpha = node.attributes.number(activation->alpha, activation->alpha_absent);
  const auto beta = node.attributes.number(activation->beta, activation->beta_absent);
  if (!alpha || !beta) return std::nullopt;
  return FusedActivation{activation->name, *alpha, *beta};
}

std::vector<Attribute> activation_attributes(const FusedActivation& activation) {
  return {{.name = "activation", .value = std::string(activation.name)},
          {.name = "activation_alpha", .value = activation.alpha},
          {.name = "activation_beta", .value = activation.beta}};
}

}  // namespace wedge
