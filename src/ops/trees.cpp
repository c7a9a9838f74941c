#include "ops/trees.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "ops/read_number.h"
#include "ops/samples.h"

namespace wedge {
namespace {

constexpr size_t most_places = size_t{1} << 31U;
constexpr size_t most_targets = size_t{1} << 24U;

Result<> check_lengths(size_t wanted, std::initializer_list<size_t> lengths) {
  for (const size_t length : lengths) {
    if (length == wanted) continue;
    return fail(ErrorCode::invalid_model, "a list of the trees has ", length, " elements, another one ", wanted);
  }
  if (wanted >= most_places) return fail(ErrorCode::unsupported, wanted, " nodes or leaves in trees");
  return {};
}

Result<std::vector<double>> numbers_of(const Tensor& tensor) {
  WEDGE_ASSIGN(const Tensor dense, tensor.dense());
  const ReadNumber read = number_reader(dense.dtype());
  if (read == nullptr) return fail(ErrorCode::invalid_model, "a list of the trees has type ", dense.dtype());
  std::vector<double> numbers(static_cast<size_t>(dense.numel()));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = read(dense.data(), i);
  return numbers;
}

// Empty when the attribute is absent.
Result<std::vector<double>> tensor_numbers(const Result<const Tensor*>& tensor) {
  WEDGE_TRY(tensor);
  if (*tensor == nullptr) return std::vector<double>();
  return numbers_of(**tensor);
}

Result<uint32_t> feature_number(int64_t feature) {
  if (feature >= 0 && feature < INT32_MAX) return static_cast<uint32_t>(feature);
  return fail(ErrorCode::invalid_model, "a tree asks for feature ", feature);
}

Result<uint32_t> target_number(int64_t target, size_t targets) {
  if (target >= 0 && static_cast<size_t>(target) < targets) return static_cast<uint32_t>(target);
  return fail(ErrorCode::invalid_model, "a leaf is for target ", target, " of ", targets);
}

Result<> check_not_empty(const Trees& trees) {
  if (!trees.roots.empty()) return {};
  return fail(ErrorCode::invalid_model, "the node has no trees");
}

Result<> check_targets(int64_t targets) {
  if (targets >= 1 && targets <= static_cast<int64_t>(most_targets)) return {};
  return fail(ErrorCode::invalid_model, targets, " targets");
}

// Branches are taken away that no remaining one leads to. What is left over when there are none such is a circle.
Result<> check_ways(const Trees& trees) {
  std::vector<uint32_t> ways(trees.branches.size());
  for (const auto& branch : trees.branches) {
    for (const TreePlace next : branch.next) {
      if (!next.is_leaf()) ++ways[next.number()];
    }
  }
  std::vector<uint32_t> free;
  for (uint32_t i = 0; i < ways.size(); ++i) {
    if (ways[i] == 0) free.push_back(i);
  }
  for (size_t i = 0; i < free.size(); ++i) {
    const auto& branch = trees.branches[free[i]];
    for (const TreePlace next : branch.next) {
      if (!next.is_leaf() && --ways[next.number()] == 0) free.push_back(next.number());
    }
  }
  if (free.size() == ways.size()) return {};
  return fail(ErrorCode::invalid_model, "the branches of a tree lead in a circle");
}

// A node as the first versions name it.
struct NodeKey {
  int64_t tree;
  int64_t node;
  uint32_t place;

  [[nodiscard]] std::pair<int64_t, int64_t> name() const { return {tree, node}; }
};

class NodeIndex {
 public:
  static Result<NodeIndex> make(std::span<const int64_t> trees, std::span<const int64_t> nodes) {
    NodeIndex index;
    index.keys_.reserve(nodes.size());
    for (size_t i = 0; i < nodes.size(); ++i) {
      index.keys_.push_back({.tree = trees[i], .node = nodes[i], .place = static_cast<uint32_t>(i)});
    }
    std::ranges::sort(index.keys_, {}, &NodeKey::name);
    const auto twice = std::ranges::adjacent_find(index.keys_, {}, &NodeKey::name);
    if (twice == index.keys_.end()) return index;
    return fail(ErrorCode::invalid_model, "node ", twice->node, " of tree ", twice->tree, " is there twice");
  }

