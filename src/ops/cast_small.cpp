// Casts from and to the types of 8 bits and less: through floats or, to integers, which wrap, through int32.
#include "ops/binary.h"
#include "ops/cast.h"
#include "tensor/small_types.h"

namespace wedge {
namespace {

constexpr size_t block = 256;
static_assert(elementwise_grain % block == 0, "blocks must begin at whole bytes");

Result<SmallRounding> rounding_of(const NodeView& node) {
  WEDGE_ASSIGN(const bool saturate, node.attributes().flag("saturate", true));
  WEDGE_ASSIGN(const auto mode, node.attributes().string("round_mode", "up"));
  using enum SmallRounding::Powers;
  if (mode == "up") return SmallRounding{.saturate = saturate, .powers = up};
  if (mode == "down") return SmallRounding{.saturate = saturate, .powers = down};
  if (mode == "nearest") return SmallRounding{.saturate = saturate, .powers = nearest};
  return fail(ErrorCode::invalid_model, "attribute 'round_mode' is '", mode, "'");
}

// From `from` to numbers in between, and from those to `to`.
struct SmallCast {
  DType from;
  DType between;
  DType to;
  SmallRounding rounding;
  ConvertLoop before = nullptr;  ///< from `from`, or from floats when it is small, to `between`
  ConvertLoop after = nullptr;   ///< from `between` to `to` when it is not small

  void run(const std::byte* in, std::byte* out, size_t first, size_t count) const {
    float decoded[block];
    alignas(float) std::byte numbers[block * sizeof(float)];
    const std::byte* source = in + first * byte_width(from);
    if (is_small(from)) {
      decode_small(from, in, first, count, decoded);
      source = reinterpret_cast<const std::byte*>(decoded);
    }
    before(source, numbers, count);
    if (after != nullptr) {
      after(numbers, out + first * byte_width(to), count);
    } else if (between == DType::i32) {
      encode_small(to, reinterpret_cast<const int32_t*>(numbers), first, count, out);
    } else {
      encode_small(to, reinterpret_cast<const float*>(numbers), first, count, out, rounding);
    }
  }
};

}  // namespace

Result<Kernel> prepare_small_cast(PrepareContext& context) {
  const DType from = context.dtype(0);
  const DType to = context.output_dtype(0);
  SmallCast cast{.from = from, .between = is_small_integer(to) ? DType::i32 : DType::f32, .to = to, .rounding = {}};
  WEDGE_ASSIGN(cast.rounding, rounding_of(context));
  cast.before = find_convert_loop(is_small(from) ? DType::f32 : from, cast.between);
  if (!is_small(to)) cast.after = find_convert_loop(cast.between, to);
  if (cast.before == nullptr || (!is_small(to) && cast.after == nullptr)) {
    return fail(ErrorCode::unsupported, "a cast from ", from, " to ", to);
  }
  return [cast, count = static_cast<size_t>(context.output_shape(0).numel())](RunContext& run) -> Result<> {
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    run.workers().run(count, elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      for (size_t first = begin; first < end; first += block) cast.run(in, out, first, std::min(block, end - first));
    });
    return {};
  };
}

}  // namespace wedge
