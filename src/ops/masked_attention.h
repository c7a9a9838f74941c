// The attention that Attention, QAttention and MultiHeadAttention of com.microsoft share: scores of padded keys get a
// filter value added rather than being hidden, and a bias may be added to all.
#pragma once

#include "ops/attention_scores.h"
#include "ops/key_value_cache.h"

namespace wedge {

/// Which keys are padding: numbers of int32 in one of several shapes.
class PaddingMask {
 public:
  PaddingMask() = default;
  /// `past` rows of keys come before the first query's.
  static Result<PaddingMask> from(const Shape& shape, const AttentionGeometry& geometry, size_t past);

  /// Adds `filter` to the scores of padding.
  void apply(const AttentionBlock& block, size_t columns, std::span<const int32_t> mask, float filter,
             float* scores) const;

 private:
  // Ends of the keys of each batch element; those and then starts; or a number for each key, 0 for padding.
  enum class Form : uint8_t { ends, ranges, numbers };

  Form form_ = Form::ends;
  size_t batch_ = 0;
  size_t start_ = 0;
  size_t batch_stride_ = 0;
  size_t row_stride_ = 0;
};

class MaskedAttention {
 public:
  /// Which inputs and outputs are what; SIZE_MAX where the operator has none.
  struct Roles {
    size_t mask = SIZE_MAX;
    size_t bias = SIZE_MAX;
    size_t past_key = SIZE_MAX;
    size_t past_value = SIZE_MAX;
    size_t present_key = SIZE_MAX;
    size_t present_value = SIZE_MAX;
    size_t scores = SIZE_MAX;
    bool joined_past = false;  ///< past and present each hold keys and then values in one tensor
  };
  struct Counts {
    size_t query = 0;
    size_t key = 0;
    size_t value = 0;
  };

  /// The geometry's layouts are those of the new rows, its columns are past and new keys. `counts` are the elements
  /// that may be read from the first one of each operand on.
  static Result<MaskedAttention> prepare(PrepareContext& context, DType dtype, AttentionGeometry geometry, size_t past,
                                         const Counts& counts, const Roles& roles);

  /// Operands in the node's element type; writes output 0.
  void run(RunContext& run, const std::byte* query, const std::byte* key, const std::byte* value) const;

 private:
  explicit MaskedAttention(const AttentionSteps<float>& steps) : steps_(steps) {}

  AttentionGeometry geometry_;
  Roles roles_;
  size_t past_ = 0;
  bool has_mask_ = false;
  bool has_bias_ = false;
  bool shows_ = false;
  bool causal_ = false;
  float filter_ = 0;
  PaddingMask mask_;
  ScoreMask bias_;
  ComputedOperand<float> bias_values_;
  ComputedOperand<float> shown_;
  ComputedOperand<float> query_;
  CachedRows<float> keys_;
  CachedRows<float> values_;
  ComputedOperand<float> output_;
  AttentionSteps<float> steps_;
};

/// The number of heads that an attribute says, an Error unless there are some.
Result<int64_t> expect_heads(Result<int64_t> heads);

/// The columns of each of the heads, an Error unless they are whole and some.
Result<Dim> columns_of_heads(Dim columns, int64_t heads);

}  // namespace wedge
