// Unique: the different elements, or different slices along an axis, sorted or in the order of their first appearance;
// where each appears first, which one each of the input is, and how often each appears. That of com.microsoft takes a
// vector, keeps its order and does not tell where elements appear first.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "base/function_ref.h"
#include "ops/axis_split.h"
#include "ops/operator.h"
#include "ops/optional_axis.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

/// The outputs that are lists.
struct Lists {
  size_t first = 1, group_of = 2, count = 3;
};
constexpr Lists lists_without_first = {.first = SIZE_MAX, .group_of = 1, .count = 2};

Result<> infer_vector(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 1, 1));
  context.set_output(0, context.dtype(0), SymbolicShape::of_rank(1));
  for (size_t i = 1; i < 3; ++i) context.set_output(i, DType::i64, SymbolicShape::of_rank(1));
  return {};
}

Result<> infer(InferContext& context) {
  SymbolicShape shape = SymbolicShape::of_rank(1);
  if (context.attributes().has("axis")) {
    shape = context.shape(0);
    if (shape.has_rank()) {
      WEDGE_ASSIGN(const auto axis, optional_axis(context, shape.rank()));
      shape[*axis] = Dim::unknown();
    }
  }
  context.set_output(0, context.dtype(0), shape);
  for (size_t i = 1; i < 4; ++i) context.set_output(i, DType::i64, SymbolicShape::of_rank(1));
  return {};
}

// Less than, equal or greater; NaN comes after the numbers and equals itself, so that the order is one.
template <typename T>
int compare(const T& a, const T& b) {
  const auto left = static_cast<ArithmeticType<T>>(a);
  const auto right = static_cast<ArithmeticType<T>>(b);
  if (left < right) return -1;
  if (right < left) return 1;
  return left == right ? 0 : static_cast<int>(left != left) - static_cast<int>(right != right);
}

struct Groups {
  std::vector<int64_t> first;     ///< by group, where it appears first
  std::vector<int64_t> count;     ///< by group
  std::vector<int64_t> group_of;  ///< by slice
};

// Groups slices [0, count) by an order of them; the groups are in that order. One sort serves all types: it is large.
Groups group(int64_t count, FunctionRef<int(int64_t, int64_t)> compare_slices) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::sort(order, [&](int64_t a, int64_t b) {
    const int result = compare_slices(a, b);
    return result != 0 ? result < 0 : a < b;
  });
  Groups groups;
  groups.group_of.resize(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || compare_slices(order[i - 1], order[i]) != 0) {
      groups.first.push_back(order[i]);
      groups.count.push_back(0);
    }
    ++groups.count.back();
    groups.group_of[static_cast<size_t>(order[i])] = static_cast<int64_t>(groups.first.size()) - 1;
  }
  return groups;
}

// Puts the groups in the order of their first appearance.
void order_by_appearance(Groups& groups) {
  std::vector<size_t> order(groups.first.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) { return groups.first[a] < groups.first[b]; });
  const Groups sorted = groups;
  std::vector<int64_t> place(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    groups.first[i] = sorted.first[order[i]];
    groups.count[i] = sorted.count[order[i]];
    place[order[i]] = static_cast<int64_t>(i);
  }
  for (int64_t& group : groups.group_of) group = place[static_cast<size_t>(group)];
}

Result<> write_list(RunContext& run, size_t output, std::span<const int64_t> list) {
  if (!run.has_output(output)) return {};
  WEDGE_TRY(run.allocate_output(output, Shape{static_cast<int64_t>(list.size())}));
  std::ranges::copy(list, run.output<int64_t>(output).begin());
  return {};
}

template <typename T>
Kernel kernel_for(const AxisSplit& split, std::optional<size_t> axis, bool sorted, const Lists& lists) {
  return [=](RunContext& run) -> Result<> {
    const T* in = run.input<T>(0).data();
    const auto compare_slices = [&](int64_t a, int64_t b) {
      for (int64_t outer = 0; outer < split.outer; ++outer) {
        const T* row = in + outer * split.count * split.inner;
        for (int64_t i = 0; i < split.inner; ++i) {
          if (const int result = compare(row[a * split.inner + i], row[b * split.inner + i])) return result;
        }
      }
      return 0;
    };
    Groups groups = group(split.count, compare_slices);
    if (!sorted) order_by_appearance(groups);
    const auto found = static_cast<int64_t>(groups.first.size());
    if (run.has_output(0)) {
      Shape shape = axis ? run.input(0).shape : Shape{found};
      if (axis) shape[*axis] = found;
      WEDGE_TRY(run.allocate_output(0, shape));
      T* out = run.output<T>(0).data();
      for (int64_t outer = 0; outer < split.outer; ++outer) {
        for (const int64_t slice : groups.first) {
          out = std::copy_n(in + (outer * split.count + slice) * split.inner, split.inner, out);
        }
      }
    }
    WEDGE_TRY(write_list(run, lists.first, groups.first));
    WEDGE_TRY(write_list(run, lists.group_of, groups.group_of));
    return write_list(run, lists.count, groups.count);
  };
}

Result<Kernel> prepare_groups(const PrepareContext& context, std::optional<size_t> axis, bool sorted,
                              const Lists& lists) {
  const Shape shape = context.input_shape(0);
  const AxisSplit split = axis ? AxisSplit(shape, *axis) : AxisSplit(1, shape.numel(), 1);
  Kernel kernel;
  const auto choose = [&]<typename T>() { kernel = kernel_for<T>(split, axis, sorted, lists); };
  if (context.dtype(0) == DType::boolean) {
    choose.template operator()<uint8_t>();
  } else if (context.dtype(0) == DType::string) {
    choose.template operator()<std::string_view>();
  } else {
    visit_numbers(context.dtype(0), choose);
  }
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const auto axis, optional_axis(context, context.input_shape(0).rank()));
  WEDGE_ASSIGN(const bool sorted, context.attributes().flag("sorted", true));
  return prepare_groups(context, axis, sorted, {});
}

Result<Kernel> prepare_vector(PrepareContext& context) {
  return prepare_groups(context, std::nullopt, false, lists_without_first);
}

}  // namespace

WEDGE_OPERATOR(onnx, Unique) = {.infer = infer, .prepare = prepare, .max_outputs = 4, .since = 11};
WEDGE_OPERATOR(microsoft, Unique) = {.infer = infer_vector, .prepare = prepare_vector, .max_outputs = 3};

}  // namespace wedge
