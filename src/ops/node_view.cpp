#include "ops/node_view.h"

#include <algorithm>

#include "tensor/visit.h"

namespace wedge {

const Tensor* NodeView::value(size_t i) const {
  if (!has_input(i)) return nullptr;
  const Tensor* known = elements(i);
  if (known == nullptr) wanted_.push_back(i);
  return known;
}

const Tensor* NodeView::elements(size_t i) const {
  if (inputs_[i].value == nullptr) return nullptr;
  if (read_.empty()) read_.resize(inputs_.size());
  if (read_[i].empty()) read_[i] = inputs_[i].value->elements();
  return read_[i].empty() ? nullptr : &read_[i];
}

Result<std::optional<std::vector<int64_t>>> NodeView::integers(size_t i) const {
  if (has_input(i) && !is_integer(dtype(i)) && dtype(i) != DType::boolean && dtype(i) != DType::undefined) {
    return fail(ErrorCode::invalid_model, "input ", i, " must hold integers, got ", dtype(i));
  }
  const Tensor* tensor = value(i);
  if (tensor == nullptr) return std::nullopt;
  std::vector<int64_t> result(static_cast<size_t>(tensor->numel()));
  visit_integers(tensor->dtype(), [&]<typename T>() {
    std::ranges::transform(TensorRef(*tensor).as<const T>(), result.begin(),
                           [](T x) { return static_cast<int64_t>(x); });
  });
  if (tensor->dtype() == DType::boolean) std::ranges::copy(TensorRef(*tensor).as<const bool>(), result.begin());
  return result;
}

Result<std::optional<std::vector<float>>> NodeView::numbers(size_t i) const {
  const Tensor* tensor = value(i);
  if (tensor == nullptr) return std::nullopt;
  if (!is_float(tensor->dtype())) {
    return fail(ErrorCode::invalid_model, "input ", i, " must hold floats, got ", tensor->dtype());
  }
  std::vector<float> result(static_cast<size_t>(tensor->numel()));
  visit_floats(tensor->dtype(), [&]<typename T>() {
    std::ranges::transform(TensorRef(*tensor).as<const T>(), result.begin(), [](T x) { return static_cast<float>(x); });
  });
  return result;
}

Result<std::optional<std::vector<int64_t>>> NodeView::integers(std::string_view attribute, size_t i) const {
  if (has_input(i)) return integers(i);
  WEDGE_ASSIGN(const auto list, attributes().integers(attribute));
  return std::vector<int64_t>(list.begin(), list.end());
}

Result<> NodeView::expect_present(std::initializer_list<size_t> inputs) const {
  for (const size_t i : inputs) {
    if (!has_input(i)) return fail(ErrorCode::invalid_model, "input ", i, " is required but left out");
  }
  return {};
}

Result<> NodeView::expect_dtype(size_t i, std::initializer_list<DType> allowed) const {
  if (!has_input(i) || dtype(i) == DType::undefined || std::ranges::find(allowed, dtype(i)) != allowed.end()) return {};
  std::string names;
  for (const DType type : allowed) names += text(names.empty() ? "" : " or ", type);
  return fail(ErrorCode::invalid_model, "input ", i, " must be ", names, ", got ", dtype(i));
}

Result<> NodeView::expect_same_dtype(size_t i, size_t j) const {
  if (!has_input(i) || !has_input(j) || dtype(i) == dtype(j)) return {};
  if (dtype(i) == DType::undefined || dtype(j) == DType::undefined) return {};
  return fail(ErrorCode::invalid_model, "inputs ", i, " and ", j, " must have the same type, got ", dtype(i), " and ",
              dtype(j));
}

Result<> NodeView::expect_rank(size_t i, size_t least, size_t most) const {
  if (!has_input(i) || !shape(i).has_rank()) return {};
  const size_t rank = shape(i).rank();
  if (rank >= least && rank <= most) return {};
  const std::string wanted = least == most             ? text(least)
                             : most >= Shape::max_rank ? text("at least ", least)
                                                       : text(least, " to ", most);
  return fail(ErrorCode::invalid_model, "input ", i, " must have rank ", wanted, ", got shape ", shape(i));
}

Result<size_t> resolve_axis(int64_t axis, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  if (axis < -count || axis >= count) {
    return fail(ErrorCode::invalid_model, "axis ", axis, " is outside a tensor of rank ", rank);
  }
  return static_cast<size_t>(axis < 0 ? axis + count : axis);
}

Result<std::vector<size_t>> resolve_axes(std::span<const int64_t> axes, size_t rank) {
  std::vector<size_t> result;
  for (const int64_t axis : axes) {
    WEDGE_ASSIGN(const size_t resolved, resolve_axis(axis, rank));
    if (std::ranges::find(result, resolved) != result.end()) {
      return fail(ErrorCode::invalid_model, "axis ", axis, " is named twice");
    }
    result.push_back(resolved);
  }
  return result;
}

}  // namespace wedge
