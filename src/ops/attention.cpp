#include "ops/attention.h"

#include "kernels/reference.h"
#include "kernels/softmax.h"

namespace wedge {
namespace {

// Rows of scores made at a time: enough to make use of the packed keys, few enough to stay near the core.
constexpr size_t most_rows = 128;

ptrdiff_t signed_of(size_t distance) { return static_cast<ptrdiff_t>(distance); }

// A sink is one more score, whose probability is left out.
template <typename C>
void softmax(C* row, size_t columns, const C* sink) {
  const C largest = *std::max_element(row, row + columns);
  if constexpr (std::same_as<C, float>) {
    kernels::softmax_f32(row, row, 1, columns, Workers());
  } else {
    C sum = 0;
    for (size_t j = 0; j < columns; ++j) sum += row[j] = std::exp(row[j] - largest);
    for (size_t j = 0; j < columns; ++j) row[j] /= sum;
  }
  if (sink == nullptr) return;
  // The largest probability is 1 / sum, from which follows what the sink adds to the sum.
  const C share = *std::max_element(row, row + columns);
  const C factor = 1 / (1 + std::exp(*sink - largest) * share);
  for (size_t j = 0; j < columns; ++j) row[j] *= factor;
}

}  // namespace

template <typename C>
AttentionSteps<C>::AttentionSteps(PrepareContext& context, const AttentionGeometry& geometry) : geometry_(geometry) {
  context.count_operations(geometry.operations());
  block_rows_ = std::min(geometry.rows, most_rows);
  score_bytes_ = round_up(saturating_bytes(block_rows_, geometry.columns, sizeof(C)), AlignedBuffer::alignment);
  if constexpr (std::same_as<C, float>) {
    // Scores and products of either form: whole rows, or one pass over columns.
    gemm_bytes_ = scratch_of_products();
    for (const size_t rows : {block_rows_, block_rows_ == 0 ? 0 : geometry.rows % block_rows_}) {
      const size_t wanted =
          round_up(kernels::attention_scratch_bytes(head_of({}, {.rows = rows})), AlignedBuffer::alignment);
      gemm_bytes_ = std::max(gemm_bytes_, wanted - std::min(wanted, score_bytes_));
    }
  }
  scratch_ = context.scratch_per_worker(score_bytes_ + gemm_bytes_, 1);
}

template <typename C>
void AttentionSteps<C>::run(RunContext& run, const AttentionOperands<C>& operands, Edit before, Edit after,
                            const C* sinks) const {
  for_each_block(run, [&](const AttentionBlock& block, C* scores, std::byte* scratch) {
    score(operands, block, scores, scratch);
    before(block, scores);
    normalize(scores, block.rows, sinks == nullptr ? nullptr : sinks + block.head);
    after(block, scores);
    mix(operands, block, scores, scratch);
  });
}

template <typename C>
void AttentionSteps<C>::attend(RunContext& run, const AttentionOperands<C>& operands, Edit edit, const C* sinks) const {
  if constexpr (std::same_as<C, float>) {
    for_each_block(run, [&](const AttentionBlock& block, float* scores, std::byte*) {
      kernels::AttentionHead head = head_of(operands, block);
      if (sinks != nullptr) head.sink = sinks + block.head;
      const auto edit_columns = [&](size_t first, size_t count, float* some) {
        AttentionBlock part = block;
        part.first_column = first;
        part.columns = count;
        edit(part, some);
      };
      kernels::attention(head, edit_columns, reinterpret_cast<std::byte*>(scores));
    });
  } else {
    this->run(run, operands, edit, [](const AttentionBlock&, C*) {}, sinks);
  }
}

template <typename C>
kernels::AttentionHead AttentionSteps<C>::head_of(const AttentionOperands<C>& operands,
                                                  const AttentionBlock& block) const {
  const AttentionGeometry& g = geometry_;
  kernels::AttentionHead head{.rows = block.rows,
                              .columns = g.columns,
                              .key_size = g.key_size,
                              .value_size = g.value_size,
                              .query_stride = signed_of(g.query.row),
                              .key_stride = signed_of(g.key.row),
                              .value_stride = signed_of(g.value.row),
                              .output_stride = signed_of(g.output.row),
                              .scale = g.scale};
  if constexpr (std::same_as<C, float>) {
    if (operands.query == nullptr) return head;
    head.query = operands.query + g.query.offset(block.batch, block.head, block.first_row);
    head.key = operands.key + g.key.offset(block.batch, kv_head(block), 0);
    head.value = operands.value + g.value.offset(block.batch, kv_head(block), 0);
    head.output = operands.output + g.output.offset(block.batch, block.head, block.first_row);
  }
  return head;
}

template <typename C>
void AttentionSteps<C>::for_each_block(RunContext& run, Body body) const {
  if (block_rows_ == 0) return;
  const size_t blocks = (geometry_.rows + block_rows_ - 1) / block_rows_;
  run.workers().run(geometry_.batch * geometry_.heads * blocks, 1, [&](size_t begin, size_t end, unsigned worker) {
    std::byte* own = run.scratch(scratch_, worker);
    for (size_t i = begin; i < end; ++i) {
      const size_t first = i % blocks * block_rows_;
      body(AttentionBlock{.batch = i / blocks / geometry_.heads,
                          .head = i / blocks % geometry_.heads,
                          .first_row = first,
                          .rows = std::min(block_rows_, geometry_.rows - first),
                          .columns = geometry_.columns},
           reinterpret_cast<C*>(own), own + score_bytes_);
    }
  });
}

template <typename C>
void AttentionSteps<C>::score(const AttentionOperands<C>& operands, const AttentionBlock& block, C* scores,
                              std::byte* scratch) const {
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

template <typename C>
void AttentionSteps<C>::normalize(C* scores, size_t rows, const C* sink) const {
  constexpr C lowest = -std::numeric_limits<C>::infinity();
  const size_t columns = geometry_.columns;
  for (size_t i = 0; i < rows; ++i) {
    C* row = scores + i * columns;
    if (std::all_of(row, row + columns, [](C x) { return x == lowest; })) {
      std::fill_n(row, columns, C(0));
    } else {
      softmax(row, columns, sink);
    }
  }
}

template <typename C>
void AttentionSteps<C>::mix(const AttentionOperands<C>& operands, const AttentionBlock& block, const C* scores,
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

template <typename C>
kernels::GemmArguments AttentionSteps<C>::score_product(size_t rows) const {
  kernels::GemmArguments product{.m = rows, .n = geometry_.columns, .k = geometry_.key_size};
  product.a = {nullptr, signed_of(geometry_.query.row), 1};
  product.b = {nullptr, 1, signed_of(geometry_.key.row)};
  product.c_stride = signed_of(geometry_.columns);
  product.alpha = geometry_.scale;
  return product;
}

template <typename C>
kernels::GemmArguments AttentionSteps<C>::mix_product(size_t rows) const {
  kernels::GemmArguments product{.m = rows, .n = geometry_.value_size, .k = geometry_.columns};
  product.a = {nullptr, signed_of(geometry_.columns), 1};
  product.b = {nullptr, signed_of(geometry_.value.row), 1};
  product.c_stride = signed_of(geometry_.output.row);
  return product;
}

template <typename C>
size_t AttentionSteps<C>::scratch_of_products() const {
  if (geometry_.columns == 0 || block_rows_ == 0) return 0;
  size_t most = 0;
  for (const size_t rows : {block_rows_, geometry_.rows % block_rows_}) {
    if (rows == 0) continue;
    if (geometry_.key_size > 0) most = std::max(most, kernels::gemm_scratch_bytes(score_product(rows), Workers()));
    if (geometry_.value_size > 0) most = std::max(most, kernels::gemm_scratch_bytes(mix_product(rows), Workers()));
  }
  return round_up(most, AlignedBuffer::alignment);
}

template class AttentionSteps<float>;
template class AttentionSteps<double>;

}  // namespace wedge
