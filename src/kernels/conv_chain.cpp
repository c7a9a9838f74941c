#include "kernels/conv_chain.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "kernels/conv_pixels.h"
#include "kernels/depthwise.h"
#include "kernels/tap_range.h"

namespace wedge::kernels {
namespace {

// All strips of a chain stay about this small, for the second-level cache.
constexpr size_t cached_bytes = size_t{512} << 10U;
// Where rows are cut between workers, those that both sides need are computed twice: few against so many.
constexpr size_t fewest_rows_apart = 12;

struct Rows {
  size_t begin = 0;
  size_t end = 0;
  [[nodiscard]] size_t size() const { return end - begin; }
};

size_t row_floats(const Conv2d& conv) { return conv.width.output * conv.output_channels; }

// The rows of its input that rows of a convolution's output see.
Rows seen_rows(const WindowAxis& axis, Rows rows) {
  const auto inside = [&](ptrdiff_t row) {
    return static_cast<size_t>(std::clamp<ptrdiff_t>(row, 0, static_cast<ptrdiff_t>(axis.input)));
  };
  const ptrdiff_t window = static_cast<ptrdiff_t>((axis.kernel - 1) * axis.dilation) + 1;
  return {inside(window_start(axis, rows.begin)), inside(window_start(axis, rows.end - 1) + window)};
}

// The same for as many rows as any of that number see.
size_t most_seen_rows(const WindowAxis& axis, size_t rows) {
  return std::min(axis.input, (rows - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1);
}

// The convolution of some rows alone, from an image that starts at row `first` and has `rows` rows.
Conv2d of_rows(const Conv2d& conv, Rows output, size_t first, size_t rows) {
  Conv2d part = conv;
  part.batch = 1;
  part.is_part = true;
  part.height.input = rows;
  part.height.output = output.size();
  part.height.pad += static_cast<ptrdiff_t>(first) - static_cast<ptrdiff_t>(output.begin * conv.height.stride);
  return part;
}

// What the strips of a worker hold. Bands that follow each other go on with it.
struct Held {
  size_t image = 0;
  size_t next_row = std::numeric_limits<size_t>::max();  // of the result
  Rows rows[longest_chain];
};

// How many rows of the result are made at a time, and the memory that takes.
struct Strips {
  size_t rows = 1;
  size_t most[longest_chain] = {};   // rows that one convolution has at a time
  size_t place[longest_chain] = {};  // bytes from the scratch of a worker on, of what one convolution leaves
  size_t scratch_place = 0;
  size_t held_place = 0;
  size_t bytes = 0;  // of a worker

  explicit Strips(std::span<const ChainedConv> chain) {
    const size_t all = chain.back().conv.height.output;
    set(chain, 1);
    for (size_t more = 2; more <= all; ++more) {
      Strips larger = *this;
      larger.set(chain, more);
      if (larger.scratch_place > cached_bytes) break;
      *this = larger;
    }
    size_t scratch = 0;
    for (size_t i = 0; i < chain.size(); ++i) {
      const Conv2d& conv = chain[i].conv;
      const size_t seen = i == 0 ? conv.height.input : most[i - 1];
      scratch = std::max(scratch,
                         channels_last_scratch_bytes(of_rows(conv, {0, most[i]}, 0, seen), chain[i].method, Workers()));
    }
    held_place = scratch_place + round_up(scratch, 64);
    bytes = held_place + round_up(sizeof(Held), 64);
  }

 private:
  void set(std::span<const ChainedConv> chain, size_t last_rows) {
    rows = most[chain.size() - 1] = last_rows;
    for (size_t i = chain.size() - 1; i > 0; --i) most[i - 1] = most_seen_rows(chain[i].conv.height, most[i]);
    scratch_place = 0;
    for (size_t i = 0; i + 1 < chain.size(); ++i) {
      place[i] = scratch_place;
      scratch_place += round_up(most[i] * row_floats(chain[i].conv) * sizeof(float), 64);
    }
  }
};

// One worker's way through some rows of one image's result.
class Band {
 public:
  Band(std::span<const ChainedConv> chain, const ChainOperands& operands, const Strips& strips, std::byte* scratch)
      : chain_(chain),
        operands_(operands),
        strips_(strips),
        scratch_(scratch),
        held_(*reinterpret_cast<Held*>(scratch + strips.held_place)) {}

  // Before the first band of a worker.
  void begin() { held_ = Held(); }

  void run(size_t number, const float* image, const float* residual, float* output, Rows rows) {
    if (held_.image != number || held_.next_row != rows.begin) held_ = {.image = number, .next_row = 0, .rows = {}};
    held_.next_row = rows.end;
    for (size_t row = rows.begin; row < rows.end; row += strips_.rows) {
      make({row, std::min(rows.end, row + strips_.rows)}, image, residual, output);
    }
  }

 private:
  void make(Rows result, const float* image, const float* residual, float* output) {
    const size_t last = chain_.size() - 1;
    Rows needed[longest_chain];
    needed[last] = result;
    for (size_t i = last; i > 0; --i) needed[i - 1] = seen_rows(chain_[i].conv.height, needed[i]);
    for (size_t i = 0; i < last; ++i) {
      forget(i, needed[i].begin);
      const Rows missing{held_.rows[i].end, std::max(held_.rows[i].end, needed[i].end)};
      float* to = strip(i) + (missing.begin - held_.rows[i].begin) * row_floats(chain_[i].conv);
      convolve(i, missing, image, nullptr, to);
      held_.rows[i].end = missing.end;
    }
    const size_t at = result.begin * row_floats(chain_[last].conv);
    convolve(last, result, image, residual == nullptr ? nullptr : residual + at, output + at);
  }

  // Keeps the rows that are still needed.
  void forget(size_t i, size_t before) {
    Rows& held = held_.rows[i];
    const size_t row = row_floats(chain_[i].conv);
    const Rows kept{std::max(held.begin, before), std::max(held.end, before)};
    if (kept.begin > held.begin) {
      std::memmove(strip(i), strip(i) + (kept.begin - held.begin) * row, kept.size() * row * sizeof(float));
    }
    held = kept;
  }

  void convolve(size_t i, Rows rows, const float* image, const float* residual, float* to) const {
    if (rows.size() == 0) return;
    const Conv2d& conv = chain_[i].conv;
    ConvFinish finish = operands_.finish[i];
    finish.residual = residual;
    const Conv2d part = i == 0 ? of_rows(conv, rows, 0, conv.height.input)
                               : of_rows(conv, rows, held_.rows[i - 1].begin, held_.rows[i - 1].size());
    channels_last_conv2d(part, chain_[i].method, i == 0 ? image : strip(i - 1), operands_.packed[i], finish, to,
                         scratch_ + strips_.scratch_place, Workers());
  }

  [[nodiscard]] float* strip(size_t i) const { return reinterpret_cast<float*>(scratch_ + strips_.place[i]); }

  std::span<const ChainedConv> chain_;
  const ChainOperands& operands_;
  const Strips& strips_;
  std::byte* scratch_;
  Held& held_;
};

}  // namespace

ConvMethod chained_method(const Conv2d& conv) {
  return is_depthwise(conv) ? ConvMethod::depthwise : ConvMethod::direct;
}

bool suits_chain(const Conv2d& conv, bool is_first) {
  if (is_depthwise(conv)) return true;
  if (conv.height.kernel == 1 && conv.width.kernel == 1) return conv.groups == 1;
  // Whether few channels are widened must not depend on how many rows there are.
  return is_first && conv.groups == 1 && widens(conv) == widens(of_rows(conv, {0, 1}, 0, conv.height.input));
}

size_t conv_chain_scratch_bytes(std::span<const ChainedConv> chain, Workers workers) {
  return Strips(chain).bytes * workers.count();
}

void conv_chain2d(std::span<const ChainedConv> chain, const ChainOperands& operands, const float* input, float* output,
                  std::byte* scratch, Workers workers) {
  const Strips strips(chain);
  const Conv2d& first = chain.front().conv;
  const Conv2d& last = chain.back().conv;
  const size_t input_image = first.height.input * first.width.input * first.channels;
  const size_t output_image = last.height.output * row_floats(last);
  // As many for each worker.
  const size_t count = workers.count();
  const size_t for_each = count > 1 && last.height.output >= 2 * count * fewest_rows_apart ? 2 : 1;
  const size_t rows = ceil_div(last.height.output, for_each * count);
  const size_t bands = ceil_div(last.height.output, rows);
  const float* residual = operands.finish.back().residual;
  const auto of_worker = [&](unsigned worker) {
    return Band(chain, operands, strips, scratch + worker * strips.bytes);
  };
  for (unsigned worker = 0; worker < workers.count(); ++worker) of_worker(worker).begin();
  workers.run(first.batch * bands, 1, [&](size_t task, size_t, unsigned worker) {
    const size_t image = task / bands;
    const size_t begin = task % bands * rows;
    of_worker(worker).run(image, input + image * input_image,
                          residual == nullptr ? nullptr : residual + image * output_image,
                          output + image * output_image, {begin, std::min(last.height.output, begin + rows)});
  });
}

}  // namespace wedge::kernels
