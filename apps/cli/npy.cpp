#include "cli/npy.h"

#include <array>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/checked.h"
#include "base/platform.h"
#include "base/result.h"
#include "cli/raw.h"

namespace wedge::cli {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);

constexpr std::array<std::pair<std::string_view, DType>, 12> descriptions = {{{"<f4", DType::f32},
                                                                              {"<f8", DType::f64},
                                                                              {"<f2", DType::f16},
                                                                              {"|i1", DType::i8},
                                                                              {"|u1", DType::u8},
                                                                              {"<i2", DType::i16},
                                                                              {"<u2", DType::u16},
                                                                              {"<i4", DType::i32},
                                                                              {"<u4", DType::u32},
                                                                              {"<i8", DType::i64},
                                                                              {"<u8", DType::u64},
                                                                              {"|b1", DType::boolean}}};

// The text after `'key':` in the header, a literal of Python.
Result<std::string_view> value_of(std::string_view header, std::string_view key) {
  const size_t at = header.find(text("'", key, "':"));
  if (at == std::string_view::npos) return fail(ErrorCode::invalid_argument, "the header lacks '", key, "'");
  std::string_view rest = header.substr(at + key.size() + 3);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return rest;
}

Result<Shape> parse_shape(std::string_view literal) {
  if (literal.empty() || literal.front() != '(') return fail(ErrorCode::invalid_argument, "the shape is not a tuple");
  Shape shape;
  int64_t dim = -1;
  for (const char c : literal.substr(1)) {
    if (c >= '0' && c <= '9') {
      dim = saturating_add(saturating_mul(dim < 0 ? 0 : dim, 10), c - '0');
      continue;
    }
    if (dim >= 0 && !shape.push_back(dim)) return fail(ErrorCode::unsupported, "the rank is too high");
    dim = -1;
    if (c == ')') return shape;
  }
  return fail(ErrorCode::invalid_argument, "the shape is not a tuple");
}

Result<DType> parse_type(std::string_view literal) {
  for (const auto& [description, dtype] : descriptions) {
    if (literal.size() > 4 && literal.substr(1, 3) == description) return dtype;
  }
  return fail(ErrorCode::unsupported, "elements of type ", literal.substr(0, literal.find(',')));
}

}  // namespace

Result<Tensor> parse_npy(std::span<const std::byte> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr size_t prefix = 12;
  if (all.size() < prefix || !all.starts_with(magic))
    return fail(ErrorCode::invalid_argument, "this is not a .npy file");
  const auto byte = [&](size_t i) { return static_cast<size_t>(bytes[i]); };
  if (byte(6) < 1 || byte(6) > 3) return fail(ErrorCode::unsupported, "version ", byte(6), " of the .npy format");
  const bool short_header = byte(6) == 1;
  const size_t start = short_header ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8U;
  if (!short_header) length |= byte(10) << 16U | byte(11) << 24U;
  if (length > all.size() - start) return fail(ErrorCode::invalid_argument, "the .npy file ends inside its header");
  const std::string_view header = all.substr(start, length);
  WEDGE_ASSIGN(const auto order, value_of(header, "fortran_order"));
  if (!order.starts_with("False")) return fail(ErrorCode::unsupported, "the array is in Fortran order");
  WEDGE_ASSIGN(const auto type_literal, value_of(header, "descr"));
  WEDGE_ASSIGN(const DType dtype, parse_type(type_literal));
  WEDGE_ASSIGN(const auto shape_literal, value_of(header, "shape"));
  WEDGE_ASSIGN(const Shape shape, parse_shape(shape_literal));
  return tensor_from_bytes(dtype, bytes.subspan(start + length), shape);
}

Result<Tensor> load_npy(const std::string& path) {
  WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
  auto tensor = parse_npy(file->bytes());
  if (!tensor) return std::unexpected(tensor.error().in_file(path));
  return tensor;
}

Result<> save_npy(const std::string& path, const Tensor& tensor) {
  const DType stored = tensor.dtype() == DType::bf16 ? DType::u16 : tensor.dtype();
  std::string_view description;
  for (const auto& [candidate, dtype] : descriptions) {
    if (dtype == stored) description = candidate;
  }
  if (description.empty()) return fail(ErrorCode::unsupported, "a ", tensor.dtype(), " tensor cannot be saved as .npy");
  std::string header = text("{'descr': '", description, "', 'fortran_order': False, 'shape': (");
  for (const int64_t dim : tensor.shape()) header += text(dim, ",");
  header += "), }";
  // The data starts at a multiple of 64.
  constexpr size_t prefix = 10;
  header.resize((header.size() + 1 + prefix + 63) / 64 * 64 - prefix, ' ');
  header.back() = '\n';
  std::string start(magic);
  start += {'\x01', '\x00', static_cast<char>(header.size() & 0xffU), static_cast<char>(header.size() >> 8U)};
  WEDGE_ASSIGN(const Tensor dense, tensor.dense());
  std::ofstream file(path, std::ios::binary);
  file << start << header;
  file.write(reinterpret_cast<const char*>(dense.bytes().data()), static_cast<std::streamsize>(dense.bytes().size()));
  if (!file.flush()) return fail(ErrorCode::io, "cannot write '", path, "'");
  return {};
}

}  // namespace wedge::cli
