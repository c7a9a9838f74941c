#include <algorithm>
#include <array>

#include "ops/resize_run.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

/// One axis of [outer, length, inner] resized.
struct Pass {
  ResizeAxis axis;
  size_t outer;
  size_t inner;
  size_t taps;      ///< the most weights per output element
  Scratch windows;  ///< a ResizeTaps per output element
  Scratch weights;  ///< `taps` numbers per output element
  Scratch result;   ///< of every pass but the last
};

struct Plan {
  ResizeMode mode;
  std::vector<Pass> passes;
};

void write_tables(const Plan& plan, const Pass& pass, const RunContext& run) {
  for (int64_t o = 0; o < pass.axis.output; ++o) {
    double* weights = run.scratch<double>(pass.weights) + static_cast<size_t>(o) * pass.taps;
    ResizeTaps taps = resize_taps(pass.axis, plan.mode, o, weights);
    // No elements at all stand for the extrapolation value.
    if (pass.axis.is_extrapolated(o, plan.mode)) taps.count = 0;
    run.scratch<ResizeTaps>(pass.windows)[o] = taps;
  }
}

template <typename From, typename To, typename A>
void resize(const Plan& plan, const Pass& pass, const RunContext& run, const From* input, To* output) {
  const auto length = static_cast<size_t>(pass.axis.output);
  const size_t rows = pass.outer * length;
  const size_t grain = std::max<size_t>(1, (size_t{1} << 14) / std::max<size_t>(1, pass.inner * pass.taps));
  run.workers().run(rows, grain, [&](size_t begin, size_t end, unsigned) {
    for (size_t row = begin; row < end; ++row) {
      const size_t o = row % length;
      const ResizeTaps taps = run.scratch<const ResizeTaps>(pass.windows)[o];
      const double* weights = run.scratch<const double>(pass.weights) + o * pass.taps;
      const size_t first = row / length * static_cast<size_t>(pass.axis.input) + static_cast<size_t>(taps.first);
      const From* source = input + first * pass.inner;
      To* target = output + row * pass.inner;
      if (taps.count == 0) {
        std::fill_n(target, pass.inner, interpolated<To>(static_cast<A>(plan.mode.extrapolation)));
        continue;
      }
      for (size_t column = 0; column < pass.inner; column += 64) {
        const size_t columns = std::min<size_t>(64, pass.inner - column);
        std::array<A, 64> sums;
        std::fill_n(sums.begin(), columns, A(0));
        for (size_t t = 0; t < static_cast<size_t>(taps.count); ++t) {
          const From* line = source + t * pass.inner + column;
          const auto weight = static_cast<A>(weights[t]);
          for (size_t i = 0; i < columns; ++i) sums[i] += weight * static_cast<A>(line[i]);
        }
        for (size_t i = 0; i < columns; ++i) target[column + i] = interpolated<To>(sums[i]);
      }
    }
  });
}

template <typename T, typename A>
void run_passes(const Plan& plan, RunContext& run) {
  const T* input = run.input<T>(0).data();
  T* output = run.output<T>(0).data();
  const size_t last = plan.passes.size() - 1;
  for (const Pass& pass : plan.passes) write_tables(plan, pass, run);
  if (last == 0) return resize<T, T, A>(plan, plan.passes[0], run, input, output);
  auto* sums = run.scratch<A>(plan.passes[0].result);
  resize<T, A, A>(plan, plan.passes[0], run, input, sums);
  for (size_t i = 1; i < last; ++i) {
    auto* next = run.scratch<A>(plan.passes[i].result);
    resize<A, A, A>(plan, plan.passes[i], run, sums, next);
    sums = next;
  }
  resize<A, T, A>(plan, plan.passes[last], run, sums, output);
}

}  // namespace

Result<Kernel> prepare_interpolation(PrepareContext& context, const ResizeMode& mode,
                                     const std::vector<ResizeAxis>& axes) {
  const DType dtype = context.dtype(0);
  const bool in_double = dtype == DType::f64 || dtype == DType::i32;
  Plan plan{.mode = mode, .passes = {}};
  Shape shape = context.input_shape(0);
  for (const ResizeAxis& axis : axes) {
    Pass pass{.axis = axis,
              .outer = static_cast<size_t>(shape.numel(0, axis.axis)),
              .inner = static_cast<size_t>(shape.numel(axis.axis + 1, shape.rank())),
              .taps = static_cast<size_t>(axis.taps(mode)),
              .windows = context.scratch(static_cast<uint64_t>(axis.output), sizeof(ResizeTaps)),
              .weights = context.scratch(static_cast<uint64_t>(axis.output), sizeof(double),
                                         static_cast<uint64_t>(axis.taps(mode))),
              .result = {}};
    shape[axis.axis] = axis.output;
    if (plan.passes.size() + 1 < axes.size()) {
      pass.result = context.scratch(static_cast<uint64_t>(shape.numel()), in_double ? sizeof(double) : sizeof(float));
    }
    plan.passes.push_back(pass);
  }
  context.name_kernel("resize_separable");
  Kernel kernel;
  const auto choose = [&]<typename T, typename A>() {
    kernel = [plan = std::move(plan)](RunContext& run) -> Result<> {
      run_passes<T, A>(plan, run);
      return {};
    };
  };
  switch (dtype) {
    case DType::f32: choose.template operator()<float, float>(); break;
    case DType::f16: choose.template operator()<Float16, float>(); break;
    case DType::bf16: choose.template operator()<BFloat16, float>(); break;
    case DType::u8: choose.template operator()<uint8_t, float>(); break;
    case DType::i8: choose.template operator()<int8_t, float>(); break;
    case DType::f64: choose.template operator()<double, double>(); break;
    case DType::i32: choose.template operator()<int32_t, double>(); break;
    default: return fail(ErrorCode::unsupported, "interpolation of ", dtype);
  }
  return kernel;
}

}  // namespace wedge
