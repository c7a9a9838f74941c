# The WebAssembly module: a reactor that exports the C interface and imports nothing but WASI's clock. There is one for
# each of {simd, relaxed} x {single, threads}, since engines accept or refuse a module as a whole.
set(module wedge-simd)
if(WEDGE_WASM_RELAXED)
  set(module wedge-relaxed)
endif()
if(WEDGE_WASM_THREADS)
  string(APPEND module -threads)
endif()
file(GLOB module_sources CONFIGURE_DEPENDS capi/*.cpp)
set_source_files_properties(${module_sources} PROPERTIES COMPILE_OPTIONS -Oz)
add_executable(wedge-module ${module_sources})
set_target_properties(wedge-module PROPERTIES OUTPUT_NAME ${module}.linked)
target_include_directories(wedge-module PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(wedge-module PRIVATE WEDGE_VERSION="${PROJECT_VERSION}")
if(WEDGE_OPS_FROM)
  # What the npm package calls to load and run models of tensors.
  set(engine ${PROJECT_SOURCE_DIR}/bindings/web/src/engine.ts)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${engine})
  file(STRINGS ${engine} exports REGEX "^  wedge_[a-z_]+\\(")
  list(FILTER exports EXCLUDE REGEX "profile|strings|string|container|element")
  list(TRANSFORM exports REPLACE "^  (wedge_[a-z_]+).*" "LINKER:--export=\\1")
  target_link_options(wedge-module PRIVATE ${exports})
else()
  target_compile_definitions(wedge-module PRIVATE WEDGE_C_EXPORTS)
endif()
target_link_libraries(wedge-module PRIVATE wedge wedge_compiler)
target_link_options(wedge-module PRIVATE -mexec-model=reactor)
if(WEDGE_WASM_THREADS)
  # The thread pool's entries are exports, too.
  target_sources(wedge-module PRIVATE base/thread_pool_wasm.cpp)
  # Memory that a host shares has a largest size from the beginning.
  target_link_options(
    wedge-module PRIVATE
    LINKER:--import-memory,--export-memory,--shared-memory,--max-memory=4294967296
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
if(WEDGE_WASM_RELAXED)
  list(APPEND features --enable-relaxed-simd)
endif()
if(WEDGE_WASM_THREADS)
  list(APPEND features --enable-threads)
endif()
set(WEDGE_MODULE_FOLDER ${PROJECT_SOURCE_DIR}/bindings/web/dist CACHE PATH "Where modules are put")
set(optimised ${WEDGE_MODULE_FOLDER}/${module}.wasm)
add_custom_command(
  OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/module.stamp
  COMMAND ${CMAKE_COMMAND} -E make_directory ${WEDGE_MODULE_FOLDER}
  # The first kilobyte is the far end of the stack, where no object begins.
  COMMAND ${wasm_opt} ${features} -Oz ${inlining} --low-memory-unused --strip-debug --strip-producers
          $<TARGET_FILE:wedge-module> -o ${optimised}
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_CURRENT_BINARY_DIR}/module.stamp
  DEPENDS wedge-module ${wasm_opt}
  COMMENT "Optimising ${module}.wasm"
  VERBATIM)
add_custom_target(wedge-optimised-module ALL DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/module.stamp)