  [[nodiscard]] Result<size_t> find(int64_t tree, int64_t node) const {
    const auto found = std::ranges::lower_bound(keys_, std::pair(tree, node), {}, &NodeKey::name);
    if (found != keys_.end() && found->name() == std::pair(tree, node)) return found->place;
    return fail(ErrorCode::invalid_model, "tree ", tree, " has no node ", node);
  }

  /// The first node of each tree in the file's order, which is its root.
  [[nodiscard]] std::vector<size_t> roots() const {
    std::vector<size_t> roots;
    for (size_t i = 0; i < keys_.size(); ++i) {
      const bool is_new = i == 0 || keys_[i].tree != keys_[i - 1].tree;
      if (is_new) roots.push_back(keys_[i].place);
      roots.back() = std::min<size_t>(roots.back(), keys_[i].place);
    }
    return roots;
  }

 private:
  std::vector<NodeKey> keys_;
};

// Nothing for a leaf.
Result<std::optional<Comparison>> comparison_of(std::string_view mode) {
  if (mode == "LEAF") return std::nullopt;
  if (mode == "BRANCH_LEQ") return Comparison::less_or_equal;
  if (mode == "BRANCH_LT") return Comparison::less;
  if (mode == "BRANCH_GTE") return Comparison::greater_or_equal;
  if (mode == "BRANCH_GT") return Comparison::greater;
  if (mode == "BRANCH_EQ") return Comparison::equal;
  if (mode == "BRANCH_NEQ") return Comparison::not_equal;
  return fail(ErrorCode::invalid_model, "nodes_modes has '", mode, "'");
}

// Gives the leaves their weights, those of each leaf in the file's order. Weights of branches count for nothing.
Result<> add_weights(const LeafAttributes& leaves, const NodeIndex& index, std::span<const TreePlace> places,
                     Trees& trees) {
  const size_t count = leaves.weights.size();
  WEDGE_TRY(check_lengths(count, {leaves.trees.size(), leaves.nodes.size(), leaves.targets.size()}));
  std::vector<TreePlace> owners;
  owners.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    WEDGE_ASSIGN(const size_t node, index.find(leaves.trees[i], leaves.nodes[i]));
    owners.push_back(places[node]);
    if (places[node].is_leaf()) ++trees.leaf_ends[places[node].number()];
  }
  std::vector<uint32_t> next(trees.leaf_ends.size());
  uint32_t sum = 0;
  for (size_t leaf = 0; leaf < next.size(); ++leaf) {
    next[leaf] = sum;
    sum += trees.leaf_ends[leaf];
    trees.leaf_ends[leaf] = sum;
  }
  trees.weights.resize(sum);
  for (size_t i = 0; i < count; ++i) {
    if (!owners[i].is_leaf()) continue;
    WEDGE_ASSIGN(const uint32_t target, target_number(leaves.targets[i], trees.targets));
    trees.weights[next[owners[i].number()]++] = {.target = target, .value = leaves.weights[i]};
  }
  return {};
}

// Turns a branch into one that asks whether a feature is among sorted values, by halving.
void ask_for_members(Trees& trees, size_t at, std::span<const double> values) {
  auto branch = trees.branches[at];
  if (values.size() <= 1) {
    // Nothing equals NaN.
    branch.split = values.empty() ? NAN : values.front();
    branch.comparison = Comparison::equal;
    trees.branches[at] = branch;
    return;
  }
  const size_t half = values.size() / 2;
  const size_t low = trees.branches.size();
  trees.branches.insert(trees.branches.end(), 2, branch);
  branch.split = values[half - 1];
  branch.comparison = Comparison::less_or_equal;
  branch.next[1] = TreePlace::branch(low);
  branch.next[0] = TreePlace::branch(low + 1);
  trees.branches[at] = branch;
  ask_for_members(trees, low, values.first(half));
  ask_for_members(trees, low + 1, values.subspan(half));
}

// Each set ends with NaN; the last one may end with the list.
Result<std::span<double>> take_set(std::span<double>& values) {
  if (values.empty()) return fail(ErrorCode::invalid_model, "membership_values has fewer sets than there are branches");
  const auto end = std::ranges::find_if(values, [](double value) { return std::isnan(value); });
  const auto size = static_cast<size_t>(end - values.begin());
  const auto set = values.first(size);
  values = values.subspan(std::min(size + 1, values.size()));
  std::ranges::sort(set);
  return set;
}

Result<TreePlace> place_of(int64_t number, bool is_leaf, size_t branches, size_t leaves) {
  const size_t count = is_leaf ? leaves : branches;
  if (number < 0 || static_cast<size_t>(number) >= count) {
    return fail(ErrorCode::invalid_model, "a tree leads to ", is_leaf ? "leaf " : "branch ", number, " of ", count);
  }
  return is_leaf ? TreePlace::leaf(static_cast<size_t>(number)) : TreePlace::branch(static_cast<size_t>(number));
}

Result<> add_leaves(const Attributes& attributes, Trees& trees) {
  WEDGE_ASSIGN(const auto targets, attributes.integers("leaf_targetids"));
  WEDGE_ASSIGN(const auto weights, tensor_numbers(attributes.tensor("leaf_weights")));
  WEDGE_TRY(check_lengths(targets.size(), {weights.size()}));
  for (size_t i = 0; i < targets.size(); ++i) {
    WEDGE_ASSIGN(const uint32_t target, target_number(targets[i], trees.targets));
    trees.weights.push_back({.target = target, .value = weights[i]});
    trees.leaf_ends.push_back(static_cast<uint32_t>(i + 1));
  }
  return {};
}

Result<> add_branches(const Attributes& attributes, Trees& trees) {
  WEDGE_ASSIGN(const auto features, attributes.integers("nodes_featureids"));
  WEDGE_ASSIGN(const auto splits, tensor_numbers(attributes.tensor("nodes_splits")));
  WEDGE_ASSIGN(const auto true_places, attributes.integers("nodes_truenodeids"));
  WEDGE_ASSIGN(const auto true_leaves, attributes.integers("nodes_trueleafs"));
  WEDGE_ASSIGN(const auto false_places, attributes.integers("nodes_falsenodeids"));
  WEDGE_ASSIGN(const auto false_leaves, attributes.integers("nodes_falseleafs"));
  WEDGE_ASSIGN(const auto missing, attributes.integers("nodes_missing_value_tracks_true"));
  const size_t count = features.size();
  WEDGE_TRY(check_lengths(count, {splits.size(), true_places.size(), true_leaves.size(), false_places.size(),
                                  false_leaves.size(), missing.empty() ? count : missing.size()}));
  const size_t leaves = trees.leaf_ends.size();
  for (size_t i = 0; i < count; ++i) {
    TreeBranch<double> branch;
    branch.split = splits[i];
    branch.missing_is_true = !missing.empty() && missing[i] != 0;
    WEDGE_ASSIGN(branch.feature, feature_number(features[i]));
    WEDGE_ASSIGN(branch.next[1], place_of(true_places[i], true_leaves[i] != 0, count, leaves));
    WEDGE_ASSIGN(branch.next[0], place_of(false_places[i], false_leaves[i] != 0, count, leaves));
    trees.branches.push_back(branch);
  }
  return {};
}

Result<> set_comparisons(const Attributes& attributes, Trees& trees) {
  constexpr double member = 6;
  WEDGE_ASSIGN(const auto modes, tensor_numbers(attributes.tensor("nodes_modes")));
  WEDGE_ASSIGN(auto members, tensor_numbers(attributes.tensor("membership_values")));
  WEDGE_TRY(check_lengths(trees.branches.size(), {modes.size()}));
  WEDGE_TRY(check_lengths(members.size(), {}));
  std::span<double> sets(members);
  for (size_t i = 0; i < modes.size(); ++i) {
    if (modes[i] == member) {
      WEDGE_ASSIGN(const auto set, take_set(sets));
      ask_for_members(trees, i, set);
    } else if (modes[i] >= 0 && modes[i] < member) {
      trees.branches[i].comparison = static_cast<Comparison>(modes[i]);
    } else {
      return fail(ErrorCode::invalid_model, "nodes_modes has ", modes[i]);
    }
  }
  if (!sets.empty()) return fail(ErrorCode::invalid_model, "membership_values has more sets than there are branches");
  return check_lengths(trees.branches.size(), {});
}

// The comparison of branches that do not all have the same one.
struct AnyComparison {
  template <typename T>
  static bool test(const TreeBranch<T>& branch, T x) {
    switch (branch.comparison) {
      case Comparison::less_or_equal: return x <= branch.split;
      case Comparison::less: return x < branch.split;
      case Comparison::greater_or_equal: return x >= branch.split;
      case Comparison::greater: return x > branch.split;
      case Comparison::equal: return x == branch.split;
      case Comparison::not_equal: return x != branch.split;
    }
    return false;
  }
};
struct LessOrEqual {
  template <typename T>
  static bool test(const TreeBranch<T>& branch, T x) {
    return x <= branch.split;
  }
};
struct Less {
  template <typename T>
  static bool test(const TreeBranch<T>& branch, T x) {
    return x < branch.split;
  }
};

template <typename T>
struct PackedTrees {
  std::vector<TreeBranch<T>> branches;
  std::vector<Trees::Weight> weights;
  std::vector<uint32_t> leaf_ends;
  std::vector<TreePlace> roots;
  size_t targets;
  Aggregate aggregate;
};

// As many samples as go through a tree side by side, so that the loads of one need not wait for those of another.
constexpr size_t lanes = 8;

template <typename Test, typename T, typename X>
void find_leaves(const TreeBranch<T>* branches, TreePlace root, const X* samples, size_t features, size_t count,
                 TreePlace* places) {
  std::fill_n(places, count, root);
  for (bool walks = !root.is_leaf(); walks;) {
    walks = false;
    for (size_t i = 0; i < count; ++i) {
      if (places[i].is_leaf()) continue;
      const TreeBranch<T>& branch = branches[places[i].number()];
      const auto x = static_cast<T>(static_cast<ArithmeticType<X>>(samples[i * features + branch.feature]));
      // A branch of the program would be guessed wrong as often as not.
      const unsigned is_missing = unsigned{std::isnan(x)} & unsigned{branch.missing_is_true};
      places[i] = branch.next[unsigned{Test::test(branch, x)} | is_missing];
      walks = walks || !places[i].is_leaf();
    }
  }
}

void add_weight(Aggregate aggregate, double weight, double& value, bool& seen) {
  switch (aggregate) {
    case Aggregate::average:
    case Aggregate::sum: value += weight; break;
    case Aggregate::min: value = seen ? std::min(value, weight) : weight; break;
    case Aggregate::max: value = seen ? std::max(value, weight) : weight; break;
  }
  seen = true;
}

/// `at`: where the sample's values and marks begin.
template <typename T>
void add_leaf(const PackedTrees<T>& trees, uint32_t leaf, size_t at, double* values, bool* seen) {
  const uint32_t begin = leaf == 0 ? 0 : trees.leaf_ends[leaf - 1];
  for (uint32_t k = begin; k < trees.leaf_ends[leaf]; ++k) {
    const Trees::Weight& weight = trees.weights[k];
    add_weight(trees.aggregate, weight.value, values[at + weight.target], seen[at + weight.target]);
  }
}

// A block of samples goes through one tree after the other, so that a tree stays in the cache.
template <typename Test, typename T, typename X>
void run_block(const PackedTrees<T>& trees, const X* samples, size_t features, size_t count, double* values,
               bool* seen) {
  std::fill_n(values, count * trees.targets, 0.0);
  std::fill_n(seen, count * trees.targets, false);
  TreePlace leaves[lanes];
  for (const TreePlace root : trees.roots) {
    for (size_t first = 0; first < count; first += lanes) {
      const size_t abreast = std::min(lanes, count - first);
      find_leaves<Test>(trees.branches.data(), root, samples + first * features, features, abreast, leaves);
      for (size_t i = 0; i < abreast; ++i)
        add_leaf(trees, leaves[i].number(), (first + i) * trees.targets, values, seen);
    }
  }
  if (trees.aggregate != Aggregate::average) return;
  for (size_t i = 0; i < count * trees.targets; ++i) values[i] /= static_cast<double>(trees.roots.size());
}

template <typename Test, typename T, typename X>
RunTrees run_trees(PrepareContext& context, std::shared_ptr<const PackedTrees<T>> trees) {
  constexpr size_t most_samples = 64;
  constexpr size_t most_scores = 4096;
  const Samples samples(context.input_shape(0));
  const size_t block = std::clamp<size_t>(most_scores / trees->targets, 1, most_samples);
  const size_t scores = block * trees->targets;
  const Scratch values = context.scratch_per_worker(scores, sizeof(double));
  const Scratch seen = context.scratch_per_worker(scores, sizeof(bool));
  return [=, trees = std::move(trees)](RunContext& run, FinishScores finish) {
    const X* in = run.input<X>(0).data();
    run.workers().run(samples.count, block, [&](size_t begin, size_t end, unsigned worker) {
      double* my_values = run.scratch<double>(values, worker);
      bool* my_seen = run.scratch<bool>(seen, worker);
      run_block<Test>(*trees, in + begin * samples.features, samples.features, end - begin, my_values, my_seen);
      for (size_t i = begin; i < end; ++i, my_values += trees->targets, my_seen += trees->targets) {
        finish(i, {.values = {my_values, trees->targets}, .seen = {my_seen, trees->targets}});
      }
    });
  };
}

template <typename T>
std::shared_ptr<const PackedTrees<T>> pack(const Trees& trees, Aggregate aggregate) {
  auto packed = std::make_shared<PackedTrees<T>>(PackedTrees<T>{.branches = {},
                                                                .weights = trees.weights,
                                                                .leaf_ends = trees.leaf_ends,
                                                                .roots = trees.roots,
                                                                .targets = trees.targets,
                                                                .aggregate = aggregate});
  packed->branches.reserve(trees.branches.size());
  for (const auto& branch : trees.branches) {
    packed->branches.push_back({.split = static_cast<T>(branch.split),
                                .feature = branch.feature,
                                .next = {branch.next[0], branch.next[1]},
                                .comparison = branch.comparison,
                                .missing_is_true = branch.missing_is_true});
  }
  return packed;
}

// T holds splits and every X.
template <typename T, typename X>
RunTrees choose(PrepareContext& context, const Trees& trees, Aggregate aggregate) {
  const auto all = [&](Comparison wanted) {
    return std::ranges::all_of(trees.branches, [=](const auto& branch) { return branch.comparison == wanted; });
  };
  auto packed = pack<T>(trees, aggregate);
  if (all(Comparison::less_or_equal)) return run_trees<LessOrEqual, T, X>(context, std::move(packed));
  if (all(Comparison::less)) return run_trees<Less, T, X>(context, std::move(packed));
  return run_trees<AnyComparison, T, X>(context, std::move(packed));
}

}  // namespace

