# stb_image, for ImageDecoder. The header comes through a private include folder, as Highway does.
find_path(WEDGE_STB_INCLUDE stb/stb_image.h REQUIRED)
set(stb_folder ${CMAKE_BINARY_DIR}/stb_include)
file(MAKE_DIRECTORY ${stb_folder})
file(CREATE_LINK ${WEDGE_STB_INCLUDE}/stb ${stb_folder}/stb SYMBOLIC)
