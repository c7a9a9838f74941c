// Memory functions of src/base/memory_wasi.cpp against loops, for all sizes and overlaps that they treat differently.
// Compiled without built-in functions, so that they are called.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace {

using Bytes = std::array<unsigned char, 1000>;

Bytes numbered() {
  Bytes bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i * 7 + i / 8);
  return bytes;
}

// What becomes of bytes when so many of them go from one place to another.
Bytes moved(const Bytes& before, size_t to, size_t from, size_t count) {
  Bytes after = before;
  for (size_t i = 0; i < count; ++i) after[to + i] = before[from + i];
  return after;
}

bool are_right(size_t count, size_t shift) {
  const Bytes before = numbered();
  Bytes bytes = before;
  std::memmove(&bytes[260 + shift], &bytes[300], count);
  if (bytes != moved(before, 260 + shift, 300, count)) return false;
  bytes = before;
  std::memcpy(&bytes[620], &bytes[200 + shift], count);
  if (bytes != moved(before, 620, 200 + shift, count)) return false;
  std::memset(&bytes[shift], 9, count);
  return std::all_of(&bytes[shift], &bytes[shift + count], [](unsigned char byte) { return byte == 9; }) &&
         bytes[shift + count] == before[shift + count];
}

}  // namespace

int main() {
  for (size_t count = 0; count < 300; ++count) {
    for (size_t shift = 0; shift <= 80; ++shift) {
      if (are_right(count, shift)) continue;
      std::printf("%zu bytes, shift %zu\n", count, shift);
      return 1;
    }
  }
  return 0;
}
