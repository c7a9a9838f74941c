#include "kernels/channels_last.h"

#include <utility>

#include "base/built_in_parts.h"
#include "kernels/channels_last_methods.h"
#include "kernels/depthwise.h"

namespace wedge::kernels {
namespace {

constexpr bool has_winograd = built_in::has_pass("allow_winograd");
constexpr bool has_groups = built_in::has_part("groups");

// The method, of those that are built in.
ConvMethod built_in_method(ConvMethod method) {
  if (!has_groups && method == ConvMethod::depthwise) std::unreachable();
  if (!has_winograd && (method == ConvMethod::winograd_2 || method == ConvMethod::winograd_4)) std::unreachable();
  return method;
}

}  // namespace

ConvMethod choose_conv_method(const Conv2d& conv, bool allow_winograd) {
  if (has_groups && is_depthwise(conv)) return ConvMethod::depthwise;
  if (!has_winograd || !allow_winograd || !suits_winograd(conv)) return ConvMethod::direct;
  // Seconds on a core that multiplies 1e11, transforms 5e10 and reads weights at 3e10 bytes: the ratios decide, not the
  // numbers.
  const auto seconds = [&](size_t tile) {
    const auto channels = static_cast<double>(conv.channels);
    const auto outputs = static_cast<double>(conv.output_channels);
    const auto tiles = static_cast<double>(winograd_tiles(conv, tile));
    const auto points = static_cast<double>(winograd_points(conv, tile));
    const double products = 2 * tiles * points * channels * outputs / 1e11;
    const double transforms = tiles * points * (channels + outputs) * 8 / 5e10;
    return products + transforms + points * channels * outputs * 4 / 3e10;
  };
  const size_t taps = conv.height.kernel * conv.width.kernel;
  const double four = seconds(4);
  const double two = taps == 9 ? seconds(2) : four;
  const auto pixels = static_cast<double>(conv.batch * conv.height.output * conv.width.output);
  const auto weights = static_cast<double>(taps * conv.channels * conv.output_channels);
  const double direct = 2 * pixels * weights / 1e11 + weights * 4 / 3e10;
  if (direct <= two && direct <= four) return ConvMethod::direct;
  return four <= two ? ConvMethod::winograd_4 : ConvMethod::winograd_2;
}

size_t channels_last_packed_bytes(const Conv2d& conv, ConvMethod method) {
  switch (built_in_method(method)) {
    case ConvMethod::depthwise: return depthwise_packed_bytes(conv);
    case ConvMethod::winograd_2: return winograd_packed_bytes(conv, 2);
    case ConvMethod::winograd_4: return winograd_packed_bytes(conv, 4);
    case ConvMethod::direct: break;
  }
  return direct_packed_bytes(conv);
}

void channels_last_pack(const Conv2d& conv, ConvMethod method, const float* weights, std::byte* packed,
                        Workers workers) {
  switch (built_in_method(method)) {
    case ConvMethod::depthwise: return depthwise_pack(conv, weights, packed);
    case ConvMethod::winograd_2: return winograd_pack(conv, 2, weights, packed, workers);
    case ConvMethod::winograd_4: return winograd_pack(conv, 4, weights, packed, workers);
    case ConvMethod::direct: break;
  }
  direct_pack(conv, weights, packed, workers);
}

bool channels_last_unpacks(const Conv2d& conv, ConvMethod method) {
  return method == ConvMethod::direct && direct_unpacks(conv);
}

void channels_last_unpack(const Conv2d& conv, const std::byte* packed, float* weights) {
  direct_unpack(conv, packed, weights);
}

size_t channels_last_scratch_bytes(const Conv2d& conv, ConvMethod method, Workers workers) {
  switch (built_in_method(method)) {
    case ConvMethod::depthwise: return 0;
    case ConvMethod::winograd_2: return winograd_scratch_bytes(conv, 2, workers);
    case ConvMethod::winograd_4: return winograd_scratch_bytes(conv, 4, workers);
    case ConvMethod::direct: break;
  }
  return direct_scratch_bytes(conv, workers);
}

void channels_last_conv2d(const Conv2d& conv, ConvMethod method, const float* input, const std::byte* packed,
                          const ConvFinish& finish, float* output, std::byte* scratch, Workers workers) {
  const ConvRun run{conv, input, packed, finish, output, scratch, workers};
  switch (built_in_method(method)) {
    case ConvMethod::depthwise: return depthwise_conv2d(run);
    case ConvMethod::winograd_2: return winograd_conv2d(run, 2);
    case ConvMethod::winograd_4: return winograd_conv2d(run, 4);
    case ConvMethod::direct: break;
  }
  direct_conv2d(run);
}

}  // namespace wedge::kernels
