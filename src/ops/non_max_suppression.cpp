// NonMaxSuppression: per image and class the boxes of the highest scores, without those that overlap a better one too
// much. How many there are depends on the data.
#include <algorithm>
#include <vector>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  for (const size_t i : {size_t{0}, size_t{1}}) {
    WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
    WEDGE_TRY(context.expect_rank(i, 3, 3));
  }
  WEDGE_TRY(context.expect_dtype(2, {DType::i64}));
  WEDGE_TRY(context.expect_dtype(3, {DType::f32}));
  WEDGE_TRY(context.expect_dtype(4, {DType::f32}));
  const SymbolicShape& boxes = context.shape(0);
  const SymbolicShape& scores = context.shape(1);
  if (boxes.has_rank() && conflict(boxes[2], 4)) {
    return fail(ErrorCode::invalid_model, "a box is 4 numbers, got shape ", boxes);
  }
  if (boxes.has_rank() && scores.has_rank() && (conflict(boxes[0], scores[0]) || conflict(boxes[1], scores[2]))) {
    return fail(ErrorCode::invalid_model, "scores of shape ", scores, " do not fit boxes of shape ", boxes);
  }
  context.set_output(0, DType::i64, {Dim::unknown(), 3});
  return {};
}

struct Box {
  float top;
  float left;
  float bottom;
  float right;

  [[nodiscard]] float area() const { return (bottom - top) * (right - left); }
};

// Corners come in any order.
Box read_box(const float* in, bool has_center) {
  if (has_center) {
    return {in[1] - in[3] / 2, in[0] - in[2] / 2, in[1] + in[3] / 2, in[0] + in[2] / 2};
  }
  return {std::min(in[0], in[2]), std::min(in[1], in[3]), std::max(in[0], in[2]), std::max(in[1], in[3])};
}

// The area that both cover, by the area that either covers.
float overlap(const Box& a, const Box& b) {
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  if (!(height > 0 && width > 0)) return 0;
  const float both = height * width;
  return both / (a.area() + b.area() - both);
}

struct Limits {
  int64_t count = 0;
  float overlap = 0;
  const float* score = nullptr;
};

Result<Limits> read_limits(const RunContext& run) {
  const auto is_given = [&](size_t i) { return run.has_input(i) && run.input(i).numel() != 0; };
  Limits limits;
  if (is_given(2)) limits.count = run.input<int64_t>(2)[0];
  if (is_given(3)) limits.overlap = run.input<float>(3)[0];
  if (is_given(4)) limits.score = run.input<float>(4).data();
  if (!(limits.overlap >= 0 && limits.overlap <= 1)) {
    return fail(ErrorCode::out_of_range, "iou_threshold must lie between 0 and 1, got ", limits.overlap);
  }
  return limits;
}

// The candidates by falling score, those of equal score in their order.
void collect(std::span<const float> scores, const Limits& limits, std::vector<int64_t>& candidates) {
  candidates.clear();
  for (size_t i = 0; i < scores.size(); ++i) {
    const bool counts = limits.score == nullptr ? scores[i] == scores[i] : scores[i] > *limits.score;
    if (counts) candidates.push_back(static_cast<int64_t>(i));
  }
  std::ranges::sort(candidates, [&](int64_t a, int64_t b) {
    const float left = scores[static_cast<size_t>(a)];
    const float right = scores[static_cast<size_t>(b)];
    return left != right ? left > right : a < b;
  });
}

void choose(std::span<const Box> boxes, std::span<const int64_t> candidates, const Limits& limits,
            std::vector<int64_t>& chosen) {
  chosen.clear();
  for (const int64_t candidate : candidates) {
    if (static_cast<int64_t>(chosen.size()) >= limits.count) return;
    const bool hidden = std::ranges::any_of(chosen, [&](int64_t better) {
      return overlap(boxes[static_cast<size_t>(candidate)], boxes[static_cast<size_t>(better)]) > limits.overlap;
    });
    if (!hidden) chosen.push_back(candidate);
  }
}

Result<> suppress(RunContext& run, bool has_center) {
  WEDGE_ASSIGN(const Limits limits, read_limits(run));
  const Shape shape = run.input(1).shape;
  const auto count = static_cast<size_t>(shape[2]);
  const auto scores = run.input<float>(1);
  const auto corners = run.input<float>(0);
  std::vector<Box> boxes(count);
  std::vector<int64_t> candidates;
  std::vector<int64_t> chosen;
  std::vector<int64_t> found;
  for (int64_t image = 0; image < shape[0] && count != 0; ++image) {
    const auto first = static_cast<size_t>(image) * count;
    for (size_t i = 0; i < count; ++i) boxes[i] = read_box(&corners[(first + i) * 4], has_center);
    for (int64_t c = 0; c < shape[1]; ++c) {
      collect(scores.subspan(static_cast<size_t>(image * shape[1] + c) * count, count), limits, candidates);
      choose(boxes, candidates, limits, chosen);
      for (const int64_t box : chosen) found.insert(found.end(), {image, c, box});
    }
  }
  WEDGE_TRY(run.allocate_output(0, Shape{static_cast<int64_t>(found.size() / 3), 3}));
  std::ranges::copy(found, run.output<int64_t>(0).begin());
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const bool has_center, context.attributes().flag("center_point_box", false));
  return [=](RunContext& run) { return suppress(run, has_center); };
}

}  // namespace

WEDGE_OPERATOR(onnx, NonMaxSuppression) = {
    .infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 5, .since = 10};

}  // namespace wedge
