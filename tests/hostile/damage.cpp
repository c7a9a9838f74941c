// Loads damaged copies of models: every truncation and byte flip must load or fail with an Error, in bounded time and
// memory. Meant for sanitizer builds, which turn a stray access into a failure.
//
//   wedge-damage MODEL.onnx… [--truncations=200] [--flips=2000] [--seed=1]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "base/platform.h"
#include "wedge/session.h"

namespace {

struct Tally {
  size_t loaded = 0;
  size_t refused = 0;
  double slowest_seconds = 0;
};

void load(std::span<const std::byte> bytes, uint64_t limit, Tally& tally) {
  const uint64_t start = wedge::platform::now_nanoseconds();
  const auto session = wedge::Session::load(bytes, {.threads = 1, .max_memory = limit, .log = {}});
  const double seconds = static_cast<double>(wedge::platform::now_nanoseconds() - start) * 1e-9;
  tally.slowest_seconds = std::max(tally.slowest_seconds, seconds);
  if (session) {
    ++tally.loaded;
  } else if (session.error().message().empty()) {
    std::fprintf(stderr, "an error without a sentence\n");
    std::exit(1);
  } else {
    ++tally.refused;
  }
}

void damage(const std::string& path, size_t truncations, size_t flips, uint64_t seed) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> original{std::istreambuf_iterator<char>(file), {}};
  if (original.empty()) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  const uint64_t limit = uint64_t{8} * original.size() + (uint64_t{256} << 20U);
  std::mt19937_64 random(seed);
  Tally tally;
  for (size_t i = 0; i < truncations; ++i) {
    // Half of them near the start, where the structure of a model with large weights is.
    const size_t range = i % 2 == 0 ? original.size() : std::min<size_t>(original.size(), 4096);
    // A buffer of exactly that size, so that reading past it is seen.
    const std::vector<char> cut(original.begin(), original.begin() + static_cast<ptrdiff_t>(random() % range));
    load(std::as_bytes(std::span(cut)), limit, tally);
  }
  const size_t survived_truncation = tally.loaded;
  for (size_t i = 0; i < flips; ++i) {
    const size_t position = random() % original.size();
    const char kept = original[position];
    original[position] = static_cast<char>(random());
    load(std::as_bytes(std::span(original)), limit, tally);
    original[position] = kept;
  }
  std::printf("%s: %zu truncated (%zu loaded), %zu flipped (%zu loaded), slowest %.2f s, peak %.0f MB\n", path.c_str(),
              truncations, survived_truncation, flips, tally.loaded - survived_truncation, tally.slowest_seconds,
              static_cast<double>(wedge::platform::peak_resident_bytes()) / 1e6);
  std::fflush(stdout);
  constexpr double longest_seconds = 30;
  if (tally.slowest_seconds > longest_seconds) {
    std::fprintf(stderr, "a load took longer than %.0f s\n", longest_seconds);
    std::exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  size_t truncations = 200;
  size_t flips = 2000;
  uint64_t seed = 1;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto number = [&](std::string_view name) {
      return std::strtoull(argument.c_str() + name.size(), nullptr, 10);
    };
    if (argument.starts_with("--truncations=")) {
      truncations = number("--truncations=");
    } else if (argument.starts_with("--flips=")) {
      flips = number("--flips=");
    } else if (argument.starts_with("--seed=")) {
      seed = number("--seed=");
    } else {
      paths.push_back(argument);
    }
  }
  if (paths.empty()) {
    std::fprintf(stderr, "usage: wedge-damage MODEL.onnx... [--truncations=N] [--flips=N] [--seed=N]\n");
    return 2;
  }
  for (const std::string& path : paths) damage(path, truncations, flips, seed);
}
