set(WASI TRUE)
set(CMAKE_EXECUTABLE_SUFFIX .wasm)
set(CMAKE_STATIC_LIBRARY_PREFIX lib)
set(CMAKE_STATIC_LIBRARY_SUFFIX .a)
# Headers that are the same for every target (Highway) come from the host.
set(CMAKE_SYSTEM_PREFIX_PATH /usr/local /usr)
