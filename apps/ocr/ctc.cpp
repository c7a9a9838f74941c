#include "ocr/ctc.h"

#include <algorithm>

#include "base/platform.h"
#include "base/result.h"

namespace wedge::ocr {

Result<Alphabet> Alphabet::load(const std::string& path) {
  WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
  return Alphabet({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()});
}

Alphabet::Alphabet(std::string_view lines) {
  characters_.emplace_back();
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    characters_.emplace_back(line);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  characters_.emplace_back(" ");
}

Reading decode_greedily(std::span<const float> probabilities, const Alphabet& alphabet) {
  Reading reading;
  size_t previous = 0;
  size_t count = 0;
  for (size_t start = 0; start + alphabet.size() <= probabilities.size(); start += alphabet.size()) {
    const auto step = probabilities.subspan(start, alphabet.size());
    const auto best = std::ranges::max_element(step);
    const auto index = static_cast<size_t>(best - step.begin());
    if (index != 0 && index != previous) {
      reading.text += alphabet[index];
      reading.score += *best;
      ++count;
    }
    previous = index;
  }
  if (count > 0) reading.score /= static_cast<float>(count);
  return reading;
}

}  // namespace wedge::ocr
