# Highway (SIMD), of which only the headers are used: src/kernels/targets.cpp stands in for the library. They come
# through a private include folder: a plain -I/usr/include would put the host's C headers before those of a cross target.
find_path(WEDGE_HIGHWAY_INCLUDE hwy/highway.h REQUIRED)
set(highway_folder ${CMAKE_BINARY_DIR}/highway)
file(MAKE_DIRECTORY ${highway_folder})
file(CREATE_LINK ${WEDGE_HIGHWAY_INCLUDE}/hwy ${highway_folder}/hwy SYMBOLIC)

add_library(wedge_highway INTERFACE)
target_include_directories(wedge_highway SYSTEM INTERFACE ${highway_folder})
if(CMAKE_CROSSCOMPILING)
  # One target, the compiler's own.
  target_compile_definitions(wedge_highway INTERFACE HWY_COMPILE_ONLY_STATIC)
  return()
endif()
set(WEDGE_VECTORS all CACHE STRING "Instruction sets of the kernels: all, the widest of this machine, or none")
if(WEDGE_VECTORS STREQUAL "all")
  # SSSE3 gains nothing over SSE4 on machines that still exist; one target less to compile.
  target_compile_definitions(wedge_highway INTERFACE HWY_DISABLED_TARGETS=HWY_SSSE3)
elseif(WEDGE_VECTORS STREQUAL "widest")
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    set(level -march=x86-64-v3)
    if(EXISTS /proc/cpuinfo)
      file(STRINGS /proc/cpuinfo avx512 REGEX "^flags.* avx512bw" LIMIT_COUNT 1)
      if(avx512)
        set(level -march=x86-64-v4)
      endif()
    endif()
    # Highway's targets have AES, which those levels have not.
    target_compile_options(wedge_highway INTERFACE ${level} -maes -mpclmul)
  endif()
  target_compile_definitions(wedge_highway INTERFACE HWY_COMPILE_ONLY_STATIC)
else()
  target_compile_definitions(wedge_highway INTERFACE HWY_COMPILE_ONLY_EMU128)
endif()