Result<std::vector<double>> read_numbers(const Result<std::span<const float>>& list,
                                         const Result<const Tensor*>& tensor) {
  WEDGE_TRY(list);
  WEDGE_TRY(tensor);
  if (*tensor != nullptr) return numbers_of(**tensor);
  return std::vector<double>(list->begin(), list->end());
}

Result<Trees> read_trees(const Attributes& attributes, const LeafAttributes& leaves, int64_t targets) {
  WEDGE_ASSIGN(const auto trees_of, attributes.integers("nodes_treeids"));
  WEDGE_ASSIGN(const auto nodes, attributes.integers("nodes_nodeids"));
  WEDGE_ASSIGN(const auto features, attributes.integers("nodes_featureids"));
  WEDGE_ASSIGN(const auto modes, attributes.strings("nodes_modes"));
  WEDGE_ASSIGN(const auto splits,
               read_numbers(attributes.numbers("nodes_values"), attributes.tensor("nodes_values_as_tensor")));
  WEDGE_ASSIGN(const auto if_true, attributes.integers("nodes_truenodeids"));
  WEDGE_ASSIGN(const auto if_false, attributes.integers("nodes_falsenodeids"));
  WEDGE_ASSIGN(const auto missing, attributes.integers("nodes_missing_value_tracks_true"));
  const size_t count = nodes.size();
  WEDGE_TRY(check_targets(targets));
  WEDGE_TRY(check_lengths(count, {trees_of.size(), features.size(), modes.size(), splits.size(), if_true.size(),
                                  if_false.size(), missing.empty() ? count : missing.size()}));
  WEDGE_ASSIGN(const NodeIndex index, NodeIndex::make(trees_of, nodes));

  Trees trees;
  trees.targets = static_cast<size_t>(targets);
  std::vector<TreePlace> places;
  for (size_t i = 0; i < count; ++i) {
    WEDGE_ASSIGN(const auto comparison, comparison_of(modes[i]));
    places.push_back(comparison ? TreePlace::branch(trees.branches.size()) : TreePlace::leaf(trees.leaf_ends.size()));
    if (!comparison) {
      trees.leaf_ends.push_back(0);
      continue;
    }
    WEDGE_ASSIGN(const uint32_t feature, feature_number(features[i]));
    trees.branches.push_back({.split = splits[i],
                              .feature = feature,
                              .next = {},
                              .comparison = *comparison,
                              .missing_is_true = !missing.empty() && missing[i] != 0});
  }
  for (size_t i = 0; i < count; ++i) {
    if (places[i].is_leaf()) continue;
    WEDGE_ASSIGN(const size_t on_true, index.find(trees_of[i], if_true[i]));
    WEDGE_ASSIGN(const size_t on_false, index.find(trees_of[i], if_false[i]));
    trees.branches[places[i].number()].next[1] = places[on_true];
    trees.branches[places[i].number()].next[0] = places[on_false];
  }
  for (const size_t root : index.roots()) trees.roots.push_back(places[root]);
  WEDGE_TRY(add_weights(leaves, index, places, trees));
  WEDGE_TRY(check_not_empty(trees));
  WEDGE_TRY(check_ways(trees));
  return trees;
}

