// SVMClassifier and SVMRegressor of ai.onnx.ml: support vector machines as LIBSVM trains them (Chang and Lin 2011).
#include <cmath>

#include "ops/class_labels.h"
#include "ops/post_transform.h"
#include "ops/samples.h"

namespace wedge {
namespace {

enum class KernelType : uint8_t { linear, polynomial, radial, sigmoid };

Result<KernelType> read_kernel_type(const Attributes& attributes) {
  WEDGE_ASSIGN(const auto name, attributes.string("kernel_type", "LINEAR"));
  if (name == "LINEAR") return KernelType::linear;
  if (name == "POLY") return KernelType::polynomial;
  if (name == "RBF") return KernelType::radial;
  if (name == "SIGMOID") return KernelType::sigmoid;
  return fail(ErrorCode::invalid_model, "kernel_type '", name, "' is not known");
}

double squared_distance(std::span<const double> a, const double* b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// Vectors that a sample is compared with: the support vectors, or where there are none the coefficients themselves.
struct Vectors {
  KernelType type = KernelType::linear;
  double gamma = 0;
  double offset = 0;
  double degree = 0;
  size_t features = 0;
  size_t count = 0;
  std::vector<double> elements;

  void compare(std::span<const double> sample, double* out) const {
    for (size_t i = 0; i < count; ++i) out[i] = compare(sample, elements.data() + i * features);
  }

 private:
  [[nodiscard]] double compare(std::span<const double> sample, const double* vector) const {
    switch (type) {
      case KernelType::linear: return dot(sample, vector);
      case KernelType::polynomial: return std::pow(gamma * dot(sample, vector) + offset, degree);
      case KernelType::radial: return std::exp(-gamma * squared_distance(sample, vector));
      case KernelType::sigmoid: return std::tanh(gamma * dot(sample, vector) + offset);
    }
    return 0;
  }
};

Result<Vectors> read_vectors(const PrepareContext& context, std::span<const float> elements, size_t count) {
  const Attributes& attributes = context.attributes();
  Vectors vectors;
  vectors.features = Samples(context.input_shape(0)).features;
  vectors.count = count;
  WEDGE_ASSIGN(vectors.type, read_kernel_type(attributes));
  WEDGE_ASSIGN(const auto parameters, attributes.numbers("kernel_params"));
  if (parameters.size() == 3) {
    vectors.gamma = parameters[0];
    vectors.offset = parameters[1];
    vectors.degree = parameters[2];
  } else if (!parameters.empty()) {
    return fail(ErrorCode::invalid_model, "kernel_params has ", parameters.size(), " elements, not 3");
  }
  const bool fits = elements.size() % count == 0 && elements.size() / count == vectors.features;
  if (!fits) {
    return fail(ErrorCode::invalid_argument, elements.size(), " numbers for ", count, " vectors of ", vectors.features,
                " features");
  }
  vectors.elements.assign(elements.begin(), elements.end());
  return vectors;
}

Result<> infer_regressor(InferContext& context) {
  WEDGE_TRY(expect_samples(context));
  context.set_output(0, DType::f32, {sample_count(context.shape(0)), 1});
  return {};
}

Result<Kernel> prepare_regressor(PrepareContext& context) {
  const Attributes& attributes = context.attributes();
  WEDGE_ASSIGN(const PostTransform transform, read_post_transform(attributes));
  WEDGE_ASSIGN(const bool one_class, attributes.flag("one_class", false));
  WEDGE_ASSIGN(const int64_t supports, attributes.integer("n_supports", 0));
  WEDGE_ASSIGN(const auto elements, attributes.numbers("support_vectors"));
  WEDGE_ASSIGN(const auto coefficients, attributes.numbers("coefficients"));
  WEDGE_ASSIGN(const auto rho, attributes.numbers("rho"));
  const bool has_vectors = supports > 0;
  if (supports < 0 || (has_vectors && coefficients.size() != static_cast<size_t>(supports)) || rho.empty()) {
    return fail(ErrorCode::invalid_model, supports, " support vectors with ", coefficients.size(), " coefficients and ",
                rho.size(), " of rho");
  }
  const size_t count = has_vectors ? coefficients.size() : 1;
  WEDGE_ASSIGN(Vectors vectors, read_vectors(context, has_vectors ? elements : coefficients, count));
  std::vector<double> weights(count, 1.0);
  if (has_vectors) std::ranges::copy(coefficients, weights.begin());
  const SampleLoop loop(context, count);
  return [=, vectors = std::move(vectors), weights = std::move(weights),
          offset = static_cast<double>(rho.front())](RunContext& run) -> Result<> {
    float* out = run.output<float>(0).data();
    loop.run(run, [&](size_t i, std::span<const double> sample, std::span<double> room) {
      vectors.compare(sample, room.data());
      double value = offset + dot(room, weights.data());
      if (one_class) {
        value = value > 0 ? 1 : -1;
      } else {
        apply_post_transform(transform, {&value, 1});
      }
      out[i] = static_cast<float>(value);
    });
    return {};
  };
}

/// One against one: every pair of classes has a machine of its own, over the support vectors of both.
struct Classifier {
  ClassLabels labels;
  Vectors vectors;
  std::vector<double> coefficients;  ///< for each class but one a row of a coefficient per vector
  std::vector<size_t> starts;        ///< where the vectors of each class begin, and where the last ones end
  std::vector<double> rho;           ///< one per pair
  std::vector<double> slopes;        ///< of the curve that makes a pair's value a probability; empty for none
  std::vector<double> shifts;
  PostTransform transform = PostTransform::none;

  [[nodiscard]] size_t classes() const { return labels.count(); }
  /// Without support vectors the coefficients are a linear model.
  [[nodiscard]] bool is_linear() const { return starts.empty(); }
  [[nodiscard]] bool gives_probabilities() const { return !slopes.empty(); }
  [[nodiscard]] size_t pairs() const { return classes() * (classes() - 1) / 2; }
  [[nodiscard]] size_t scores() const {
    return is_linear() || gives_probabilities() || classes() == 2 ? classes() : pairs();
  }
  [[nodiscard]] size_t room() const { return vectors.count + pairs() + scores() + classes() * (classes() + 1); }
};

// Who wins each pair, by the sign of its value.
void compare_pairs(const Classifier& classifier, const double* similarity, std::span<double> values) {
  size_t pair = 0;
  for (size_t i = 0; i < classifier.classes(); ++i) {
    for (size_t j = i + 1; j < classifier.classes(); ++j, ++pair) {
      const auto part = [&](size_t of_class, size_t row) {
        const size_t begin = classifier.starts[of_class];
        const std::span<const double> similarities(similarity + begin, classifier.starts[of_class + 1] - begin);
        return dot(similarities, classifier.coefficients.data() + row * classifier.vectors.count + begin);
      };
      values[pair] = classifier.rho[pair] + part(i, j - 1) + part(j, i);
    }
  }
}

// The class that wins most pairs, the first of several. `votes` has room for one number per class.
uint32_t most_wins(std::span<const double> values, std::span<double> votes) {
  std::ranges::fill(votes, 0.0);
  size_t pair = 0;
  for (size_t i = 0; i < votes.size(); ++i) {
    for (size_t j = i + 1; j < votes.size(); ++j) votes[values[pair++] > 0 ? i : j] += 1;
  }
  return static_cast<uint32_t>(std::ranges::max_element(votes) - votes.begin());
}

// Probabilities of classes from those of pairs: algorithm 2 of Wu, Lin and Weng, "Probability Estimates for Multi-class
// Classification by Pairwise Coupling" (2004), with the bounds of LIBSVM. `q` is their matrix Q, `qp` its product with
// p.
void couple(std::span<const double> q, std::span<double> qp, std::span<double> p) {
  const size_t classes = p.size();
  const double tolerance = 0.005 / static_cast<double>(classes);
  const size_t most_rounds = std::max<size_t>(100, classes);
  std::ranges::fill(p, 1.0 / static_cast<double>(classes));
  for (size_t round = 0; round < most_rounds; ++round) {
    for (size_t i = 0; i < classes; ++i) qp[i] = dot(p, q.data() + i * classes);
    double product = dot(p, qp.data());
    const auto error = [&](double element) { return std::abs(element - product); };
    if (std::ranges::all_of(qp, [&](double element) { return error(element) < tolerance; })) return;
    for (size_t i = 0; i < classes; ++i) {
      const double own = q[i * classes + i];
      const double change = (product - qp[i]) / own;
      const double whole = 1 + change;
      product = (product + change * (change * own + 2 * qp[i])) / (whole * whole);
      p[i] += change;
      for (size_t j = 0; j < classes; ++j) {
        qp[j] = (qp[j] + change * q[j * classes + i]) / whole;
        p[j] /= whole;
      }
    }
  }
}

// `room` has place for a square of classes and one row more.
void estimate_probabilities(const Classifier& classifier, std::span<const double> values, std::span<double> room,
                            std::span<double> probabilities) {
  constexpr double least = 1e-7;
  const size_t classes = classifier.classes();
  const auto q = room.first(classes * classes);
  std::ranges::fill(q, 0.0);
  size_t pair = 0;
  for (size_t i = 0; i < classes; ++i) {
    for (size_t j = i + 1; j < classes; ++j, ++pair) {
      const double chance = logistic(-(classifier.slopes[pair] * values[pair] + classifier.shifts[pair]));
      const double wins = std::clamp(chance, least, 1 - least);
      q[i * classes + i] += (1 - wins) * (1 - wins);
      q[j * classes + j] += wins * wins;
      q[i * classes + j] = -wins * (1 - wins);
      q[j * classes + i] = -wins * (1 - wins);
    }
  }
  couple(q, room.subspan(q.size()), probabilities);
}

uint32_t classify(const Classifier& classifier, std::span<const double> sample, std::span<double> room,
                  std::span<double> scores) {
  const auto similarity = room.first(classifier.vectors.count);
  classifier.vectors.compare(sample, similarity.data());
  if (classifier.is_linear()) {
    std::ranges::transform(similarity, scores.begin(), [&](double x) { return x + classifier.rho.front(); });
    return static_cast<uint32_t>(std::ranges::max_element(scores) - scores.begin());
  }
  const auto values = room.subspan(similarity.size(), classifier.pairs());
  const auto rest = room.subspan(similarity.size() + values.size());
  compare_pairs(classifier, similarity.data(), values);
  if (classifier.gives_probabilities()) {
    estimate_probabilities(classifier, values, rest, scores);
  } else if (classifier.classes() == 2) {
    split_score(classifier.transform, values.front(), false, scores);
  } else {
    std::ranges::copy(values, scores.begin());
  }
  return most_wins(values, rest.first(classifier.classes()));
}

// The shape rule needs the labels and whether there are vectors and probabilities.
Result<Classifier> read_outline(const Attributes& attributes) {
  constexpr size_t most_classes = 4096;
  Classifier classifier;
  WEDGE_ASSIGN(classifier.labels,
               ClassLabels::read(attributes.strings("classlabels_strings"), attributes.integers("classlabels_ints")));
  WEDGE_ASSIGN(const auto per_class, attributes.integers("vectors_per_class"));
  WEDGE_ASSIGN(const auto slopes, attributes.numbers("prob_a"));
  WEDGE_ASSIGN(const auto shifts, attributes.numbers("prob_b"));
  const size_t classes = classifier.classes();
  if (classes > most_classes) return fail(ErrorCode::unsupported, classes, " classes");
  if (per_class.empty()) return classifier;
  if (per_class.size() != classes || classes < 2) {
    return fail(ErrorCode::invalid_model, "vectors_per_class has ", per_class.size(), " elements for ", classes,
                " classes");
  }
  classifier.starts.push_back(0);
  for (const int64_t count : per_class) {
    const size_t start = classifier.starts.back();
    if (count < 0 || static_cast<uint64_t>(count) > INT32_MAX) {
      return fail(ErrorCode::invalid_model, "vectors_per_class has ", count);
    }
    classifier.starts.push_back(start + static_cast<size_t>(count));
  }
  if (slopes.size() != shifts.size() || (!slopes.empty() && slopes.size() != classifier.pairs())) {
    return fail(ErrorCode::invalid_model, "prob_a and prob_b have ", slopes.size(), " and ", shifts.size(),
                " elements for ", classifier.pairs(), " pairs of classes");
  }
  classifier.slopes.assign(slopes.begin(), slopes.end());
  classifier.shifts.assign(shifts.begin(), shifts.end());
  return classifier;
}

Result<> infer_classifier(InferContext& context) {
  WEDGE_TRY(expect_samples(context));
  WEDGE_ASSIGN(const Classifier classifier, read_outline(context.attributes()));
  const Dim count = sample_count(context.shape(0));
  context.set_output(0, classifier.labels.dtype(), {count});
  context.set_output(1, DType::f32, {count, static_cast<int64_t>(classifier.scores())});
  return {};
}

Result<Classifier> read_classifier(const PrepareContext& context) {
  const Attributes& attributes = context.attributes();
  WEDGE_ASSIGN(Classifier classifier, read_outline(attributes));
  WEDGE_ASSIGN(classifier.transform, read_post_transform(attributes));
  WEDGE_ASSIGN(const auto elements, attributes.numbers("support_vectors"));
  WEDGE_ASSIGN(const auto coefficients, attributes.numbers("coefficients"));
  WEDGE_ASSIGN(const auto rho, attributes.numbers("rho"));
  classifier.rho.assign(rho.begin(), rho.end());
  const size_t classes = classifier.classes();
  if (classifier.is_linear()) {
    if (rho.empty()) return fail(ErrorCode::invalid_model, "rho is empty");
    WEDGE_ASSIGN(classifier.vectors, read_vectors(context, coefficients, classes));
    return classifier;
  }
  const size_t count = classifier.starts.back();
  if (count == 0 || coefficients.size() != (classes - 1) * count || rho.size() != classifier.pairs()) {
    return fail(ErrorCode::invalid_model, coefficients.size(), " coefficients and ", rho.size(), " of rho for ", count,
                " vectors of ", classes, " classes");
  }
  WEDGE_ASSIGN(classifier.vectors, read_vectors(context, elements, count));
  classifier.coefficients.assign(coefficients.begin(), coefficients.end());
  return classifier;
}

Result<Kernel> prepare_classifier(PrepareContext& context) {
  WEDGE_ASSIGN(Classifier classifier, read_classifier(context));
  const SampleLoop loop(context, classifier.room());
  const size_t count = loop.samples().count;
  const Scratch scratch = context.scratch(count, sizeof(uint32_t));
  return [=, classifier = std::move(classifier)](RunContext& run) -> Result<> {
    auto* classes = run.scratch<uint32_t>(scratch);
    float* out = run.has_output(1) ? run.output<float>(1).data() : nullptr;
    loop.run(run, [&](size_t i, std::span<const double> sample, std::span<double> room) {
      const auto scores = room.first(classifier.scores());
      classes[i] = classify(classifier, sample, room.subspan(scores.size()), scores);
      if (out == nullptr) return;
      apply_post_transform(classifier.transform, scores);
      write_scores(scores, out + i * scores.size());
    });
    return classifier.labels.write(run, {classes, count});
  };
}

}  // namespace

WEDGE_OPERATOR(ml, SVMClassifier) = {.infer = infer_classifier, .prepare = prepare_classifier, .max_outputs = 2};
WEDGE_OPERATOR(ml, SVMRegressor) = {.infer = infer_regressor, .prepare = prepare_regressor};

}  // namespace wedge
