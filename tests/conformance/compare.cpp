#include "conformance/compare.h"

#include <cmath>

#include "tensor/small_types.h"
#include "tensor/visit.h"

namespace wedge::conformance {
namespace {

constexpr double relative_tolerance = 1e-3;

bool is_close(double actual, double expected, double absolute) {
  if (actual == expected || (std::isnan(actual) && std::isnan(expected))) return true;
  if (!std::isfinite(actual) || !std::isfinite(expected)) return false;
  return std::fabs(actual - expected) <= absolute + relative_tolerance * std::fabs(expected);
}

template <typename Same, typename Show>
Result<> compare_each(size_t count, Same same, Show show) {
  size_t wrong = 0;
  size_t first = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!same(i) && wrong++ == 0) first = i;
  }
  if (wrong == 0) return {};
  return fail(ErrorCode::invalid_argument, wrong, " of ", count, " elements differ; element ", first, " is ",
              show(first));
}

Result<> compare_numbers(const Tensor& actual, const Tensor& expected, double absolute) {
  Result<> result;
  visit_numbers(expected.dtype(), [&]<typename T>() {
    const auto a = TensorRef(actual).as<const T>();
    const auto e = TensorRef(expected).as<const T>();
    using C = ArithmeticType<T>;
    result = compare_each(
        e.size(),
        [&](size_t i) {
          if constexpr (std::integral<T>)
            return a[i] == e[i];
          else
            return is_close(static_cast<double>(static_cast<C>(a[i])), static_cast<double>(static_cast<C>(e[i])),
                            absolute);
        },
        [&](size_t i) { return text(static_cast<C>(a[i]), ", expected ", static_cast<C>(e[i])); });
  });
  return result;
}

Result<> compare_bools(const Tensor& actual, const Tensor& expected) {
  const auto a = TensorRef(actual).as<const bool>();
  const auto e = TensorRef(expected).as<const bool>();
  return compare_each(
      e.size(), [&](size_t i) { return a[i] == e[i]; }, [&](size_t i) { return text(a[i], ", expected ", e[i]); });
}

Result<> compare_strings(const Tensor& actual, const Tensor& expected) {
  const auto a = TensorRef(actual).as<const std::string_view>();
  const auto e = TensorRef(expected).as<const std::string_view>();
  return compare_each(
      e.size(), [&](size_t i) { return a[i] == e[i]; },
      [&](size_t i) { return text("'", a[i], "', expected '", e[i], "'"); });
}

Result<> compare_bits(const Tensor& actual, const Tensor& expected) {
  const DType dtype = expected.dtype();
  const auto bits = [dtype](const Tensor& tensor, size_t i) { return small_bits(dtype, tensor.data(), i); };
  return compare_each(
      static_cast<size_t>(expected.numel()), [&](size_t i) { return bits(actual, i) == bits(expected, i); },
      [&](size_t i) {
        return text(small_to_float(dtype, bits(actual, i)), ", expected ", small_to_float(dtype, bits(expected, i)));
      });
}

Result<> compare_containers(const Tensor& actual, const Tensor& expected, double absolute) {
  const auto a = actual.elements();
  const auto e = expected.elements();
  if (a.size() != e.size()) {
    return fail(ErrorCode::invalid_argument, a.size(), " elements, expected ", e.size());
  }
  for (size_t i = 0; i < e.size(); ++i) {
    if (auto same = compare(a[i], e[i], absolute); !same) {
      return fail(same.error().code(), "element ", i, ": ", same.error().message());
    }
  }
  return {};
}

}  // namespace

std::vector<double> to_doubles(const Tensor& tensor) {
  std::vector<double> numbers;
  const auto append = [&]<typename T>() {
    for (const T value : TensorRef(tensor).as<const T>()) {
      numbers.push_back(static_cast<double>(static_cast<ArithmeticType<T>>(value)));
    }
  };
  if (tensor.dtype() == DType::boolean) append.template operator()<bool>();
  visit_numbers(tensor.dtype(), append);
  return numbers;
}

Result<> compare_types(const Tensor& actual, const Tensor& expected) {
  if (actual.dtype() != expected.dtype()) {
    return fail(ErrorCode::invalid_argument, "of type ", actual.dtype(), ", expected ", expected.dtype());
  }
  if (!is_container(actual.dtype()) && actual.shape() != expected.shape()) {
    return fail(ErrorCode::invalid_argument, "of shape ", actual.shape(), ", expected ", expected.shape());
  }
  return {};
}

Result<> compare(const Tensor& actual, const Tensor& expected, double absolute) {
  WEDGE_TRY(compare_types(actual, expected));
  const DType dtype = expected.dtype();
  if (is_container(dtype)) return compare_containers(actual, expected, absolute);
  if (dtype == DType::boolean) return compare_bools(actual, expected);
  if (dtype == DType::string) return compare_strings(actual, expected);
  if (is_small(dtype)) return compare_bits(actual, expected);
  return compare_numbers(actual, expected, absolute);
}

}  // namespace wedge::conformance
