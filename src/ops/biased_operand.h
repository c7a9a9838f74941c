// Queries, keys or values as attention takes them: a part of an input, with a bias added where there is one.
#pragma once

#include "ops/attention.h"

namespace wedge {

/// The input's own elements, or with a bias added brought together by row.
class BiasedOperand {
 public:
  struct Place {
    size_t input = 0;
    size_t start = 0;  ///< the first element
    HeadLayout layout;
    size_t batch = 0, heads = 0, rows = 0, columns = 0;
  };

  /// `bias_start`: where the operand's own bias begins in the input with that of all, which is SIZE_MAX for none.
  BiasedOperand(PrepareContext& context, const Place& place, size_t bias_input, size_t bias_start)
      : place_(place), bias_start_(bias_start), biased_(context.has_input(bias_input)) {
    dtype_ = context.dtype(place.input);
    const auto all = static_cast<size_t>(context.input_shape(place.input).numel());
    place_.start = std::min(all, place.start);
    count_ = all - place_.start;
    if (!biased_) return;
    source_ = {context, dtype_, count_};
    sums_ = context.scratch(sum_count(), sizeof(float));
    if (dtype_ != DType::f32) elements_ = context.scratch(sum_count(), byte_width(dtype_));
  }

  [[nodiscard]] const Place& place() const { return place_; }
  /// Where the operand lies when attention reads it, and how many elements there are from the first one on.
  [[nodiscard]] HeadLayout layout() const {
    return biased_ ? HeadLayout::by_row(place_.heads, place_.rows, place_.columns) : place_.layout;
  }
  [[nodiscard]] size_t count() const { return biased_ ? sum_count() : count_; }

  const std::byte* read(RunContext& run, const float* bias) const {
    const std::byte* data = run.input(place_.input).data + place_.start * byte_width(dtype_);
    if (!biased_) return data;
    auto* to = run.scratch<float>(sums_);
    add_bias(source_.read(run, data), bias + bias_start_, to);
    if (dtype_ == DType::f32) return reinterpret_cast<const std::byte*>(to);
    write_floats(dtype_, to, 0, sum_count(), run.scratch(elements_));
    return run.scratch(elements_);
  }

 private:
  [[nodiscard]] size_t sum_count() const { return place_.batch * place_.rows * place_.heads * place_.columns; }

  void add_bias(const float* from, const float* bias, float* to) const {
    const auto& [input, start, layout, batch, heads, rows, columns] = place_;
    for (size_t i = 0; i < batch * rows; ++i) {
      for (size_t head = 0; head < heads; ++head, to += columns) {
        const float* row = from + layout.offset(i / rows, head, i % rows);
        for (size_t j = 0; j < columns; ++j) to[j] = row[j] + bias[head * columns + j];
      }
    }
  }

  Place place_;
  size_t bias_start_ = 0;
  bool biased_ = false;
  DType dtype_ = DType::f32;
  size_t count_ = 0;
  ComputedOperand<float> source_;
  Scratch sums_;
  Scratch elements_;
};

}  // namespace wedge
