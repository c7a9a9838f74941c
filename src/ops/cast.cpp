// Cast and CastLike between numbers and bool.
#include <cmath>
#include <limits>

#include "ops/binary.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

using ConvertLoop = void (*)(const std::byte* in, std::byte* out, size_t count);

// Toward zero; what does not fit saturates and NaN becomes 0, where C++ leaves it undefined. Integers wrap.
template <typename From, typename To>
To convert(From from) {
  const auto x = static_cast<ArithmeticType<From>>(from);
  using X = decltype(x);
  if constexpr (std::same_as<To, bool>) {
    return x != 0;
  } else if constexpr (std::integral<To> && !std::integral<std::remove_const_t<X>>) {
    constexpr auto lowest = std::numeric_limits<To>::min();
    constexpr auto highest = std::numeric_limits<To>::max();
    // The bounds round to powers of two, outside of which nothing fits.
    if (x >= static_cast<X>(highest)) return highest;
    if (x <= static_cast<X>(lowest)) return lowest;
    return std::isnan(x) ? To{0} : static_cast<To>(x);
  } else {
    return static_cast<To>(static_cast<ArithmeticType<To>>(x));
  }
}

template <typename From, typename To>
void convert_loop(const std::byte* in, std::byte* out, size_t count) {
  const auto* source = reinterpret_cast<const From*>(in);
  auto* target = reinterpret_cast<To*>(out);
  for (size_t i = 0; i < count; ++i) target[i] = convert<From, To>(source[i]);
}

template <typename Visitor>
bool visit_castable(DType dtype, Visitor visitor) {
  if (dtype != DType::boolean) return visit_numbers(dtype, visitor);
  visitor.template operator()<bool>();
  return true;
}

ConvertLoop find_loop(DType from, DType to) {
  ConvertLoop loop = nullptr;
  visit_castable(from,
                 [&]<typename From>() { visit_castable(to, [&]<typename To>() { loop = convert_loop<From, To>; }); });
  return loop;
}

Result<> infer_cast(InferContext& context) {
  WEDGE_ASSIGN(const int64_t to, context.attributes().required_integer("to"));
  const DType dtype = to >= 0 && to < 256 ? dtype_from_onnx(static_cast<int32_t>(to)) : DType::undefined;
  if (dtype == DType::undefined) return fail(ErrorCode::invalid_model, "attribute 'to' names no type: ", to);
  context.set_output(0, dtype, context.shape(0));
  return {};
}

Result<> infer_cast_like(InferContext& context) {
  context.set_output(0, context.dtype(1), context.shape(0));
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const DType from = context.dtype(0);
  const DType to = context.output_dtype(0);
  if (from == to) {
    context.view(0, 0);
    return Kernel();
  }
  const ConvertLoop loop = find_loop(from, to);
  if (loop == nullptr) return fail(ErrorCode::unsupported, "a cast from ", from, " to ", to);
  const size_t from_width = byte_width(from);
  const size_t to_width = byte_width(to);
  const auto count = static_cast<size_t>(context.output_shape(0).numel());
  return [=](RunContext& run) -> Result<> {
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    run.workers().run(count, elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      loop(in + begin * from_width, out + begin * to_width, end - begin);
    });
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Cast) = {.infer = infer_cast, .prepare = prepare, .since = 6};
WEDGE_OPERATOR(onnx, CastLike) = {.infer = infer_cast_like, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
