// What the models of ai.onnx.ml do to their scores last.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "ops/operator.h"

namespace wedge {

enum class PostTransform : uint8_t { none, softmax, logistic, softmax_zero, probit };

inline Result<PostTransform> read_post_transform(const Attributes& attributes) {
  WEDGE_ASSIGN(const auto name, attributes.string("post_transform", "NONE"));
  if (name == "NONE") return PostTransform::none;
  if (name == "SOFTMAX") return PostTransform::softmax;
  if (name == "LOGISTIC") return PostTransform::logistic;
  if (name == "SOFTMAX_ZERO") return PostTransform::softmax_zero;
  if (name == "PROBIT") return PostTransform::probit;
  return fail(ErrorCode::invalid_model, "post_transform '", name, "' is not known");
}

inline double logistic(double x) {
  const double small = std::exp(-std::abs(x));
  return x < 0 ? small / (1 + small) : 1 / (1 + small);
}

/// The inverse of the normal distribution by Winitzki's approximation of the inverse error function (2008), which is
/// what is in use for this transform: 2e-3 off where it is worst.
inline double probit(double probability) {
  constexpr double a = 0.147;
  const double x = 2 * probability - 1;
  const double logarithm = std::log((1 - x) * (1 + x));
  const double half = 2 / (std::numbers::pi * a) + logarithm / 2;
  return std::numbers::sqrt2 * std::copysign(std::sqrt(std::sqrt(half * half - logarithm / a) - half), x);
}

/// Zeros, which stand for classes without a score, stay zeros with `keep_zeros`.
inline void softmax(std::span<double> scores, bool keep_zeros) {
  constexpr double nearly_zero = 1e-7;
  const double largest = scores.empty() ? 0 : std::ranges::max(scores);
  double sum = 0;
  for (double& score : scores) {
    score = keep_zeros && std::abs(score) <= nearly_zero ? 0 : std::exp(score - largest);
    sum += score;
  }
  if (sum == 0) return;
  for (double& score : scores) score /= sum;
}

/// The scores of two classes, before the transform, from that of the second alone. ONNX leaves open what the first
/// one's is; as in its reference and in ONNX Runtime it is what is missing to 1, or the opposite where the score is no
/// probability.
inline void split_score(PostTransform transform, double score, bool is_probability, std::span<double> scores) {
  const bool is_kept = transform == PostTransform::none || transform == PostTransform::probit;
  scores[0] = is_kept && is_probability ? 1 - score : -score;
  scores[1] = score;
}

inline void write_scores(std::span<const double> scores, float* out) {
  std::ranges::transform(scores, out, [](double score) { return static_cast<float>(score); });
}

/// The scores of one row.
inline void apply_post_transform(PostTransform transform, std::span<double> scores) {
  switch (transform) {
    case PostTransform::none: return;
    case PostTransform::softmax: return softmax(scores, false);
    case PostTransform::softmax_zero: return softmax(scores, true);
    case PostTransform::logistic: std::ranges::transform(scores, scores.begin(), logistic); return;
    case PostTransform::probit: std::ranges::transform(scores, scores.begin(), probit); return;
  }
}

}  // namespace wedge
