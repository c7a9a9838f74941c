#include "kernels/kernel_test.h"
#include "kernels/lstm.h"
#include "kernels/normalization.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"

namespace wedge {
namespace {

using kernels::Reduction;

constexpr size_t row_lengths[] = {1, 2, 3, 7, 15, 16, 17, 31, 64, 100, 1000};

TEST(Softmax, AgreesWithDoubles) {
  const size_t rows = 37;
  for (const size_t columns : row_lengths) {
    const auto in = random_floats(rows * columns, 1, -30.0F, 30.0F);
    std::vector<float> expected(in.size());
    std::vector<float> expected_log(in.size());
    for (size_t r = 0; r < rows; ++r) {
      double sum = 0;
      const float* row = in.data() + r * columns;
      for (size_t i = 0; i < columns; ++i) sum += std::exp(static_cast<double>(row[i]));
      for (size_t i = 0; i < columns; ++i) {
        expected[r * columns + i] = static_cast<float>(std::exp(static_cast<double>(row[i])) / sum);
        expected_log[r * columns + i] = static_cast<float>(row[i] - std::log(sum));
      }
    }
    std::vector<float> out(in.size());
    kernels::softmax_f32(in.data(), out.data(), rows, columns, Workers(1));
    expect_close(expected, out, 1e-6F);
    std::vector<float> in_place = in;
    kernels::softmax_f32(in_place.data(), in_place.data(), rows, columns, Workers(3));
    expect_same_bits(out, in_place);
    kernels::log_softmax_f32(in.data(), out.data(), rows, columns, Workers(2));
    expect_close(expected_log, out, 1e-5F);
  }
}

TEST(Softmax, LargeAndInfiniteLogits) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> in = {3e38F, -3e38F, -infinity, 3e38F};
  std::vector<float> out(4);
  kernels::softmax_f32(in.data(), out.data(), 1, 4, Workers());
  expect_close({0.5F, 0.0F, 0.0F, 0.5F}, out, 0.0F);
}

double reduce_one(Reduction reduction, const float* in, size_t count, size_t stride) {
  double sum = 0;
  double high = -std::numeric_limits<double>::infinity();
  double low = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < count; ++i) {
    const double x = in[i * stride];
    sum += reduction == Reduction::sum_of_squares ? x * x : x;
    high = std::max(high, x);
    low = std::min(low, x);
  }
  if (reduction == Reduction::maximum) return high;
  if (reduction == Reduction::minimum) return low;
  return reduction == Reduction::mean ? sum / static_cast<double>(count) : sum;
}

TEST(Reduce, EveryKindAlongEveryAxis) {
  for (int kind = 0; kind <= static_cast<int>(Reduction::minimum); ++kind) {
    const auto reduction = static_cast<Reduction>(kind);
    for (const size_t outer : {1U, 5U, 41U}) {
      for (const size_t reduced : {0U, 1U, 7U, 130U}) {
        for (const size_t inner : {1U, 3U, 33U, 300U}) {
          const auto in = random_floats(outer * reduced * inner, 1);
          std::vector<float> expected(outer * inner);
          for (size_t i = 0; i < expected.size(); ++i) {
            const float* first = in.empty() ? nullptr : in.data() + i / inner * reduced * inner + i % inner;
            expected[i] = static_cast<float>(reduce_one(reduction, first, reduced, inner));
          }
          std::vector<float> one(expected.size());
          std::vector<float> three(expected.size());
          kernels::reduce_f32(reduction, in.data(), one.data(), outer, reduced, inner, Workers(1));
          kernels::reduce_f32(reduction, in.data(), three.data(), outer, reduced, inner, Workers(3));
          expect_close(expected, one, 1e-4F);
          expect_same_bits(one, three);
        }
      }
    }
  }
}

TEST(Reduce, MaximumAndMinimumKeepNan) {
  for (size_t position = 0; position < 70; ++position) {
    std::vector<float> in(70, 1.0F);
    in[position] = std::numeric_limits<float>::quiet_NaN();
    for (const Reduction reduction : {Reduction::maximum, Reduction::minimum}) {
      float out = 0;
      kernels::reduce_f32(reduction, in.data(), &out, 1, in.size(), 1, Workers());
      EXPECT_TRUE(std::isnan(out)) << position;
    }
  }
}

