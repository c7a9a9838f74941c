// The Reduce family. An output is accumulated in one order: float for 16-bit floats, 64 bits for integers.
#include "kernels/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/arithmetic.h"
#include "ops/cast.h"
#include "ops/reduction_axes.h"

namespace wedge {
namespace {

// Takes `count` elements into the accumulator, which lives in 16 bytes of the caller's.
struct Accumulator {
  alignas(8) std::byte bytes[16];
};
struct Reducer {
  void (*begin)(Accumulator&);
  void (*add)(Accumulator&, const std::byte* in, int64_t count, int64_t stride);
  void (*finish)(const Accumulator&, int64_t count, std::byte* out);
};

// Sums of small integers need more room than the mean of them.
template <typename T>
using Widest = std::conditional_t<std::signed_integral<T>, int64_t,
                                  std::conditional_t<std::unsigned_integral<T>, uint64_t, ArithmeticType<T>>>;

// A reduction is start(), step(state, x) and finish(state, count), on the type that it is computed in.
struct SumOf {
  template <typename T>
  using Computed = Widest<T>;
  template <typename C>
  static C start() {
    return 0;
  }
  template <typename C>
  static C step(C sum, C x) {
    return Add::apply<C>(sum, x);
  }
  template <typename C>
  static C finish(C sum, int64_t) {
    return sum;
  }
};
struct MeanOf : SumOf {
  template <typename C>
  static C finish(C sum, int64_t count) {
    return Divide::apply<C>(sum, static_cast<C>(count));
  }
};
struct ProductOf : SumOf {
  template <typename C>
  static C start() {
    return 1;
  }
  template <typename C>
  static C step(C product, C x) {
    return Multiply::apply<C>(product, x);
  }
};
struct SumOfAbsolutes : SumOf {
  template <typename C>
  static C step(C sum, C x) {
    return Add::apply<C>(sum, x < C{0} ? Subtract::apply<C>(0, x) : x);
  }
};
struct SumOfSquares : SumOf {
  template <typename C>
  static C step(C sum, C x) {
    return Add::apply<C>(sum, Multiply::apply<C>(x, x));
  }
};
struct EuclideanNorm : SumOfSquares {
  template <typename C>
  static C finish(C sum, int64_t) {
    return convert<double, C>(std::sqrt(static_cast<double>(sum)));
  }
};
struct LogOfSum : SumOf {
  template <typename C>
  static C finish(C sum, int64_t) {
    return convert<double, C>(std::log(static_cast<double>(sum)));
  }
};
struct MaximumOf : SumOf {
  template <typename T>
  using Computed = ArithmeticType<T>;
  template <typename C>
  static C start() {
    return std::numeric_limits<C>::has_infinity ? -std::numeric_limits<C>::infinity()
                                                : std::numeric_limits<C>::lowest();
  }
  template <typename C>
  static C step(C largest, C x) {
    return Maximum::apply<C>(largest, x);
  }
};
struct MinimumOf : SumOf {
  template <typename T>
  using Computed = ArithmeticType<T>;
  template <typename C>
  static C start() {
    return std::numeric_limits<C>::has_infinity ? std::numeric_limits<C>::infinity() : std::numeric_limits<C>::max();
  }
  template <typename C>
  static C step(C smallest, C x) {
    return Minimum::apply<C>(smallest, x);
  }
};

template <typename Reduction, typename T>
constexpr Reducer reducer_of = {
    .begin =
        [](Accumulator& state) {
          using C = Reduction::template Computed<T>;
          *reinterpret_cast<C*>(state.bytes) = Reduction::template start<C>();
        },
    .add =
        [](Accumulator& state, const std::byte* in, int64_t count, int64_t stride) {
          using C = Reduction::template Computed<T>;
          const auto* values = reinterpret_cast<const T*>(in);
          C sum = *reinterpret_cast<C*>(state.bytes);
          for (int64_t i = 0; i < count; ++i)
            sum = Reduction::template step<C>(sum, static_cast<C>(values[i * stride]));
          *reinterpret_cast<C*>(state.bytes) = sum;
        },
    .finish =
        [](const Accumulator& state, int64_t count, std::byte* out) {
          using C = Reduction::template Computed<T>;
          const C sum = *reinterpret_cast<const C*>(state.bytes);
          *reinterpret_cast<T*>(out) = static_cast<T>(Reduction::template finish<C>(sum, count));
        },
};

// log(sum(exp(x))) in one pass: the sum is kept relative to the largest element so far.
struct LogSumExpState {
  double largest;
  double sum;
};
template <typename T>
constexpr Reducer log_sum_exp = {
    .begin =
        [](Accumulator& state) {
          *reinterpret_cast<LogSumExpState*>(state.bytes) = {.largest = -std::numeric_limits<double>::infinity(),
                                                             .sum = 0};
        },
    .add =
        [](Accumulator& state, const std::byte* in, int64_t count, int64_t stride) {
          const auto* values = reinterpret_cast<const T*>(in);
          auto& [largest, sum] = *reinterpret_cast<LogSumExpState*>(state.bytes);
          for (int64_t i = 0; i < count; ++i) {
            const auto x = static_cast<double>(static_cast<ArithmeticType<T>>(values[i * stride]));
            if (x > largest) {
              sum = sum * std::exp(largest - x) + 1;
              largest = x;
            } else if (x == largest && std::isinf(x)) {
              // Infinities have no difference; of -infinity nothing is added.
              sum += x > 0 ? 1 : 0;
            } else if (x > -std::numeric_limits<double>::infinity() || std::isnan(x)) {
              sum += std::exp(x - largest);
            }
          }
        },
    .finish =
        [](const Accumulator& state, int64_t, std::byte* out) {
          const auto& [largest, sum] = *reinterpret_cast<const LogSumExpState*>(state.bytes);
          const double result = sum == 0 ? -std::numeric_limits<double>::infinity() : largest + std::log(sum);
          *reinterpret_cast<T*>(out) = static_cast<T>(static_cast<ArithmeticType<T>>(result));
        },
};

void reduce_output(const ReductionLoops& loops, const Reducer& reducer, const std::byte* in, size_t width,
                   Accumulator& state) {
  std::array<int64_t, Shape::max_rank> index{};
  const auto& inner = loops.reduced.back();
  const auto bytes = static_cast<int64_t>(width);
  for (;;) {
    reducer.add(state, in, inner.count, inner.stride);
    size_t axis = loops.reduced.size() - 1;
    while (axis-- > 0) {
      in += loops.reduced[axis].stride * bytes;
      if (++index[axis] < loops.reduced[axis].count) break;
      in -= loops.reduced[axis].stride * loops.reduced[axis].count * bytes;
      index[axis] = 0;
    }
    if (axis == static_cast<size_t>(-1)) return;
  }
}

Kernel reduce_plainly(ReductionLoops loops, const Reducer& reducer, size_t width) {
  return [loops = std::move(loops), &reducer, width](RunContext& run) -> Result<> {
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    const auto grain = 1 + elementwise_grain / static_cast<size_t>(std::max<int64_t>(1, loops.inputs_per_output));
    run.workers().run(static_cast<size_t>(loops.outputs), grain, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        Accumulator state;
        reducer.begin(state);
        if (loops.inputs_per_output != 0) {
          const auto offset = static_cast<size_t>(loops.offset(static_cast<int64_t>(i)));
          reduce_output(loops, reducer, in + offset * width, width, state);
        }
        reducer.finish(state, loops.inputs_per_output, out + i * width);
      }
    });
    return {};
  };
}

