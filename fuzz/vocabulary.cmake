# Writes a header with the attributes that src/ops asks for, by operator, and the words it knows: what the operator
# fuzzer builds nodes of.
function(wedge_generate_vocabulary output)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/ops/*.cpp ${PROJECT_SOURCE_DIR}/src/ops/*.h)
  set(rows "")
  set(words "")
  foreach(source IN LISTS sources)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(READ ${source} text)
    string(REGEX MATCHALL "WEDGE_OPERATOR\\([a-z_]+, *[A-Za-z0-9_]+\\)" operators "${text}")
    list(TRANSFORM operators REPLACE ".*, *([A-Za-z0-9_]+)\\)" "\\1")
    string(REGEX MATCHALL "[(.](integer|flag|number|string|integers|numbers|strings|tensor|type|dtype|required_integer|has)\\(\"[A-Za-z_0-9]+\"" asked "${text}")
    list(TRANSFORM asked REPLACE ".*\"([A-Za-z_0-9]+)\"" "\\1")
    list(REMOVE_DUPLICATES asked)
    # What shared files ask for may belong to any operator.
    if(NOT operators)
      set(operators "")
      foreach(name IN LISTS asked)
        list(APPEND rows "    {\"\", \"${name}\"},")
      endforeach()
    endif()
    foreach(operator IN LISTS operators)
      foreach(name IN LISTS asked)
        list(APPEND rows "    {\"${operator}\", \"${name}\"},")
      endforeach()
    endforeach()
    string(REGEX MATCHALL "\"[A-Za-z_]+\"" literals "${text}")
    list(APPEND words ${literals})
  endforeach()
  list(REMOVE_DUPLICATES rows)
  list(REMOVE_DUPLICATES words)
  list(SORT rows)
  list(SORT words)
  list(JOIN rows "\n" rows)
  list(JOIN words ", " words)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Generated from src/ops by fuzz/vocabulary.cmake.
#pragma once

#include <string_view>

namespace wedge::vocabulary {

struct AskedAttribute {
  std::string_view operator_name;  ///< empty: any
  std::string_view name;
};
inline constexpr AskedAttribute attributes[] = {
@rows@
};
inline constexpr std::string_view words[] = {@words@};

}  // namespace wedge::vocabulary
]])
endfunction()
