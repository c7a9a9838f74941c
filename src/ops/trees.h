// Ensembles of decision trees as flat lists: how they are read from a node's attributes, checked, and run.
#pragma once

#include <vector>

#include "base/function_ref.h"
#include "ops/operator.h"

namespace wedge {

/// How the weights of the leaves that a sample ends in are put together, by the numbers of TreeEnsemble.
enum class Aggregate : uint8_t { average, sum, min, max };

/// How a branch compares a feature with its split, by the numbers of TreeEnsemble.
enum class Comparison : uint8_t { less_or_equal, less, greater_or_equal, greater, equal, not_equal };

/// Where a branch leads: to another one or to a leaf.
class TreePlace {
 public:
  static TreePlace branch(size_t number) { return TreePlace(static_cast<uint32_t>(number)); }
  static TreePlace leaf(size_t number) { return TreePlace(static_cast<uint32_t>(number) | leaf_bit); }

  TreePlace() = default;
  [[nodiscard]] bool is_leaf() const { return (bits_ & leaf_bit) != 0; }
  [[nodiscard]] uint32_t number() const { return bits_ & ~leaf_bit; }

 private:
  static constexpr uint32_t leaf_bit = 1U << 31U;
  explicit TreePlace(uint32_t bits) : bits_(bits) {}

  uint32_t bits_ = 0;
};

template <typename T>
struct TreeBranch {
  T split = 0;
  uint32_t feature = 0;
  TreePlace next[2] = {};  ///< where to go on when the comparison is false and when it is true
  Comparison comparison = Comparison::less_or_equal;
  bool missing_is_true = false;  ///< NaN goes the way of what is true, whatever the comparison says
};

/// Trees in which every place exists and no way leads in a circle. Several branches may lead to the same place.
struct Trees {
  struct Weight {
    uint32_t target;
    double value;
  };

  std::vector<TreeBranch<double>> branches;
  std::vector<Weight> weights;
  std::vector<uint32_t> leaf_ends;  ///< a leaf's weights end there, and begin where those of the leaf before it end
  std::vector<TreePlace> roots;
  size_t targets = 0;
};

/// What gives leaves their weights: the lists of a class or of a target.
struct LeafAttributes {
  std::span<const int64_t> trees;
  std::span<const int64_t> nodes;
  std::span<const int64_t> targets;
  std::vector<double> weights;
};

/// Numbers that are a list of floats or a tensor, whichever of the two attributes the node has.
Result<std::vector<double>> read_numbers(const Result<std::span<const float>>& list,
                                         const Result<const Tensor*>& tensor);

/// The trees of TreeEnsembleClassifier and TreeEnsembleRegressor.
Result<Trees> read_trees(const Attributes& attributes, const LeafAttributes& leaves, int64_t targets);
/// The trees of TreeEnsemble.
Result<Trees> read_tree_ensemble(const Attributes& attributes);

/// What a sample's leaves come to.
struct TreeScores {
  std::span<double> values;    ///< one per target
  std::span<const bool> seen;  ///< whether a leaf had a weight for the target
};
using FinishScores = FunctionRef<void(size_t sample, const TreeScores& scores)>;
/// Runs the trees on every sample of input 0. `finish` is called on several threads.
using RunTrees = UniqueFunction<void(RunContext&, FinishScores finish)>;

Result<RunTrees> prepare_trees(PrepareContext& context, const Trees& trees, Aggregate aggregate);

}  // namespace wedge
