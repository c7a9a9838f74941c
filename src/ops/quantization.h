// How the quantised operators number their scales: one for the whole tensor, for each slice of an axis, or for each
// block of elements along it.
#pragma once

#include <algorithm>

#include "kernels/quantize.h"
#include "ops/axis_split.h"
#include "ops/binary.h"
#include "tensor/float_access.h"

namespace wedge {

struct ScaleLayout {
  AxisSplit split;          ///< of the tensor; with one scale for all, the whole is one slice
  int64_t block = 1;        ///< elements along the axis that share a scale
  int64_t blocks = 1;       ///< scales along the axis
  bool is_blocked = false;  ///< scales differ outside of the axis too
  int64_t count = 1;        ///< of all scales

  /// Calls visit(first, count, scale, step) for runs that cover elements [begin, end): element first + i has scale
  /// number scale + i * step.
  template <typename Visit>
  void for_each_run(int64_t begin, int64_t end, Visit visit) const {
    for (int64_t at = begin; at < end;) {
      const int64_t inside = at % split.inner;
      const int64_t along = at / split.inner % split.count;
      const int64_t first_of_line = is_blocked ? at / split.inner / split.count * blocks : 0;
      const bool along_axis = split.inner == 1;
      int64_t run = along_axis
                        ? (block == 1 ? split.count - along : std::min(block - along % block, split.count - along))
                        : split.inner - inside;
      run = std::min(run, end - at);
      const int64_t scale = first_of_line + along / block;
      visit(at, run, is_blocked && !along_axis ? scale * split.inner + inside : scale,
            int64_t{along_axis ? block == 1 : is_blocked});
      at += run;
    }
  }
};

/// One scale for each block along the axis of a tensor of this shape. Error: the scales' shape is another.
Result<ScaleLayout> blocked_scales(const Shape& shape, const Shape& scales, size_t axis, int64_t block);

/// Reads attributes `axis` and `block_size` and checks the shape of input `scale` against that of input `tensor`.
Result<ScaleLayout> read_scale_layout(const NodeView& node, size_t tensor, size_t scale);

/// The scale and zero point that the range of these floats asks for.
kernels::Quantization choose_quantization(std::span<const float> in);

/// The floats as integers with that scale and zero point.
void quantize(std::span<const float> in, kernels::Quantization quantization, uint8_t* out, Workers workers);

/// The rules that QuantizeLinear and DequantizeLinear share: types of scale and zero point.
Result<> expect_zero_point(const NodeView& node, size_t scale, size_t zero_point);

/// True for floats and 8-bit integers with one scale: the vector kernels cover them.
inline bool suits_vector_kernel(const PrepareContext& context, const ScaleLayout& layout, DType floats, DType bytes) {
  return layout.count == 1 && floats == DType::f32 && context.dtype(1) == DType::f32 &&
         (bytes == DType::u8 || bytes == DType::i8);
}

/// The zero point at input 2, 0 where there is none.
inline int32_t zero_point(const RunContext& run) {
  if (!run.has_input(2)) return 0;
  return run.input(2).dtype == DType::i8 ? int32_t{run.input<int8_t>(2)[0]} : int32_t{run.input<uint8_t>(2)[0]};
}

/// Output 0 is convert(x, scale, zero point) of every element x of input 0, all of them as floats; inputs 1 and 2 are
/// the scales and the zero points, 0 where there are none.
template <typename Convert>
Kernel convert_by_scale(PrepareContext& context, const ScaleLayout& layout, SmallRounding rounding, Convert convert) {
  constexpr size_t block = 256;
  const auto count = static_cast<size_t>(context.input_shape(0).numel());
  const auto scale_count = static_cast<size_t>(layout.count);
  const Scratch scratch = context.scratch(scale_count, sizeof(float), 2);
  return [=](RunContext& run) -> Result<> {
    const TensorRef& in = run.input(0);
    const TensorRef& out = run.output(0);
    auto* scales = run.scratch<float>(scratch);
    float* zeros = scales + scale_count;
    read_floats(run.input(1).dtype, run.input(1).data, 0, scale_count, scales);
    std::fill_n(zeros, scale_count, 0.0F);
    if (run.has_input(2)) read_floats(run.input(2).dtype, run.input(2).data, 0, scale_count, zeros);
    run.workers().run(count, elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      float numbers[block];
      for (size_t first = begin; first < end; first += block) {
        const size_t length = std::min(block, end - first);
        read_floats(in.dtype, in.data, first, length, numbers);
        layout.for_each_run(static_cast<int64_t>(first), static_cast<int64_t>(first + length),
                            [&](int64_t at, int64_t run_length, int64_t scale, int64_t step) {
                              float* x = numbers + (at - static_cast<int64_t>(first));
                              for (int64_t i = 0; i < run_length; ++i) {
                                x[i] = convert(x[i], scales[scale + i * step], zeros[scale + i * step]);
                              }
                            });
        write_floats(out.dtype, numbers, first, length, out.data, rounding);
      }
    });
    return {};
  };
}

}  // namespace wedge
