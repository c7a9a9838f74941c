// Attention of com.microsoft: what ONNX Runtime's CPU kernels do not take, and what is refused. Other results are held
// against ONNX Runtime's in tests/contrib.
#include "support/compare.h"

namespace wedge::testing {
namespace {

const Attribute two_heads = {"num_heads", int64_t{2}};
const Attribute one_head = {"num_heads", int64_t{1}};

// The parts of a tensor of batch, rows, heads, parts, columns as tensors of batch, rows, heads * columns.
std::vector<Tensor> unpack(const Tensor& packed) {
  const Shape shape = packed.shape();
  const auto all = values<float>(packed);
  const auto parts = static_cast<size_t>(shape[3]);
  const auto columns = static_cast<size_t>(shape[4]);
  std::vector<std::vector<float>> elements(parts);
  for (size_t i = 0; i < all.size(); ++i) elements[i / columns % parts].push_back(all[i]);
  std::vector<Tensor> result;
  for (const auto& part : elements) result.push_back(tensor<float>({shape[0], shape[1], shape[2] * shape[4]}, part));
  return result;
}

TEST(MultiHeadAttention, UnpacksQueriesKeysAndValues) {
  const Tensor packed = sample({2, 3, 2, 3, 4}, 1);
  const auto apart = unpack(packed);
  expect_near(result_of("MultiHeadAttention", {packed}, {two_heads}),
              result_of("MultiHeadAttention", apart, {two_heads}));
  const Tensor bias = sample({24}, 2);
  expect_near(result_of("MultiHeadAttention", {packed, {}, {}, bias}, {two_heads}),
              result_of("MultiHeadAttention", {apart[0], apart[1], apart[2], bias}, {two_heads}));
}

TEST(MultiHeadAttention, UnpacksKeysAndValues) {
  const Tensor packed = sample({2, 5, 2, 2, 4}, 1);
  const auto apart = unpack(packed);
  const Tensor query = sample({2, 3, 8}, 3);
  expect_near(result_of("MultiHeadAttention", {query, packed}, {two_heads}),
              result_of("MultiHeadAttention", {query, apart[0], apart[1]}, {two_heads}));
}

TEST(MultiHeadAttention, TakesHalfPrecision) {
  const std::vector<Tensor> inputs = {
      sample({2, 3, 8}, 1),    sample({2, 3, 8}, 2),   sample({2, 3, 8}, 3), sample({24}, 4), {}, {},
      sample({2, 2, 2, 4}, 5), sample({2, 2, 2, 4}, 6)};
  std::vector<Tensor> halves;
  for (const Tensor& input : inputs) halves.push_back(input.empty() ? Tensor() : half(input));
  const auto results = run_contrib("MultiHeadAttention", halves, {two_heads}, 3);
  ASSERT_TRUE(results) << results.error().to_string();
  for (size_t output = 0; output < 3; ++output) {
    expect_near(widened((*results)[output]), result_of("MultiHeadAttention", inputs, {two_heads}, output, 3), 1e-2F);
  }
}

TEST(MultiHeadAttention, RefusesOperandsThatDoNotFit) {
  const Tensor x = counting({2, 3, 8});
  const std::string name = "MultiHeadAttention";
  EXPECT_TRUE(run_contrib(name, {x, x, x}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {x, x, x}, {{"num_heads", int64_t{0}}}));
  EXPECT_FALSE(run_contrib(name, {x, x, x}, {{"num_heads", int64_t{3}}}));
  EXPECT_FALSE(run_contrib(name, {x}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {x, {}, x}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {x, x, counting({2, 4, 8})}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {x, x, x, counting({23})}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {x, x, x, {}, tensor<int32_t>({3}, {1, 1, 1})}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {x, x, x, {}, {}, counting({2, 2, 3, 4})}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {x, x, x, {}, {}, {}, counting({2, 2, 3, 4})}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {counting({2, 3, 2, 2, 4})}, {two_heads}));
  EXPECT_FALSE(run_contrib(name, {counting({2, 3, 0}), counting({2, 3, 0}), counting({2, 3, 0})}, {two_heads}));
  // Lengths from outside are brought into range.
  EXPECT_TRUE(run_contrib(name, {x, x, x, {}, tensor<int32_t>({2}, {INT32_MIN, INT32_MAX})}, {two_heads}));
}

// Weights of 0 leave the values' bias, the same for every row.
TEST(ContribAttention, TakesNoBias) {
  const Tensor x = sample({1, 2, 3}, 1);
  const Tensor weights = tensor<float>({3, 3}, {0, 0, 1, 0, 0, 0, 0, 0, 0});
  const auto in = values<float>(x);
  const float mean = (in[0] + in[3]) / 2;
  expect_near(result_of("Attention", {x, weights}, {one_head}), {mean, mean});
}

// A mask over more positions than there are shows the rows after the past.
TEST(ContribAttention, TakesASquareMask) {
  const Tensor x = sample({1, 2, 3}, 1);
  const Tensor weights = sample({3, 6}, 2);
  const Tensor bias = sample({6}, 3);
  const Tensor past = sample({2, 1, 1, 1, 2}, 4);
  const Tensor square = tensor<int32_t>({1, 1, 4, 4}, {0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0});
  const Tensor cut = tensor<int32_t>({1, 2, 3}, {1, 0, 1, 0, 1, 1});
  expect_near(result_of("Attention", {x, weights, bias, square, past}, {one_head}),
              result_of("Attention", {x, weights, bias, cut, past}, {one_head}));
}

TEST(ContribAttention, RefusesOperandsThatDoNotFit) {
  const Tensor x = counting({1, 2, 3});
  const Tensor weights = counting({3, 6});
  const Tensor bias = counting({6});
  EXPECT_TRUE(run_contrib("Attention", {x, weights, bias}, {two_heads}));
  EXPECT_FALSE(run_contrib("Attention", {x, weights, counting({5})}, {two_heads}));
  EXPECT_FALSE(run_contrib("Attention", {x, counting({3, 7}), {}}, {one_head}));
  EXPECT_FALSE(run_contrib("Attention", {x, counting({2, 6}), bias}, {two_heads}));
  EXPECT_FALSE(run_contrib("Attention", {x, weights, bias, {}, counting({1, 1, 2, 2, 1})}, {two_heads}));
  EXPECT_FALSE(run_contrib("Attention", {x, weights, bias}, {two_heads, {"do_rotary", int64_t{1}}}));
  const std::vector<int64_t> uneven = {2, 1, 3};
  EXPECT_FALSE(run_contrib("Attention", {x, weights, bias}, {one_head, {"qkv_hidden_sizes", uneven}}));
  const std::vector<int64_t> endless = {INT64_MAX, INT64_MAX, 4};
  EXPECT_FALSE(run_contrib("Attention", {x, weights, bias}, {one_head, {"qkv_hidden_sizes", endless}}));
  EXPECT_FALSE(run_contrib("Attention", {counting({1, 2, 0}), counting({0, 6}), bias}, {two_heads}));
}

TEST(ContribAttention, HandsOnThePastWithoutRows) {
  const Tensor past = counting({2, 1, 1, 1, 2});
  const auto results = run_contrib("Attention", {counting({1, 0, 3}), counting({3, 6}), {}, {}, past}, {one_head}, 2);
  ASSERT_TRUE(results) << results.error().to_string();
  EXPECT_EQ((*results)[0].numel(), 0);
  EXPECT_EQ(values<float>((*results)[1]), values<float>(past));
}

TEST(QAttention, TakesHalfPrecisionAndRefusesScalesThatDoNotFit) {
  const Tensor x = tensor<int8_t>({1, 2, 1}, {10, -10});
  const Tensor weights = tensor<int8_t>({1, 3}, {0, 0, 4});
  const Tensor bias = half(tensor<float>({3}, {0, 0, 0.5F}));
  const Tensor scale = half(tensor<float>({}, {0.5F}));
  const auto results = run_contrib("QAttention", {x, weights, bias, scale, scale}, {one_head});
  ASSERT_TRUE(results) << results.error().to_string();
  expect_near(widened(results->front()), {0.5F, 0.5F});
  const Tensor two = half(tensor<float>({2}, {1, 1}));
  EXPECT_FALSE(run_contrib("QAttention", {x, weights, bias, two, scale}, {one_head}));
  EXPECT_FALSE(run_contrib("QAttention", {x, weights, bias, scale, two}, {one_head}));
  EXPECT_FALSE(run_contrib("QAttention", {x, weights, bias, counting({}), scale}, {one_head}));
}

// The inputs of a step that takes place 2 of 3 in the cache of two sequences.
std::vector<Tensor> one_step(const std::vector<Tensor>& rows, const Tensor& bias = {}) {
  const Tensor length = tensor<int32_t>({1}, {1});
  return {rows[0], rows[1], rows[2], {}, {}, sample({2, 2, 3, 4}, 5), sample({2, 2, 3, 4}, 6), length, {}, {}, bias};
}

const std::vector<Attribute> shared = {two_heads, {"past_present_share_buffer", int64_t{1}}};

TEST(DecoderMaskedMultiHeadAttention, UnpacksQueriesKeysAndValues) {
  const Tensor packed = sample({2, 1, 24}, 1);
  const auto all = values<float>(packed);
  std::vector<std::vector<float>> parts(3);
  for (size_t i = 0; i < all.size(); ++i) parts[i / 8 % 3].push_back(all[i]);
  std::vector<Tensor> apart;
  for (const auto& part : parts) apart.push_back(tensor<float>({2, 1, 8}, part));
  for (const Tensor& bias : {Tensor(), sample({24}, 2)}) {
    for (size_t output = 0; output < 3; ++output) {
      expect_near(result_of("DecoderMaskedMultiHeadAttention", one_step({packed, {}, {}}, bias), shared, output, 3),
                  result_of("DecoderMaskedMultiHeadAttention", one_step(apart, bias), shared, output, 3));
    }
  }
}

TEST(DecoderMaskedMultiHeadAttention, SeesItselfAloneAtFirst) {
  const Tensor value = sample({2, 1, 8}, 3);
  auto inputs = one_step({sample({2, 1, 8}, 1), sample({2, 1, 8}, 2), value});
  inputs[7] = tensor<int32_t>({}, {0});
  expect_near(result_of("DecoderMaskedMultiHeadAttention", inputs, shared), values<float>(value));
}

TEST(DecoderMaskedMultiHeadAttention, TakesHalfPrecision) {
  const auto inputs = one_step({sample({2, 1, 8}, 1), sample({2, 1, 8}, 2), sample({2, 1, 8}, 3)}, sample({24}, 4));
  auto halves = inputs;
  for (const size_t i : {0, 1, 2, 5, 6, 10}) halves[i] = half(inputs[i]);
  const auto results = run_contrib("DecoderMaskedMultiHeadAttention", halves, shared, 3);
  ASSERT_TRUE(results) << results.error().to_string();
  for (size_t output = 0; output < 3; ++output) {
    expect_near(widened((*results)[output]), result_of("DecoderMaskedMultiHeadAttention", inputs, shared, output, 3),
                1e-2F);
  }
}

TEST(DecoderMaskedMultiHeadAttention, RefusesOperandsThatDoNotFit) {
  const Tensor row = counting({2, 1, 8});
  const auto inputs = one_step({row, row, row});
  const auto replaced = [&](size_t input, const Tensor& by) {
    auto changed = inputs;
    changed[input] = by;
    return run_contrib("DecoderMaskedMultiHeadAttention", changed, shared);
  };
  EXPECT_TRUE(replaced(10, {}));
  EXPECT_FALSE(run_contrib("DecoderMaskedMultiHeadAttention", inputs, {two_heads}));
  EXPECT_FALSE(replaced(0, counting({2, 2, 8})));
  EXPECT_FALSE(replaced(1, {}));
  EXPECT_FALSE(replaced(2, counting({2, 1, 6})));
  EXPECT_FALSE(replaced(5, {}));
  EXPECT_FALSE(replaced(6, counting({2, 2, 4, 4})));
  EXPECT_FALSE(replaced(10, counting({8})));
  for (const int32_t length : {-1, 3, INT32_MIN, INT32_MAX}) EXPECT_FALSE(replaced(7, tensor<int32_t>({1}, {length})));
  // Two beams of one sequence.
  EXPECT_TRUE(replaced(9, tensor<int32_t>({1, 2, 2}, {1, 7, 0, 7})));
  EXPECT_FALSE(replaced(9, tensor<int32_t>({1, 2, 2}, {1, 0, 2, 0})));
  EXPECT_FALSE(replaced(9, tensor<int32_t>({1, 2, 2}, {1, 0, -1, 0})));
  EXPECT_FALSE(replaced(9, tensor<int32_t>({2, 2, 1}, {0, 0, 0, 0})));
  EXPECT_FALSE(replaced(8, tensor<int32_t>({1}, {2})));
}

// Queries, keys and values of two heads and one, without a past.
std::vector<Tensor> grouped(const Tensor& lengths, int32_t total) {
  return {sample({2, 3, 8}, 1),         sample({2, 3, 4}, 2), sample({2, 3, 4}, 3), {}, {}, lengths,
          tensor<int32_t>({1}, {total})};
}

const std::vector<Attribute> grouped_heads = {{"num_heads", int64_t{2}}, {"kv_num_heads", int64_t{1}}};

std::vector<Attribute> with(std::vector<Attribute> attributes, const Attribute& added) {
  attributes.push_back(added);
  return attributes;
}

TEST(GroupQueryAttention, PaddingOfThePromptIsNotSeen) {
  const auto all = result_of("GroupQueryAttention", grouped(tensor<int32_t>({2}, {2, 2}), 3), grouped_heads);
  const auto ragged = result_of("GroupQueryAttention", grouped(tensor<int32_t>({2}, {2, 0}), 3), grouped_heads);
  // The second sequence has one key, which its rows of padding see too.
  for (size_t i = 0; i < 32; ++i) EXPECT_EQ(ragged[i], all[i]);
  const auto value = values<float>(sample({2, 3, 4}, 3));
  for (size_t i = 24; i < 48; ++i) EXPECT_NEAR(ragged[i], value[12 + i % 4], 1e-6F);
}

TEST(GroupQueryAttention, NormalizesQueriesAndKeys) {
  auto inputs = grouped(tensor<int32_t>({2}, {2, 2}), 3);
  const auto scaled = [](const Tensor& x, const std::vector<float>& weight) {
    auto elements = values<float>(x);
    for (size_t first = 0; first < elements.size(); first += 4) {
      float squares = 0;
      for (size_t i = 0; i < 4; ++i) squares += elements[first + i] * elements[first + i];
      for (size_t i = 0; i < 4; ++i) elements[first + i] *= weight[i] / std::sqrt(squares / 4 + 0.5F);
    }
    return tensor<float>(x.shape(), elements);
  };
  auto normal = inputs;
  normal[0] = scaled(inputs[0], {1, 2, 3, 4});
  normal[1] = scaled(inputs[1], {2, 1, 2, 1});
  inputs.resize(14);
  inputs.push_back(tensor<float>({4}, {1, 2, 3, 4}));
  inputs.push_back(tensor<float>({4}, {2, 1, 2, 1}));
  expect_near(result_of("GroupQueryAttention", inputs, with(grouped_heads, {"qk_norm_epsilon", 0.5F})),
              result_of("GroupQueryAttention", normal, grouped_heads));
}

TEST(GroupQueryAttention, TakesHalfPrecision) {
  std::vector<Tensor> inputs = {sample({1, 2, 16}, 1),
                                {},
                                {},
                                sample({1, 1, 3, 4}, 2),
                                sample({1, 1, 3, 4}, 3),
                                tensor<int32_t>({1}, {3}),
                                tensor<int32_t>({}, {4}),
                                sample({4, 2}, 4),
                                sample({4, 2}, 5)};
  std::vector<Tensor> halves = inputs;
  for (const size_t i : {0, 3, 4, 7, 8}) halves[i] = half(inputs[i]);
  const auto attributes = with(grouped_heads, {"do_rotary", int64_t{1}});
  const auto results = run_contrib("GroupQueryAttention", halves, attributes, 3);
  ASSERT_TRUE(results) << results.error().to_string();
  for (size_t output = 0; output < 3; ++output) {
    expect_near(widened((*results)[output]), result_of("GroupQueryAttention", inputs, attributes, output, 3), 1e-2F);
  }
}

TEST(GroupQueryAttention, RefusesLengthsThatDoNotFit) {
  const std::string name = "GroupQueryAttention";
  const auto run = [&](const std::vector<int32_t>& lengths, int32_t total) {
    return run_contrib(name, grouped(tensor<int32_t>({static_cast<int64_t>(lengths.size())}, lengths), total),
                       grouped_heads);
  };
  EXPECT_TRUE(run({2, 2}, 3));
  EXPECT_FALSE(run({2, 2}, 2));
  EXPECT_FALSE(run({2, 2}, -1));
  EXPECT_FALSE(run({3, 2}, 3));
  EXPECT_FALSE(run({-1, 2}, 3));
  EXPECT_FALSE(run({INT32_MAX, 2}, 3));
  EXPECT_FALSE(run({2}, 3));
  // There is no past to hold the fourth key.
  EXPECT_FALSE(run({3, 3}, 4));
}

TEST(GroupQueryAttention, RefusesOperandsThatDoNotFit) {
  const std::string name = "GroupQueryAttention";
  const auto inputs = grouped(tensor<int32_t>({2}, {2, 2}), 3);
  EXPECT_FALSE(run_contrib(name, inputs, {{"num_heads", int64_t{2}}, {"kv_num_heads", int64_t{0}}}));
  EXPECT_FALSE(run_contrib(name, inputs, {{"num_heads", int64_t{3}}, {"kv_num_heads", int64_t{2}}}));
  EXPECT_FALSE(run_contrib(name, inputs, {{"num_heads", INT64_MAX}, {"kv_num_heads", int64_t{1}}}));
  EXPECT_FALSE(run_contrib(name, inputs, with(grouped_heads, {"do_rotary", int64_t{1}})));
  EXPECT_FALSE(run_contrib(name, inputs, with(grouped_heads, {"sliding_window_cache", int64_t{1}})));
  EXPECT_FALSE(run_contrib(name, inputs, with(grouped_heads, {"k_quant_type", std::string("PER_TENSOR")})));
  const auto replaced = [&](size_t input, const Tensor& by) {
    auto changed = inputs;
    if (changed.size() <= input) changed.resize(input + 1);
    changed[input] = by;
    return run_contrib(name, changed, grouped_heads);
  };
  EXPECT_FALSE(replaced(2, {}));
  EXPECT_FALSE(replaced(2, counting({2, 3, 3})));
  EXPECT_FALSE(replaced(3, counting({2, 1, 2, 4})));
  EXPECT_FALSE(replaced(5, {}));
  EXPECT_FALSE(replaced(6, tensor<int32_t>({2}, {3, 3})));
  EXPECT_FALSE(replaced(10, counting({2, 2, 3, 4})));
  EXPECT_FALSE(replaced(11, counting({3})));
  auto turned = inputs;
  turned.push_back(counting({2, 2}));
  turned.push_back(counting({2, 2}));
  // The tables end before the third position.
  EXPECT_FALSE(run_contrib(name, turned, with(grouped_heads, {"do_rotary", int64_t{1}})));
}

TEST(ContribRotaryEmbedding, RefusesPositionsOutsideOfTheTables) {
  const Tensor x = counting({2, 2, 2});
  const Tensor cosines = tensor<float>({3, 1}, {1, 0, 1});
  const Tensor sines = tensor<float>({3, 1}, {0, 1, 0});
  const auto run = [&](const Tensor& positions) {
    return run_contrib("RotaryEmbedding", {x, positions, cosines, sines});
  };
  EXPECT_TRUE(run(list({1})));
  EXPECT_FALSE(run(list({2})));
  EXPECT_FALSE(run(list({-1})));
  EXPECT_FALSE(run(list({INT64_MAX})));
  EXPECT_FALSE(run(list({0, 1})));
  EXPECT_TRUE(run(tensor<int64_t>({2, 2}, {0, 2, 1, 2})));
  EXPECT_FALSE(run(tensor<int64_t>({2, 2}, {0, 3, 1, 2})));
  EXPECT_FALSE(run_contrib("RotaryEmbedding", {x, list({0}), counting({3, 3}), counting({3, 3})}));
}

TEST(EmbedLayerNormalization, RefusesIndicesOutsideOfTheTables) {
  const Tensor words = tensor<int32_t>({1, 2}, {0, 1});
  const Tensor table = tensor<float>({2, 2}, {1, 2, 3, 4});
  const Tensor ones = tensor<float>({2}, {1, 1});
  const auto run = [&](const Tensor& indices, const Tensor& segments, const Tensor& positions) {
    const Tensor segment_table = segments.empty() ? Tensor() : table;
    return run_contrib("EmbedLayerNormalization",
                       {indices, segments, table, table, segment_table, ones, ones, {}, positions});
  };
  EXPECT_TRUE(run(words, {}, {}));
  EXPECT_TRUE(run(words, words, words));
  const Tensor outside = tensor<int32_t>({1, 2}, {0, 2});
  const Tensor negative = tensor<int32_t>({1, 2}, {0, -1});
  for (const Tensor& wrong : {outside, negative, tensor<int32_t>({1, 3}, {0, 0, 0})}) {
    EXPECT_FALSE(run(words, wrong, {}));
    EXPECT_FALSE(run(words, {}, wrong));
  }
  EXPECT_FALSE(run(outside, {}, {}));
  // There is no embedding for the third position.
  EXPECT_FALSE(run(tensor<int32_t>({1, 3}, {0, 0, 0}), {}, {}));
  EXPECT_FALSE(run_contrib("EmbedLayerNormalization", {words, {}, table, table, {}, ones}));
}

TEST(EmbedLayerNormalization, TakesHalfPrecision) {
  const Tensor words = tensor<int32_t>({1, 1}, {1});
  const Tensor table = half(tensor<float>({2, 2}, {1, 2, 3, 7}));
  const Tensor ones = half(tensor<float>({2}, {1, 1}));
  const auto results = run_contrib("EmbedLayerNormalization", {words, {}, table, table, {}, ones, ones, words}, {}, 3);
  ASSERT_TRUE(results) << results.error().to_string();
  expect_near(widened((*results)[0]), {0, 2}, 1e-3F);
  EXPECT_EQ(values<int32_t>((*results)[1]), std::vector<int32_t>{1});
  expect_near(widened((*results)[2]), {4, 9});
}

}  // namespace
}  // namespace wedge::testing
