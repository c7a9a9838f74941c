// What the kernel tests share: seeded data and comparison by value and by bits.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "base/aligned_buffer.h"

namespace wedge {

inline std::vector<float> random_floats(size_t count, uint32_t seed, float low = -1.0F, float high = 1.0F) {
  std::minstd_rand generator(seed + 1);
  std::uniform_real_distribution<float> distribution(low, high);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(generator);
  return values;
}

/// The extremes come often: they are what saturating instructions get wrong.
inline std::vector<uint8_t> random_bytes(size_t count, uint32_t seed) {
  std::minstd_rand generator(seed + 1);
  std::vector<uint8_t> bytes(count);
  for (uint8_t& byte : bytes) {
    const auto draw = static_cast<uint32_t>(generator() >> 8U);
    byte = draw % 4 == 0 ? 255 : draw % 4 == 1 ? 128 : static_cast<uint8_t>(draw >> 8U);
  }
  return bytes;
}

/// A copy that begins where no element may.
template <typename T>
class Unaligned {
 public:
  explicit Unaligned(const std::vector<T>& values) : bytes_(values.size() * sizeof(T) + 1) {
    if (!values.empty()) std::memcpy(bytes_.data() + 1, values.data(), bytes_.size() - 1);
  }
  [[nodiscard]] const T* data() const { return reinterpret_cast<const T*>(bytes_.data() + 1); }

 private:
  std::vector<std::byte> bytes_;
};

inline void expect_close(const std::vector<float>& expected, const std::vector<float>& actual, float tolerance) {
  ASSERT_EQ(expected.size(), actual.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(actual[i])) << "at " << i;
    } else if (expected[i] != actual[i]) {
      ASSERT_NEAR(expected[i], actual[i], tolerance) << "at " << i << " of " << expected.size();
    }
  }
}

inline void expect_same_bits(const std::vector<float>& expected, const std::vector<float>& actual) {
  ASSERT_EQ(expected.size(), actual.size());
  if (expected.empty()) return;
  EXPECT_EQ(0, std::memcmp(expected.data(), actual.data(), expected.size() * sizeof(float)));
}

}  // namespace wedge
