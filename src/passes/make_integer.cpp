// Graphs that say with QuantizeLinear and DequantizeLinear where numbers have 8 bits become graphs that compute with 8
// bits: what lies between the two becomes one operator on integers.
#include <algorithm>
#include <cmath>
#include <optional>

#include "ops/inference.h"
#include "passes/match.h"
#include "passes/pass.h"
#include "tensor/float_access.h"
#include "tensor/tensor_ref.h"

namespace wedge {
namespace {

// 8-bit numbers, their scale and their zero point.
struct Quantized {
  ValueId numbers, scale, zero;
};

class IntegerMaker {
 public:
  IntegerMaker(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), uses_(graph), patch_(patch) {}

  void run() {
    for (at_ = 0; at_ < graph_.nodes.size(); ++at_) {
      const Node& node = *graph_.nodes[at_];
      if (!node.domain.empty() || node.outputs.size() != 1) continue;
      if (node.op_type == "Conv") make_conv(node);
      if (node.op_type == "MatMul") make_matmul(node);
      if (node.op_type == "Gemm") make_gemm(node);
      if (node.op_type == "Add") make_add(node);
      if (node.op_type == "MaxPool") make_max_pool(node);
    }
  }

 private:
  // What comes out of a node: the QuantizeLinear that alone reads it, behind activations that its range implies.
  struct Result {
    Quantized quantized;
    size_t position;
    std::vector<size_t> taken;
  };

  [[nodiscard]] const Node* maker(ValueId value, std::string_view op_type) const {
    const size_t at = value == no_value ? Uses::npos : uses_.maker(value);
    if (at == Uses::npos) return nullptr;
    const Node& node = *graph_.nodes[at];
    return node.domain.empty() && node.op_type == op_type ? &node : nullptr;
  }

  [[nodiscard]] bool is_bytes(ValueId value) const {
    return value != no_value && (values_[value].dtype == DType::u8 || values_[value].dtype == DType::i8);
  }

  // Floats that are 8-bit numbers with a scale; one for all unless `per_channel`.
  [[nodiscard]] std::optional<Quantized> dequantized(ValueId value, bool per_channel = false) const {
    const Node* node = maker(value, "DequantizeLinear");
    if (node == nullptr || node->inputs.size() != 3 || !is_bytes(node->inputs[0])) return std::nullopt;
    if (!has_plain_scale(*node, per_channel)) return std::nullopt;
    return Quantized{node->inputs[0], node->inputs[1], node->inputs[2]};
  }

  [[nodiscard]] bool has_plain_scale(const Node& node, bool per_channel) const {
    const Value& scale = values_[node.inputs[1]];
    const auto block = node.attributes.integer("block_size", 0);
    if (scale.dtype != DType::f32 || scale.constant.empty() || values_[node.inputs[2]].constant.empty()) return false;
    if (!block || *block != 0) return false;
    if (scale.constant.numel() == 1) return true;
    const auto axis = node.attributes.integer("axis", 1);
    return per_channel && axis && *axis == 0 && scale.constant.rank() == 1;
  }

  [[nodiscard]] std::optional<Result> result_of(size_t node) const {
    Result result{.quantized = {}, .position = node, .taken = {node}};
    ValueId value = graph_.nodes[node]->outputs[0];
    bool has_relu = false;
    for (;;) {
      const size_t reader = uses_.only_reader(value);
      if (reader == Uses::npos || taken_.contains(reader)) return std::nullopt;
      const Node& next = *graph_.nodes[reader];
      if (!next.domain.empty()) return std::nullopt;
      result.taken.push_back(reader);
      result.position = reader;
      if (next.op_type == "Relu") {
        has_relu = true;
        value = next.outputs[0];
        continue;
      }
      if (next.op_type != "QuantizeLinear" || next.inputs.size() != 3 || !is_bytes(next.outputs[0]))
        return std::nullopt;
      if (!has_plain_scale(next, false) || (has_relu && !is_lowest(next.inputs[2]))) return std::nullopt;
      result.quantized = {next.outputs[0], next.inputs[1], next.inputs[2]};
      return result;
    }
  }

  // Nothing below zero can be said with this zero point.
  [[nodiscard]] bool is_lowest(ValueId zero) const {
    const TensorRef ref(values_[zero].constant.elements());
    return ref.dtype == DType::i8 ? ref.as<const int8_t>()[0] == -128 : ref.as<const uint8_t>()[0] == 0;
  }

  void make_conv(const Node& node) {
    const auto x = dequantized(node.inputs[0]);
    const auto w = dequantized(node.inputs[1], true);
    const auto y = result_of(at_);
    if (!x || !w || !y || values_[w->numbers].constant.empty() || !is_one_zero(*x)) return;
    std::vector<ValueId> inputs = operands(*x, *w, y->quantized);
    if (node.inputs.size() > 2 && node.inputs[2] != no_value) {
      const auto bias = integer_bias(node.inputs[2], *x, *w);
      if (!bias) return;
      inputs.push_back(*bias);
    }
    replace(node, "", "QLinearConv", std::move(inputs), *y);
  }

