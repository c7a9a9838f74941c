#include "ops/conv_chain.h"

#include "kernels/conv_chain.h"
#include "ops/channels_last.h"
#include "ops/fused_activation.h"

namespace wedge {
namespace {

constexpr std::string_view length_name = "length";
constexpr size_t weights_input = 1;
constexpr size_t bias_input = 2;
constexpr size_t conv_residual_input = 3;

std::string prefix_of(size_t conv) { return text(conv, "."); }
size_t weights_of(size_t conv) { return 1 + 2 * conv; }
size_t bias_of(size_t conv) { return 2 + 2 * conv; }

// One convolution of the chain as a node of its own.
struct Link {
  Node node;
  std::vector<InputInfo> inputs;

  Link(const NodeView& chain, size_t conv, const SymbolicShape& image) {
    const std::string prefix = prefix_of(conv);
    std::vector<Attribute> own;
    for (const Attribute& attribute : chain.attributes().all()) {
      if (attribute.name.starts_with(prefix)) own.push_back({attribute.name.substr(prefix.size()), attribute.value});
    }
    node.attributes = Attributes(std::move(own));
    inputs.push_back({.present = true, .dtype = DType::f32, .shape = image});
    for (const size_t i : {weights_of(conv), bias_of(conv)}) {
      if (!chain.has_input(i)) {
        inputs.emplace_back();
        continue;
      }
      inputs.push_back({.present = true, .dtype = chain.dtype(i), .shape = chain.shape(i)});
    }
  }
  [[nodiscard]] NodeView view() const { return {node, inputs}; }
};

Result<size_t> length_of(const NodeView& node) {
  WEDGE_ASSIGN(const int64_t length, node.attributes().integer(length_name, 0));
  if (length < 1 || length > static_cast<int64_t>(kernels::longest_chain)) {
    return fail(ErrorCode::invalid_model, "a chain of ", length, " convolutions");
  }
  const auto count = static_cast<size_t>(length);
  for (size_t i = 0; i < count; ++i) WEDGE_TRY(node.expect_present({weights_of(i)}));
  return count;
}

// The shape of the last image.
Result<SymbolicShape> infer_shape(const NodeView& node, size_t length) {
  SymbolicShape shape = node.shape(0);
  for (size_t i = 0; i < length; ++i) {
    const Link link(node, i, shape);
    WEDGE_ASSIGN(shape, channels_last_conv_shape(link.view(), {.weights = weights_input, .bias = bias_input}));
  }
  return shape;
}

Result<> add_bytes(const SymbolicShape& image, int64_t& bytes) {
  const int64_t elements = image.concrete().value_or(Shape{0}).numel();
  if (elements == 0) return fail(ErrorCode::unsupported, "an empty image in a chain of convolutions");
  bytes = saturating_add(bytes, saturating_mul(elements, sizeof(float)));
  return {};
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_present({0}));
  for (size_t i = 0; i < context.input_count(); ++i) WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
  WEDGE_ASSIGN(const size_t length, length_of(context));
  WEDGE_ASSIGN(const SymbolicShape shape, infer_shape(context, length));
  if (shape.has_rank()) context.set_output(0, DType::f32, shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  if (context.input_shape(0).numel() == 0) return fail(ErrorCode::unsupported, "a convolution of no channels");
  WEDGE_ASSIGN(const size_t length, length_of(context));
  std::vector<kernels::ChainedConv> chain;
  std::vector<kernels::ConvFinish> finishes;
  std::vector<const std::byte*> packed;  // null where weights are not constant
  std::vector<Scratch> packed_at_run;
  SymbolicShape image = context.shape(0);
  int64_t image_bytes = 0;
  for (size_t i = 0; i < length; ++i) {
    const Link link(context, i, image);
    WEDGE_ASSIGN(const ConvGeometry geometry, read_channels_last_conv(link.view()));
    WEDGE_ASSIGN(image, channels_last_conv_shape(link.view(), {.weights = weights_input, .bias = bias_input}));
    context.count_operations(geometry.operations());
    WEDGE_TRY(add_bytes(image, image_bytes));
    const kernels::Conv2d conv = geometry.two_dimensional();
    if (!kernels::suits_chain(conv, i == 0)) return fail(ErrorCode::unsupported, "convolution ", i, " in a chain");
    chain.push_back({conv, kernels::chained_method(conv)});
    WEDGE_ASSIGN(const std::byte* weights, pack_channels_last(context, weights_of(i), conv, chain.back().method));
    packed.push_back(weights);
    const size_t packed_size = kernels::channels_last_packed_bytes(conv, chain.back().method);
    packed_at_run.push_back(context.scratch(weights == nullptr ? packed_size : 0));
    WEDGE_ASSIGN(const kernels::ConvFinish finish, read_fused_activation(link.node.attributes));
    finishes.push_back(finish);
  }
  // Strips are no larger than images, of which no other step knows the sizes.
  if (static_cast<uint64_t>(image_bytes) > SIZE_MAX / 4 / context.workers().count()) {
    return fail(ErrorCode::out_of_memory, "images of ", image_bytes, " bytes in a chain of convolutions");
  }
  const size_t residual = weights_of(length);
  const bool has_residual = context.has_input(residual);
  if (has_residual && context.input_shape(residual) != context.output_shape(0)) {
    return fail(ErrorCode::invalid_model, "what is added must be as large as the output");
  }
  const std::vector<ValueId>& inputs = context.node().inputs;
  if (has_residual && inputs[0] != inputs[residual]) context.in_place(0, residual);
  const Scratch scratch = context.scratch(kernels::conv_chain_scratch_bytes(chain, context.workers()));
  context.name_kernel("conv_chain_f32");
  return [=](RunContext& run) -> Result<> {
    kernels::ConvFinish with[kernels::longest_chain];
    const std::byte* weights[kernels::longest_chain];
    for (size_t i = 0; i < chain.size(); ++i) {
      const auto& [conv, method] = chain[i];
      weights[i] = packed[i];
      if (weights[i] == nullptr) {
        std::byte* const to = run.scratch(packed_at_run[i]);
        kernels::channels_last_pack(conv, method, run.input<float>(weights_of(i)).data(), to, run.workers());
        weights[i] = to;
      }
      with[i] = finishes[i];
      if (run.has_input(bias_of(i))) with[i].bias = run.input<float>(bias_of(i)).data();
    }
    if (has_residual) with[chain.size() - 1].residual = run.input<float>(residual).data();
    kernels::conv_chain2d(chain, {.packed = std::span(weights, chain.size()), .finish = std::span(with, chain.size())},
                          run.input<float>(0).data(), run.output<float>(0).data(), run.scratch(scratch), run.workers());
    return {};
  };
}

}  // namespace

ConvChainParts conv_chain_parts(std::span<const Node* const> convs) {
  ConvChainParts parts;
  parts.inputs.push_back(convs.front()->inputs[0]);
  parts.attributes.push_back({.name = std::string(length_name), .value = static_cast<int64_t>(convs.size())});
  for (size_t i = 0; i < convs.size(); ++i) {
    const Node& conv = *convs[i];
    parts.inputs.push_back(conv.inputs[weights_input]);
    parts.inputs.push_back(conv.inputs.size() > bias_input ? conv.inputs[bias_input] : no_value);
    for (const Attribute& attribute : conv.attributes.all()) {
      if (attribute.name == "winograd") continue;
      parts.attributes.push_back({prefix_of(i) + attribute.name, attribute.value});
    }
  }
  if (convs.back()->inputs.size() > conv_residual_input) {
    parts.inputs.push_back(convs.back()->inputs[conv_residual_input]);
  }
  return parts;
}

WEDGE_OPERATOR(wedge, ConvChain) = {
    .infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2 + 2 * kernels::longest_chain};

}  // namespace wedge
