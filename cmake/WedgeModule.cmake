# The WebAssembly module: a reactor that exports the C interface and imports nothing but WASI's clock.
file(GLOB module_sources CONFIGURE_DEPENDS capi/*.cpp)
add_executable(wedge-module ${module_sources})
set_target_properties(wedge-module PROPERTIES OUTPUT_NAME wedge-${WEDGE_WASM_VARIANT})
target_include_directories(wedge-module PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(wedge-module PRIVATE WEDGE_C_EXPORTS WEDGE_VERSION="${PROJECT_VERSION}")
target_link_libraries(wedge-module PRIVATE wedge wedge_compiler)
target_link_options(wedge-module PRIVATE -mexec-model=reactor)
