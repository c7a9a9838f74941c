// TfIdfVectorizer: how often the n-grams of a pool occur in a row of tokens, skips between the tokens allowed.
#include <algorithm>
#include <map>
#include <memory>

#include "ops/operator.h"

namespace wedge {
namespace {

constexpr size_t no_gram = SIZE_MAX;

// The pool as a trie: node 0 is the root, and a node that ends an n-gram says which.
struct Pool {
  std::map<std::string, int64_t, std::less<>> tokens;  // numbers of words, for pools of strings
  std::map<std::pair<size_t, int64_t>, size_t> children;
  std::vector<size_t> grams{no_gram};
  std::vector<int64_t> columns;  // by n-gram
  std::vector<float> weights;    // by n-gram; empty when all are 1
  size_t shortest = 1;
  size_t longest = 1;
  size_t most_skips = 0;
};

enum class Mode : uint8_t { tf, idf, tfidf };

Result<Mode> mode_of(const NodeView& node) {
  WEDGE_ASSIGN(const auto mode, node.attributes().string("mode", ""));
  if (mode == "TF") return Mode::tf;
  if (mode == "IDF") return Mode::idf;
  if (mode == "TFIDF") return Mode::tfidf;
  return fail(ErrorCode::invalid_model, "mode '", mode, "' is not TF, IDF or TFIDF");
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::string, DType::i32, DType::i64}));
  WEDGE_TRY(context.expect_rank(0, 1, 2));
  WEDGE_ASSIGN(const auto columns, context.attributes().integers("ngram_indexes"));
  if (columns.empty()) return fail(ErrorCode::invalid_model, "ngram_indexes is empty");
  const auto [least, most] = std::ranges::minmax(columns);
  if (least < 0 || most == INT64_MAX) {
    return fail(ErrorCode::invalid_model, "ngram_indexes reaches from ", least, " to ", most);
  }
  const SymbolicShape& input = context.shape(0);
  if (!input.has_rank()) return {};
  SymbolicShape shape = input;
  shape[input.rank() - 1] = most + 1;
  context.set_output(0, DType::f32, shape);
  return {};
}

// The pool's tokens as integers; strings are numbered.
Result<std::vector<int64_t>> pool_tokens(const NodeView& node, Pool& pool) {
  if (node.dtype(0) != DType::string) {
    WEDGE_ASSIGN(const auto integers, node.attributes().integers("pool_int64s"));
    return std::vector<int64_t>(integers.begin(), integers.end());
  }
  WEDGE_ASSIGN(const auto words, node.attributes().strings("pool_strings"));
  std::vector<int64_t> tokens;
  for (const std::string& word : words) {
    tokens.push_back(pool.tokens.emplace(word, static_cast<int64_t>(pool.tokens.size())).first->second);
  }
  return tokens;
}

void add_gram(Pool& pool, std::span<const int64_t> gram, size_t number) {
  size_t node = 0;
  for (const int64_t token : gram) {
    const auto [child, is_new] = pool.children.emplace(std::pair(node, token), pool.grams.size());
    if (is_new) pool.grams.push_back(no_gram);
    node = child->second;
  }
  pool.grams[node] = number;
}

// ngram_counts says where in the pool the 1-grams begin, the 2-grams …
Result<> add_grams(Pool& pool, std::span<const int64_t> tokens, std::span<const int64_t> starts) {
  size_t number = 0;
  for (size_t level = 0; level < starts.size(); ++level) {
    const auto size = static_cast<int64_t>(tokens.size());
    const int64_t begin = starts[level];
    const int64_t end = level + 1 < starts.size() ? starts[level + 1] : size;
    const size_t length = level + 1;
    if (begin < 0 || begin > end || end > size || static_cast<size_t>(end - begin) % length != 0) {
      return fail(ErrorCode::invalid_model, "ngram_counts does not divide a pool of ", size, " tokens into ", length,
                  "-grams");
    }
    for (auto at = static_cast<size_t>(begin); at < static_cast<size_t>(end); at += length) {
      add_gram(pool, tokens.subspan(at, length), number++);
    }
  }
  if (number == pool.columns.size() && (pool.weights.empty() || number == pool.weights.size())) return {};
  return fail(ErrorCode::invalid_model, "the pool has ", number, " n-grams, but there are ", pool.columns.size(),
              " ngram_indexes and ", pool.weights.size(), " weights");
}