TEST(Normalization, RowsAgreeWithDoubles) {
  const size_t rows = 29;
  for (const size_t columns : row_lengths) {
    const auto in = random_floats(rows * columns, 1, 2.0F, 4.0F);
    const auto scale = random_floats(columns, 2);
    const auto bias = random_floats(columns, 3);
    for (const bool centred : {true, false}) {
      std::vector<float> expected(in.size());
      std::vector<float> expected_mean(rows);
      for (size_t r = 0; r < rows; ++r) {
        const float* row = in.data() + r * columns;
        double mean = 0;
        double variance = 0;
        if (centred) mean = reduce_one(Reduction::mean, row, columns, 1);
        for (size_t i = 0; i < columns; ++i) variance += (row[i] - mean) * (row[i] - mean);
        const double inverse = 1.0 / std::sqrt(variance / static_cast<double>(columns) + 1e-5);
        expected_mean[r] = static_cast<float>(mean);
        for (size_t i = 0; i < columns; ++i) {
          expected[r * columns + i] = static_cast<float>((row[i] - mean) * inverse * scale[i] + bias[i]);
        }
      }
      kernels::RowNormalization norm{.rows = rows, .columns = columns, .scale = scale.data(), .bias = bias.data()};
      std::vector<float> mean(rows);
      norm.mean = mean.data();
      std::vector<float> out(in.size());
      std::vector<float> in_place = in;
      const auto run = centred ? kernels::layer_norm_f32 : kernels::rms_norm_f32;
      run(norm, in.data(), out.data(), Workers(1));
      run(norm, in_place.data(), in_place.data(), Workers(3));
      expect_close(expected, out, columns < 4 ? 2e-3F : 5e-5F);
      expect_close(expected_mean, mean, 1e-5F);
      expect_same_bits(out, in_place);
    }
  }
}

TEST(Normalization, AddsRowsBefore) {
  const size_t rows = 12;
  const size_t skip_rows = 4;
  for (const size_t columns : row_lengths) {
    const auto in = random_floats(rows * columns, 1);
    const auto skip = random_floats(skip_rows * columns, 2);
    const auto bias = random_floats(columns, 3);
    const auto scale = random_floats(columns, 4);
    for (const bool has_bias : {true, false}) {
      std::vector<float> expected_sums = in;
      for (size_t i = 0; i < in.size(); ++i) {
        expected_sums[i] += skip[i % skip.size()];
        if (has_bias) expected_sums[i] += bias[i % columns];
      }
      kernels::RowNormalization norm{.rows = rows, .columns = columns, .scale = scale.data()};
      std::vector<float> expected(in.size());
      kernels::layer_norm_f32(norm, expected_sums.data(), expected.data(), Workers(1));
      norm.skip = skip.data();
      norm.skip_rows = skip_rows;
      norm.skip_bias = has_bias ? bias.data() : nullptr;
      std::vector<float> sums = in;
      std::vector<float> out(in.size());
      std::vector<float> without_sums = in;
      kernels::layer_norm_f32(norm, without_sums.data(), without_sums.data(), Workers(1));
      norm.sums = sums.data();
      kernels::layer_norm_f32(norm, sums.data(), out.data(), Workers(3));
      expect_same_bits(expected_sums, sums);
      expect_same_bits(expected, out);
      expect_same_bits(expected, without_sums);
    }
  }
}

TEST(Lstm, OneStep) {
  const auto sigmoid = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
  for (const size_t n : row_lengths) {
    const auto gates = random_floats(4 * n, 1, -6.0F, 6.0F);
    std::vector<float> cell = random_floats(n, 2);
    std::vector<float> hidden(n);
    std::vector<float> expected_cell(n);
    std::vector<float> expected_hidden(n);
    for (size_t i = 0; i < n; ++i) {
      const double state =
          sigmoid(gates[2 * n + i]) * cell[i] + sigmoid(gates[i]) * std::tanh(static_cast<double>(gates[3 * n + i]));
      expected_cell[i] = static_cast<float>(state);
      expected_hidden[i] = static_cast<float>(sigmoid(gates[n + i]) * std::tanh(state));
    }
    kernels::lstm_cell_f32(gates.data(), cell.data(), hidden.data(), n);
    expect_close(expected_cell, cell, 1e-6F);
    expect_close(expected_hidden, hidden, 1e-6F);
  }
}

}  // namespace
}  // namespace wedge
