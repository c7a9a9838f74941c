#include "base/platform.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace wedge::platform {
namespace {

TEST(Pages, KeepWhatIsWrittenWhateverIsAskedForThem) {
  for (const size_t size : {size_t{1}, size_t{4097}, size_t{2} << 20U, (size_t{5} << 20U) + 123}) {
    std::byte* const pages = allocate_pages(size);
    ASSERT_NE(pages, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pages) % 64, 0U);
    std::memset(pages, 7, size);
    for (const size_t skipped : {size_t{0}, size_t{1}, size_t{4096}, size}) {
      if (skipped <= size) settle_pages(pages + skipped, size - skipped);
    }
    for (size_t i = 0; i < size; i += 997) ASSERT_EQ(pages[i], std::byte{7});
    ASSERT_EQ(pages[size - 1], std::byte{7});
    free_pages(pages, size);
  }
}

}  // namespace
}  // namespace wedge::platform