  void make_matmul(const Node& node) {
    const auto a = dequantized(node.inputs[0]);
    const auto b = dequantized(node.inputs[1]);
    const auto y = result_of(at_);
    if (a && b && y) replace(node, "", "QLinearMatMul", operands(*a, *b, y->quantized), *y);
  }

  // A matrix times constant weights is a convolution of the rows as pixels.
  void make_gemm(const Node& node) {
    const auto a = dequantized(node.inputs[0]);
    const auto b = dequantized(node.inputs[1], true);
    const auto y = result_of(at_);
    const auto alpha = node.attributes.number("alpha", 1);
    const auto beta = node.attributes.number("beta", 1);
    const auto turns_a = node.attributes.integer("transA", 0);
    const auto turns_b = node.attributes.integer("transB", 0);
    if (!a || !b || !y || !alpha || *alpha != 1 || !beta || *beta != 1 || !turns_a || *turns_a != 0 || !turns_b ||
        *turns_b != 1) {
      return;
    }
    const Tensor weights = values_[b->numbers].constant.elements();
    const SymbolicShape& shape = values_[a->numbers].shape;
    if (weights.empty() || weights.rank() != 2 || shape.rank() != 2 || !shape[1].is_known()) return;
    std::vector<ValueId> inputs = operands(*a, *b, y->quantized);
    if (node.inputs.size() > 2 && node.inputs[2] != no_value) {
      const auto bias = integer_bias(node.inputs[2], *a, *b);
      const SymbolicShape& of_bias = values_[node.inputs[2]].shape;
      if (!bias || values_at(*bias).numel() != weights.shape()[0] || !last_dim(of_bias).is(weights.shape()[0])) return;
      inputs.push_back(*bias);
    }
    const Operator* reshape = find_operator("", "Reshape");
    if (reshape == nullptr) return;
    const int64_t channels = weights.shape()[1];
    const int64_t outputs = weights.shape()[0];
    const DType out_type = values_[y->quantized.numbers].dtype;
    const ValueId pixels = patch_.add_value({.name = node.name + " rows",
                                             .dtype = values_[a->numbers].dtype,
                                             .shape = SymbolicShape{Dim(1), shape[0], Dim(channels)},
                                             .constant = {}});
    const ValueId kernel = add_constant(node.name + " weights", *weights.reshape(Shape{outputs, channels, 1}));
    const ValueId made = patch_.add_value({.name = node.name + " columns",
                                           .dtype = out_type,
                                           .shape = SymbolicShape{Dim(1), shape[0], Dim(outputs)},
                                           .constant = {}});
    inputs[0] = pixels;
    inputs[3] = kernel;
    insert_reshape(y->position, reshape, a->numbers, {1, -1, channels}, pixels);
    Node conv = node;
    conv.domain = "wedge";
    conv.op_type = "ChannelsLastQLinearConv";
    conv.op = find_operator("wedge", "ChannelsLastQLinearConv");
    conv.attributes = Attributes();
    conv.inputs = std::move(inputs);
    conv.outputs = {made};
    if (conv.op == nullptr) return;
    take(*y);
    patch_.insert(y->position, std::move(conv));
    insert_reshape(y->position, reshape, made, {-1, outputs}, y->quantized.numbers);
  }

  void insert_reshape(size_t position, const Operator* reshape, ValueId from, std::vector<int64_t> dims, ValueId to) {
    constexpr int64_t version = 13;
    const auto list = Tensor::zeros(DType::i64, Shape{static_cast<int64_t>(dims.size())});
    if (!list) return;
    std::ranges::copy(dims, TensorRef(*list).as<int64_t>().begin());
    patch_.insert(position, {.name = "rows as pixels",
                             .domain = {},
                             .op_type = "Reshape",
                             .version = version,
                             .op = reshape,
                             .inputs = {from, add_constant("dims", *list)},
                             .outputs = {to},
                             .attributes = {},
                             .subgraph_names = {},
                             .subgraphs = {}});
  }

  void make_add(const Node& node) {
    const auto a = dequantized(node.inputs[0]);
    const auto b = dequantized(node.inputs[1]);
    const auto y = result_of(at_);
    if (!a || !b || !y || !is_one_zero(*a) || !is_one_zero(*b)) return;
    const DType dtype = values_[a->numbers].dtype;
    if (values_[b->numbers].dtype != dtype || values_[y->quantized.numbers].dtype != dtype) return;
    if (!same_shape(values_[a->numbers].shape, values_[b->numbers].shape)) return;
    replace(node, "wedge", "QuantizedAdd",
            {a->numbers, a->scale, a->zero, b->numbers, b->scale, b->zero, y->quantized.scale, y->quantized.zero}, *y);
  }