Result<std::shared_ptr<const Pool>> make_pool(const NodeView& node) {
  auto pool = std::make_shared<Pool>();
  WEDGE_ASSIGN(const int64_t shortest, node.attributes().required_integer("min_gram_length"));
  WEDGE_ASSIGN(const int64_t longest, node.attributes().required_integer("max_gram_length"));
  WEDGE_ASSIGN(const int64_t skips, node.attributes().required_integer("max_skip_count"));
  if (shortest < 1 || longest < shortest || skips < 0) {
    return fail(ErrorCode::invalid_model, "n-grams of ", shortest, " to ", longest, " tokens with ", skips,
                " skips at most");
  }
  pool->shortest = static_cast<size_t>(shortest);
  pool->longest = static_cast<size_t>(longest);
  pool->most_skips = static_cast<size_t>(skips);
  WEDGE_ASSIGN(const auto columns, node.attributes().integers("ngram_indexes"));
  pool->columns.assign(columns.begin(), columns.end());
  WEDGE_ASSIGN(const auto weights, node.attributes().numbers("weights"));
  pool->weights.assign(weights.begin(), weights.end());
  WEDGE_ASSIGN(const auto tokens, pool_tokens(node, *pool));
  WEDGE_ASSIGN(const auto starts, node.attributes().integers("ngram_counts"));
  WEDGE_TRY(add_grams(*pool, tokens, starts));
  return pool;
}

// Follows the trie from one token on, the next `stride` tokens away.
void count_from(const Pool& pool, Mode mode, std::span<const int64_t> row, size_t begin, size_t stride, float* out) {
  size_t node = 0;
  size_t length = 0;
  for (size_t at = begin; at < row.size() && length < pool.longest; at += stride) {
    const auto child = pool.children.find({node, row[at]});
    if (child == pool.children.end()) return;
    node = child->second;
    ++length;
    const size_t gram = pool.grams[node];
    // A single token has nothing to skip: it counts once.
    if (gram == no_gram || length < pool.shortest || (length == 1 && stride > 1)) continue;
    const float weight = pool.weights.empty() || mode == Mode::tf ? 1.0F : pool.weights[gram];
    float& sum = out[pool.columns[gram]];
    sum = mode == Mode::idf ? weight : sum + weight;
  }
}

void count_row(const Pool& pool, Mode mode, std::span<const int64_t> row, float* out) {
  const size_t strides = std::min(pool.most_skips, row.size()) + 1;
  for (size_t stride = 1; stride <= strides; ++stride) {
    for (size_t begin = 0; begin < row.size(); ++begin) count_from(pool, mode, row, begin, stride, out);
  }
}

void read_tokens(const RunContext& run, DType dtype, const Pool& pool, int64_t* tokens) {
  if (dtype == DType::i64) {
    std::ranges::copy(run.input<int64_t>(0), tokens);
  } else if (dtype == DType::i32) {
    std::ranges::copy(run.input<int32_t>(0), tokens);
  } else {
    for (const std::string_view word : run.input<std::string_view>(0)) {
      const auto found = pool.tokens.find(word);
      *tokens++ = found == pool.tokens.end() ? -1 : found->second;
    }
  }
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Mode mode, mode_of(context));
  WEDGE_ASSIGN(const auto pool, make_pool(context));
  const Shape shape = context.input_shape(0);
  const DType dtype = context.dtype(0);
  const auto length = static_cast<size_t>(shape[shape.rank() - 1]);
  const size_t rows = shape.rank() == 1 ? 1 : static_cast<size_t>(shape[0]);
  const Scratch scratch = context.scratch(rows, length, sizeof(int64_t));
  return [=](RunContext& run) -> Result<> {
    const auto out = run.output<float>(0);
    std::ranges::fill(out, 0.0F);
    auto* tokens = run.scratch<int64_t>(scratch);
    read_tokens(run, dtype, *pool, tokens);
    for (size_t row = 0; row < rows; ++row) {
      count_row(*pool, mode, {tokens + row * length, length}, out.data() + row * (out.size() / rows));
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, TfIdfVectorizer) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
