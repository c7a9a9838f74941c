// A program outside the source tree: all it knows is find_package(wedge).
#include <cstdio>

#include "wedge/tensor.h"

int main() {
  const auto tensor = wedge::Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  if (!tensor) return std::puts(tensor.error().to_string().c_str()), 1;
  const auto wrong = tensor->reshape({4});
  if (wrong) return std::puts("six elements became four"), 1;
  std::puts(wrong.error().to_string().c_str());
  return 0;
}
