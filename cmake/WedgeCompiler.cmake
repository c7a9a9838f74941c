# One interface target that carries the warnings and sanitizers of everything built here.
find_program(WEDGE_CCACHE ccache)
if(WEDGE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${WEDGE_CCACHE})
endif()

add_library(wedge_compiler INTERFACE)
target_compile_options(wedge_compiler INTERFACE -Wall -Wextra -Wpedantic $<$<BOOL:${WEDGE_WERROR}>:-Werror>
                       # GCC 12 reports members with default initialisers that a designated initialiser leaves out.
                       -Wno-missing-field-initializers)
# GCC takes the storage of an empty std::optional for uninitialised (GCC bug 80635).
target_compile_options(wedge_compiler INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
if(WEDGE_SANITIZE)
  target_compile_options(wedge_compiler INTERFACE -fsanitize=${WEDGE_SANITIZE} -fno-sanitize-recover=all
                         # The library has no RTTI, which this check reads.
                         -fno-sanitize=vptr
                         -fno-omit-frame-pointer)
  target_link_options(wedge_compiler INTERFACE -fsanitize=${WEDGE_SANITIZE})
endif()
