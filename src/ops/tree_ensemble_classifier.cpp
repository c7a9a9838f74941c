// TreeEnsembleClassifier of ai.onnx.ml: the class for which decision trees have the largest score.
#include <memory>

#include "ops/class_labels.h"
#include "ops/post_transform.h"
#include "ops/samples.h"
#include "ops/trees.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(expect_samples(context));
  WEDGE_ASSIGN(const ClassLabels labels, ClassLabels::read(context.attributes().strings("classlabels_strings"),
                                                           context.attributes().integers("classlabels_int64s")));
  const Dim count = sample_count(context.shape(0));
  context.set_output(0, labels.dtype(), {count});
  context.set_output(1, DType::f32, {count, static_cast<int64_t>(labels.count())});
  return {};
}

struct Classifier {
  ClassLabels labels;
  std::vector<double> base;  ///< a value per class, or empty
  PostTransform transform = PostTransform::none;
  /// Of two classes the trees score the second alone, which they call class 0. That score is taken for a probability
  /// when no weight is negative.
  bool is_binary = false;
  bool is_probability = false;
};

// The class with the largest score, the first of several.
uint32_t best_class(const Classifier& classifier, const TreeScores& scores) {
  size_t best = scores.values.size();
  for (size_t i = 0; i < scores.values.size(); ++i) {
    // A class that no tree has an opinion on is not a candidate.
    if (!scores.seen[i] && classifier.base.empty()) continue;
    if (best == scores.values.size() || scores.values[i] > scores.values[best]) best = i;
  }
  return best == scores.values.size() ? 0 : static_cast<uint32_t>(best);
}

uint32_t classify_binary(const Classifier& classifier, std::span<double> scores) {
  const double score = scores[0] + (classifier.base.empty() ? 0 : classifier.base.front());
  split_score(classifier.transform, score, classifier.is_probability, scores);
  return score > (classifier.is_probability ? 0.5 : 0) ? 1 : 0;
}

uint32_t classify(const Classifier& classifier, const TreeScores& scores) {
  if (classifier.is_binary) return classify_binary(classifier, scores.values);
  for (size_t i = 0; i < classifier.base.size(); ++i) scores.values[i] += classifier.base[i];
  return best_class(classifier, scores);
}

Result<Kernel> prepare(PrepareContext& context) {
  const Attributes& attributes = context.attributes();
  Classifier classifier;
  LeafAttributes leaves;
  WEDGE_ASSIGN(classifier.labels,
               ClassLabels::read(attributes.strings("classlabels_strings"), attributes.integers("classlabels_int64s")));
  WEDGE_ASSIGN(classifier.transform, read_post_transform(attributes));
  WEDGE_ASSIGN(classifier.base,
               read_numbers(attributes.numbers("base_values"), attributes.tensor("base_values_as_tensor")));
  WEDGE_ASSIGN(leaves.trees, attributes.integers("class_treeids"));
  WEDGE_ASSIGN(leaves.nodes, attributes.integers("class_nodeids"));
  WEDGE_ASSIGN(leaves.targets, attributes.integers("class_ids"));
  WEDGE_ASSIGN(leaves.weights,
               read_numbers(attributes.numbers("class_weights"), attributes.tensor("class_weights_as_tensor")));
  const size_t classes = classifier.labels.count();
  WEDGE_ASSIGN(const Trees trees, read_trees(attributes, leaves, static_cast<int64_t>(classes)));
  classifier.is_binary = classes == 2 && std::ranges::all_of(leaves.targets, [](int64_t id) { return id == 0; });
  classifier.is_probability = std::ranges::all_of(leaves.weights, [](double weight) { return weight >= 0; });
  const size_t base = classifier.base.size();
  if (base != 0 && base != classes && !(classifier.is_binary && base == 1)) {
    return fail(ErrorCode::invalid_model, base, " base_values for ", classes, " classes");
  }
  WEDGE_ASSIGN(auto run_trees, prepare_trees(context, trees, Aggregate::sum));
  const size_t samples = Samples(context.input_shape(0)).count;
  const Scratch scratch = context.scratch(samples, sizeof(uint32_t));
  return [=, run_trees = std::move(run_trees), classifier = std::move(classifier)](RunContext& run) -> Result<> {
    auto* found = run.scratch<uint32_t>(scratch);
    float* out = run.has_output(1) ? run.output<float>(1).data() : nullptr;
    run_trees(run, [&](size_t sample, const TreeScores& scores) {
      found[sample] = classify(classifier, scores);
      if (out == nullptr) return;
      apply_post_transform(classifier.transform, scores.values);
      write_scores(scores.values, out + sample * classes);
    });
    return classifier.labels.write(run, {found, samples});
  };
}

}  // namespace

WEDGE_OPERATOR(ml, TreeEnsembleClassifier) = {.infer = infer, .prepare = prepare, .max_outputs = 2};

}  // namespace wedge
