# Compiling many sources as one takes a fraction of the time, and compiles more than was changed.
set(WEDGE_UNITS none CACHE STRING "What is joined: none, the programs and their tests, or all, which has the library too")
find_package(Python3 COMPONENTS Interpreter QUIET)

# Replaces most of the sources in the list by units of many, which are made when CMake runs. Builds of fewer operators
# have none: sources name what is left out there, which does no harm as long as nothing links them.
function(wedge_join_sources list name)
  if(NOT WEDGE_UNITS MATCHES "^(programs|all)$" OR wedge_built_in_operators OR NOT Python3_FOUND)
    return()
  endif()
  set(script ${PROJECT_SOURCE_DIR}/scripts/units.py)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script} ${${list}})
  execute_process(COMMAND ${Python3_EXECUTABLE} ${script} ${CMAKE_CURRENT_BINARY_DIR}/units/${name} ${${list}}
                  OUTPUT_VARIABLE units COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" units "${units}")
  set(${list} ${units} PARENT_SCOPE)
  # GCC takes whatever is not the file it was given for a header.
  set_property(SOURCE ${units} APPEND PROPERTY COMPILE_OPTIONS $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
