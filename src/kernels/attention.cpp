// Scores are made for a stretch of keys at a time. The sums of exponentials and of values are kept relative to the
// largest score so far and scaled when a larger one comes (Milakov and Gimelshein, Online normalizer calculation for
// softmax, 2018; Dao et al., FlashAttention, 2022).
#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.h"
#include "kernels/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/exponentials-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

/// Makes the scores of further columns exponentials, and brings sums and output to the largest score that is known now.
void online_softmax(float* scores, size_t columns, const AttentionHead& head, float* best, float* sums) {
  float* output = head.output;
  for (size_t i = 0; i < head.rows; ++i, scores += columns, output += head.output_stride) {
    const float before = best[i];
    best[i] = std::max(before, largest(scores, columns));
    // Minus infinity throughout has no differences.
    const float shift = best[i] == -std::numeric_limits<float>::infinity() ? 0.0F : best[i];
    if (sums[i] != 0 && shift != before) {
      const float factor = std::exp(before - shift);
      sums[i] *= factor;
      for (size_t j = 0; j < head.value_size; ++j) output[j] *= factor;
    }
    sums[i] += sum_of_exponentials(scores, columns, shift, scores, [](V x) HWY_ATTR { return exp_of_negative(x); });
  }
}

void divide_by_sums(const AttentionHead& head, const float* best, const float* sums) {
  float* output = head.output;
  for (size_t i = 0; i < head.rows; ++i, output += head.output_stride) {
    const float sink = head.sink == nullptr || sums[i] == 0 ? 0.0F : std::exp(*head.sink - best[i]);
    const float factor = sums[i] == 0 ? 0.0F : 1 / (sums[i] + sink);
    for (size_t j = 0; j < head.value_size; ++j) output[j] *= factor;
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(online_softmax);
HWY_EXPORT(divide_by_sums);

namespace {

// Scores made at a time stay in the second-level cache; a stretch is long enough for its products to be efficient.
constexpr size_t most_scores = size_t{32} << 10U;
constexpr size_t shortest_stretch = 256;

size_t stretch_of(const AttentionHead& head) {
  return std::min(head.columns, std::max(shortest_stretch, most_scores / head.rows));
}

size_t aligned(size_t floats) { return round_up(floats * sizeof(float), 64); }

GemmArguments score_product(const AttentionHead& head, size_t first, size_t count) {
  GemmArguments product{.m = head.rows, .n = count, .k = head.key_size};
  product.a = {head.query, head.query_stride, 1};
  product.b = {head.key + static_cast<ptrdiff_t>(first) * head.key_stride, 1, head.key_stride};
  product.c_stride = static_cast<ptrdiff_t>(count);
  product.alpha = head.scale;
  return product;
}

GemmArguments value_product(const AttentionHead& head, size_t first, size_t count) {
  GemmArguments product{.m = head.rows, .n = head.value_size, .k = count};
  product.a = {nullptr, static_cast<ptrdiff_t>(count), 1};
  product.b = {head.value + static_cast<ptrdiff_t>(first) * head.value_stride, head.value_stride, 1};
  product.c = head.output;
  product.c_stride = head.output_stride;
  product.accumulate = first > 0;
  return product;
}

size_t product_scratch(const AttentionHead& head) {
  AttentionHead sizes = head;
  sizes.key = sizes.value = nullptr;
  const size_t stretch = stretch_of(head);
  size_t most = 0;
  for (const size_t count : {stretch, head.columns % stretch}) {
    if (count == 0) continue;
    most = std::max(most, gemm_scratch_bytes(score_product(sizes, 0, count), Workers()));
    most = std::max(most, gemm_scratch_bytes(value_product(sizes, 0, count), Workers()));
  }
  return most;
}

}  // namespace

size_t attention_scratch_bytes(const AttentionHead& head) {
  if (head.rows == 0 || head.columns == 0) return 0;
  return aligned(head.rows * stretch_of(head)) + 2 * aligned(head.rows) + product_scratch(head);
}

void attention(const AttentionHead& head, ScoreEdit edit, std::byte* scratch) {
  if (head.rows == 0 || head.value_size == 0) return;
  if (head.columns == 0) {
    for (size_t i = 0; i < head.rows; ++i) {
      std::fill_n(head.output + static_cast<ptrdiff_t>(i) * head.output_stride, head.value_size, 0.0F);
    }
    return;
  }
  const size_t stretch = stretch_of(head);
  auto* scores = reinterpret_cast<float*>(scratch);
  auto* largest = reinterpret_cast<float*>(scratch += aligned(head.rows * stretch));
  auto* sums = reinterpret_cast<float*>(scratch += aligned(head.rows));
  scratch += aligned(head.rows);
  std::fill_n(largest, head.rows, -std::numeric_limits<float>::infinity());
  std::fill_n(sums, head.rows, 0.0F);
  for (size_t first = 0; first < head.columns; first += stretch) {
    const size_t count = std::min(stretch, head.columns - first);
    GemmArguments product = score_product(head, first, count);
    product.c = scores;
    gemm(product, scratch, Workers());
    edit(first, count, scores);
    HWY_DYNAMIC_DISPATCH(online_softmax)(scores, count, head, largest, sums);
    product = value_product(head, first, count);
    product.a.data = scores;
    gemm(product, scratch, Workers());
  }
  HWY_DYNAMIC_DISPATCH(divide_by_sums)(head, largest, sums);
}

}  // namespace wedge::kernels
#endif
