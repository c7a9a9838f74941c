// Feeds from files, pictures, numbers or chance.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <random>

#include "base/platform.h"
#include "cli/command.h"
#include "cli/npy.h"
#include "ocr/image.h"
#include "tensor/visit.h"

namespace wedge::cli {
namespace {

using Assignments = std::map<std::string, std::string, std::less<>>;

Result<Assignments> parse_assignments(const std::vector<std::string>& words, std::string_view option) {
  Assignments result;
  for (const std::string& word : words) {
    // Names may hold an equals sign, files and numbers do not.
    const size_t at = word.rfind('=');
    if (at == std::string::npos)
      return fail(ErrorCode::invalid_argument, option, " takes NAME=VALUE, got '", word, "'");
    result[word.substr(0, at)] = word.substr(at + 1);
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

Result<Tensor> random_tensor(const ValueInfo& input, const Shape& shape, uint64_t seed) {
  WEDGE_ASSIGN(Tensor tensor, Tensor::zeros(input.dtype, shape));
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  visit_floats(input.dtype, [&]<typename T>() {
    for (T& x : *tensor.mutable_view<T>()) x = static_cast<T>(normal(random));
  });
  // Small, so that they are likely to be valid indices and tokens.
  visit_integers(input.dtype, [&]<typename T>() {
    for (T& x : *tensor.mutable_view<T>()) x = static_cast<T>(random() % 10);
  });
  if (input.dtype == DType::boolean) {
    for (bool& x : *tensor.mutable_view<bool>()) x = random() % 2 == 0;
  }
  return tensor;
}

Result<Tensor> number_tensor(const ValueInfo& input, double number, const Shape& shape) {
  WEDGE_ASSIGN(Tensor tensor, Tensor::zeros(input.dtype, shape));
  const bool known = visit_numbers(input.dtype, [&]<typename T>() {
    for (T& x : *tensor.mutable_view<T>()) x = static_cast<T>(static_cast<ArithmeticType<T>>(number));
  });
  if (input.dtype == DType::boolean) {
    for (bool& x : *tensor.mutable_view<bool>()) x = number != 0;
  } else if (!known) {
    return fail(ErrorCode::unsupported, "input '", input.name, "' is ", input.dtype, ", not a number");
  }
  return tensor;
}

Result<Tensor> raw_tensor(const std::string& path, const ValueInfo& input, const Shape& shape) {
  WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
  WEDGE_ASSIGN(const Tensor view, Tensor::wrap_bytes(input.dtype, file->bytes(), shape, true, nullptr));
  return view.clone();
}

// A picture as [1, channels, height, width] or [1, height, width, channels] of values from 0 to 1.
Result<Tensor> picture_tensor(const std::string& path, const ValueInfo& input, Shape shape, bool shape_is_given) {
  if (shape.rank() != 4 || input.dtype != DType::f32) {
    return fail(ErrorCode::invalid_argument, "input '", input.name, "' is ", to_string(input),
                "; a picture needs float32 of rank 4");
  }
  WEDGE_ASSIGN(ocr::Image image, ocr::load_image(path));
  const bool channels_last = shape[3] == 1 || shape[3] == 3;
  const size_t height_axis = channels_last ? 1 : 2;
  if (!shape_is_given && input.dims[height_axis].value < 0) shape[height_axis] = static_cast<int64_t>(image.height);
  if (!shape_is_given && input.dims[height_axis + 1].value < 0)
    shape[height_axis + 1] = static_cast<int64_t>(image.width);
  const int64_t channels = channels_last ? shape[3] : shape[1];
  if (shape[0] != 1 || (channels != 1 && channels != 3) || shape.numel() == 0) {
    return fail(ErrorCode::invalid_argument, "a picture does not fit shape ", shape, " of input '", input.name, "'");
  }
  const auto height = static_cast<size_t>(shape[height_axis]);
  const auto width = static_cast<size_t>(shape[height_axis + 1]);
  image = ocr::resize(image, width, height);
  WEDGE_ASSIGN(Tensor tensor, Tensor::zeros(DType::f32, shape));
  const auto out = *tensor.mutable_view<float>();
  const auto count = static_cast<size_t>(channels);
  for (size_t pixel = 0; pixel < width * height; ++pixel) {
    const uint8_t* color = &image.pixels[pixel * ocr::Image::channels];
    for (size_t c = 0; c < count; ++c) {
      const int value = count == 3 ? color[c] : (color[0] + color[1] + color[2]) / 3;
      out[channels_last ? pixel * count + c : c * width * height + pixel] = static_cast<float>(value) / 255.0F;
    }
  }
  return tensor;
}

Result<Tensor> make_feed(const ValueInfo& input, const std::string& source, const Assignments& dims, uint64_t seed) {
  if (source.ends_with(".npy")) return load_npy(source);
  WEDGE_ASSIGN(const Shape shape, shape_of(input, dims));
  if (source == "random") return random_tensor(input, shape, seed);
  if (source.ends_with(".bin")) return raw_tensor(source, input, shape);
  char* end = nullptr;
  const double number = std::strtod(source.c_str(), &end);
  if (!source.empty() && *end == '\0') return number_tensor(input, number, shape);
  return picture_tensor(source, input, shape, dims.contains(input.name));
}

}  // namespace

void FeedOptions::add_to(CLI::App& command) {
  command
      .add_option("-i,--input", inputs,
                  "NAME=SOURCE, once per input: a .npy file, a .bin file of raw elements, a picture, a number, or "
                  "'random'")
      ->allow_extra_args(false);
  command.add_option("--dims", dims, "NAME=1,3,224,224: the shape of an input whose dimensions are not fixed")
      ->allow_extra_args(false);
  command.add_flag("--random", random, "feed random numbers to the inputs that are not given");
  command.add_option("--seed", seed, "of the random numbers")->capture_default_str();
}

void add_session_options(CLI::App& command, SessionOptions& options) {
  command.add_option("-t,--threads", options.threads, "threads a run may use; 0 for all")->capture_default_str();
  command.add_option("--max-memory", options.max_memory, "refuse a model that needs more memory than this, as 64MB")
      ->transform(CLI::AsSizeValue(false));
}

Result<std::vector<NamedTensor>> make_feeds(const Session& session, const FeedOptions& options) {
  WEDGE_ASSIGN(const auto sources, parse_assignments(options.inputs, "--input"));
  WEDGE_ASSIGN(const auto dims, parse_assignments(options.dims, "--dims"));
  for (const auto& [name, source] : sources) WEDGE_TRY(session.input_index(name));
  for (const auto& [name, list] : dims) WEDGE_TRY(session.input_index(name));
  std::vector<NamedTensor> feeds;
  std::string missing;
  uint64_t seed = options.seed;
  for (const ValueInfo& input : session.inputs()) {
    const auto found = sources.find(input.name);
    if (found == sources.end() && !options.random) {
      missing += text(missing.empty() ? "" : ", ", "'", input.name, "' (", to_string(input), ")");
      continue;
    }
    auto tensor = make_feed(input, found == sources.end() ? "random" : found->second, dims, seed++);
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