Result<Kernel> prepare_reducer(PrepareContext& context, const Reducer* reducer,
                               std::optional<kernels::Reduction> vector) {
  if (reducer == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const auto axes, reduced_axes(context, shape.rank()));
  if (!axes) return fail(ErrorCode::internal, "the axes are not known");
  ReductionLoops loops(shape, *axes);
  const auto block = loops.as_block();
  const bool is_vector = vector && block && context.dtype(0) == DType::f32;
  context.name_kernel(is_vector ? "reduce_f32" : "plain");
  if (is_vector) {
    return [=](RunContext& run) -> Result<> {
      kernels::reduce_f32(*vector, run.input<float>(0).data(), run.output<float>(0).data(),
                          static_cast<size_t>(block->outer), static_cast<size_t>(block->reduced),
                          static_cast<size_t>(block->inner), run.workers());
      return {};
    };
  }
  return reduce_plainly(std::move(loops), *reducer, byte_width(context.dtype(0)));
}

template <typename Reduction>
const Reducer* find_reducer(DType dtype) {
  const Reducer* reducer = nullptr;
  visit_numbers(dtype, [&]<typename T>() { reducer = &reducer_of<Reduction, T>; });
  return reducer;
}

template <typename Reduction>
Result<Kernel> prepare(PrepareContext& context) {
  return prepare_reducer(context, find_reducer<Reduction>(context.dtype(0)), std::nullopt);
}

template <typename Reduction, kernels::Reduction vector>
Result<Kernel> prepare_vector(PrepareContext& context) {
  // Of two bools the larger is their "or": bool is a byte of 0 or 1.
  const DType dtype = context.dtype(0) == DType::boolean ? DType::u8 : context.dtype(0);
  return prepare_reducer(context, find_reducer<Reduction>(dtype), vector);
}

Result<Kernel> prepare_log_sum_exp(PrepareContext& context) {
  const Reducer* reducer = nullptr;
  visit_floats(context.dtype(0), [&]<typename T>() { reducer = &log_sum_exp<T>; });
  return prepare_reducer(context, reducer, std::nullopt);
}

Result<> infer(InferContext& context) { return infer_reduction(context, context.dtype(0)); }

constexpr Operator reduction(Result<Kernel> (*prepared)(PrepareContext&)) {
  return {.infer = infer, .prepare = prepared, .max_inputs = 2};
}

}  // namespace

WEDGE_OPERATOR(onnx, ReduceL1) = reduction(prepare<SumOfAbsolutes>);
WEDGE_OPERATOR(onnx, ReduceL2) = reduction(prepare<EuclideanNorm>);
WEDGE_OPERATOR(onnx, ReduceLogSum) = reduction(prepare<LogOfSum>);
WEDGE_OPERATOR(onnx, ReduceLogSumExp) = reduction(prepare_log_sum_exp);
WEDGE_OPERATOR(onnx, ReduceMax) = reduction(prepare_vector<MaximumOf, kernels::Reduction::maximum>);
WEDGE_OPERATOR(onnx, ReduceMean) = reduction(prepare_vector<MeanOf, kernels::Reduction::mean>);
WEDGE_OPERATOR(onnx, ReduceMin) = reduction(prepare_vector<MinimumOf, kernels::Reduction::minimum>);
WEDGE_OPERATOR(onnx, ReduceProd) = reduction(prepare<ProductOf>);
WEDGE_OPERATOR(onnx, ReduceSum) = reduction(prepare_vector<SumOf, kernels::Reduction::sum>);
WEDGE_OPERATOR(onnx, ReduceSumSquare) = reduction(prepare_vector<SumOfSquares, kernels::Reduction::sum_of_squares>);

}  // namespace wedge
