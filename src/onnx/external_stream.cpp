#include "onnx/external_stream.h"

#include <algorithm>

namespace wedge::onnx {
namespace {

constexpr size_t unread_size = size_t{64} << 10U;

}  // namespace

ExternalStream::ExternalStream(ExternalFile file, uint64_t& budget, WeightForms* forms, Bytes graph)
    : file_(std::move(file)), budget_(&budget) {
  if (forms == nullptr) return;
  for (const auto& [offset, size, tensor] : file_.ranges) {
    const bool has_form = tensor != nullptr && size >= Constant::large;
    forms_.push_back(has_form ? forms->choose(graph, tensor->message) : nullptr);
  }
}

Result<std::span<std::byte>> ExternalStream::next(size_t wanted) {
  has_begun_ = true;
  const bool inside = !arrivals_.empty() && !arrivals_.back().complete();
  if (!inside && arrivals_.size() < file_.ranges.size() && file_.ranges[arrivals_.size()].offset == position_) {
    const size_t i = arrivals_.size();
    auto form = forms_.empty() ? nullptr : std::move(forms_[i]);
    WEDGE_ASSIGN(arrivals_.emplace_back(), Arrival::expect(file_.ranges[i].size, *budget_, std::move(form)));
  }
  if (!arrivals_.empty() && !arrivals_.back().complete()) {
    const auto rest = arrivals_.back().rest();
    return rest.first(std::min(rest.size(), wanted));
  }
  const uint64_t gap =
      arrivals_.size() < file_.ranges.size() ? file_.ranges[arrivals_.size()].offset - position_ : UINT64_MAX;
  if (unread_.size() == 0) unread_ = AlignedBuffer::allocate(unread_size);
  if (unread_.size() == 0) return fail(ErrorCode::out_of_memory, "no memory to read '", file_.location, "'");
  return unread_.bytes().first(static_cast<size_t>(std::min<uint64_t>({gap, wanted, unread_size})));
}

Result<> ExternalStream::advance(size_t bytes) {
  position_ += bytes;
  if (!arrivals_.empty() && !arrivals_.back().complete()) arrivals_.back().advance(bytes);
  return {};
}

std::vector<DataSource::Piece> ExternalStream::pieces() const {
  std::vector<DataSource::Piece> pieces;
  for (size_t i = 0; i < arrivals_.size(); ++i) {
    if (!arrivals_[i].complete()) continue;
    pieces.push_back({.offset = file_.ranges[i].offset, .data = arrivals_[i].data()});
  }
  return pieces;
}

}  // namespace wedge::onnx
