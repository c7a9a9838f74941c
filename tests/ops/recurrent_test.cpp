#include <algorithm>
#include <cmath>
#include <functional>

#include "support/run_prepared.h"
#include "support/samples.h"

namespace wedge::testing {
namespace {

using Vector = std::vector<double>;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// One node over random operands, and the equations of the specification one element at a time.
struct Case {
  std::string op;
  size_t gates;
  int64_t steps, batch, input, hidden, directions;
  bool reverse = false;
  bool batch_first = false;
  bool linear_before_reset = false;
  bool couples = false;
  double clip = 0;
  Tensor x, w, r, b, lengths, h, c, p;

  [[nodiscard]] std::vector<Tensor> inputs() const {
    std::vector<Tensor> list = {x, w, r, b, lengths, h};
    if (op == "LSTM") list.insert(list.end(), {c, p});
    return list;
  }
  [[nodiscard]] std::vector<Attribute> attributes() const {
    std::vector<Attribute> list = {{"hidden_size", hidden}, {"layout", int64_t{batch_first}}};
    list.push_back({"direction", std::string(directions == 2 ? "bidirectional" : reverse ? "reverse" : "forward")});
    if (clip != 0) list.push_back({"clip", static_cast<float>(clip)});
    if (op == "GRU") list.push_back({"linear_before_reset", int64_t{linear_before_reset}});
    if (op == "LSTM") list.push_back({"input_forget", int64_t{couples}});
    return list;
  }
};

Tensor random_tensor(const Shape& shape) {
  auto elements = *rc::gen::container<std::vector<int>>(static_cast<size_t>(shape.numel()), rc::gen::inRange(-20, 21));
  std::vector<float> floats;
  for (const int element : elements) floats.push_back(static_cast<float>(element) / 16);
  return tensor<float>(shape, floats);
}

Case any_case(const std::string& op, size_t gates) {
  const auto yes = [] { return *rc::gen::arbitrary<bool>(); };
  Case k{.op = op, .gates = gates};
  k.steps = *rc::gen::inRange<int64_t>(1, 5);
  k.batch = *rc::gen::inRange<int64_t>(1, 4);
  k.input = *rc::gen::inRange<int64_t>(1, 5);
  k.hidden = *rc::gen::inRange<int64_t>(1, 20);
  k.directions = *rc::gen::inRange<int64_t>(1, 3);
  k.reverse = yes();
  k.batch_first = yes();
  k.linear_before_reset = yes();
  k.couples = op == "LSTM" && yes();
  k.clip = *rc::gen::element(0.0, 0.0, 0.5);
  const auto rows = static_cast<int64_t>(gates) * k.hidden;
  const Shape state = k.batch_first ? Shape{k.batch, k.directions, k.hidden} : Shape{k.directions, k.batch, k.hidden};
  k.x = random_tensor(k.batch_first ? Shape{k.batch, k.steps, k.input} : Shape{k.steps, k.batch, k.input});
  k.w = random_tensor({k.directions, rows, k.input});
  k.r = random_tensor({k.directions, rows, k.hidden});
  if (yes()) k.b = random_tensor({k.directions, 2 * rows});
  if (yes()) {
    const auto lengths = *rc::gen::container<std::vector<int32_t>>(
        static_cast<size_t>(k.batch), rc::gen::inRange<int32_t>(0, static_cast<int32_t>(k.steps) + 1));
    k.lengths = tensor<int32_t>({k.batch}, lengths);
  }
  if (yes()) k.h = random_tensor(state);
  if (op == "LSTM" && yes()) k.c = random_tensor(state);
  if (op == "LSTM" && yes()) k.p = random_tensor({k.directions, 3 * k.hidden});
  return k;
}

float at(const Tensor& tensor, size_t index) { return tensor.empty() ? 0 : values<float>(tensor)[index]; }

// The state after one step, from the gates' contributions of the input and of the recurrence.
void reference_step(const Case& k, size_t d, const Vector& x, const std::function<double(size_t, const Vector&)>& recur,
                    Vector& h, Vector& c) {
  const auto n = static_cast<size_t>(k.hidden);
  const auto clipped = [&](double v) { return k.clip == 0 ? v : std::clamp(v, -k.clip, k.clip); };
  const auto recurrent_bias = [&](size_t row) { return k.b.empty() ? 0.0 : at(k.b, (2 * d + 1) * k.gates * n + row); };
  const Vector old = h;
  const auto gate = [&](size_t g, size_t i) {
    return x[g * n + i] + recur(g * n + i, old) + recurrent_bias(g * n + i);
  };
  for (size_t i = 0; i < n; ++i) {
    if (k.op == "RNN") {
      h[i] = std::tanh(clipped(gate(0, i)));
    } else if (k.op == "LSTM") {
      const auto peephole = [&](size_t which) { return static_cast<double>(at(k.p, (3 * d + which) * n + i)); };
      const double in = sigmoid(clipped(gate(0, i) + (k.p.empty() ? 0 : peephole(0) * c[i])));
      const double kept = k.couples ? 1 - in : sigmoid(clipped(gate(2, i) + (k.p.empty() ? 0 : peephole(2) * c[i])));
      c[i] = kept * c[i] + in * std::tanh(clipped(gate(3, i)));
      h[i] = sigmoid(clipped(gate(1, i) + (k.p.empty() ? 0 : peephole(1) * c[i]))) * std::tanh(c[i]);
    }
  }
  if (k.op != "GRU") return;
  Vector reset(n), gated(n);
  for (size_t i = 0; i < n; ++i) reset[i] = sigmoid(clipped(gate(1, i)));
  for (size_t i = 0; i < n; ++i) gated[i] = reset[i] * old[i];
  for (size_t i = 0; i < n; ++i) {
    const size_t row = 2 * n + i;
    const double recurrence = k.linear_before_reset ? reset[i] * (recur(row, old) + recurrent_bias(row))
                                                    : recur(row, gated) + recurrent_bias(row);
    const double update = sigmoid(clipped(gate(0, i)));
    h[i] = (1 - update) * std::tanh(clipped(x[row] + recurrence)) + update * old[i];
  }
}

struct Expected {
  Vector y, h, c;
};

Expected reference(const Case& k) {
  const auto steps = static_cast<size_t>(k.steps), batch = static_cast<size_t>(k.batch);
  const auto n = static_cast<size_t>(k.hidden), inputs = static_cast<size_t>(k.input);
  const auto directions = static_cast<size_t>(k.directions), rows = k.gates * n;
  const auto xs = values<float>(k.x), ws = values<float>(k.w), rs = values<float>(k.r);
  Expected out{.y = Vector(steps * directions * batch * n),
               .h = Vector(directions * batch * n),
               .c = Vector(directions * batch * n)};
  for (size_t d = 0; d < directions; ++d) {
    for (size_t e = 0; e < batch; ++e) {
      const size_t state = (k.batch_first ? e * directions + d : d * batch + e) * n;
      Vector h(n), c(n);
      for (size_t i = 0; i < n; ++i) h[i] = at(k.h, state + i);
      for (size_t i = 0; i < n; ++i) c[i] = at(k.c, state + i);
      const size_t length = k.lengths.empty() ? steps : static_cast<size_t>(values<int32_t>(k.lengths)[e]);
      for (size_t s = 0; s < length; ++s) {
        const size_t t = d == 1 || (directions == 1 && k.reverse) ? length - 1 - s : s;
        Vector x(rows);
        for (size_t row = 0; row < rows; ++row) {
          if (!k.b.empty()) x[row] = at(k.b, 2 * d * rows + row);
          const float* element = &xs[(k.batch_first ? e * steps + t : t * batch + e) * inputs];
          for (size_t i = 0; i < inputs; ++i) x[row] += element[i] * ws[(d * rows + row) * inputs + i];
        }
        const auto recur = [&](size_t row, const Vector& v) {
          double sum = 0;
          for (size_t i = 0; i < n; ++i) sum += v[i] * rs[(d * rows + row) * n + i];
          return sum;
        };
        reference_step(k, d, x, recur, h, c);
        const size_t y = k.batch_first ? (e * steps + t) * directions + d : (t * directions + d) * batch + e;
        std::copy(h.begin(), h.end(), out.y.begin() + static_cast<ptrdiff_t>(y * n));
      }
      std::copy(h.begin(), h.end(), out.h.begin() + static_cast<ptrdiff_t>(state));
      std::copy(c.begin(), c.end(), out.c.begin() + static_cast<ptrdiff_t>(state));
    }
  }
  return out;
}

bool close(const Tensor& actual, const Vector& expected) {
  const auto floats = values<float>(actual);
  return std::ranges::equal(floats, expected, [](float a, double b) { return std::abs(a - b) < 1e-4; });
}

void check_against_equations(const std::string& op, size_t gates) {
  EXPECT_TRUE(rc::check([&] {
    const Case k = any_case(op, gates);
    const Expected expected = reference(k);
    const auto out = run_node(op, 14, k.inputs(), k.attributes(), op == "LSTM" ? 3 : 2);
    if (!out) RC_FAIL(out.error().to_string());
    RC_ASSERT(close((*out)[0], expected.y));
    RC_ASSERT(close((*out)[1], expected.h));
    if (op == "LSTM") RC_ASSERT(close((*out)[2], expected.c));
    const Node node = make_node(op, 14, k.inputs(), k.attributes());
    RC_ASSERT(close(run_with_weights(node, k.inputs(), {1, 2}, 2), expected.y));
  }));
}

TEST(Lstm, FollowsTheEquations) { check_against_equations("LSTM", 4); }
TEST(Gru, FollowsTheEquations) { check_against_equations("GRU", 3); }
TEST(Rnn, FollowsTheEquations) { check_against_equations("RNN", 1); }

TEST(Rnn, ChoosesActivations) {
  const Tensor x = tensor<float>({1, 1, 1}, {-2});
  const Tensor one = tensor<float>({1, 1, 1}, {1});
  const auto activated = [&](const char* name, std::vector<float> alpha, std::vector<float> beta) {
    const auto out = run_node("RNN", 14, {x, one, one},
                              {{"activations", std::vector<std::string>{name}},
                               {"activation_alpha", std::move(alpha)},
                               {"activation_beta", std::move(beta)}});
    return out ? values<float>(out->front())[0] : NAN;
  };
  EXPECT_FLOAT_EQ(activated("Affine", {3}, {1}), -5);
  EXPECT_FLOAT_EQ(activated("Relu", {}, {}), 0);
  EXPECT_FLOAT_EQ(activated("LeakyRelu", {0.5F}, {}), -1);
  EXPECT_FLOAT_EQ(activated("ThresholdedRelu", {-3}, {}), -2);
  EXPECT_FLOAT_EQ(activated("ScaledTanh", {2}, {0.5F}), 2 * std::tanh(-1.0F));
  EXPECT_FLOAT_EQ(activated("HardSigmoid", {0.1F}, {0.5F}), 0.3F);
  EXPECT_FLOAT_EQ(activated("Softsign", {}, {}), -2.0F / 3);
  EXPECT_TRUE(std::isnan(activated("Cube", {}, {})));
}

TEST(Lstm, RefusesOperandsThatDoNotFit) {
  const Tensor x = counting({2, 1, 3});
  const Tensor w = counting({1, 8, 3});
  const Tensor r = counting({1, 8, 2});
  EXPECT_TRUE(run_node("LSTM", 14, {x, w, r}));
  const auto refused = [&](const std::vector<Tensor>& inputs, std::vector<Attribute> attributes = {}) {
    return !run_node("LSTM", 14, inputs, std::move(attributes));
  };
  EXPECT_TRUE(refused({x, counting({1, 8, 2}), r}));
  EXPECT_TRUE(refused({x, counting({1, 0, 3}), counting({1, 0, 0})}));
  EXPECT_TRUE(refused({counting({2, 1, 0}), counting({1, 8, 0}), r}));
  EXPECT_TRUE(refused({x, w, counting({1, 7, 2})}));
  EXPECT_TRUE(refused({x, w, r, counting({1, 8})}));
  EXPECT_TRUE(refused({x, w, r}, {{"hidden_size", int64_t{3}}}));
  EXPECT_TRUE(refused({x, w, r}, {{"hidden_size", int64_t{0}}}));
  EXPECT_TRUE(refused({x, w, r}, {{"direction", std::string("bidirectional")}}));
  EXPECT_TRUE(refused({x, w, r}, {{"direction", std::string("up")}}));
  EXPECT_TRUE(refused({x, w, r}, {{"clip", -1.0F}}));
  EXPECT_TRUE(refused({x, w, r}, {{"activations", std::vector<std::string>{"Tanh"}}}));
  EXPECT_TRUE(refused({x, w, r, {}, tensor<int32_t>({1}, {3})}));
  EXPECT_TRUE(refused({x, w, r, {}, tensor<int32_t>({1}, {-1})}));
  EXPECT_TRUE(refused({x, w, r, {}, {}, counting({1, 2, 2})}));
}

TEST(Lstm, TakesEmptySequences) {
  const auto out = run_node(
      "LSTM", 14,
      {counting({0, 1, 3}), counting({1, 8, 3}), counting({1, 8, 2}), {}, {}, tensor<float>({1, 1, 2}, {5, 6})}, {}, 3);
  ASSERT_TRUE(out);
  EXPECT_EQ((*out)[0].shape(), (Shape{0, 1, 1, 2}));
  EXPECT_EQ(values<float>((*out)[1]), (std::vector<float>{5, 6}));
  EXPECT_EQ(values<float>((*out)[2]), (std::vector<float>{0, 0}));
}

// Weights [1, 1, 4] and a recurrence of zeros.
std::vector<Tensor> quantized_lstm(const Tensor& weight_scale, const Tensor& weight_zero) {
  const Tensor one = tensor<float>({1}, {1});
  return {tensor<float>({1, 1, 1}, {2}),
          tensor<int8_t>({1, 1, 4}, {1, 2, 3, 4}),
          tensor<int8_t>({1, 1, 4}, {0, 0, 0, 0}),
          {},
          {},
          {},
          {},
          {},
          weight_scale,
          weight_zero,
          one,
          tensor<int8_t>({1}, {0})};
}

TEST(DynamicQuantizeLSTM, QuantisesWhatWeightsAreMultipliedBy) {
  const auto result =
      run_contrib("DynamicQuantizeLSTM", quantized_lstm(tensor<float>({1}, {0.5F}), tensor<int8_t>({1}, {1})));
  ASSERT_TRUE(result);
  const auto sigmoid = [](float x) { return 1 / (1 + std::exp(-x)); };
  // Gates of 0, 1, 2 and 3; the cell was 0.
  EXPECT_NEAR(values<float>(result->front())[0], sigmoid(1) * std::tanh(sigmoid(0) * std::tanh(3.0F)), 1e-5F);
  auto none = quantized_lstm(tensor<float>({1}, {0.5F}), tensor<int8_t>({1}, {1}));
  none[0] = counting({0, 1, 1});
  EXPECT_EQ(run_contrib("DynamicQuantizeLSTM", none)->front().numel(), 0);
  none[0] = counting({1, 0, 1});
  EXPECT_EQ(run_contrib("DynamicQuantizeLSTM", none)->front().numel(), 0);
}

TEST(DynamicQuantizeLSTM, RefusesWhatDoesNotFit) {
  const Tensor scale = tensor<float>({1}, {0.5F});
  const Tensor zero = tensor<int8_t>({1}, {1});
  const auto runs = [](const std::vector<Tensor>& inputs) {
    return run_contrib("DynamicQuantizeLSTM", inputs).has_value();
  };
  EXPECT_TRUE(runs(quantized_lstm(tensor<float>({1, 4}, {1, 1, 1, 1}), tensor<int8_t>({1, 4}, {0, 0, 0, 0}))));
  EXPECT_FALSE(runs(quantized_lstm(tensor<float>({3}, {1, 1, 1}), zero)));
  EXPECT_FALSE(runs(quantized_lstm(scale, tensor<uint8_t>({1}, {1}))));
  EXPECT_FALSE(runs(quantized_lstm({}, zero)));
  auto by_rows = quantized_lstm(scale, zero);
  by_rows[1] = tensor<int8_t>({1, 4, 1}, {1, 2, 3, 4});
  EXPECT_FALSE(runs(by_rows));
  by_rows.resize(3);
  EXPECT_FALSE(runs(by_rows));
}

}  // namespace
}  // namespace wedge::testing
