// Feeds from files, pictures, numbers or chance.
#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdlib>
#include <random>

#include "base/platform.h"
#include "cli/command.h"
#include "cli/npy.h"
#include "cli/raw.h"
#include "tensor/visit.h"

namespace wedge::cli {
namespace {

using Assignments = std::map<std::string, std::string, std::less<>>;

// Names and values may hold equals signs, so the inputs there are decide where a name ends.
Result<Assignments> parse_assignments(const std::vector<std::string>& words, std::string_view option,
                                      const Session& session) {
  Assignments result;
  for (const std::string& word : words) {
    const size_t first = word.find('=');
    if (first == std::string::npos)
      return fail(ErrorCode::invalid_argument, option, " takes NAME=VALUE, got '", word, "'");
    std::string_view name = std::string_view(word).substr(0, first);
    for (const ValueInfo& input : session.inputs()) {
      if (input.name.size() > name.size() && word.starts_with(input.name + "=")) name = input.name;
    }
    WEDGE_TRY(session.input_index(name));
    result[std::string(name)] = word.substr(name.size() + 1);
  }
  return result;
}

Result<Shape> parse_dims(std::string_view list) {
  Shape shape;
  while (!list.empty()) {
    int64_t dim = -1;
    const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), dim);
    if (error != std::errc() || dim < 0 || !shape.push_back(dim)) {
      return fail(ErrorCode::invalid_argument, "dimensions are numbers with commas between them, got '", list, "'");
    }
    list.remove_prefix(static_cast<size_t>(end - list.data()));
    if (list.starts_with(',')) list.remove_prefix(1);
  }
  return shape;
}

// The declared shape with 1 for what is not fixed, or the one asked for.
Result<Shape> shape_of(const ValueInfo& input, const Assignments& dims) {
  if (const auto found = dims.find(input.name); found != dims.end()) return parse_dims(found->second);
  Shape shape;
  for (const DimInfo& dim : input.dims) {
    if (!shape.push_back(dim.value < 0 ? 1 : dim.value)) return fail(ErrorCode::unsupported, "the rank is too high");
  }
  return shape;
}

template <typename T>
std::span<T> elements(Tensor& tensor) {
  return *tensor.mutable_view<T>();
}

Result<Tensor> random_tensor(const ValueInfo& input, const Shape& shape, uint64_t seed) {
  WEDGE_ASSIGN(Tensor tensor, Tensor::zeros(input.dtype, shape));
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  visit_floats(input.dtype, [&]<typename T>() {
    for (T& x : elements<T>(tensor)) x = static_cast<T>(normal(random));
  });
  // 0 and 1 are valid as tokens, token types, masks and indices.
  visit_integers(input.dtype, [&]<typename T>() {
    for (T& x : elements<T>(tensor)) x = static_cast<T>(random() % 2);
  });
  if (input.dtype == DType::boolean) {
    for (bool& x : elements<bool>(tensor)) x = random() % 2 == 0;
  }
  return tensor;
}

bool is_number(const std::string& word) {
  char* end = nullptr;
  std::strtod(word.c_str(), &end);
  return !word.empty() && *end == '\0';
}

// Exactly the number that the word says, or nothing when T has no such number.
template <typename T>
bool parse_number(const std::string& word, T& number) {
  if constexpr (std::integral<T>) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && end == word.data() + word.size();
  } else {
    number = static_cast<T>(static_cast<ArithmeticType<T>>(std::strtod(word.c_str(), nullptr)));
    return true;
  }
}

Result<Tensor> number_tensor(const ValueInfo& input, const std::string& word, const Shape& shape) {
  WEDGE_ASSIGN(Tensor tensor, Tensor::zeros(input.dtype, shape));
  bool fits = false;
  visit_numbers(input.dtype, [&]<typename T>() {
    T number{};
    fits = parse_number(word, number);
    std::ranges::fill(*tensor.mutable_view<T>(), number);
  });
  if (input.dtype == DType::boolean) {
    fits = word == "0" || word == "1";
    std::ranges::fill(*tensor.mutable_view<bool>(), word == "1");
  }
  if (!fits)
    return fail(ErrorCode::invalid_argument, "input '", input.name, "' is ", input.dtype, ", which ", word, " is not");
  return tensor;
}

