// Cast and CastLike between numbers, bool and strings.
#include "ops/cast.h"

#include "ops/binary.h"
#include "tensor/small_types.h"

namespace wedge {
namespace {

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

// Strings that are made have memory of their own, as if their number depended on the data.
void set_converted(InferContext& context, DType dtype) {
  const bool makes_strings = dtype == DType::string && context.dtype(0) != DType::string;
  context.set_output(0, dtype, makes_strings ? SymbolicShape() : context.shape(0));
}

Result<> infer_cast(InferContext& context) {
  WEDGE_ASSIGN(const DType dtype, context.attributes().dtype("to", DType::undefined));
  set_converted(context, dtype);
  return {};
}

Result<> infer_cast_like(InferContext& context) {
  set_converted(context, context.dtype(1));
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const DType from = context.dtype(0);
  const DType to = context.output_dtype(0);
  if (from == to) {
    context.view(0, 0);
    return Kernel();
  }
  if (to == DType::string) return prepare_to_string(context);
  if (from == DType::string) return prepare_from_string(context);
  if (is_small(from) || is_small(to)) return prepare_small_cast(context);
  const ConvertLoop loop = find_convert_loop(from, to);
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

ConvertLoop find_convert_loop(DType from, DType to) {
  ConvertLoop loop = nullptr;
  visit_castable(from,
                 [&]<typename From>() { visit_castable(to, [&]<typename To>() { loop = convert_loop<From, To>; }); });
  return loop;
}

WEDGE_OPERATOR(onnx, Cast) = {.infer = infer_cast, .prepare = prepare, .since = 6};
WEDGE_OPERATOR(onnx, CastLike) = {.infer = infer_cast_like, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
