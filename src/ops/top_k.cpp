// TopK: the k largest or smallest elements along an axis and where they stand. Among equals the first comes first; NaN
// counts as larger than any number. Elements are compared by a key of 64 bits, so that one sort serves all types.
#include <algorithm>
#include <bit>
#include <cmath>

#include "ops/axis_split.h"
#include "ops/binary.h"

namespace wedge {
namespace {

Result<Dim> checked_count(int64_t k) {
  if (k < 0) return fail(ErrorCode::invalid_model, "k must not be negative, got ", k);
  return Dim(k);
}

Result<Dim> wanted_count(const NodeView& node) {
  if (!node.has_input(1)) {
    WEDGE_ASSIGN(const int64_t k, node.attributes().required_integer("k"));
    return checked_count(k);
  }
  WEDGE_ASSIGN(const auto k, node.integers(1));
  if (!k) return Dim::unknown();
  if (k->size() != 1) return fail(ErrorCode::invalid_model, "k must be one number, got shape ", node.shape(1));
  return checked_count(k->front());
}

Result<size_t> axis_of(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const int64_t axis, node.attributes().integer("axis", -1));
  return resolve_axis(axis, rank);
}

Result<> infer(InferContext& context) {
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank()) {
    WEDGE_ASSIGN(const Dim k, wanted_count(context));
    WEDGE_ASSIGN(const size_t axis, axis_of(context, shape.rank()));
    if (k.is_known() && shape[axis].is_known() && k.value() > shape[axis].value()) {
      return fail(ErrorCode::invalid_model, "cannot take ", k.value(), " elements along axis ", axis, " of ", shape);
    }
    shape[axis] = k;
  }
  context.set_output(0, context.dtype(0), shape);
  context.set_output(1, DType::i64, shape);
  return {};
}

// Unsigned numbers in the order of the elements.
template <typename T>
uint64_t order_key(T value) {
  constexpr uint64_t top = uint64_t{1} << 63U;
  if constexpr (std::unsigned_integral<T>) {
    return value;
  } else if constexpr (std::signed_integral<T>) {
    return static_cast<uint64_t>(int64_t{value}) ^ top;
  } else {
    const auto x = static_cast<double>(static_cast<ArithmeticType<T>>(value));
    if (std::isnan(x)) return UINT64_MAX;
    // Adding 0 makes both zeros one.
    const auto bits = std::bit_cast<uint64_t>(x + 0.0);
    return (bits & top) != 0 ? ~bits : bits | top;
  }
}

struct Candidate {
  uint64_t key;
  int64_t index;
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.key != b.key ? a.key < b.key : a.index < b.index;
  }
};

using Rank = void (*)(const std::byte* in, int64_t stride, std::span<Candidate> candidates, uint64_t flip);

// Lists the elements of a line; `flip` reverses their order.
template <typename T>
void rank(const std::byte* in, int64_t stride, std::span<Candidate> candidates, uint64_t flip) {
  const auto* values = reinterpret_cast<const T*>(in);
  for (size_t i = 0; i < candidates.size(); ++i) {
    const auto index = static_cast<int64_t>(i);
    candidates[i] = {.key = order_key(values[index * stride]) ^ flip, .index = index};
  }
}

struct Request {
  AxisSplit from;
  AxisSplit to;
  size_t width;
  uint64_t flip;
  Rank rank;
};

void take_line(const Request& request, RunContext& run, int64_t line, std::span<Candidate> candidates) {
  const auto bytes = static_cast<int64_t>(request.width);
  const std::byte* from = run.input(0).data + request.from.start(line) * bytes;
  request.rank(from, request.from.inner, candidates, request.flip);
  std::partial_sort(candidates.begin(), candidates.begin() + request.to.count, candidates.end());
  for (int64_t i = 0; i < request.to.count; ++i) {
    const int64_t index = candidates[static_cast<size_t>(i)].index;
    const int64_t at = request.to.start(line) + i * request.to.inner;
    if (run.has_output(0)) {
      std::copy_n(from + index * request.from.inner * bytes, request.width, run.output(0).data + at * bytes);
    }
    if (run.has_output(1)) run.output<int64_t>(1)[static_cast<size_t>(at)] = index;
  }
}

Result<Kernel> prepare(PrepareContext& context) {
  Rank chosen = nullptr;
  visit_numbers(context.dtype(0), [&]<typename T>() { chosen = rank<T>; });
  if (chosen == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const Dim k, wanted_count(context));
  WEDGE_ASSIGN(const size_t axis, axis_of(context, shape.rank()));
  WEDGE_ASSIGN(const bool largest, context.attributes().flag("largest", true));
  Shape taken = shape;
  taken[axis] = k.value();
  const Request request{.from = AxisSplit(shape, axis),
                        .to = AxisSplit(taken, axis),
                        .width = byte_width(context.dtype(0)),
                        .flip = largest ? UINT64_MAX : 0,
                        .rank = chosen};
  const auto count = static_cast<size_t>(request.from.count);
  const Scratch scratch = context.scratch_per_worker(count, sizeof(Candidate));
  return [=](RunContext& run) -> Result<> {
    run.workers().run(static_cast<size_t>(request.from.lines()), 1 + (elementwise_grain / 8) / (count + 1),
                      [&](size_t begin, size_t end, unsigned worker) {
                        const std::span candidates(run.scratch<Candidate>(scratch, worker), count);
                        for (size_t line = begin; line < end; ++line) {
                          take_line(request, run, static_cast<int64_t>(line), candidates);
                        }
                      });
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, TopK) = {.infer = infer, .prepare = prepare, .max_inputs = 2, .max_outputs = 2};

}  // namespace wedge