Result<Trees> read_tree_ensemble(const Attributes& attributes) {
  Trees trees;
  WEDGE_ASSIGN(const int64_t targets, attributes.required_integer("n_targets"));
  WEDGE_TRY(check_targets(targets));
  trees.targets = static_cast<size_t>(targets);
  WEDGE_TRY(add_leaves(attributes, trees));
  WEDGE_TRY(add_branches(attributes, trees));
  WEDGE_ASSIGN(const auto roots, attributes.integers("tree_roots"));
  for (const int64_t root : roots) {
    WEDGE_ASSIGN(const TreePlace place, place_of(root, false, trees.branches.size(), 0));
    trees.roots.push_back(place);
  }
  WEDGE_TRY(set_comparisons(attributes, trees));
  WEDGE_TRY(check_not_empty(trees));
  WEDGE_TRY(check_ways(trees));
  return trees;
}

Result<RunTrees> prepare_trees(PrepareContext& context, const Trees& trees, Aggregate aggregate) {
  const size_t features = Samples(context.input_shape(0)).features;
  for (const auto& branch : trees.branches) {
    if (branch.feature < features) continue;
    return fail(ErrorCode::invalid_argument, "a tree asks for feature ", branch.feature, " of samples with ", features);
  }
  switch (context.dtype(0)) {
    case DType::f32: return choose<float, float>(context, trees, aggregate);
    case DType::f16: return choose<float, Float16>(context, trees, aggregate);
    case DType::f64: return choose<double, double>(context, trees, aggregate);
    case DType::i32: return choose<double, int32_t>(context, trees, aggregate);
    case DType::i64: return choose<double, int64_t>(context, trees, aggregate);
    default: return fail(ErrorCode::unsupported, "samples of type ", context.dtype(0));
  }
}

}  // namespace wedge
