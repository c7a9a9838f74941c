#pragma once

/// For functions that few models reach, called from those that most do. Where functions are compiled when they are
/// first called, as in WebAssembly, such a caller would be compiled with all of them in it.
#define WEDGE_SELDOM [[gnu::noinline]]
