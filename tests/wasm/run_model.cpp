// Runs a model that has one f32 input and one f32 output. Built natively and for WebAssembly, to compare the two.
// usage: run_model MODEL INPUT OUTPUT DIM...   (INPUT and OUTPUT hold raw little-endian floats)
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "wedge/session.h"

namespace {

wedge::Result<wedge::Tensor> read_floats(const char* path, const wedge::Shape& shape) {
  auto tensor = wedge::Tensor::zeros(wedge::DType::f32, shape);
  if (!tensor) return tensor;
  std::FILE* file = std::fopen(path, "rb");
  const auto bytes = tensor->mutable_bytes();
  const size_t count = file == nullptr ? 0 : std::fread(bytes.data(), 1, bytes.size(), file);
  if (file != nullptr) std::fclose(file);
  if (count != bytes.size())
    return std::unexpected(wedge::Error(wedge::ErrorCode::io, std::string(path) + " is short"));
  return tensor;
}

wedge::Result<> write_floats(const char* path, const wedge::Tensor& tensor) {
  std::FILE* file = std::fopen(path, "wb");
  const auto bytes = tensor.bytes();
  const size_t count = file == nullptr ? 0 : std::fwrite(bytes.data(), 1, bytes.size(), file);
  if (file != nullptr) std::fclose(file);
  if (count != bytes.size())
    return std::unexpected(wedge::Error(wedge::ErrorCode::io, std::string("cannot write ") + path));
  return {};
}

wedge::Result<> run(char** arguments, const std::vector<int64_t>& dims) {
  const auto shape = wedge::Shape::from(dims);
  if (!shape) return std::unexpected(shape.error());
  const auto session = wedge::Session::load(arguments[0]);
  if (!session) return std::unexpected(session.error());
  const auto input = read_floats(arguments[1], *shape);
  if (!input) return std::unexpected(input.error());
  const auto output = session->run(*input);
  if (!output) return std::unexpected(output.error());
  return write_floats(arguments[2], *output);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  std::vector<int64_t> dims;
  for (int i = 4; i < count; ++i) dims.push_back(std::strtoll(arguments[i], nullptr, 10));
  const auto result = run(arguments + 1, dims);
  if (!result) std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
  return result ? 0 : 1;
}
