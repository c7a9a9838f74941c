#include "kernels/attention.h"

#include "kernels/kernel_test.h"

namespace wedge {
namespace {

struct Sizes {
  size_t rows, columns, key_size, value_size;
};

constexpr Sizes sizes[] = {{1, 1, 1, 1},     {1, 130, 64, 64},   {3, 7, 5, 9},     {17, 33, 32, 31}, {64, 64, 64, 64},
                           {128, 600, 8, 3}, {130, 257, 16, 40}, {2, 40000, 3, 2}, {5, 12, 0, 4},    {4, 0, 3, 5}};

// Distances between rows are longer than the rows.
constexpr size_t gap = 3;

class AttentionTest : public testing::TestWithParam<Sizes> {
 protected:
  void SetUp() override {
    const Sizes s = GetParam();
    query_ = random_floats(s.rows * (s.key_size + gap), 1, -2, 2);
    key_ = random_floats(s.columns * (s.key_size + gap), 2, -2, 2);
    value_ = random_floats(s.columns * (s.value_size + gap), 3);
    // Later scores are larger, so that what was summed up must be scaled.
    bias_ = random_floats(s.rows * s.columns, 4, -3, 3);
    for (size_t i = 0; i < bias_.size(); ++i) {
      const size_t column = i % s.columns;
      bias_[i] += 4 * static_cast<float>(column) / static_cast<float>(s.columns);
      if ((column + i / s.columns) % 3 == 0) bias_[i] = -std::numeric_limits<float>::infinity();
    }
    // One row sees nothing, one only the last keys.
    if (s.rows > 2) std::fill_n(bias_.begin(), s.columns, -std::numeric_limits<float>::infinity());
    if (s.rows > 2 && s.columns > 500) {
      std::fill_n(bias_.begin() + static_cast<ptrdiff_t>(s.columns), 500, -std::numeric_limits<float>::infinity());
    }
  }

  [[nodiscard]] std::vector<float> expected(const float* sink) const {
    const auto [rows, columns, key_size, value_size] = GetParam();
    std::vector<float> output(rows * (value_size + gap), 7.0F);
    std::vector<double> scores(columns);
    for (size_t i = 0; i < rows; ++i) {
      double sum = sink == nullptr ? 0 : std::exp(static_cast<double>(*sink));
      double seen = 0;
      for (size_t j = 0; j < columns; ++j) {
        double product = 0;
        for (size_t k = 0; k < key_size; ++k) {
          product += static_cast<double>(query_[i * (key_size + gap) + k]) * key_[j * (key_size + gap) + k];
        }
        scores[j] = std::exp(scale * product + bias_[i * columns + j]);
        seen += scores[j];
      }
      sum += seen;
      for (size_t k = 0; k < value_size; ++k) {
        double mixed = 0;
        for (size_t j = 0; j < columns; ++j) mixed += scores[j] * value_[j * (value_size + gap) + k];
        output[i * (value_size + gap) + k] = seen == 0 ? 0.0F : static_cast<float>(mixed / sum);
      }
    }
    return output;
  }

  [[nodiscard]] std::vector<float> actual(const float* sink) const {
    const auto [rows, columns, key_size, value_size] = GetParam();
    std::vector<float> output(rows * (value_size + gap), 7.0F);
    const kernels::AttentionHead head{.rows = rows,
                                      .columns = columns,
                                      .key_size = key_size,
                                      .value_size = value_size,
                                      .query = query_.data(),
                                      .query_stride = static_cast<ptrdiff_t>(key_size + gap),
                                      .key = key_.data(),
                                      .key_stride = static_cast<ptrdiff_t>(key_size + gap),
                                      .value = value_.data(),
                                      .value_stride = static_cast<ptrdiff_t>(value_size + gap),
                                      .output = output.data(),
                                      .output_stride = static_cast<ptrdiff_t>(value_size + gap),
                                      .scale = scale,
                                      .sink = sink};
    const AlignedBuffer scratch = AlignedBuffer::allocate(kernels::attention_scratch_bytes(head));
    const auto edit = [&](size_t first, size_t count, float* scores) {
      for (size_t i = 0; i < rows; ++i) {
        for (size_t j = 0; j < count; ++j) scores[i * count + j] += bias_[i * columns + first + j];
      }
    };
    kernels::attention(head, edit, scratch.data());
    return output;
  }

 private:
  static constexpr float scale = 0.25F;

  std::vector<float> query_, key_, value_, bias_;
};

TEST_P(AttentionTest, AgreesWithDoubles) { expect_close(expected(nullptr), actual(nullptr), 2e-6F); }

TEST_P(AttentionTest, SinkTakesItsShare) {
  const float sink = 0.5F;
  expect_close(expected(&sink), actual(&sink), 2e-6F);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AttentionTest, testing::ValuesIn(sizes));

}  // namespace
}  // namespace wedge
