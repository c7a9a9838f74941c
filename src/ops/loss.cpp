// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: what a classifier pays for the classes it should have named.
// The second takes the logarithm of the softmax over the classes first. Sums are taken in double.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/axis_split.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

enum class LossReduction : uint8_t { none, sum, mean };

Result<LossReduction> reduction_of(const NodeView& node) {
  WEDGE_ASSIGN(const auto word, node.attributes().string("reduction", "mean"));
  if (word == "none") return LossReduction::none;
  if (word == "sum") return LossReduction::sum;
  if (word == "mean") return LossReduction::mean;
  return fail(ErrorCode::invalid_model, "attribute 'reduction' is '", word, "'");
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  WEDGE_TRY(context.expect_rank(2, 1, 1));
  const SymbolicShape& scores = context.shape(0);
  const SymbolicShape& target = context.shape(1);
  if (scores.has_rank() && target.has_rank()) {
    bool fits = scores.rank() == target.rank() + 1;
    for (size_t i = 0; fits && i < target.rank(); ++i) fits = !conflict(target[i], scores[i == 0 ? 0 : i + 1]);
    if (!fits) return fail(ErrorCode::invalid_model, "scores ", scores, " and targets ", target, " do not fit");
  }
  if (context.has_input(2) && scores.has_rank() && context.shape(2).has_rank() &&
      conflict(context.shape(2)[0], scores[1])) {
    return fail(ErrorCode::invalid_model, "weights ", context.shape(2), " are not one for each class of ", scores);
  }
  WEDGE_ASSIGN(const LossReduction reduction, reduction_of(context));
  context.set_output(0, context.dtype(0), reduction == LossReduction::none ? target : SymbolicShape(Shape{}));
  context.set_output(1, context.dtype(0), scores);
  return {};
}

struct Loss {
  AxisSplit classes;
  LossReduction reduction;
  bool has_ignored;
  int64_t ignored;
  bool takes_softmax;
};

// log(sum(exp)) over the classes of one position, from which the log of the softmax is the distance.
template <typename T>
double log_sum(const T* scores, const AxisSplit& classes) {
  double largest = -std::numeric_limits<double>::infinity();
  const auto score = [&](int64_t i) {
    return static_cast<double>(static_cast<ArithmeticType<T>>(scores[i * classes.inner]));
  };
  for (int64_t i = 0; i < classes.count; ++i) largest = std::max(largest, score(i));
  double sum = 0;
  for (int64_t i = 0; i < classes.count; ++i) sum += std::exp(score(i) - largest);
  return largest + std::log(sum);
}

template <typename T>
Result<> compute(const Loss& loss, RunContext& run) {
  const AxisSplit& classes = loss.classes;
  const T* scores = run.input<T>(0).data();
  const T* weights = run.has_input(2) ? run.input<T>(2).data() : nullptr;
  const auto number = [](T x) { return static_cast<double>(static_cast<ArithmeticType<T>>(x)); };
  const auto store = [](double x) { return static_cast<T>(static_cast<ArithmeticType<T>>(x)); };
  const TensorRef& targets = run.input(1);
  const auto positions = static_cast<size_t>(classes.lines());
  double total = 0;
  double total_weight = 0;
  for (size_t i = 0; i < positions; ++i) {
    const int64_t start = classes.start(static_cast<int64_t>(i));
    const double shift = loss.takes_softmax ? log_sum(scores + start, classes) : 0.0;
    if (run.has_output(1)) {
      for (int64_t c = 0; c < classes.count; ++c) {
        const int64_t at = start + c * classes.inner;
        run.output<T>(1)[static_cast<size_t>(at)] = store(number(scores[at]) - shift);
      }
    }
    const int64_t target = targets.dtype == DType::i32 ? targets.as<int32_t>()[i] : targets.as<int64_t>()[i];
    const bool counts = !loss.has_ignored || target != loss.ignored;
    if (counts && (target < 0 || target >= classes.count)) {
      return fail(ErrorCode::out_of_range, "target ", target, " is none of ", classes.count, " classes");
    }
    double weight = counts ? 1.0 : 0.0;
    if (counts && weights != nullptr) weight = number(weights[target]);
    const double paid = counts ? -(number(scores[start + target * classes.inner]) - shift) * weight : 0.0;
    total += paid;
    total_weight += weight;
    if (loss.reduction == LossReduction::none) run.output<T>(0)[i] = store(paid);
  }
  if (loss.reduction == LossReduction::mean) total /= total_weight;
  if (loss.reduction != LossReduction::none) run.output<T>(0)[0] = store(total);
  return {};
}

template <bool takes_softmax>
Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const LossReduction reduction, reduction_of(context));
  WEDGE_ASSIGN(const int64_t ignored, context.attributes().integer("ignore_index", 0));
  const Loss loss{.classes = AxisSplit(context.input_shape(0), 1),
                  .reduction = reduction,
                  .has_ignored = context.attributes().has("ignore_index"),
                  .ignored = ignored,
                  .takes_softmax = takes_softmax};
  Kernel kernel;
  visit_floats(context.dtype(0),
               [&]<typename T>() { kernel = [=](RunContext& run) { return compute<T>(loss, run); }; });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, NegativeLogLikelihoodLoss) = {
    .infer = infer, .prepare = prepare<false>, .min_inputs = 2, .max_inputs = 3};
WEDGE_OPERATOR(onnx, SoftmaxCrossEntropyLoss) = {
    .infer = infer, .prepare = prepare<true>, .min_inputs = 2, .max_inputs = 3, .max_outputs = 2};

}  // namespace wedge
