#include "ops/fused_activation.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/built_in_parts.h"
#include "base/result.h"
#include "tensor/tensor_ref.h"

namespace wedge {
namespace {

using kernels::unary_f32_of;
using kernels::UnaryFunction;

// An operator, its function, and its attributes with their defaults.
struct Activation {
  std::string_view name;
  kernels::UnaryLoopF32 loop;
  std::string_view alpha;
  float alpha_absent;
  std::string_view beta;
  float beta_absent;
};

constexpr std::array<Activation, 22> all_activations = {{
    {"Abs", unary_f32_of<UnaryFunction::abs>, "", 0, "", 0},
    {"Ceil", unary_f32_of<UnaryFunction::ceil>, "", 0, "", 0},
    {"Elu", unary_f32_of<UnaryFunction::elu>, "alpha", 1, "", 0},
    {"Erf", unary_f32_of<UnaryFunction::erf>, "", 0, "", 0},
    {"Exp", unary_f32_of<UnaryFunction::exp>, "", 0, "", 0},
    {"FastGelu", unary_f32_of<UnaryFunction::gelu_tanh>, "", 0, "", 0},
    {"Floor", unary_f32_of<UnaryFunction::floor>, "", 0, "", 0},
    {"Gelu", unary_f32_of<UnaryFunction::gelu>, "", 0, "", 0},
    {"HardSigmoid", unary_f32_of<UnaryFunction::hard_sigmoid>, "alpha", 0.2F, "beta", 0.5F},
    {"HardSwish", unary_f32_of<UnaryFunction::hard_swish>, "", 0, "", 0},
    {"LeakyRelu", unary_f32_of<UnaryFunction::leaky_relu>, "alpha", 0.01F, "", 0},
    {"Log", unary_f32_of<UnaryFunction::log>, "", 0, "", 0},
    {"Mish", unary_f32_of<UnaryFunction::mish>, "", 0, "", 0},
    {"Neg", unary_f32_of<UnaryFunction::neg>, "", 0, "", 0},
    {"Reciprocal", unary_f32_of<UnaryFunction::reciprocal>, "", 0, "", 0},
    {"Round", unary_f32_of<UnaryFunction::round>, "", 0, "", 0},
    {"Sigmoid", unary_f32_of<UnaryFunction::sigmoid>, "", 0, "", 0},
    {"Silu", unary_f32_of<UnaryFunction::silu>, "", 0, "", 0},
    {"Softplus", unary_f32_of<UnaryFunction::softplus>, "", 0, "", 0},
    {"Softsign", unary_f32_of<UnaryFunction::softsign>, "", 0, "", 0},
    {"Sqrt", unary_f32_of<UnaryFunction::sqrt>, "", 0, "", 0},
    {"Tanh", unary_f32_of<UnaryFunction::tanh>, "", 0, "", 0},
}};

constexpr bool is_built_in(const Activation& activation) {
  return built_in::reads(activation.name) || built_in::reads("FusedConv") ||
         (activation.name == "Silu" && built_in::reads("QuickGelu"));
}

constexpr auto activations = [] {
  std::array<Activation, std::ranges::count_if(all_activations, is_built_in)> some;
  std::ranges::copy_if(all_activations, some.begin(), is_built_in);
  return some;
}();

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
  finish.activation = activation->loop;
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
