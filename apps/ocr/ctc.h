// From the output of a recognition model to text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wedge/error.h"

namespace wedge::ocr {

/// The characters a recognition model knows: class 0 is the blank, then come the lines of a file, then the space.
class Alphabet {
 public:
  /// Errors: not_found, io.
  static Result<Alphabet> load(const std::string& path);
  explicit Alphabet(std::string_view lines);

  [[nodiscard]] size_t size() const { return characters_.size(); }
  [[nodiscard]] std::string_view operator[](size_t index) const { return characters_[index]; }

 private:
  std::vector<std::string> characters_;
};

struct Reading {
  std::string text;
  float score = 0;  ///< mean probability of the characters, 0 for no text
};

/// Takes the most probable class of every step; repeated classes count once and blanks separate.
/// `probabilities` holds steps rows of alphabet.size() columns.
Reading decode_greedily(std::span<const float> probabilities, const Alphabet& alphabet);

}  // namespace wedge::ocr