  // The largest number is the largest integer when both are read alike.
  void make_max_pool(const Node& node) {
    const auto x = dequantized(node.inputs[0]);
    const auto y = result_of(at_);
    if (!x || !y || !is_alike(*x, y->quantized)) return;
    constexpr int64_t version_with_bytes = 12;
    if (node.version >= version_with_bytes) replace(node, "", "MaxPool", {x->numbers}, *y);
  }

  [[nodiscard]] bool is_alike(const Quantized& a, const Quantized& b) const {
    const auto same_bytes = [&](ValueId left, ValueId right) {
      const Tensor l = values_[left].constant.elements();
      const Tensor r = values_[right].constant.elements();
      return l.dtype() == r.dtype() && l.numel() == 1 && r.numel() == 1 && std::ranges::equal(l.bytes(), r.bytes());
    };
    return same_bytes(a.scale, b.scale) && same_bytes(a.zero, b.zero);
  }

  [[nodiscard]] bool is_one_zero(const Quantized& q) const { return values_[q.zero].constant.numel() == 1; }

  static std::vector<ValueId> operands(const Quantized& a, const Quantized& b, const Quantized& y) {
    return {a.numbers, a.scale, a.zero, b.numbers, b.scale, b.zero, y.scale, y.zero};
  }

  // The bias in steps of scale(x) * scale(w): as the model has it, or rounded to it.
  std::optional<ValueId> integer_bias(ValueId value, const Quantized& x, const Quantized& w) {
    const std::vector<float> step = numbers(x.scale);
    const std::vector<float> scales = numbers(w.scale);
    std::vector<float> bias;
    if (const Node* node = maker(value, "DequantizeLinear")) {
      const Tensor whole = values_[node->inputs[0]].constant.elements();
      if (whole.empty() || whole.dtype() != DType::i32 || values_[node->inputs[1]].constant.empty())
        return std::nullopt;
      const std::vector<float> of_bias = numbers(node->inputs[1]);
      if (of_bias.size() != 1 && of_bias.size() != static_cast<size_t>(whole.numel())) return std::nullopt;
      const bool has_zero = node->inputs.size() > 2 && node->inputs[2] != no_value;
      if (has_zero && !is_all_zero(node->inputs[2])) return std::nullopt;
      const auto elements = TensorRef(whole).as<const int32_t>();
      for (size_t i = 0; i < elements.size(); ++i) {
        bias.push_back(static_cast<float>(elements[i]) * of_bias[i % of_bias.size()]);
      }
    } else {
      bias = numbers(value);
    }
    if (bias.empty() || step.size() != 1 || (scales.size() != 1 && scales.size() != bias.size())) return std::nullopt;
    const auto rounded = Tensor::zeros(DType::i32, Shape{static_cast<int64_t>(bias.size())});
    if (!rounded) return std::nullopt;
    const auto to = TensorRef(*rounded).as<int32_t>();
    constexpr double most = 1 << 30;
    for (size_t i = 0; i < bias.size(); ++i) {
      const double whole = std::nearbyint(double{bias[i]} / (double{step[0]} * double{scales[i % scales.size()]}));
      if (!(std::abs(whole) <= most)) return std::nullopt;
      to[i] = static_cast<int32_t>(whole);
    }
    return add_constant(values_[value].name + " (steps)", *rounded);
  }

  [[nodiscard]] bool is_all_zero(ValueId id) const {
    const Tensor elements = values_[id].constant.elements();
    return !elements.empty() && std::ranges::all_of(elements.bytes(), [](std::byte b) { return b == std::byte{0}; });
  }

  // The elements of a constant of floats; none when it is something else.
  [[nodiscard]] std::vector<float> numbers(ValueId id) const {
    const Tensor elements = values_[id].constant.elements();
    if (elements.empty() || elements.dtype() != DType::f32) return {};
    const auto list = TensorRef(elements).as<const float>();
    return {list.begin(), list.end()};
  }

  ValueId add_constant(std::string name, const Tensor& elements) {
    const ValueId id = patch_.add_value(
        {.name = std::move(name), .dtype = elements.dtype(), .shape = elements.shape(), .constant = elements});
    added_[id] = elements;
    return id;
  }
  [[nodiscard]] Tensor values_at(ValueId added) const { return *added_.find(added); }

  void take(const Result& result) {
    for (const size_t node : result.taken) patch_.remove(node);
    taken_.insert_all(result.taken);
  }

  void replace(const Node& node, std::string_view domain, std::string_view op_type, std::vector<ValueId> inputs,
               const Result& result) {
    Node made = node;
    made.domain = domain;
    made.op_type = op_type;
    made.op = find_operator(domain, op_type);
    if (made.op == nullptr) return;
    made.inputs = std::move(inputs);
    made.outputs = {result.quantized.numbers};
    take(result);
    patch_.insert(result.position, std::move(made));
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Uses uses_;
  Patch& patch_;
  size_t at_ = 0;
  IdSet taken_;
  IdMap<Tensor> added_;
};

}  // namespace

Patch make_integer(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  IntegerMaker(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
