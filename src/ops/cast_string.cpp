// Cast from and to strings.
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "ops/cast.h"
#include "ops/string_output.h"

namespace wedge {
namespace {

// Floats of 64 bits are left out: their digits need tables of 100 KB.
template <typename T>
std::string digits_of(T value) {
  if constexpr (std::integral<T>) {
    return text(value);
  } else {
    const auto number = static_cast<float>(value);
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "INF" : "-INF";
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
  }
}

template <typename T>
Result<> to_string(RunContext& run) {
  const auto in = run.input<T>(0);
  std::vector<std::string> words;
  words.reserve(in.size());
  for (const T value : in) words.push_back(digits_of(value));
  return set_strings(run, 0, words, run.input(0).shape);
}

struct Number {
  bool is_integer;
  int64_t integer;
  double real;
};

Result<Number> parse(std::string_view word) {
  int64_t integer = 0;
  const char* begin = word.data();
  const char* end = begin + word.size();
  if (const auto read = std::from_chars(begin, end, integer); read.ec == std::errc() && read.ptr == end) {
    return Number{.is_integer = true, .integer = integer, .real = 0};
  }
  // std::from_chars for double is not in every standard library we build with; strtod wants a terminator.
  char copy[128] = {};
  if (!word.empty() && word.size() < sizeof copy) {
    std::memcpy(copy, word.data(), word.size());
    char* stop = nullptr;
    const double real = std::strtod(copy, &stop);
    if (stop == copy + word.size()) return Number{.is_integer = false, .integer = 0, .real = real};
  }
  return fail(ErrorCode::invalid_argument, "'", word.substr(0, sizeof copy), "' is not a number");
}

template <typename T>
Result<> from_string(RunContext& run) {
  const auto in = run.input<std::string_view>(0);
  const auto out = run.output<T>(0);
  for (size_t i = 0; i < in.size(); ++i) {
    WEDGE_ASSIGN(const Number number, parse(in[i]));
    out[i] = number.is_integer ? convert<int64_t, T>(number.integer) : convert<double, T>(number.real);
  }
  return {};
}

}  // namespace

Result<Kernel> prepare_to_string(PrepareContext& context) {
  Kernel kernel;
  if (context.dtype(0) == DType::boolean) kernel = [](RunContext& run) { return to_string<bool>(run); };
  visit_numbers(context.dtype(0), [&]<typename T>() {
    if constexpr (!std::same_as<T, double>) kernel = [](RunContext& run) { return to_string<T>(run); };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "a cast from ", context.dtype(0), " to string");
  return kernel;
}

Result<Kernel> prepare_from_string(PrepareContext& context) {
  Kernel kernel;
  visit_numbers(context.output_dtype(0),
                [&]<typename T>() { kernel = [](RunContext& run) { return from_string<T>(run); }; });
  if (!kernel) return fail(ErrorCode::unsupported, "a cast from string to ", context.output_dtype(0));
  return kernel;
}

}  // namespace wedge
