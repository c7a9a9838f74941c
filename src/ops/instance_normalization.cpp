// InstanceNormalization and GroupNormalization: every plane, or group of planes, of every image is brought to mean 0
// and variance 1, then scaled by channel.
#include <cmath>

#include "kernels/normalization.h"
#include "ops/binary.h"

namespace wedge {
namespace {

// `factors`: the elements of scale and bias.
Result<> infer(InferContext& context, Dim factors) {
  for (const size_t i : {size_t{1}, size_t{2}}) {
    WEDGE_TRY(context.expect_same_dtype(0, i));
    WEDGE_TRY(context.expect_rank(i, 1, 1));
    if (context.shape(i).has_rank() && conflict(context.shape(i)[0], factors)) {
      return fail(ErrorCode::invalid_model, "input ", i, " must have one element per channel of ", context.shape(0),
                  ", got ", context.shape(i));
    }
  }
  return infer_same_as_input(context);
}

Result<> infer_instance(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  return infer(context, context.shape(0).has_rank() ? context.shape(0)[1] : Dim::unknown());
}

// Scale and bias were by group before opset 21.
constexpr int64_t first_by_channel = 21;

Result<int64_t> group_count(const NodeView& node, Dim channels) {
  WEDGE_ASSIGN(const int64_t groups, node.attributes().required_integer("num_groups"));
  if (groups < 1 || (channels.is_known() && channels.value() % groups != 0)) {
    return fail(ErrorCode::invalid_model, "channels of ", node.shape(0), " do not make ", groups, " groups");
  }
  return groups;
}

Result<> infer_group(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  WEDGE_ASSIGN(const int64_t stash_type, context.attributes().integer("stash_type", 1));
  if (stash_type != 1) return fail(ErrorCode::unsupported, "a stash_type other than 1, float: ", stash_type);
  const Dim channels = context.shape(0).has_rank() ? context.shape(0)[1] : Dim::unknown();
  WEDGE_ASSIGN(const int64_t groups, group_count(context, channels));
  return infer(context, context.version() < first_by_channel ? Dim(groups) : channels);
}

template <typename T>
void normalize(const T* in, T* out, size_t count, float epsilon) {
  using C = ArithmeticType<T>;
  C mean = 0;
  C squares = 0;
  for (size_t i = 0; i < count; ++i) mean += static_cast<C>(in[i]) / static_cast<C>(count);
  for (size_t i = 0; i < count; ++i) squares += (static_cast<C>(in[i]) - mean) * (static_cast<C>(in[i]) - mean);
  const C inverse = 1 / std::sqrt(squares / static_cast<C>(count) + static_cast<C>(epsilon));
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<T>((static_cast<C>(in[i]) - mean) * inverse);
}

void normalize(const float* in, float* out, size_t count, float epsilon) {
  kernels::layer_norm_f32({.rows = 1, .columns = count, .epsilon = epsilon}, in, out, Workers());
}

struct Geometry {
  size_t channels;
  size_t channels_per_group;
  size_t channels_per_factor;
  size_t plane;
  float epsilon;
};

template <typename T>
Kernel kernel_for(const Geometry& geometry) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* in = run.input<T>(0).data();
    const T* scale = run.input<T>(1).data();
    const T* bias = run.input<T>(2).data();
    const auto out = run.output<T>(0);
    if (out.empty()) return {};
    const size_t group = geometry.channels_per_group * geometry.plane;
    run.workers().run(out.size() / group, 1 + elementwise_grain / group, [&](size_t begin, size_t end, unsigned) {
      for (size_t row = begin; row < end; ++row) {
        T* to = out.data() + row * group;
        normalize(in + row * group, to, group, geometry.epsilon);
        for (size_t c = 0; c < geometry.channels_per_group; ++c, to += geometry.plane) {
          const size_t channel = (row * geometry.channels_per_group + c) % geometry.channels;
          const auto factor = static_cast<C>(scale[channel / geometry.channels_per_factor]);
          const auto shift = static_cast<C>(bias[channel / geometry.channels_per_factor]);
          for (size_t i = 0; i < geometry.plane; ++i) to[i] = static_cast<T>(static_cast<C>(to[i]) * factor + shift);
        }
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context, size_t channels_per_group, size_t channels_per_factor) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const float epsilon, context.attributes().number("epsilon", 1e-5F));
  const Geometry geometry{.channels = static_cast<size_t>(shape[1]),
                          .channels_per_group = channels_per_group,
                          .channels_per_factor = channels_per_factor,
                          .plane = static_cast<size_t>(shape.numel(2, shape.rank())),
                          .epsilon = epsilon};
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(geometry); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  context.in_place(0, 0);
  return kernel;
}

Result<Kernel> prepare_instance(PrepareContext& context) { return prepare(context, 1, 1); }

Result<Kernel> prepare_group(PrepareContext& context) {
  const int64_t channels = context.input_shape(0)[1];
  WEDGE_ASSIGN(const int64_t groups, group_count(context, channels));
  const auto channels_per_group = static_cast<size_t>(channels / groups);
  return prepare(context, channels_per_group, context.version() < first_by_channel ? channels_per_group : 1);
}

}  // namespace

WEDGE_OPERATOR(onnx, InstanceNormalization) = {
    .infer = infer_instance, .prepare = prepare_instance, .min_inputs = 3, .max_inputs = 3, .since = 6};
WEDGE_OPERATOR(onnx, GroupNormalization) = {
    .infer = infer_group, .prepare = prepare_group, .min_inputs = 3, .max_inputs = 3, .since = 18};

}  // namespace wedge
