#include "session/describe.h"

#include "base/text.h"

namespace wedge {

ValueInfo describe(const Declaration& declared, std::span<const std::string> symbols) {
  ValueInfo info{.name = declared.name, .dtype = declared.dtype, .has_rank = declared.shape.has_rank(), .dims = {}};
  for (const Dim dim : declared.shape.dims()) {
    DimInfo& described = info.dims.emplace_back();
    described.value = dim.is_known() ? dim.value() : -1;
    if (dim.is_symbol()) described.symbol = symbols[static_cast<size_t>(dim.symbol())];
  }
  return info;
}

std::string to_string(const ValueInfo& info) {
  if (is_container(info.dtype)) return std::string(to_string(info.dtype));
  std::string out = text(info.dtype, " ");
  if (!info.has_rank) return out + "[...]";
  out += '[';
  for (size_t axis = 0; axis < info.dims.size(); ++axis) {
    const DimInfo& dim = info.dims[axis];
    if (axis != 0) out += ", ";
    if (dim.value >= 0) {
      append_text(out, dim.value);
    } else {
      out += dim.symbol.empty() ? "?" : dim.symbol;
    }
  }
  return out + "]";
}

}  // namespace wedge
