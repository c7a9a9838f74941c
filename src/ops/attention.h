// Scaled dot-product attention: softmax(scale * Q K^T) V for each head of each batch element. The operators differ in
// where their operands lie and in what they do to the scores between the steps; the steps are here.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/gemm.h"
#include "kernels/reference.h"
#include "kernels/softmax.h"
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
};

/// Some rows of the scores of one head.
struct AttentionBlock {
  size_t batch = 0;
  size_t head = 0;
  size_t first_row = 0;
  size_t rows = 0;
};

/// C is float or double.
template <typename C>
struct AttentionOperands {
  const C* query = nullptr;
  const C* key = nullptr;
  const C* value = nullptr;
  C* output = nullptr;
};

template <typename C>
class AttentionSteps {
 public:
  using Edit = FunctionRef<void(const AttentionBlock& block, C* scores)>;

  AttentionSteps(PrepareContext& context, const AttentionGeometry& geometry) : geometry_(geometry) {
    block_rows_ = std::min(geometry.rows, most_rows);
    score_bytes_ = round_up(block_rows_ * geometry.columns * sizeof(C), AlignedBuffer::alignment);
    if constexpr (std::same_as<C, float>) gemm_bytes_ = scratch_of_products();
    scratch_ = context.scratch((score_bytes_ + gemm_bytes_) * context.workers().count());
  }

  /// Each block of scores in turn: `before` edits them before softmax, `after` the probabilities.
  void run(RunContext& run, const AttentionOperands<C>& operands, Edit before, Edit after) const {
    for_each_block(run, [&](const AttentionBlock& block, C* scores, std::byte* scratch) {
      score(operands, block, scores, scratch);
      before(block, scores);
      normalize(scores, block.rows);
      after(block, scores);
      mix(operands, block, scores, scratch);
    });
  }

  /// Calls body(block, room for its scores, scratch of the products) on all workers.
  template <typename Body>
  void for_each_block(RunContext& run, Body body) const {
    if (block_rows_ == 0) return;
    const size_t blocks = (geometry_.rows + block_rows_ - 1) / block_rows_;
    std::byte* memory = run.scratch(scratch_);
    run.workers().run(geometry_.batch * geometry_.heads * blocks, 1, [&](size_t begin, size_t end, unsigned worker) {
      std::byte* own = memory + worker * (score_bytes_ + gemm_bytes_);
      for (size_t i = begin; i < end; ++i) {
        const size_t first = i % blocks * block_rows_;
        body(AttentionBlock{.batch = i / blocks / geometry_.heads,
                            .head = i / blocks % geometry_.heads,
                            .first_row = first,
                            .rows = std::min(block_rows_, geometry_.rows - first)},
             reinterpret_cast<C*>(own), own + score_bytes_);
      }
    });
  }

  void score(const AttentionOperands<C>& operands, const AttentionBlock& block, C* scores, std::byte* scratch) const {
    const AttentionGeometry& g = geometry_;
    if (g.key_size == 0) {
      std::fill_n(scores, block.rows * g.columns, C(0));
      return;
    }
    if (g.columns == 0) return;
    const C* query = operands.query + g.query.offset(block.batch, block.head, block.first_row);
    const C* key = operands.key + g.key.offset(block.batch, kv_head(block), 0);
    if constexpr (std::same_as<C, float>) {
      auto product = score_product(block.rows);
      product.a.data = query;
      product.b.data = key;
      product.c = scores;
      kernels::gemm(product, scratch, Workers());
    } else {
      reference::gemm<C>(block.rows, g.columns, g.key_size, query, signed_of(g.query.row), 1, key, 1,
                         signed_of(g.key.row), scores, signed_of(g.columns), static_cast<C>(g.scale));
    }
  }

