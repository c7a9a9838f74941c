// LinearClassifier and LinearRegressor of ai.onnx.ml.
#include "ops/class_labels.h"
#include "ops/post_transform.h"
#include "ops/samples.h"

namespace wedge {
namespace {

/// One row of coefficients and one intercept for each output.
struct LinearModel {
  size_t features = 0;
  std::vector<double> coefficients;
  std::vector<double> intercepts;
  PostTransform transform = PostTransform::none;

  [[nodiscard]] size_t outputs() const { return intercepts.size(); }
  void apply(std::span<const double> sample, std::span<double> scores) const {
    for (size_t i = 0; i < outputs(); ++i) {
      scores[i] = intercepts[i] + dot(sample, coefficients.data() + i * features);
    }
  }
};

Result<LinearModel> read_model(const PrepareContext& context, size_t outputs) {
  LinearModel model;
  model.features = Samples(context.input_shape(0)).features;
  WEDGE_ASSIGN(model.transform, read_post_transform(context.attributes()));
  WEDGE_ASSIGN(const auto coefficients, context.attributes().numbers("coefficients"));
  WEDGE_ASSIGN(const auto intercepts, context.attributes().numbers("intercepts"));
  const bool fits = outputs == 0
                        ? coefficients.empty()
                        : coefficients.size() % outputs == 0 && coefficients.size() / outputs == model.features;
  if (!fits || (!intercepts.empty() && intercepts.size() != outputs)) {
    return fail(ErrorCode::invalid_argument, coefficients.size(), " coefficients and ", intercepts.size(),
                " intercepts for ", outputs, " outputs of ", model.features, " features");
  }
  model.coefficients.assign(coefficients.begin(), coefficients.end());
  model.intercepts.assign(intercepts.begin(), intercepts.end());
  model.intercepts.resize(outputs);
  return model;
}

Result<int64_t> read_targets(const NodeView& node) {
  WEDGE_ASSIGN(const int64_t targets, node.attributes().integer("targets", 1));
  if (targets < 1) return fail(ErrorCode::invalid_model, targets, " targets");
  return targets;
}

Result<> infer_regressor(InferContext& context) {
  WEDGE_TRY(expect_samples(context));
  WEDGE_ASSIGN(const int64_t targets, read_targets(context));
  context.set_output(0, DType::f32, {sample_count(context.shape(0)), targets});
  return {};
}

Result<Kernel> prepare_regressor(PrepareContext& context) {
  WEDGE_ASSIGN(const int64_t targets, read_targets(context));
  WEDGE_ASSIGN(LinearModel model, read_model(context, static_cast<size_t>(targets)));
  const SampleLoop loop(context, model.outputs());
  return [loop, model = std::move(model)](RunContext& run) -> Result<> {
    float* out = run.output<float>(0).data();
    loop.run(run, [&](size_t i, std::span<const double> sample, std::span<double> scores) {
      model.apply(sample, scores);
      apply_post_transform(model.transform, scores);
      write_scores(scores, out + i * scores.size());
    });
    return {};
  };
}

Result<> infer_classifier(InferContext& context) {
  WEDGE_TRY(expect_samples(context));
  WEDGE_ASSIGN(const ClassLabels labels, ClassLabels::read(context.attributes().strings("classlabels_strings"),
                                                           context.attributes().integers("classlabels_ints")));
  const Dim count = sample_count(context.shape(0));
  context.set_output(0, labels.dtype(), {count});
  context.set_output(1, DType::f32, {count, static_cast<int64_t>(labels.count())});
  return {};
}

// One row of coefficients for two classes scores the second of them.
uint32_t classify(const LinearModel& model, std::span<const double> sample, std::span<double> scores) {
  model.apply(sample, scores);
  if (model.outputs() == scores.size()) return static_cast<uint32_t>(std::ranges::max_element(scores) - scores.begin());
  const double score = scores[0];
  split_score(model.transform, score, true, scores);
  return score > 0 ? 1 : 0;
}

Result<Kernel> prepare_classifier(PrepareContext& context) {
  WEDGE_ASSIGN(ClassLabels labels, ClassLabels::read(context.attributes().strings("classlabels_strings"),
                                                     context.attributes().integers("classlabels_ints")));
  WEDGE_ASSIGN(const auto coefficients, context.attributes().numbers("coefficients"));
  const bool is_binary = labels.count() == 2 && coefficients.size() == Samples(context.input_shape(0)).features;
  WEDGE_ASSIGN(LinearModel model, read_model(context, is_binary ? 1 : labels.count()));
  const SampleLoop loop(context, labels.count());
  const size_t count = loop.samples().count;
  const Scratch scratch = context.scratch(count, sizeof(uint32_t));
  return [=, labels = std::move(labels), model = std::move(model)](RunContext& run) -> Result<> {
    auto* classes = run.scratch<uint32_t>(scratch);
    float* out = run.has_output(1) ? run.output<float>(1).data() : nullptr;
    loop.run(run, [&](size_t i, std::span<const double> sample, std::span<double> scores) {
      classes[i] = classify(model, sample, scores);
      if (out == nullptr) return;
      apply_post_transform(model.transform, scores);
      write_scores(scores, out + i * scores.size());
    });
    return labels.write(run, {classes, count});
  };
}

}  // namespace

WEDGE_OPERATOR(ml, LinearClassifier) = {.infer = infer_classifier, .prepare = prepare_classifier, .max_outputs = 2};
WEDGE_OPERATOR(ml, LinearRegressor) = {.infer = infer_regressor, .prepare = prepare_regressor};

}  // namespace wedge
