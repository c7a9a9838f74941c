#include "kernels/transpose.h"

#include <algorithm>
#include <numeric>

#include "kernels/kernel_test.h"

namespace wedge {
namespace {

void check(const std::vector<size_t>& dims, const std::vector<size_t>& permutation, size_t element_size) {
  const size_t rank = dims.size();
  const size_t count = std::accumulate(dims.begin(), dims.end(), size_t{1}, std::multiplies<>());
  std::vector<std::byte> in(count * element_size);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::byte>(i * 31 + i / 251);
  std::vector<std::byte> expected(in.size());
  for (size_t o = 0; o < count; ++o) {
    std::vector<size_t> position(rank);
    size_t rest = o;
    for (size_t i = rank; i-- > 0;) {
      position[permutation[i]] = rest % dims[permutation[i]];
      rest /= dims[permutation[i]];
    }
    size_t from = 0;
    for (size_t i = 0; i < rank; ++i) from = from * dims[i] + position[i];
    std::memcpy(&expected[o * element_size], &in[from * element_size], element_size);
  }
  for (const unsigned threads : {1U, 3U}) {
    std::vector<std::byte> out(in.size());
    kernels::transpose(dims, permutation, element_size, in.data(), out.data(), Workers(threads));
    EXPECT_TRUE(out == expected);
  }
}

TEST(Transpose, EveryPermutationAndWidth) {
  const std::vector<std::vector<size_t>> shapes = {{5},           {1, 1},          {7, 9},     {70, 130}, {2, 3, 5},
                                                   {3, 1, 17, 4}, {2, 3, 4, 5, 2}, {2, 4, 77}, {3, 1200}};
  for (const auto& dims : shapes) {
    std::vector<size_t> permutation(dims.size());
    std::iota(permutation.begin(), permutation.end(), size_t{0});
    do {
      for (const size_t width : {1U, 2U, 4U, 8U, 16U}) check(dims, permutation, width);
    } while (std::ranges::next_permutation(permutation).found);
  }
}

TEST(Transpose, ScalarsAndNothing) {
  check({}, {}, 4);
  kernels::transpose(std::vector<size_t>{3, 0}, std::vector<size_t>{1, 0}, 4, nullptr, nullptr, Workers());
}

}  // namespace
}  // namespace wedge
