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
else()
  # SSSE3 gains nothing over SSE4 on machines that still exist; one target less to compile.
  set(WEDGE_TARGETS_LEFT_OUT HWY_SSSE3 CACHE STRING "Instruction sets that kernels are not compiled for, as Highway names them")
  target_compile_definitions(wedge_highway INTERFACE HWY_DISABLED_TARGETS=${WEDGE_TARGETS_LEFT_OUT})
endif()
