// Regular expressions in the syntax of RE2, matched in time linear in the text: the program's states are followed all
// at once (Thompson 1968; Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wedge {

class Regex {
 public:
  /// Errors: invalid_argument when the pattern is not an expression; unsupported for what no automaton matches
  /// (backreferences, lookaround), for classes of Unicode properties, and for patterns that grow too large.
  static Result<Regex> compile(std::string_view pattern);

  /// How many numbers of scratch a match needs.
  [[nodiscard]] size_t scratch_size() const { return 4 * program_.size(); }
  /// Whether the whole text matches. Bytes that are not UTF-8 match nothing. `scratch` is used by this call alone.
  [[nodiscard]] bool full_match(std::string_view text, std::span<uint32_t> scratch) const;

 private:
  friend class RegexCompiler;
  class States;

  enum class Operation : uint8_t {
    literal,  // one code point: the argument
    set,      // one code point of sets_[argument]
    split,    // on with the next instruction, and with the one `argument` away
    jump,     // on with the instruction `argument` away
    begin_text,
    end_text,
    begin_line,
    end_line,
    word_boundary,
    no_word_boundary,
    accept,
  };
  struct Instruction {
    Operation operation;
    int32_t argument;
  };
  struct Range {
    char32_t first;
    char32_t last;
  };
  /// Sorted ranges [begin, end) of ranges_; bit c of `ascii` says whether c is in them.
  struct Set {
    uint64_t ascii[2];
    uint32_t begin;
    uint32_t end;
  };

  [[nodiscard]] bool contains(const Set& set, char32_t c) const;
  void follow(States& states, char32_t before, char32_t after) const;
  void step(const States& from, char32_t c, States& to) const;

  std::vector<Instruction> program_;
  std::vector<Set> sets_;
  std::vector<Range> ranges_;
};

}  // namespace wedge
