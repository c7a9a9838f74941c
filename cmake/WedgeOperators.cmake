# Collects src/ops into a table: every WEDGE_OPERATOR(domain, Name) in the folder becomes a row. With WEDGE_OPS or
# WEDGE_OPS_FROM set, only the operators named, or needed by the models, get one, and the linker drops the code of the
# others.
function(wedge_generate_operator_table output)
  if(WEDGE_OPS_FROM)
    foreach(model IN LISTS WEDGE_OPS_FROM)
      cmake_path(ABSOLUTE_PATH model BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${model})
      execute_process(COMMAND ${WEDGE_OPS_PROGRAM} ops ${model} OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
      string(REGEX MATCHALL "[^\n]+" names "${names}")
      list(APPEND WEDGE_OPS ${names})
    endforeach()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/ops/*.cpp)
  set(declarations "")
  set(rows "")
  foreach(source IN LISTS sources)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(STRINGS ${source} lines REGEX "^WEDGE_OPERATOR\\(")
    foreach(line IN LISTS lines)
      if(NOT line MATCHES "^WEDGE_OPERATOR\\(([a-z_]+), *([A-Za-z0-9_]+)\\)")
        message(FATAL_ERROR "${source}: cannot read '${line}'")
      endif()
      set(domain ${CMAKE_MATCH_1})
      set(name ${CMAKE_MATCH_2})
      if(WEDGE_OPS AND NOT name IN_LIST WEDGE_OPS)
        continue()
      endif()
      string(APPEND declarations "extern const Operator operator_${domain}_${name};\n")
      list(APPEND rows "    {\"${name}\", domain_${domain}, &operator_${domain}_${name}},")
    endforeach()
  endforeach()
  # find_operator() searches by name.
  list(SORT rows)
  list(LENGTH rows count)
  list(JOIN rows "\n" rows)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Generated from src/ops by cmake/WedgeOperators.cmake.
#include <array>

#include "ops/operator_table.h"

namespace wedge {

@declarations@
namespace {
constexpr std::array<OperatorRow, @count@> rows = {{
@rows@
}};
}  // namespace

std::span<const OperatorRow> operator_table() { return rows; }

}  // namespace wedge
]])
endfunction()
