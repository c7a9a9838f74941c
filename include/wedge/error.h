// Errors are values: every call that can fail at run time returns Result<T>, nothing throws.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace wedge {

/// What kind of thing went wrong, for programs; the sentence in Error::message() is for people.
enum class ErrorCode {
  invalid_argument,  ///< the caller passed something that cannot be right (name, rank, dtype, option)
  invalid_model,     ///< the model contradicts the ONNX specification or itself
  unsupported,       ///< valid, but beyond what this build can do (operator, dtype, version)
  out_of_range,      ///< an index, offset or size outside its bounds
  out_of_memory,     ///< an allocation failed or would exceed the configured limit
  not_found,         ///< a file, input, output or symbol does not exist
  io,                ///< the operating system refused to read or write
  internal,          ///< a broken invariant of the library itself
};

/// The lower-case name of a code, for example "invalid_model".
std::string_view to_string(ErrorCode code);

/// An error with its place: what was expected, what came, and at which node of which file.
/// Copyable, cheap to move; safe to read from several threads.
class Error {
 public:
  Error(ErrorCode code, std::string message);
  Error(const Error& other);
  Error(Error&& other) noexcept;
  Error& operator=(const Error& other);
  Error& operator=(Error&& other) noexcept;
  ~Error();

  [[nodiscard]] ErrorCode code() const;
  /// The sentence without its place.
  [[nodiscard]] const std::string& message() const;
  /// The name of the node, empty when the error belongs to none.
  [[nodiscard]] const std::string& node() const;
  /// The operator of that node, empty when the error belongs to none.
  [[nodiscard]] const std::string& op() const;
  /// The file the model came from, empty when it came from memory.
  [[nodiscard]] const std::string& file() const;

  /// Fills in the place unless a more precise one is already known.
  Error& at_node(std::string_view name, std::string_view op);
  Error& in_file(std::string_view path);

  /// The whole sentence: "FILE: node 'NAME' (OP): MESSAGE".
  [[nodiscard]] std::string to_string() const;

 private:
  struct Details;
  std::unique_ptr<Details> details_;
};

/// A value, or the Error that stands in its way.
template <typename T = void>
using Result = std::expected<T, Error>;

}  // namespace wedge
