// Scaled dot-product attention: softmax(scale * Q K^T) V for each head of each batch element. The operators differ in
// where their operands lie and in what they do to the scores between the steps; the steps are here.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/attention.h"
#include "kernels/gemm.h"
#include "ops/operator.h"
#include "tensor/float_access.h"

namespace wedge {

/// An Error when two dimensions are known to differ; `what` says of what they are.
inline Result<> expect_same(Dim a, Dim b, std::string_view what) {
  if (!conflict(a, b)) return {};
  return fail(ErrorCode::invalid_model, what, " differ: ", a.value(), " and ", b.value());
}

/// An Error unless every head of keys serves the same number of heads of queries.
inline Result<> expect_shared_heads(Dim queries, Dim keys) {
  if (!queries.is_known() || !keys.is_known()) return {};
  if (keys.is(0) ? queries.is(0) : queries.value() % keys.value() == 0) return {};
  return fail(ErrorCode::invalid_model, queries.value(), " heads of queries do not share ", keys.value(),
              " heads of keys");
}

/// 1 / sqrt(size), by which scores are multiplied unless an attribute says otherwise.
inline float usual_scale(size_t key_size) { return key_size == 0 ? 1.0F : 1 / std::sqrt(static_cast<float>(key_size)); }

/// A dimension that is known.
inline size_t size_of(Dim dim) { return static_cast<size_t>(dim.value()); }

/// Distances in elements between batch elements, heads and rows of an operand; columns are neighbours.
struct HeadLayout {
  size_t batch = 0;
  size_t head = 0;
  size_t row = 0;

  /// batch, heads, rows, columns in this order.
  static HeadLayout by_head(size_t heads, size_t rows, size_t columns) {
    return {.batch = heads * rows * columns, .head = rows * columns, .row = columns};
  }
  /// batch, rows, heads, columns.
  static HeadLayout by_row(size_t heads, size_t rows, size_t columns) {
    return {.batch = heads * rows * columns, .head = columns, .row = heads * columns};
  }
  [[nodiscard]] size_t offset(size_t batch_index, size_t head_index, size_t row_index) const {
    return batch_index * batch + head_index * head + row_index * row;
  }
};

struct AttentionGeometry {
  size_t batch = 1;
  size_t heads = 1;
  size_t kv_heads = 1;  ///< divides heads: neighbouring heads share keys and values
  size_t rows = 1;      ///< of queries
  size_t columns = 1;   ///< keys and values
  size_t key_size = 1;
  size_t value_size = 1;
  HeadLayout query, key, value, output;
  float scale = 1;

  /// Multiplications and additions of the scores and of the sums of values.
  [[nodiscard]] double operations() const {
    return 2.0 * static_cast<double>(batch) * static_cast<double>(heads) * static_cast<double>(rows) *
           static_cast<double>(columns) * static_cast<double>(key_size + value_size);
  }
};

/// Some rows and columns of the scores of one head.
struct AttentionBlock {
  size_t batch = 0;
  size_t head = 0;
  size_t first_row = 0;
  size_t rows = 0;
  size_t first_column = 0;
  size_t columns = 0;

  [[nodiscard]] size_t count() const { return rows * columns; }
};

/// C is float or double.
template <typename C>
struct AttentionOperands {
  const C* query = nullptr;
  const C* key = nullptr;
  const C* value = nullptr;
  C* output = nullptr;
};

/// The steps over blocks of rows, each block of scores made, edited and used up by one worker. C is float or double.
template <typename C>
class AttentionSteps {
 public:
  using Edit = FunctionRef<void(const AttentionBlock& block, C* scores)>;
  /// Gets a block, room for its scores and the scratch of the products.
  using Body = FunctionRef<void(const AttentionBlock& block, C* scores, std::byte* scratch)>;

  AttentionSteps(PrepareContext& context, const AttentionGeometry& geometry);

