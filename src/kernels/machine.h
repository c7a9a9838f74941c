// What kernels choose their forms of weights by.
#pragma once

#include <string>

namespace wedge::kernels {

/// Equal names pack weights alike: "AVX3, bytes by 32 x 4", the columns of a panel of 8-bit weights and the products
/// that one instruction sums.
std::string machine_name();

}  // namespace wedge::kernels
