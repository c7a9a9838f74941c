# The WebAssembly modules: reactors that export the C interface and import nothing but WASI's clock. There is one for each
# of {simd, relaxed} x {single, threads}, since engines accept or refuse a module as a whole. Relaxed SIMD concerns the
# kernels alone, so that all else is compiled once for two of them.
set(WEDGE_WASM_KERNELS "simd;relaxed" CACHE STRING "Instruction sets to make modules for")

set(kernel_sources ${wedge_sources})
list(FILTER kernel_sources INCLUDE REGEX "kernels/")
list(FILTER wedge_sources EXCLUDE REGEX "kernels/")

# A download counts every byte: only the kernels, where the time goes, are compiled for speed.
add_library(wedge_engine OBJECT ${wedge_sources} ${operator_table})
wedge_compile_settings(wedge_engine)
target_compile_options(wedge_engine PRIVATE -Oz)
wedge_precompile(wedge_engine)

# These move data, and are no faster for the loops that -O3 unrolls.
set_property(SOURCE kernels/bit_rows.cpp kernels/interleave.cpp APPEND PROPERTY COMPILE_OPTIONS -O2)
if(WEDGE_OPS_FROM)
  # The innermost loops are unrolled by what the sources say.
  set_property(SOURCE ${kernel_sources} APPEND PROPERTY COMPILE_OPTIONS -Os)
endif()
# The first is what programs and tests link.
set(library wedge)
foreach(kernels IN LISTS WEDGE_WASM_KERNELS)
  add_library(wedge_kernels_${kernels} OBJECT ${kernel_sources})
  wedge_compile_settings(wedge_kernels_${kernels})
  if(kernels STREQUAL "relaxed")
    target_compile_options(wedge_kernels_relaxed PRIVATE -mrelaxed-simd)
  endif()
  add_library(${library} STATIC $<TARGET_OBJECTS:wedge_engine> $<TARGET_OBJECTS:wedge_kernels_${kernels}>)
  wedge_compile_settings(${library})
  set(library_${kernels} ${library})
  set(library wedge_other)
endforeach()

# The C interface once more, as exports.
file(GLOB export_sources CONFIGURE_DEPENDS capi/*.cpp)
if(WEDGE_WASM_THREADS)
  # The thread pool's entries are exports, too.
  list(APPEND export_sources base/thread_pool_wasm.cpp)
endif()
add_library(wedge_exports OBJECT ${export_sources})
wedge_compile_settings(wedge_exports)
target_compile_options(wedge_exports PRIVATE -Oz)
if(NOT WEDGE_OPS_FROM)
  target_compile_definitions(wedge_exports PRIVATE WEDGE_C_EXPORTS)
endif()
set(link_options -mexec-model=reactor)
set(suffix "")
if(WEDGE_OPS_FROM)
  # What the npm package calls to load and run models of tensors.
  set(engine ${PROJECT_SOURCE_DIR}/bindings/web/src/engine.ts)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${engine})
  file(STRINGS ${engine} exports REGEX "^  wedge_[a-z_]+\\(")
  list(FILTER exports EXCLUDE REGEX "profile|strings|string|container|element")
  list(TRANSFORM exports REPLACE "^  (wedge_[a-z_]+).*" "LINKER:--export=\\1")
  list(APPEND link_options ${exports})
endif()
if(WEDGE_WASM_THREADS)
  set(suffix -threads)
  # Memory that a host shares has a largest size from the beginning.
  list(APPEND link_options LINKER:--import-memory,--export-memory,--shared-memory,--max-memory=4294967296
       LINKER:--export=__stack_pointer,--export=__wasm_init_tls,--export=__tls_size,--export=__tls_align
       LINKER:--no-check-features)
endif()

# binaryen's optimiser, from npm: Debian's is older than the features used here.
set(binaryen 132.0.0)
set(wasm_opt ${PROJECT_SOURCE_DIR}/build/npm/node_modules/binaryen/bin/wasm-opt)
add_custom_command(
  OUTPUT ${wasm_opt}
  COMMAND npm install --silent --no-audit --no-fund --prefix ${PROJECT_SOURCE_DIR}/build/npm binaryen@${binaryen}
  COMMENT "Installing binaryen ${binaryen}")
# Builds for models, which are compiled in no time, have the least bytes; others fewer functions to compile at load.
if(WEDGE_OPS_FROM)
  set(inlining --converge --one-caller-inline-max-function-size=40)
else()
  set(inlining --one-caller-inline-max-function-size=60)
endif()
set(features --enable-simd --enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals --enable-sign-ext
             --enable-nontrapping-float-to-int)
if(WEDGE_WASM_THREADS)
  list(APPEND features --enable-threads)
endif()
set(WEDGE_MODULE_FOLDER ${PROJECT_SOURCE_DIR}/bindings/web/dist CACHE PATH "Where modules are put")

foreach(kernels IN LISTS WEDGE_WASM_KERNELS)
  set(module wedge-${kernels}${suffix})
  add_executable(wedge-module-${kernels} $<TARGET_OBJECTS:wedge_exports>)
  set_target_properties(wedge-module-${kernels} PROPERTIES OUTPUT_NAME ${module}.linked)
  target_link_libraries(wedge-module-${kernels} PRIVATE ${library_${kernels}} wedge_compiler)
  target_link_options(wedge-module-${kernels} PRIVATE ${link_options})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/module_${kernels}.stamp)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${WEDGE_MODULE_FOLDER}
    # The first kilobyte is the far end of the stack, where no object begins.
    COMMAND ${wasm_opt} ${features} $<$<STREQUAL:${kernels},relaxed>:--enable-relaxed-simd> -Oz ${inlining}
            --low-memory-unused --strip-debug --strip-producers $<TARGET_FILE:wedge-module-${kernels}>
            -o ${WEDGE_MODULE_FOLDER}/${module}.wasm
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS wedge-module-${kernels} ${wasm_opt}
    COMMENT "Optimising ${module}.wasm"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(wedge-optimised-${kernels} ALL DEPENDS ${stamp})
endforeach()
