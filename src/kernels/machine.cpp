#include "kernels/machine.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/machine.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "base/text.h"
#include "kernels/integer_tile.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(target_name);

std::string machine_name() {
  const IntegerTileKind& bytes = integer_tile_kind();
  return text(HWY_DYNAMIC_DISPATCH(target_name)(), ", bytes by ", bytes.columns, " x ", bytes.group,
              bytes.cuts_pairs ? ", pairs cut" : "");
}

}  // namespace wedge::kernels
#endif
