// What kernels choose their forms of weights by.
#pragma once

#include <string>

namespace wedge::kernels {

/// Equal names pack weights alike: "AVX3 VNNI".
std::string machine_name();

}  // namespace wedge::kernels
