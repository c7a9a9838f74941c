// Range: start, start + delta … before limit.
#include <cmath>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

constexpr const char* no_step = "a range needs a step other than 0";
constexpr const char* too_many = "the range has too many elements";

template <std::floating_point T>
Result<int64_t> count_steps(T start, T limit, T delta) {
  const double steps =
      std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta));
  if (delta == T{0}) return fail(ErrorCode::invalid_model, no_step);
  if (std::isnan(steps))
    return fail(ErrorCode::invalid_model, "a range from ", start, " to ", limit, " in steps of ", delta);
  if (steps > 0x1p62) return fail(ErrorCode::out_of_range, too_many);
  return steps > 0 ? static_cast<int64_t>(steps) : 0;
}

// In unsigned numbers, which hold the distance between any two of the signed ones.
template <std::integral T>
Result<int64_t> count_steps(T start, T limit, T delta) {
  if (delta == 0) return fail(ErrorCode::invalid_model, no_step);
  if (delta > 0 ? limit <= start : limit >= start) return 0;
  const auto from = static_cast<uint64_t>(delta > 0 ? start : limit);
  const auto to = static_cast<uint64_t>(delta > 0 ? limit : start);
  const uint64_t step = delta > 0 ? static_cast<uint64_t>(delta) : 0 - static_cast<uint64_t>(delta);
  const uint64_t steps = (to - from - 1) / step + 1;
  if (steps > uint64_t{1} << 62U) return fail(ErrorCode::out_of_range, too_many);
  return static_cast<int64_t>(steps);
}

template <typename T>
ArithmeticType<T> first(const Tensor& tensor) {
  return static_cast<ArithmeticType<T>>(TensorRef(tensor).as<const T>()[0]);
}

template <typename Visitor>
bool visit_range_types(DType dtype, Visitor visitor) {
  switch (dtype) {
    case DType::f32: visitor.template operator()<float>(); return true;
    case DType::f64: visitor.template operator()<double>(); return true;
    case DType::f16: visitor.template operator()<Float16>(); return true;
    case DType::bf16: visitor.template operator()<BFloat16>(); return true;
    case DType::i16: visitor.template operator()<int16_t>(); return true;
    case DType::i32: visitor.template operator()<int32_t>(); return true;
    case DType::i64: visitor.template operator()<int64_t>(); return true;
    default: return false;
  }
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  const Tensor* start = context.value(0);
  const Tensor* limit = context.value(1);
  const Tensor* delta = context.value(2);
  SymbolicShape shape = SymbolicShape::of_rank(1);
  if (start != nullptr && limit != nullptr && delta != nullptr) {
    if (start->numel() != 1 || limit->numel() != 1 || delta->numel() != 1) {
      return fail(ErrorCode::invalid_model, "start, limit and delta must be single numbers");
    }
    Result<int64_t> count = 0;
    const bool known_type = visit_range_types(context.dtype(0), [&]<typename T>() {
      count = count_steps(first<T>(*start), first<T>(*limit), first<T>(*delta));
    });
    if (!known_type) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
    WEDGE_ASSIGN(shape[0], std::move(count));
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  Kernel kernel;
  visit_range_types(context.dtype(0), [&]<typename T>() {
    kernel = [](RunContext& run) -> Result<> {
      const T start = run.input<T>(0)[0];
      const T delta = run.input<T>(2)[0];
      const auto out = run.output<T>(0);
      for (size_t i = 0; i < out.size(); ++i) {
        if constexpr (std::integral<T>) {
          // Unsigned, where a product that does not fit wraps; the values themselves do fit.
          out[i] =
              static_cast<T>(static_cast<uint64_t>(start) + static_cast<uint64_t>(i) * static_cast<uint64_t>(delta));
        } else {
          using C = ArithmeticType<T>;
          out[i] = static_cast<T>(static_cast<C>(start) + static_cast<C>(i) * static_cast<C>(delta));
        }
      }
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Range) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};

}  // namespace wedge
