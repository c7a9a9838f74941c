// What the writer and the reader of packed models agree on, the fields of the module aside.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace wedge::packed {

inline constexpr std::string_view magic = "WEDGEPM\n";
/// Grows with every change of the format or of a kernel's packed form.
inline constexpr uint32_t format = 3;
inline constexpr size_t alignment = 64;

/// How a constant's elements are kept.
enum class Storage : uint8_t {
  none,    ///< the value is no constant
  inside,  ///< in the header
  data,    ///< in the data section
  packed,  ///< only in packed form
};

/// A stretch of the data section.
struct Stretch {
  uint64_t offset = 0;
  uint64_t size = 0;
};

/// The head of a packed weight.
struct WeightEntry {
  ValueId weight = no_value;
  std::string form;
  Stretch place;
};

template <typename Archive>
Result<> stretch_fields(Archive& archive, auto& stretch) {
  WEDGE_TRY(archive(stretch.offset));
  return archive(stretch.size);
}

template <typename Archive>
Result<> entry_fields(Archive& archive, auto& entry) {
  WEDGE_TRY(archive(entry.weight));
  WEDGE_TRY(archive(entry.form));
  return stretch_fields(archive, entry.place);
}

}  // namespace wedge::packed
