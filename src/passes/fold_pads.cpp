// A Pad that one convolution or pool alone reads becomes that one's own pads.
#include <algorithm>
#include <limits>

#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

using Numbers = std::vector<int64_t>;

constexpr int64_t largest_pad = int64_t{1} << 20U;

/// Pads of the axes after batch and channels: first all at the beginnings, then all at the ends.
struct Pads {
  Numbers amounts;
  float value = 0;
};

class PadFolder {
 public:
  PadFolder(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : match_(values, graph), graph_(graph), patch_(patch) {}

  void run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = *graph_.nodes[i];
      if (!node.domain.empty() || node.inputs.empty() || match_.uses().only_reader(node.inputs[0]) != i) continue;
      const Node* pad = match_.maker(node.inputs[0], "Pad");
      if (pad == nullptr || !match_.is_floats(pad->inputs[0])) continue;
      if (const auto pads = pads_of(*pad)) fold(i, node, *pad, *pads);
    }
  }

 private:
  [[nodiscard]] std::optional<Pads> pads_of(const Node& pad) const {
    const auto mode = pad.attributes.string("mode", "constant");
    const auto all = match_.integers(pad, "pads", 1);
    const SymbolicShape& shape = match_.value(pad.inputs[0]).shape;
    const bool has_axes = pad.inputs.size() > 3 && pad.inputs[3] != no_value;
    if (!mode || *mode != "constant" || !all || !shape.has_rank() || has_axes) return std::nullopt;
    const size_t rank = shape.rank();
    if (rank < 3 || all->size() != 2 * rank) return std::nullopt;
    Pads pads;
    for (size_t i = 0; i < 2 * rank; ++i) {
      const int64_t amount = (*all)[i];
      if (amount < 0 || amount > largest_pad) return std::nullopt;
      if (i % rank >= 2) {
        pads.amounts.push_back(amount);
      } else if (amount != 0) {
        return std::nullopt;
      }
    }
    const auto value = value_of(pad);
    if (!value) return std::nullopt;
    pads.value = *value;
    return pads;
  }

  [[nodiscard]] std::optional<float> value_of(const Node& pad) const {
    if (pad.inputs.size() > 2 && pad.inputs[2] != no_value) return match_.number(pad.inputs[2]);
    const auto value = pad.attributes.number("value", 0);
    return value ? std::optional(*value) : std::nullopt;
  }

  void fold(size_t at, const Node& node, const Node& pad, const Pads& pads) {
    const bool is_conv = node.op_type == "Conv" && pads.value == 0;
    const bool is_max = node.op_type == "MaxPool" && pads.value == -std::numeric_limits<float>::infinity();
    const bool is_average = node.op_type == "AveragePool" && pads.value == 0;
    if (!is_conv && !is_max && !is_average) return;
    auto amounts = own_pads(node, pads.amounts.size());
    if (!amounts) return;
    const bool has_own = std::ranges::any_of(*amounts, [](int64_t amount) { return amount != 0; });
    for (size_t i = 0; i < amounts->size(); ++i) (*amounts)[i] += pads.amounts[i];
    if (!is_conv && !pools_alike(node, *amounts)) return;
    if (is_average && has_own && !counts_pads(node)) return;
    Node made = node;
    made.inputs[0] = pad.inputs[0];
    std::vector<Attribute> attributes;
    for (const Attribute& attribute : node.attributes.all()) {
      const bool replaced = attribute.name == "pads" || attribute.name == "auto_pad" ||
                            (is_average && attribute.name == "count_include_pad");
      if (!replaced) attributes.push_back(attribute);
    }
    attributes.push_back({.name = "pads", .value = *std::move(amounts)});
    if (is_average) attributes.push_back({.name = "count_include_pad", .value = int64_t{1}});
    made.attributes = Attributes(std::move(attributes));
    patch_.replace(at, std::move(made));
    patch_.remove(match_.position(node.inputs[0]));
  }

  // The pads that the node's attributes state.
  static std::optional<Numbers> own_pads(const Node& node, size_t count) {
    const auto automatic = node.attributes.string("auto_pad", "NOTSET");
    const auto pads = node.attributes.integers("pads");
    if (!automatic || !pads) return std::nullopt;
    if (*automatic == "VALID" || (*automatic == "NOTSET" && pads->empty())) return Numbers(count);
    if (*automatic != "NOTSET" || pads->size() != count) return std::nullopt;
    Numbers own(pads->begin(), pads->end());
    const bool plain = std::ranges::all_of(own, [](int64_t pad) { return pad >= 0 && pad <= largest_pad; });
    return plain ? std::optional(std::move(own)) : std::nullopt;
  }

  // A pool makes the same of its own pads: windows see more than pads, and none goes past them.
  static bool pools_alike(const Node& node, const Numbers& pads) {
    const auto kernel = node.attributes.integers("kernel_shape");
    const auto ceil = node.attributes.integer("ceil_mode", 0);
    if (!kernel || !ceil || *ceil != 0 || 2 * kernel->size() != pads.size() || node.outputs.size() != 1) return false;
    for (size_t i = 0; i < pads.size(); ++i) {
      if (pads[i] >= (*kernel)[i % kernel->size()]) return false;
    }
    return true;
  }

  static bool counts_pads(const Node& node) {
    const auto counts = node.attributes.flag("count_include_pad", false);
    return counts && *counts;
  }

  Match match_;
  const Graph& graph_;
  Patch& patch_;
};

}  // namespace

Patch fold_pads(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  PadFolder(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
