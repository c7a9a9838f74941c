// What values share memory, and that it does not show.
#include <random>

#include "support/load.h"

namespace wedge::test {
namespace {

// A chain of random operators that overwrite, cut and join vectors, each on what earlier ones made.
class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed) : random_(seed) {
    graph_.initializer("cut", tensor<int64_t>({1}, {1})).initializer("end", tensor<int64_t>({1}, {1000}));
    graph_.initializer("axis", tensor<int64_t>({1}, {1}));
    for (const char* name : {"a", "b"}) {
      graph_.input(name, DType::f32, {1, 4});
      made_.push_back({name, 4});
    }
    for (int i = 0; i < 14; ++i) add();
  }

  // With every value an output nothing is overwritten, since all live to the end.
  [[nodiscard]] std::string bytes(bool all_are_outputs) const {
    GraphWriter graph = graph_;
    for (size_t i = 2; i < made_.size(); ++i) {
      if (all_are_outputs || i + 1 == made_.size()) graph.output(made_[i].name, DType::f32, {1, made_[i].length});
    }
    return model(graph);
  }
  [[nodiscard]] const std::string& last() const { return made_.back().name; }

 private:
  struct Vector {
    std::string name;
    int64_t length;
  };

  const Vector& pick() { return made_[std::uniform_int_distribution<size_t>(0, made_.size() - 1)(random_)]; }

  void add() {
    const std::string name = "v" + std::to_string(made_.size());
    const Vector a = made_.back();
    const Vector b = pick();
    switch (random_() % 5) {
      case 0: graph_.node("Neg", {a.name}, {name}); return made_.push_back({name, a.length});
      case 1:
        if (a.length < 2) return;
        graph_.node("Slice", {a.name, "cut", "end", "axis"}, {name});
        return made_.push_back({name, a.length - 1});
      case 2:
        if (a.length != b.length) return;
        graph_.node("Add", {a.name, b.name}, {name});
        return made_.push_back({name, a.length});
      default: {
        if (a.length + b.length > 500) return;
        const bool swapped = random_() % 2 == 0;
        const auto& [first, second] = swapped ? std::pair(b, a) : std::pair(a, b);
        graph_.node("Concat", {first.name, second.name}, {name}, {attribute("axis", int64_t{1})});
        return made_.push_back({name, a.length + b.length});
      }
    }
  }

  std::mt19937 random_;
  GraphWriter graph_;
  std::vector<Vector> made_;
};

TEST(Storage, SharingMemoryDoesNotShow) {
  const std::vector<NamedTensor> feeds = {{"a", make<float>({1, 4}, {1, 2, 3, 4})},
                                          {"b", make<float>({1, 4}, {5, 6, 7, 8})}};
  SessionOptions options;
  options.optimization = Optimization::none;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const RandomGraph graph(seed);
    const Outputs expected = must_load(graph.bytes(true), options).run(feeds).value();
    const Session session = must_load(graph.bytes(false), options);
    for (int run = 0; run < 2; ++run) {
      const Outputs actual = session.run(feeds).value();
      ASSERT_EQ(elements<float>(*actual.get(graph.last())), elements<float>(*expected.get(graph.last()))) << seed;
    }
  }
}

// Both halves are made where the join lies, so the arena holds the join alone.
TEST(Storage, WhatIsJoinedIsMadeInItsPlace) {
  GraphWriter graph;
  graph.input("a", DType::f32, {1, 1024})
      .node("Neg", {"a"}, {"left"})
      .node("Exp", {"a"}, {"right"})
      .node("Concat", {"left", "right"}, {"joined"}, {attribute("axis", int64_t{1})})
      .node("ReduceSum", {"joined"}, {"y"})
      .output("y", DType::f32, {1, 1});
  const Session session = must_load(model(graph));
  const auto planned = session.plan(std::vector{Shape{1, 1024}});
  ASSERT_TRUE(planned) << planned.error().to_string();
  EXPECT_EQ(session.memory().arena, size_t{2} * 1024 * sizeof(float));
}

}  // namespace
}  // namespace wedge::test
