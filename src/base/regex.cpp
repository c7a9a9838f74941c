#include "base/regex.h"

#include <algorithm>
#include <optional>

#include "base/utf8.h"

namespace wedge {
namespace {

constexpr size_t most_pattern_bytes = size_t{1} << 16U;
constexpr size_t most_instructions = size_t{1} << 16U;
constexpr size_t most_ranges = size_t{1} << 17U;
constexpr uint32_t most_repeats = 1000;
constexpr unsigned most_nesting = 200;

/// What stands before the first code point of a text and after the last.
constexpr char32_t no_code_point = CodePoint::invalid - 1;

using namespace std::string_view_literals;

// Pairs of the first and last character of ranges.
constexpr std::string_view digits = "09";
constexpr std::string_view spaces = "\t\n\f\r  ";
constexpr std::string_view word_characters = "09AZ__az";

struct NamedClass {
  std::string_view name;
  std::string_view pairs;
};
constexpr NamedClass named_classes[] = {
    {"alnum", "09AZaz"},
    {"alpha", "AZaz"},
    {"ascii", "\0\x7F"sv},
    {"blank", "\t\t  "},
    {"cntrl", "\0\x1F\x7F\x7F"sv},
    {"digit", digits},
    {"graph", "!~"},
    {"lower", "az"},
    {"print", " ~"},
    {"punct", "!/:@[`{~"},
    {"space", "\t\r  "},
    {"upper", "AZ"},
    {"word", word_characters},
    {"xdigit", "09AFaf"},
};

bool is_word(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_octal(char32_t c) { return c >= '0' && c <= '7'; }

std::optional<char32_t> hexadecimal(char32_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

// Reads a pattern once, from front to back, and writes the program as it goes. The code of each piece stands together,
// is entered at its beginning and left at its end, and jumps by distances, so that it can be moved and copied.
class RegexCompiler {
 public:
  explicit RegexCompiler(std::string_view pattern) : pattern_(pattern) {}
  Result<Regex> compile();

 private:
  using Operation = Regex::Operation;
  using Instruction = Regex::Instruction;
  using Range = Regex::Range;
  using Ranges = std::vector<Range>;

  struct Flags {
    bool ignore_case = false;
    bool by_line = false;     ///< ^ and $ match at the ends of lines
    bool dot_is_all = false;  ///< . matches a line's end
  };
  struct Repeats {
    uint32_t least;
    std::optional<uint32_t> most;
  };

  [[nodiscard]] bool at_end() const { return at_ == pattern_.size(); }
  [[nodiscard]] std::string_view rest() const { return pattern_.substr(at_); }
  [[nodiscard]] bool sees(std::string_view word) const { return rest().starts_with(word); }
  bool take(std::string_view word);
  char32_t take_code_point();
  std::optional<uint32_t> take_number();
  std::optional<Repeats> take_repeats();

  Result<> alternatives(unsigned depth);
  Result<> sequence(unsigned depth);
  Result<> atom();
  Result<> group(unsigned depth);
  Result<bool> group_flags();
  Result<> group_name();
  Result<> repeat(size_t operand, const Repeats& repeats);
  Result<> literal(char32_t c);
  std::optional<Operation> take_assertion();
  Result<char32_t> escape();
  Result<char32_t> hexadecimal_escape();

  Result<> bracket_class();
  Result<char32_t> bracket_character();
  Result<bool> take_named_class(Ranges& ranges);
  Result<bool> take_escaped_class(Ranges& ranges);
  Result<> add(Range range, Ranges& ranges) const;
  Result<> add_pairs(std::string_view pairs, bool negated, Ranges& ranges) const;
  Result<> emit_set(Ranges ranges, bool negated = false);

  std::vector<Instruction>& code() { return regex_.program_; }
  Result<size_t> emit(Operation operation, int32_t argument = 0);
  /// From an instruction to the end of the program.
  int32_t distance_to_end(size_t from) { return static_cast<int32_t>(code().size() - from); }

  [[nodiscard]] std::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorCode::invalid_argument, what, " at byte ", at_, " of the pattern '", pattern_, "'");
  }
  [[nodiscard]] std::unexpected<Error> unsupported(std::string_view what) const {
    return fail(ErrorCode::unsupported, what, " at byte ", at_, " of the pattern '", pattern_, "'");
  }

  static void normalize(Ranges& ranges);
  static Ranges complement(const Ranges& ranges);

  std::string_view pattern_;
  size_t at_ = 0;
  Flags flags_;
  Regex regex_;
};

Result<Regex> RegexCompiler::compile() {
  if (pattern_.size() > most_pattern_bytes) {
    return fail(ErrorCode::unsupported, "a pattern of ", pattern_.size(), " bytes, more than ", most_pattern_bytes);
  }
  for (size_t i = 0; i < pattern_.size();) {
    const CodePoint c = decode_utf8(pattern_, i);
    if (c.value == CodePoint::invalid) return fail(ErrorCode::invalid_argument, "the pattern is not UTF-8");
    i += c.length;
  }
  WEDGE_TRY(alternatives(0));
  if (!at_end()) return wrong("')' without '('");
  WEDGE_TRY(emit(Operation::accept));
  return std::move(regex_);
}

bool RegexCompiler::take(std::string_view word) {
  if (!sees(word)) return false;
  at_ += word.size();
  return true;
}

char32_t RegexCompiler::take_code_point() {
  const CodePoint c = decode_utf8(pattern_, at_);
  at_ += c.length;
  return c.value;
}

Result<size_t> RegexCompiler::emit(Operation operation, int32_t argument) {
  if (code().size() >= most_instructions) return unsupported("more repetitions than an automaton may have");
  code().push_back({operation, argument});
  return code().size() - 1;
}

Result<> RegexCompiler::alternatives(unsigned depth) {
  std::vector<size_t> exits;
  while (true) {
    // There may be another alternative, which the end of this one tells.
    WEDGE_ASSIGN(const size_t fork, emit(Operation::split));
    WEDGE_TRY(sequence(depth));
    if (!take("|")) {
      code()[fork] = {Operation::jump, 1};
      break;
    }
    WEDGE_ASSIGN(const size_t exit, emit(Operation::jump));
    exits.push_back(exit);
    code()[fork].argument = distance_to_end(fork);
  }
  for (const size_t exit : exits) code()[exit].argument = distance_to_end(exit);
  return {};
}

Result<> RegexCompiler::sequence(unsigned depth) {
  std::optional<size_t> operand;  // where the code begins that a repetition would repeat
  while (!at_end() && !sees("|") && !sees(")")) {
    if (const auto repeats = take_repeats()) {
      if (!operand) return wrong("a repetition of nothing");
      WEDGE_TRY(repeat(*operand, *repeats));
      if (take_repeats()) return wrong("a repetition of a repetition");
    } else if (take("\\Q")) {
      while (!at_end() && !take("\\E")) {
        operand = code().size();
        WEDGE_TRY(literal(take_code_point()));
      }
    } else if (const size_t begin = code().size(); take("(")) {
      WEDGE_TRY(group(depth + 1));
      // Flags alone are no operand.
      if (code().size() > begin) operand = begin;
    } else {
      operand = begin;
      WEDGE_TRY(atom());
    }
  }
  return {};
}

std::optional<uint32_t> RegexCompiler::take_number() {
  uint32_t number = 0;
  const size_t begin = at_;
  for (; !at_end() && pattern_[at_] >= '0' && pattern_[at_] <= '9'; ++at_) {
    number = std::min(number * 10 + static_cast<uint32_t>(pattern_[at_] - '0'), most_repeats + 1);
  }
  return at_ == begin ? std::nullopt : std::optional(number);
}

// Braces that hold anything else stand for themselves. Whether many or few repetitions are preferred is of no
// consequence here.
std::optional<RegexCompiler::Repeats> RegexCompiler::take_repeats() {
  std::optional<Repeats> repeats;
  if (take("*")) {
    repeats = {.least = 0, .most = std::nullopt};
  } else if (take("+")) {
    repeats = {.least = 1, .most = std::nullopt};
  } else if (take("?")) {
    repeats = {.least = 0, .most = 1};
  } else if (const size_t begin = at_; take("{")) {
    const auto least = take_number();
    const auto most = least && take(",") ? take_number() : least;
    if (!least || !take("}")) {
      at_ = begin;
      return std::nullopt;
    }
    repeats = {.least = *least, .most = most};
  }
  if (repeats) take("?");
  return repeats;
}

// The code from `operand` on, as often as wanted: x{2,4} is xx(x(x)?)?, and x{2,} is xx with a way back to the last x.
Result<> RegexCompiler::repeat(size_t operand, const Repeats& repeats) {
  if (repeats.least > most_repeats || repeats.most.value_or(0) > most_repeats) {
    return wrong("more than 1000 repetitions");
  }
  if (repeats.most && *repeats.most < repeats.least) return wrong("a repetition with its bounds the wrong way round");
  const std::vector<Instruction> block(code().begin() + static_cast<ptrdiff_t>(operand), code().end());
  const size_t copies = repeats.most.value_or(std::max(repeats.least, uint32_t{1}));
  const size_t size = copies * (block.size() + 1) + 1;
  if (operand + size > most_instructions) return unsupported("more repetitions than an automaton may have");
  code().resize(operand);
  const auto append_block = [&] { code().insert(code().end(), block.begin(), block.end()); };
  for (uint32_t i = 0; i < repeats.least; ++i) append_block();
  const auto length = static_cast<int32_t>(block.size());
  if (repeats.most) {
    const auto optional_copies = static_cast<int32_t>(*repeats.most - repeats.least);
    for (int32_t left = optional_copies; left > 0; --left) {
      code().push_back({Operation::split, left * (length + 1)});
      append_block();
    }
  } else if (repeats.least > 0) {
    code().push_back({Operation::split, -length});
  } else {
    code().push_back({Operation::split, length + 2});
    append_block();
    code().push_back({Operation::jump, -length - 1});
  }
  return {};
}

Result<> RegexCompiler::group(unsigned depth) {
  if (depth > most_nesting) return unsupported("groups nested too deeply");
  const Flags outer = flags_;
  if (sees("?=") || sees("?!") || sees("?<=") || sees("?<!")) return unsupported("lookaround");
  if (take("?P<") || take("?<")) {
    WEDGE_TRY(group_name());
  } else if (take("?")) {
    WEDGE_ASSIGN(const bool has_body, group_flags());
    if (!has_body) return {};
  }
  WEDGE_TRY(alternatives(depth));
  if (!take(")")) return wrong("'(' without ')'");
  flags_ = outer;
  return {};
}

Result<> RegexCompiler::group_name() {
  const size_t begin = at_;
  while (!at_end() && is_word(static_cast<uint8_t>(pattern_[at_]))) ++at_;
  if (at_ == begin || !take(">")) return wrong("a group without a proper name");
  return {};
}

// After "(?": the flags, and whether a group follows for which alone they hold.
Result<bool> RegexCompiler::group_flags() {
  bool value = true;
  while (!at_end()) {
    switch (pattern_[at_++]) {
      case 'i': flags_.ignore_case = value; break;
      case 'm': flags_.by_line = value; break;
      case 's': flags_.dot_is_all = value; break;
      case 'U': break;  // which repetitions are preferred
      case ':': return true;
      case ')': return false;
      case '-':
        if (value && !sees(")") && !sees(":")) {
          value = false;
          break;
        }
        [[fallthrough]];
      default: return wrong("a group of an unknown kind");
    }
  }
  return wrong("'(' without ')'");
}

std::optional<RegexCompiler::Operation> RegexCompiler::take_assertion() {
  if (take("^")) return flags_.by_line ? Operation::begin_line : Operation::begin_text;
  if (take("$")) return flags_.by_line ? Operation::end_line : Operation::end_text;
  if (take("\\A")) return Operation::begin_text;
  if (take("\\z")) return Operation::end_text;
  if (take("\\b")) return Operation::word_boundary;
  if (take("\\B")) return Operation::no_word_boundary;
  return std::nullopt;
}

Result<> RegexCompiler::atom() {
  if (const auto assertion = take_assertion()) {
    WEDGE_TRY(emit(*assertion));
    return {};
  }
  Ranges ranges;
  if (take(".")) {
    if (!flags_.dot_is_all) ranges.push_back({'\n', '\n'});
    return emit_set(std::move(ranges), true);
  }
  if (take("[")) return bracket_class();
  WEDGE_ASSIGN(const bool is_class, take_escaped_class(ranges));
  if (is_class) return emit_set(std::move(ranges));
  if (!take("\\")) return literal(take_code_point());
  WEDGE_ASSIGN(const char32_t c, escape());
  return literal(c);
}

Result<> RegexCompiler::literal(char32_t c) {
  Ranges ranges;
  WEDGE_TRY(add({c, c}, ranges));
  if (ranges.size() > 1) return emit_set(std::move(ranges));
  WEDGE_TRY(emit(Operation::literal, static_cast<int32_t>(c)));
  return {};
}

// After a backslash.
Result<char32_t> RegexCompiler::escape() {
  if (at_end()) return wrong("a backslash with nothing behind it");
  const char32_t c = take_code_point();
  if (c >= '1' && c <= '9' && (at_end() || c > '7' || !is_octal(static_cast<uint8_t>(pattern_[at_])))) {
    return unsupported("a backreference");
  }
  if (is_octal(c)) {
    char32_t value = c - '0';
    for (int i = 0; i < 2 && !at_end() && is_octal(static_cast<uint8_t>(pattern_[at_])); ++i) {
      value = value * 8 + (take_code_point() - '0');
    }
    return value;
  }
  switch (c) {
    case 'a': return U'\a';
    case 'f': return U'\f';
    case 'n': return U'\n';
    case 'r': return U'\r';
    case 't': return U'\t';
    case 'v': return U'\v';
    case 'x': return hexadecimal_escape();
    default: break;
  }
  if (c < 0x80 && (!is_word(c) || c == '_')) return c;
  return wrong("an unknown escape");
}

// After "\x": two digits, or any number of them in braces.
Result<char32_t> RegexCompiler::hexadecimal_escape() {
  const bool braces = take("{");
  char32_t value = 0;
  size_t count = 0;
  for (; !at_end() && (braces || count < 2) && value <= CodePoint::last; ++count, ++at_) {
    const auto digit = hexadecimal(static_cast<uint8_t>(pattern_[at_]));
    if (!digit) break;
    value = value * 16 + *digit;
  }
  const bool complete = braces ? count > 0 && take("}") : count == 2;
  if (!complete || value > CodePoint::last) return wrong("an escape that is no code point");
  return value;
}

// After the opening bracket.
Result<> RegexCompiler::bracket_class() {
  const bool negated = take("^");
  Ranges ranges;
  for (bool first = true; first || !sees("]"); first = false) {
    WEDGE_ASSIGN(const bool is_named, take_named_class(ranges));
    if (is_named) continue;
    WEDGE_ASSIGN(const bool is_escaped, take_escaped_class(ranges));
    if (is_escaped) continue;
    WEDGE_ASSIGN(const char32_t low, bracket_character());
    char32_t high = low;
    if (!sees("-]") && take("-")) {
      WEDGE_ASSIGN(high, bracket_character());
    }
    if (high < low) return wrong("a range with its bounds the wrong way round");
    WEDGE_TRY(add({low, high}, ranges));
  }
  (void)take("]");
  return emit_set(std::move(ranges), negated);
}

Result<char32_t> RegexCompiler::bracket_character() {
  if (at_end()) return wrong("'[' without ']'");
  if (take("\\")) return escape();
  return take_code_point();
}

Result<bool> RegexCompiler::take_named_class(Ranges& ranges) {
  const size_t end = sees("[:") ? rest().find(":]", 2) : std::string_view::npos;
  if (end == std::string_view::npos) return false;
  std::string_view name = rest().substr(2, end - 2);
  const bool negated = name.starts_with('^');
  if (negated) name.remove_prefix(1);
  const auto* found = std::ranges::find(named_classes, name, &NamedClass::name);
  if (found == std::end(named_classes)) return wrong("an unknown class of characters");
  at_ += end + 2;
  WEDGE_TRY(add_pairs(found->pairs, negated, ranges));
  return true;
}

Result<bool> RegexCompiler::take_escaped_class(Ranges& ranges) {
  if (sees("\\p") || sees("\\P")) return unsupported("a class of a Unicode property");
  if (sees("\\C")) return unsupported("a single byte (\\C)");
  constexpr NamedClass escapes[] = {{"\\d", digits}, {"\\s", spaces}, {"\\w", word_characters}};
  constexpr NamedClass negated_escapes[] = {{"\\D", digits}, {"\\S", spaces}, {"\\W", word_characters}};
  const auto* found = std::ranges::find_if(escapes, [&](const NamedClass& c) { return sees(c.name); });
  const auto* negated = std::ranges::find_if(negated_escapes, [&](const NamedClass& c) { return sees(c.name); });
  const bool is_negated = negated != std::end(negated_escapes);
  if (found == std::end(escapes) && !is_negated) return false;
  at_ += 2;
  WEDGE_TRY(add_pairs(is_negated ? negated->pairs : found->pairs, is_negated, ranges));
  return true;
}

Result<> RegexCompiler::add_pairs(std::string_view pairs, bool negated, Ranges& ranges) const {
  Ranges group;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    WEDGE_TRY(add({static_cast<uint8_t>(pairs[i]), static_cast<uint8_t>(pairs[i + 1])}, group));
  }
  if (negated) {
    normalize(group);
    group = complement(group);
  }
  ranges.insert(ranges.end(), group.begin(), group.end());
  return {};
}

// Adds the range, and where case is ignored what its letters are in the other case.
Result<> RegexCompiler::add(Range range, Ranges& ranges) const {
  ranges.push_back(range);
  if (!flags_.ignore_case) return {};
  // Two letters of ASCII have a third form: the Kelvin sign and the long s.
  constexpr char32_t kelvin = 0x212A;
  constexpr char32_t long_s = 0x17F;
  if (range.last > 0x7F) return unsupported("letters beyond ASCII in any case");
  const auto add_other = [&](char32_t from, char32_t to, char32_t other) {
    const char32_t first = std::max(range.first, from);
    const char32_t last = std::min(range.last, to);
    if (first <= last) ranges.push_back({first - from + other, last - from + other});
  };
  add_other('A', 'Z', 'a');
  add_other('a', 'z', 'A');
  for (const char32_t k : {U'k', U'K'}) add_other(k, k, kelvin);
  for (const char32_t s : {U's', U'S'}) add_other(s, s, long_s);
  return {};
}

void RegexCompiler::normalize(Ranges& ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  Ranges merged;
  for (const Range& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().last + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  ranges = std::move(merged);
}

RegexCompiler::Ranges RegexCompiler::complement(const Ranges& ranges) {
  Ranges others;
  char32_t next = 0;
  for (const Range& range : ranges) {
    if (range.first > next) others.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= CodePoint::last) others.push_back({next, CodePoint::last});
  return others;
}

Result<> RegexCompiler::emit_set(Ranges ranges, bool negated) {
  normalize(ranges);
  if (negated) ranges = complement(ranges);
  if (regex_.ranges_.size() + ranges.size() > most_ranges) return unsupported("more classes than a pattern may have");
  Regex::Set set{.ascii = {}, .begin = static_cast<uint32_t>(regex_.ranges_.size()), .end = 0};
  regex_.ranges_.insert(regex_.ranges_.end(), ranges.begin(), ranges.end());
  set.end = static_cast<uint32_t>(regex_.ranges_.size());
  for (const Range& range : ranges) {
    for (char32_t c = range.first; c <= range.last && c < 0x80; ++c) set.ascii[c / 64] |= uint64_t{1} << (c % 64);
  }
  regex_.sets_.push_back(set);
  WEDGE_TRY(emit(Operation::set, static_cast<int32_t>(regex_.sets_.size() - 1)));
  return {};
}

Result<Regex> Regex::compile(std::string_view pattern) { return RegexCompiler(pattern).compile(); }

// A set of instructions in the order they came in, over memory of two numbers for each (Briggs and Torczon 1993).
class Regex::States {
 public:
  explicit States(std::span<uint32_t> memory)
      : list_(memory.first(memory.size() / 2)), place_(memory.subspan(memory.size() / 2)) {
    std::ranges::fill(place_, 0U);
  }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] uint32_t operator[](size_t i) const { return list_[i]; }
  [[nodiscard]] bool contains(size_t instruction) const {
    const uint32_t place = place_[instruction];
    return place < size_ && list_[place] == instruction;
  }
  void add(size_t instruction) {
    if (contains(instruction)) return;
    place_[instruction] = static_cast<uint32_t>(size_);
    list_[size_++] = static_cast<uint32_t>(instruction);
  }
  void clear() { size_ = 0; }

 private:
  std::span<uint32_t> list_;
  std::span<uint32_t> place_;
  size_t size_ = 0;
};

bool Regex::contains(const Set& set, char32_t c) const {
  if (c < 0x80) return (set.ascii[c / 64] >> (c % 64) & 1U) != 0;
  const auto begin = ranges_.begin() + set.begin;
  const auto end = ranges_.begin() + set.end;
  const auto found = std::ranges::lower_bound(begin, end, c, {}, &Range::last);
  return found != end && found->first <= c;
}

// Adds the instructions that are reached without reading on, between two code points.
void Regex::follow(States& states, char32_t before, char32_t after) const {
  const auto holds = [&](Operation operation) {
    switch (operation) {
      case Operation::begin_text: return before == no_code_point;
      case Operation::end_text: return after == no_code_point;
      case Operation::begin_line: return before == no_code_point || before == '\n';
      case Operation::end_line: return after == no_code_point || after == '\n';
      case Operation::word_boundary: return is_word(before) != is_word(after);
      case Operation::no_word_boundary: return is_word(before) == is_word(after);
      default: return false;
    }
  };
  for (size_t i = 0; i < states.size(); ++i) {
    const size_t at = states[i];
    const Instruction instruction = program_[at];
    const auto target = static_cast<size_t>(static_cast<ptrdiff_t>(at) + instruction.argument);
    if (instruction.operation == Operation::split) {
      states.add(at + 1);
      states.add(target);
    } else if (instruction.operation == Operation::jump) {
      states.add(target);
    } else if (holds(instruction.operation)) {
      states.add(at + 1);
    }
  }
}

void Regex::step(const States& from, char32_t c, States& to) const {
  to.clear();
  for (size_t i = 0; i < from.size(); ++i) {
    const Instruction instruction = program_[from[i]];
    const auto argument = static_cast<size_t>(instruction.argument);
    const bool passes = (instruction.operation == Operation::literal && argument == c) ||
                        (instruction.operation == Operation::set && contains(sets_[argument], c));
    if (passes) to.add(from[i] + 1);
  }
}

bool Regex::full_match(std::string_view text, std::span<uint32_t> scratch) const {
  States now(scratch.first(2 * program_.size()));
  States next(scratch.subspan(2 * program_.size(), 2 * program_.size()));
  now.add(0);
  char32_t before = no_code_point;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    follow(now, before, c.value);
    step(now, c.value, next);
    if (next.size() == 0) return false;
    std::swap(now, next);
    before = c.value;
    at += c.length;
  }
  follow(now, before, no_code_point);
  return now.contains(program_.size() - 1);
}

}  // namespace wedge
