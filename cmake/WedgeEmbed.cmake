# Makes the text of a file part of a program: std::string_view NAME, declared `extern` where it is used.
function(wedge_embed target file name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  file(READ ${file} text)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Generated from @file@ by cmake/WedgeEmbed.cmake.
#include <string_view>

namespace wedge {

extern const std::string_view @name@;
const std::string_view @name@ = R"embedded(@text@)embedded";

}  // namespace wedge
]])
  target_sources(${target} PRIVATE ${output})
endfunction()
