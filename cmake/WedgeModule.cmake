# The WebAssembly modules: reactors that export the C interface and import nothing but WASI's clock. There is one for each
# of {simd, relaxed} x {single, threads}, since engines accept or refuse a module as a whole. Relaxed SIMD concerns the
# kernels alone and threads few sources, so that all else is compiled once for the four of them.
set(WEDGE_WASM_MODULES "simd;relaxed;simd-threads;relaxed-threads" CACHE STRING "Modules to make, simd among them")

# Without -matomics the compiler makes plain operations of atomic ones, and plain variables of a thread's own. What has
# such is compiled for one thread and for several; all else locks a Mutex.
set(atomic_sources ops/packed_store.cpp ops/random_stream.cpp session/machine.cpp)
set(serial_sources base/mutex_serial.cpp base/thread_pool_serial.cpp ${atomic_sources})
set(threads_sources base/mutex_wasm.cpp base/thread_pool_wasm.cpp ${atomic_sources})
list(TRANSFORM serial_sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
list(TRANSFORM threads_sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
list(REMOVE_ITEM wedge_sources ${serial_sources} ${threads_sources})
foreach(source IN LISTS wedge_sources kernel_sources)
  file(STRINGS ${source} uses REGEX "std::atomic|thread_local")
  # The C interface is compiled for each again.
  if(uses AND NOT source MATCHES "/capi/")
    message(FATAL_ERROR "${source} has what must be compiled for several threads: add it to atomic_sources")
  endif()
endforeach()

function(wedge_module_objects target)
  add_library(${target} OBJECT ${ARGN})
  wedge_compile_settings(${target})
  # A download counts every byte: only the kernels, where the time goes, are compiled for speed.
  if(NOT target MATCHES "kernels")
    target_compile_options(${target} PRIVATE -Oz)
  endif()
  if(WEDGE_OPS_FROM AND NOT WEDGE_WASM_MODULES MATCHES "threads")
    target_compile_definitions(${target} PRIVATE WEDGE_ONE_THREAD)
  endif()
  if(target MATCHES "relaxed")
    target_compile_options(${target} PRIVATE -mrelaxed-simd)
  endif()
  if(target MATCHES "threads")
    target_compile_options(${target} PRIVATE -matomics -mbulk-memory)
  endif()
endfunction()

wedge_module_objects(wedge_engine ${wedge_sources} ${operator_table})
wedge_precompile(wedge_engine)

# These move data, and are no faster for the loops that -O3 unrolls.
set_property(SOURCE kernels/bit_rows.cpp kernels/interleave.cpp APPEND PROPERTY COMPILE_OPTIONS -O2)
if(WEDGE_OPS_FROM)
  # The innermost loops are unrolled by what the sources say.
  set_property(SOURCE ${kernel_sources} APPEND PROPERTY COMPILE_OPTIONS -Os)
endif()

# The C interface once more, as exports.
file(GLOB export_sources CONFIGURE_DEPENDS capi/*.cpp)
set(link_options -mexec-model=reactor)
set(link_options_serial "")
# Memory that a host shares has a largest size from the beginning.
set(link_options_threads
    LINKER:--import-memory,--export-memory,--shared-memory,--max-memory=4294967296
    LINKER:--export=__stack_pointer,--export=__wasm_init_tls,--export=__tls_size,--export=__tls_align
    LINKER:--no-check-features)
if(WEDGE_OPS_FROM)
  # What the npm package calls to load and run models of tensors.
  set(engine ${PROJECT_SOURCE_DIR}/bindings/web/src/engine.ts)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${engine})
  file(STRINGS ${engine} exports REGEX "^  wedge_[a-z_]+\\(")
  list(FILTER exports EXCLUDE REGEX "profile|strings|string|container|element")
  list(TRANSFORM exports REPLACE "^  (wedge_[a-z_]+).*" "LINKER:--export=\\1")
  list(APPEND link_options ${exports})
endif()

# binaryen's optimiser, from npm: Debian's is older than the features used here.
set(binaryen 132.0.0)
set(wasm_opt ${PROJECT_SOURCE_DIR}/build/npm/node_modules/binaryen/bin/wasm-opt)
add_custom_command(
  OUTPUT ${wasm_opt}
  COMMAND npm install --silent --no-audit --no-fund --prefix ${PROJECT_SOURCE_DIR}/build/npm binaryen@${binaryen}
  COMMENT "Installing binaryen ${binaryen}")
# The order and the number are those that leave the fewest bytes, compressed.
set(inlining --one-caller-inline-max-function-size=44 --reorder-functions)
set(features --enable-simd --enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals --enable-sign-ext
             --enable-nontrapping-float-to-int)
set(WEDGE_MODULE_FOLDER ${PROJECT_SOURCE_DIR}/bindings/web/dist CACHE PATH "Where modules are put")

foreach(module IN LISTS WEDGE_WASM_MODULES)
  set(kernels simd)
  set(threads serial)
  set(module_features ${features})
  if(module MATCHES "relaxed")
    set(kernels relaxed)
    list(APPEND module_features --enable-relaxed-simd)
  endif()
  if(module MATCHES "threads")
    set(threads threads)
    list(APPEND module_features --enable-threads)
  endif()
  if(NOT TARGET wedge_kernels_${kernels})
    wedge_module_objects(wedge_kernels_${kernels} ${kernel_sources})
  endif()
  if(NOT TARGET wedge_engine_${threads})
    wedge_module_objects(wedge_engine_${threads} ${${threads}_sources})
    wedge_module_objects(wedge_exports_${threads} ${export_sources})
    if(NOT WEDGE_OPS_FROM)
      target_compile_definitions(wedge_engine_${threads} PRIVATE WEDGE_C_EXPORTS)
      target_compile_definitions(wedge_exports_${threads} PRIVATE WEDGE_C_EXPORTS)
    endif()
  endif()
  # What programs and tests link.
  set(library wedge_${module})
  if(module STREQUAL "simd")
    set(library wedge)
  endif()
  add_library(${library} STATIC $<TARGET_OBJECTS:wedge_engine> $<TARGET_OBJECTS:wedge_engine_${threads}>
              $<TARGET_OBJECTS:wedge_kernels_${kernels}>)
  wedge_compile_settings(${library})

  add_executable(wedge-module-${module} $<TARGET_OBJECTS:wedge_exports_${threads}>)
  set_target_properties(wedge-module-${module} PROPERTIES OUTPUT_NAME wedge-${module}.linked)
  target_link_libraries(wedge-module-${module} PRIVATE ${library} wedge_compiler)
  target_link_options(wedge-module-${module} PRIVATE ${link_options} ${link_options_${threads}})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/module_${module}.stamp)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${WEDGE_MODULE_FOLDER}
    # The first kilobyte is the far end of the stack, where no object begins.
    COMMAND ${wasm_opt} ${module_features} -Oz ${inlining} --low-memory-unused --strip-debug --strip-producers
            $<TARGET_FILE:wedge-module-${module}> -o ${WEDGE_MODULE_FOLDER}/wedge-${module}.wasm
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS wedge-module-${module} ${wasm_opt}
    COMMENT "Optimising wedge-${module}.wasm"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(wedge-optimised-${module} ALL DEPENDS ${stamp})
endforeach()
