#include "graph/patch.h"

#include <gtest/gtest.h>

namespace wedge {
namespace {

Node node(const std::string& op, std::vector<ValueId> inputs, std::vector<ValueId> outputs) {
  Node made;
  made.op_type = op;
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  return made;
}

NodePointer pointer(Node made) { return std::make_shared<const Node>(std::move(made)); }

std::string words(const Graph& graph) {
  std::string out;
  for (const auto& made : graph.nodes) {
    out += made->op_type + "(";
    for (const ValueId id : made->inputs) out += std::to_string(id) + " ";
    out += ") ";
  }
  return out;
}

// 0 → A → 1 → B → 2, with an If that captures 1.
struct Chain {
  std::vector<Value> values = std::vector<Value>(4);
  Graph graph;

  Chain() {
    Node conditional = node("If", {0}, {3});
    conditional.subgraphs.push_back(std::make_shared<const Graph>(Graph{.inputs = {}, .outputs = {1}, .nodes = {}}));
    graph = {.inputs = {0},
             .outputs = {2, 3},
             .nodes = {pointer(node("A", {0}, {1})), pointer(node("B", {1}, {2})), pointer(std::move(conditional))}};
  }
};

TEST(Patch, ReplacesAndInsertsInOrder) {
  Chain chain;
  Patch patch(chain.values.size());
  const ValueId made = patch.add_value({.name = "new", .dtype = DType::f32, .shape = {}, .constant = {}});
  patch.insert(1, node("C", {1}, {made}));
  patch.replace(1, node("D", {made}, {2}));
  const Graph after = patch.apply(chain.graph, chain.values);
  EXPECT_EQ(words(after), "A(0 ) C(1 ) D(4 ) If(0 ) ");
  EXPECT_EQ(chain.values.size(), 5U);
  EXPECT_EQ(words(chain.graph), "A(0 ) B(1 ) If(0 ) ");
}

TEST(Patch, RedirectsUsesCapturesAndOutputs) {
  Chain chain;
  Patch patch(chain.values.size());
  patch.redirect(1, 0);
  patch.redirect(2, 1);
  patch.remove(0);
  const Graph after = patch.apply(chain.graph, chain.values);
  EXPECT_EQ(words(after), "B(0 ) If(0 ) ");
  EXPECT_EQ(after.outputs[0], 0U);
  EXPECT_EQ(after.nodes[1]->subgraphs[0]->outputs[0], 0U);
  EXPECT_EQ(chain.graph.nodes[2]->subgraphs[0]->outputs[0], 1U);
}

TEST(Graph, KnowsWhatItCaptures) {
  const Chain chain;
  EXPECT_EQ(captured_values(*chain.graph.nodes[2]->subgraphs[0]), (std::vector<ValueId>{1}));
  EXPECT_TRUE(captured_values(chain.graph).empty());
}

}  // namespace
}  // namespace wedge
