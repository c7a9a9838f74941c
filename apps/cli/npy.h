// NumPy's .npy files (format versions 1 to 3): little-endian, C order.
#pragma once

#include <span>
#include <string>

#include "wedge/tensor.h"

namespace wedge::cli {

/// The array in these bytes. Errors: invalid_argument for what is no .npy file, unsupported for big-endian, Fortran
/// order and element types that tensors do not have.
Result<Tensor> parse_npy(std::span<const std::byte> bytes);

/// Errors: those of parse_npy(), not_found, io; they name the file.
Result<Tensor> load_npy(const std::string& path);

/// bfloat16 is written as its bits, strings not at all. Errors: unsupported, io.
Result<> save_npy(const std::string& path, const Tensor& tensor);

}  // namespace wedge::cli