  /// Softmax of rows, which are 0 where every score is minus infinity: there is nothing to attend to.
  void normalize(C* scores, size_t rows) const {
    constexpr C lowest = -std::numeric_limits<C>::infinity();
    const size_t columns = geometry_.columns;
    for (size_t i = 0; i < rows; ++i) {
      C* row = scores + i * columns;
      if (std::all_of(row, row + columns, [](C x) { return x == lowest; })) {
        std::fill_n(row, columns, C(0));
      } else if constexpr (std::same_as<C, float>) {
        kernels::softmax_f32(row, row, 1, columns, Workers());
      } else {
        const C largest = *std::max_element(row, row + columns);
        C sum = 0;
        for (size_t j = 0; j < columns; ++j) sum += row[j] = std::exp(row[j] - largest);
        for (size_t j = 0; j < columns; ++j) row[j] /= sum;
      }
    }
  }

  void mix(const AttentionOperands<C>& operands, const AttentionBlock& block, const C* scores,
           std::byte* scratch) const {
    const AttentionGeometry& g = geometry_;
    if (g.value_size == 0) return;
    C* output = operands.output + g.output.offset(block.batch, block.head, block.first_row);
    if (g.columns == 0) {
      for (size_t i = 0; i < block.rows; ++i) std::fill_n(output + i * g.output.row, g.value_size, C(0));
      return;
    }
    const C* value = operands.value + g.value.offset(block.batch, kv_head(block), 0);
    if constexpr (std::same_as<C, float>) {
      auto product = mix_product(block.rows);
      product.a.data = scores;
      product.b.data = value;
      product.c = output;
      kernels::gemm(product, scratch, Workers());
    } else {
      reference::gemm<C>(block.rows, g.value_size, g.columns, scores, signed_of(g.columns), 1, value,
                         signed_of(g.value.row), 1, output, signed_of(g.output.row));
    }
  }

 private:
  // Rows of scores made at a time: enough to make use of the packed keys, few enough to stay near the core.
  static constexpr size_t most_rows = 128;

  static ptrdiff_t signed_of(size_t distance) { return static_cast<ptrdiff_t>(distance); }

  [[nodiscard]] size_t kv_head(const AttentionBlock& block) const {
    return block.head / (geometry_.heads / geometry_.kv_heads);
  }

  [[nodiscard]] kernels::GemmArguments score_product(size_t rows) const {
    kernels::GemmArguments product{.m = rows, .n = geometry_.columns, .k = geometry_.key_size};
    product.a = {nullptr, signed_of(geometry_.query.row), 1};
    product.b = {nullptr, 1, signed_of(geometry_.key.row)};
    product.c_stride = signed_of(geometry_.columns);
    product.alpha = geometry_.scale;
    return product;
  }

  [[nodiscard]] kernels::GemmArguments mix_product(size_t rows) const {
    kernels::GemmArguments product{.m = rows, .n = geometry_.value_size, .k = geometry_.columns};
    product.a = {nullptr, signed_of(geometry_.columns), 1};
    product.b = {nullptr, signed_of(geometry_.value.row), 1};
    product.c_stride = signed_of(geometry_.output.row);
    return product;
  }

  [[nodiscard]] size_t scratch_of_products() const {
    if (geometry_.columns == 0 || block_rows_ == 0) return 0;
    size_t most = 0;
    for (const size_t rows : {block_rows_, geometry_.rows % block_rows_}) {
      if (rows == 0) continue;
      if (geometry_.key_size > 0) most = std::max(most, kernels::gemm_scratch_bytes(score_product(rows), Workers()));
      if (geometry_.value_size > 0) most = std::max(most, kernels::gemm_scratch_bytes(mix_product(rows), Workers()));
    }
    return round_up(most, AlignedBuffer::alignment);
  }

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
    if (converts()) scratch_ = context.scratch(count * sizeof(C));
  }

  [[nodiscard]] const C* read(RunContext& run, const std::byte* data) const {
    if constexpr (std::same_as<C, float>) {
      if (converts()) {
        read_floats(dtype_, data, 0, count_, run.scratch<float>(scratch_));
        return run.scratch<float>(scratch_);
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
      if (converts()) write_floats(dtype_, run.scratch<float>(scratch_), 0, count_, data);
    }
  }

 private:
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
