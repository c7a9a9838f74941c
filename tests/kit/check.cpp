// Compares Wedge with reference outputs of another engine. KIT is a folder with cases.json (models and inputs by case)
// and ref/CASE/ref.json (the outputs' names, types, dims and files of raw little-endian elements).
//
//   wedge-kit-check KIT [CASE…] [--threads=N] [--without=PASS] [--rtol=1e-3] [--atol=1e-4]
//
// Prints the worst absolute error of each case, the worst share of the tolerance used, and how often ten runs in steady
// state take memory from the heap, and exits with 1 if any exceeds the tolerance or takes memory. Quantised models
// (int8 in the case's name) amplify the rounding of a single element to a step of its scale: there the cosine with the
// reference must reach 0.999.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/allocations.h"
#include "wedge/session.h"

namespace {

using nlohmann::json;

struct Tolerance {
  double relative = 1e-3;
  double absolute = 1e-4;
};

struct Difference {
  double worst_error = 0;
  double worst_share = 0;  // of the tolerance
  double dot = 0;
  double norm_actual = 0;
  double norm_expected = 0;
};

json read_json(const std::string& path) { return json::parse(std::ifstream(path)); }

wedge::Result<wedge::Tensor> read_tensor(const std::string& path, const json& entry) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  const auto shape = wedge::Shape::from(entry["dims"].get<std::vector<int64_t>>());
  if (!shape) return std::unexpected(shape.error());
  const auto dtype = entry["dtype"] == "int64" ? wedge::DType::i64 : wedge::DType::f32;
  auto view = wedge::Tensor::wrap_bytes(dtype, std::as_bytes(std::span(bytes)), *shape, true, nullptr);
  if (!view) return view;
  return view->clone();
}

void compare(std::span<const float> actual, std::span<const float> expected, const Tolerance& tolerance,
             Difference& result) {
  for (size_t i = 0; i < actual.size(); ++i) {
    const double a = actual[i];
    const double e = expected[i];
    const double error = std::isnan(a) == std::isnan(e) ? (a == e || std::isnan(a) ? 0 : std::fabs(a - e)) : INFINITY;
    result.worst_error = std::fmax(result.worst_error, error);
    result.worst_share =
        std::fmax(result.worst_share, error / (tolerance.absolute + tolerance.relative * std::fabs(e)));
    result.dot += a * e;
    result.norm_actual += a * a;
    result.norm_expected += e * e;
  }
}

bool check(const std::string& kit, const std::string& name, const json& entry, const wedge::SessionOptions& options,
           const Tolerance& tolerance) {
  const auto failed = [&](const std::string& why) {
    std::printf("%-26s FAILED: %s\n", name.c_str(), why.c_str());
    return false;
  };
  const auto session = wedge::Session::load(kit + "/" + entry["model"].get<std::string>(), options);
  if (!session) return failed(session.error().to_string());
  std::vector<wedge::NamedTensor> feeds;
  for (const json& input : entry["inputs"]) {
    auto tensor = read_tensor(kit + "/" + input["file"].get<std::string>(), input);
    if (!tensor) return failed(tensor.error().to_string());
    feeds.push_back({.name = input["name"], .tensor = *std::move(tensor)});
  }
  const auto outputs = session->run(feeds);
  if (!outputs) return failed(outputs.error().to_string());
  Difference difference;
  for (const json& output : read_json(kit + "/ref/" + name + "/ref.json")["outputs"]) {
    const auto expected = read_tensor(kit + "/" + output["file"].get<std::string>(), output);
    if (!expected) return failed(expected.error().to_string());
    const auto actual = outputs->get(output["name"].get<std::string>());
    if (!actual) return failed(actual.error().to_string());
    if (actual->shape() != expected->shape() || actual->dtype() != expected->dtype()) {
      return failed("output '" + output["name"].get<std::string>() + "' is " + to_string(actual->shape()) +
                    ", expected " + to_string(expected->shape()));
    }
    if (actual->dtype() != wedge::DType::f32) continue;
    compare(*actual->view<float>(), *expected->view<float>(), tolerance, difference);
  }
  const double norms = std::sqrt(difference.norm_actual * difference.norm_expected);
  const double cosine = norms == 0 ? 1.0 : difference.dot / norms;
  const bool quantized = name.find("int8") != std::string::npos;
  const bool good = quantized ? cosine >= 0.999 : difference.worst_share <= 1;
  wedge::Binding binding = session->bind();
  for (const wedge::NamedTensor& feed : feeds) {
    if (const auto done = binding.set_input(feed.name, feed.tensor); !done) return failed(done.error().to_string());
  }
  const auto allocations = wedge::test::allocations_in_steady_state(binding);
  if (!allocations) return failed(allocations.error().to_string());
  std::printf("%-26s %s  worst error %.3g, %.1f%% of the tolerance, cosine %.9f, %zu allocations\n", name.c_str(),
              good ? "ok    " : "WRONG ", difference.worst_error, difference.worst_share * 100, cosine, *allocations);
  return good && *allocations == 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names;
  Tolerance tolerance;
  wedge::SessionOptions options{.threads = 1, .log = {}};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("--threads=")) {
      options.threads = static_cast<unsigned>(std::atoi(argument.c_str() + 10));
    } else if (argument.starts_with("--without=")) {
      options.without_passes.push_back(argument.substr(10));
    } else if (argument.starts_with("--rtol=")) {
      tolerance.relative = std::atof(argument.c_str() + 7);
    } else if (argument.starts_with("--atol=")) {
      tolerance.absolute = std::atof(argument.c_str() + 7);
    } else {
      names.push_back(argument);
    }
  }
  if (names.empty()) {
    std::fprintf(stderr, "usage: wedge-kit-check KIT [CASE...] [--threads=N] [--without=PASS] [--rtol=R] [--atol=A]\n");
    return 2;
  }
  const std::string kit = names.front();
  names.erase(names.begin());
  const json cases = read_json(kit + "/cases.json");
  if (names.empty()) {
    for (const auto& [name, entry] : cases.items()) names.push_back(name);
  }
  bool good = true;
  for (const std::string& name : names) good &= check(kit, name, cases.at(name), options, tolerance);
  return good ? 0 : 1;
}
