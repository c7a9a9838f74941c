// TreeEnsemble and TreeEnsembleRegressor of ai.onnx.ml: numbers from decision trees.
#include "ops/post_transform.h"
#include "ops/samples.h"
#include "ops/trees.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer_targets(InferContext& context, DType dtype) {
  WEDGE_ASSIGN(const int64_t targets, context.attributes().required_integer("n_targets"));
  if (targets < 1) return fail(ErrorCode::invalid_model, "n_targets is ", targets);
  context.set_output(0, dtype, {sample_count(context.shape(0)), targets});
  return {};
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 1, 2));
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16}));
  return infer_targets(context, context.dtype(0));
}

Result<> infer_regressor(InferContext& context) {
  WEDGE_TRY(expect_samples(context));
  return infer_targets(context, DType::f32);
}

/// `base` has a value for each target or is empty.
template <typename T>
Kernel kernel_for(RunTrees run_trees, std::vector<double> base, PostTransform transform) {
  return [run_trees = std::move(run_trees), base = std::move(base), transform](RunContext& run) -> Result<> {
    T* out = run.output<T>(0).data();
    run_trees(run, [&](size_t sample, const TreeScores& scores) {
      const std::span<double> values = scores.values;
      for (size_t i = 0; i < base.size(); ++i) values[i] += base[i];
      apply_post_transform(transform, values);
      T* to = out + sample * values.size();
      for (const double value : values) *to++ = static_cast<T>(static_cast<ArithmeticType<T>>(value));
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const int64_t aggregate, context.attributes().integer("aggregate_function", 1));
  WEDGE_ASSIGN(const int64_t transform, context.attributes().integer("post_transform", 0));
  if (aggregate < 0 || aggregate > static_cast<int64_t>(Aggregate::max) || transform < 0 ||
      transform > static_cast<int64_t>(PostTransform::probit)) {
    return fail(ErrorCode::invalid_model, "aggregate_function is ", aggregate, ", post_transform ", transform);
  }
  WEDGE_ASSIGN(const Trees trees, read_tree_ensemble(context.attributes()));
  WEDGE_ASSIGN(auto run_trees, prepare_trees(context, trees, static_cast<Aggregate>(aggregate)));
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = kernel_for<T>(std::move(run_trees), {}, static_cast<PostTransform>(transform));
  });
  return kernel;
}

Result<Aggregate> read_aggregate(const Attributes& attributes) {
  WEDGE_ASSIGN(const auto name, attributes.string("aggregate_function", "SUM"));
  if (name == "AVERAGE") return Aggregate::average;
  if (name == "SUM") return Aggregate::sum;
  if (name == "MIN") return Aggregate::min;
  if (name == "MAX") return Aggregate::max;
  return fail(ErrorCode::invalid_model, "aggregate_function '", name, "' is not known");
}

Result<Kernel> prepare_regressor(PrepareContext& context) {
  const Attributes& attributes = context.attributes();
  LeafAttributes leaves;
  WEDGE_ASSIGN(leaves.trees, attributes.integers("target_treeids"));
  WEDGE_ASSIGN(leaves.nodes, attributes.integers("target_nodeids"));
  WEDGE_ASSIGN(leaves.targets, attributes.integers("target_ids"));
  WEDGE_ASSIGN(leaves.weights,
               read_numbers(attributes.numbers("target_weights"), attributes.tensor("target_weights_as_tensor")));
  WEDGE_ASSIGN(auto base, read_numbers(attributes.numbers("base_values"), attributes.tensor("base_values_as_tensor")));
  WEDGE_ASSIGN(const Aggregate aggregate, read_aggregate(attributes));
  WEDGE_ASSIGN(const PostTransform transform, read_post_transform(attributes));
  WEDGE_ASSIGN(const int64_t targets, attributes.required_integer("n_targets"));
  WEDGE_ASSIGN(const Trees trees, read_trees(attributes, leaves, targets));
  if (!base.empty() && base.size() != trees.targets) {
    return fail(ErrorCode::invalid_model, base.size(), " base_values for ", trees.targets, " targets");
  }
  WEDGE_ASSIGN(auto run_trees, prepare_trees(context, trees, aggregate));
  return kernel_for<float>(std::move(run_trees), std::move(base), transform);
}

}  // namespace

WEDGE_OPERATOR(ml, TreeEnsemble) = {.infer = infer, .prepare = prepare, .since = 5};
WEDGE_OPERATOR(ml, TreeEnsembleRegressor) = {.infer = infer_regressor, .prepare = prepare_regressor};

}  // namespace wedge
