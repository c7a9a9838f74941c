// Takes AVX2 on machines that have AVX-512, too, when WEDGE_TEST_WITHOUT_AVX512 is set.
#include <hwy/targets.h>

#include <cstdlib>

namespace {

[[maybe_unused]] const bool is_chosen = [] {
  if (std::getenv("WEDGE_TEST_WITHOUT_AVX512") == nullptr) return false;
  hwy::GetChosenTarget().Update(hwy::SupportedTargets() & ~HWY_AVX3);
  return true;
}();

}  // namespace