  /// The whole of it: `edit` edits scores before softmax, which it may get by some columns at a time. `sinks` has for
  /// each head a score that takes its share of the probabilities and has no value, or is null.
  void attend(RunContext& run, const AttentionOperands<C>& operands, Edit edit, const C* sinks = nullptr) const;

  /// As attend(), by whole rows: `before` edits scores before softmax, `after` the probabilities.
  void run(RunContext& run, const AttentionOperands<C>& operands, Edit before, Edit after,
           const C* sinks = nullptr) const;

  /// Calls body for each block on all workers.
  void for_each_block(RunContext& run, Body body) const;

  void score(const AttentionOperands<C>& operands, const AttentionBlock& block, C* scores, std::byte* scratch) const;
  /// Softmax of rows, which are 0 where every score is minus infinity: there is nothing to attend to.
  void normalize(C* scores, size_t rows, const C* sink = nullptr) const;
  void mix(const AttentionOperands<C>& operands, const AttentionBlock& block, const C* scores,
           std::byte* scratch) const;

 private:
  [[nodiscard]] size_t kv_head(const AttentionBlock& block) const {
    return block.head / (geometry_.heads / geometry_.kv_heads);
  }
  [[nodiscard]] kernels::AttentionHead head_of(const AttentionOperands<C>& operands, const AttentionBlock& block) const;
  [[nodiscard]] kernels::GemmArguments score_product(size_t rows) const;
  [[nodiscard]] kernels::GemmArguments mix_product(size_t rows) const;
  [[nodiscard]] size_t scratch_of_products() const;

  AttentionGeometry geometry_;
  size_t block_rows_ = 0;
  size_t score_bytes_ = 0;
  size_t gemm_bytes_ = 0;
  Scratch scratch_;
};

/// Room for a dense tensor as C when its own type is another: 16-bit floats are read into it.
template <typename C>
class ComputedOperand {
 public:
  ComputedOperand() = default;
  ComputedOperand(PrepareContext& context, DType dtype, size_t count) : dtype_(dtype), count_(count) {
    if (converts()) scratch_ = context.scratch(count, sizeof(C));
  }

  [[nodiscard]] const C* read(RunContext& run, const std::byte* data) const {
    if constexpr (std::same_as<C, float>) {
      if (converts()) {
        auto* to = run.scratch<float>(scratch_);
        run.workers().run(count_, grain, [&](size_t begin, size_t end, unsigned) {
          read_floats(dtype_, data, begin, end - begin, to + begin);
        });
        return to;
      }
    }
    return reinterpret_cast<const C*>(data);
  }
  /// Where to compute what write() then brings to `data`.
  [[nodiscard]] C* target(RunContext& run, std::byte* data) const {
    return converts() ? run.scratch<C>(scratch_) : reinterpret_cast<C*>(data);
  }
  void write(RunContext& run, std::byte* data) const {
    if constexpr (std::same_as<C, float>) {
      if (!converts()) return;
      const auto* from = run.scratch<float>(scratch_);
      run.workers().run(count_, grain, [&](size_t begin, size_t end, unsigned) {
        write_floats(dtype_, from + begin, begin, end - begin, data);
      });
    }
  }

 private:
  // Elements that are worth a thread.
  static constexpr size_t grain = size_t{32} << 10U;

  [[nodiscard]] bool converts() const { return dtype_ != dtype_of<C>; }

  DType dtype_ = dtype_of<C>;
  size_t count_ = 0;
  Scratch scratch_;
};

/// Calls prepare.operator()<C>() for the type that a tensor of floats is computed in.
template <typename Prepare>
Result<Kernel> prepare_computed(DType dtype, Prepare prepare) {
  if (dtype == DType::f64) return prepare.template operator()<double>();
  if (is_float(dtype)) return prepare.template operator()<float>();
  return fail(ErrorCode::unsupported, "elements of type ", dtype);
}

}  // namespace wedge
