// Rewrites that keep a model's meaning and make it cheaper.
#pragma once

#include <span>
#include <string_view>

#include "graph/patch.h"
#include "passes/pass_log.h"

namespace wedge {

/// One rewrite. It looks at one graph of a module, subgraphs being visited on their own, and says what should change.
struct Pass {
  std::string_view name;
  Patch (*run)(const std::vector<Value>& values, const Graph& graph);
  /// Operators of any domain: a graph without any of them has nothing for the pass. Empty when every graph may.
  std::span<const std::string_view> about;
};

Patch fold_constants(const std::vector<Value>& values, const Graph& graph);
/// As fold_constants(), which leaves weights of 16 and 8 bits as they are: the Cast and the DequantizeLinear of a
/// constant too.
Patch fold_dequantized(const std::vector<Value>& values, const Graph& graph);
Patch eliminate_dead_nodes(const std::vector<Value>& values, const Graph& graph);

Patch eliminate_identities(const std::vector<Value>& values, const Graph& graph);
Patch widen_floats(const std::vector<Value>& values, const Graph& graph);
Patch eliminate_duplicates(const std::vector<Value>& values, const Graph& graph);
Patch recognize_activations(const std::vector<Value>& values, const Graph& graph);
Patch recognize_layer_normalization(const std::vector<Value>& values, const Graph& graph);
Patch recognize_attention(const std::vector<Value>& values, const Graph& graph);
Patch fuse_matmul(const std::vector<Value>& values, const Graph& graph);
Patch fuse_skip_normalization(const std::vector<Value>& values, const Graph& graph);
Patch scale_integer_products(const std::vector<Value>& values, const Graph& graph);

Patch split_fused_conv(const std::vector<Value>& values, const Graph& graph);
Patch make_integer(const std::vector<Value>& values, const Graph& graph);
Patch fold_pads(const std::vector<Value>& values, const Graph& graph);
Patch fold_into_conv(const std::vector<Value>& values, const Graph& graph);
Patch move_channels_last(const std::vector<Value>& values, const Graph& graph);
Patch fuse_conv(const std::vector<Value>& values, const Graph& graph);
Patch fuse_elementwise(const std::vector<Value>& values, const Graph& graph);
Patch allow_winograd(const std::vector<Value>& values, const Graph& graph);
Patch chain_conv(const std::vector<Value>& values, const Graph& graph);

/// Constant folding and the elimination of identities and dead nodes: what every optimisation level above `none` does.
std::span<const Pass> basic_passes();

/// What Optimization::all does besides, once the types and shapes of values are known.
std::span<const Pass> further_passes();

/// Applies the passes in order to the graph and all its subgraphs, but for those named in `without`, and keeps what
/// they did in `log` unless it is null. What a pass cannot do it leaves alone, so nothing here fails.
[[nodiscard]] Graph apply_passes(std::span<const Pass> passes, std::span<const std::string> without, Graph graph,
                                 std::vector<Value>& values, PassLog* log = nullptr);

}  // namespace wedge