Result<Tensor> raw_tensor(const std::string& path, const ValueInfo& input, const Shape& shape) {
  WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
  auto tensor = tensor_from_bytes(input.dtype, file->bytes(), shape);
  if (!tensor) return std::unexpected(tensor.error().in_file(path));
  return tensor;
}

Result<Tensor> make_feed(const ValueInfo& input, const std::string& source, const Assignments& dims, uint64_t seed,
                         const ChannelScale& scale) {
  if (is_container(input.dtype)) {
    return fail(ErrorCode::unsupported, "input '", input.name, "' is a ", input.dtype,
                "; only tensors can be fed here");
  }
  if (source.ends_with(".npy")) return load_npy(source);
  WEDGE_ASSIGN(const Shape shape, shape_of(input, dims));
  if (source == "random") return random_tensor(input, shape, seed);
  if (source.ends_with(".bin")) return raw_tensor(source, input, shape);
  if (is_number(source)) return number_tensor(input, source, shape);
  return picture_tensor(source, input, shape, !dims.contains(input.name), scale);
}

}  // namespace

void add_dims_option(CLI::App& command, std::vector<std::string>& dims) {
  command.add_option("--dims", dims, "NAME=1,3,224,224: the shape of an input whose dimensions are not fixed")
      ->allow_extra_args(false);
}

void FeedOptions::add_to(CLI::App& command) {
  command
      .add_option("-i,--input", inputs,
                  "NAME=SOURCE, once per input: a .npy file, a .bin file of raw elements, a picture, a number, or "
                  "'random'")
      ->allow_extra_args(false);
  add_dims_option(command, dims);
  command.add_flag("--random", random, "feed random numbers to the inputs that are not given");
  command.add_option("--seed", seed, "of the random numbers")->capture_default_str();
  command.add_option("--mean", scale.mean, "of a picture, on the scale from 0 to 1: M or R,G,B")->delimiter(',');
  command.add_option("--std", scale.deviation, "what a picture is divided by after that: S or R,G,B")->delimiter(',');
}

void add_session_options(CLI::App& command, SessionOptions& options) {
  command.add_option("-t,--threads", options.threads, "threads a run may use; 0 for all")->capture_default_str();
  command.add_option("--max-memory", options.max_memory, "refuse a model that needs more memory than this, as 64MB")
      ->transform(CLI::AsSizeValue(false));
  std::string names;
  for (const std::string_view name : pass_names()) names += text(names.empty() ? "" : ", ", name);
  command.add_option("--without", options.without_passes, "passes to leave out: " + names)->delimiter(',');
}

Result<std::vector<Shape>> input_shapes(const Session& session, const std::vector<std::string>& dims) {
  WEDGE_ASSIGN(const auto given, parse_assignments(dims, "--dims", session));
  std::vector<Shape> shapes;
  for (const ValueInfo& input : session.inputs()) {
    WEDGE_ASSIGN(const Shape shape, shape_of(input, given));
    shapes.push_back(shape);
  }
  return shapes;
}

Result<std::vector<NamedTensor>> make_feeds(const Session& session, const FeedOptions& options) {
  WEDGE_ASSIGN(const auto sources, parse_assignments(options.inputs, "--input", session));
  WEDGE_ASSIGN(const auto dims, parse_assignments(options.dims, "--dims", session));
  std::vector<NamedTensor> feeds;
  std::string missing;
  uint64_t seed = options.seed;
  for (const ValueInfo& input : session.inputs()) {
    const auto found = sources.find(input.name);
    if (found == sources.end() && !options.random) {
      missing += text(missing.empty() ? "" : ", ", "'", input.name, "' (", to_string(input), ")");
      continue;
    }
    auto tensor = make_feed(input, found == sources.end() ? "random" : found->second, dims, seed++, options.scale);
    if (!tensor) return std::unexpected(std::move(tensor).error());
    feeds.push_back({.name = input.name, .tensor = *std::move(tensor)});
  }
  if (!missing.empty()) {
    return fail(ErrorCode::invalid_argument, "nothing is fed to ", missing, "; use --input NAME=SOURCE or --random");
  }
  return feeds;
}

std::string human_bytes(uint64_t bytes) {
  constexpr std::array<std::string_view, 4> units = {"B", "KB", "MB", "GB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < units.size(); ++unit) value /= 1000;
  char number[32];
  std::snprintf(number, sizeof number, unit == 0 ? "%.0f" : "%.1f", value);
  return text(number, " ", units[unit]);
}

}  // namespace wedge::cli
