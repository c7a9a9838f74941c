#include "kernels/amx.h"

#if WEDGE_HAS_AMX
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace wedge::kernels::amx {
namespace {

#ifdef WEDGE_PLAIN_AMX

bool ask() { return vnni::is_here(); }

#else

bool ask() {
  if (!vnni::is_here()) return false;
  // Intel, Software Developer's Manual: leaf 7 tells of AMX-BF16, AMX-TILE and AMX-INT8.
  constexpr uint32_t parts = uint32_t{1} << 22U | uint32_t{1} << 24U | uint32_t{1} << 25U;
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & parts) != parts) return false;
  // Linux, Documentation/arch/x86/xstate.rst: a process asks for the registers before it uses them.
  constexpr long request_permission = 0x1023;
  constexpr long tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

#endif

}  // namespace

bool is_here() {
  static const bool here = ask();
  return here;
}

}  // namespace wedge::kernels::amx
#endif
