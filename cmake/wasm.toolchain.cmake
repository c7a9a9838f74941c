# WebAssembly with the WASI interface: clang and the packages wasi-libc, libc++-19-dev-wasm32, libc++abi-19-dev-wasm32
# and libclang-rt-19-dev-wasm32.
set(CMAKE_SYSTEM_NAME WASI)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})

set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(CMAKE_CXX_FLAGS_INIT "-stdlib=libc++ -msimd128 -fno-exceptions -fno-rtti -fno-threadsafe-statics")
# The default stack is 64 KB. With the stack first, an overflow traps instead of overwriting data.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-z,stack-size=1048576,--stack-first")

set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY NEVER)
