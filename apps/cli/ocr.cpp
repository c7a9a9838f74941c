// wedge ocr and wedge digits: the text, or the handwritten digits, in a picture.
#include "ocr/ocr.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/progress.h"
#include "ocr/annotate.h"
#include "ocr/digits.h"

namespace wedge::cli {
namespace {

using nlohmann::json;

struct OcrCommand {
  std::string picture;
  std::string models;
  ocr::TextReaderFiles files;  ///< those not taken from the folder
  std::string annotated;
  bool as_json = false;
  bool with_scores = false;
  SessionOptions session;
};

struct DigitsCommand {
  std::string picture;
  std::string model;
};

std::string default_models() {
  if (const char* cache = std::getenv("WEDGE_CACHE")) return std::string(cache) + "/models";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.cache/wedge/models";
}

void print_json(const std::vector<ocr::TextLine>& lines) {
  json out = json::array();
  for (const auto& line : lines) {
    json box = json::array();
    for (const auto& corner : line.box) box.push_back({corner.x, corner.y});
    out.push_back({{"text", line.text}, {"score", line.score}, {"box", box}});
  }
  std::printf("%s\n", out.dump(1, ' ', false, json::error_handler_t::replace).c_str());
}

ocr::TextReaderFiles files_of(const OcrCommand& options) {
  const auto standard = ocr::TextReaderFiles::in(options.models);
  const auto choose = [](const std::string& given, const std::string& otherwise) {
    return given.empty() ? otherwise : given;
  };
  return {.detection = choose(options.files.detection, standard.detection),
          .direction = choose(options.files.direction, standard.direction),
          .recognition = choose(options.files.recognition, standard.recognition),
          .alphabet = choose(options.files.alphabet, standard.alphabet)};
}

Result<std::vector<ocr::TextLine>> read_lines(const ocr::Image& image, const OcrCommand& options) {
  const Progress progress("loading");
  WEDGE_ASSIGN(const ocr::TextReader reader, ocr::TextReader::load(files_of(options), options.session));
  progress.say("reading");
  return reader.read(image);
}

Result<> read_picture(const OcrCommand& options) {
  WEDGE_ASSIGN(const ocr::Image image, ocr::load_image(options.picture));
  WEDGE_ASSIGN(const auto lines, read_lines(image, options));
  if (options.as_json) {
    print_json(lines);
  } else {
    for (const auto& line : lines) {
      if (options.with_scores) std::printf("%.3f  ", static_cast<double>(line.score));
      std::printf("%s\n", line.text.c_str());
    }
  }
  if (options.annotated.empty()) return {};
  return ocr::save_png(options.annotated, ocr::annotate(image, lines));
}

Result<> read_digits(const DigitsCommand& options) {
  WEDGE_ASSIGN(const ocr::Image image, ocr::load_image(options.picture));
  WEDGE_ASSIGN(const Session session, Session::load(options.model));
  WEDGE_ASSIGN(const ocr::Reading reading, ocr::read_digits(session, image));
  std::printf("%s\n", reading.text.c_str());
  return {};
}

}  // namespace

Command add_ocr(CLI::App& program) {
  auto options = std::make_shared<OcrCommand>();
  options->models = default_models();
  CLI::App* command = program.add_subcommand("ocr", "Read the text in a picture");
  command->add_option("picture", options->picture, "PNG, JPEG or BMP")->required();
  command->add_option("--models", options->models, "the folder of the PP-OCRv4 models")->capture_default_str();
  command->add_option("--det", options->files.detection, "another detection model");
  command->add_option("--cls", options->files.direction, "another direction model");
  command->add_option("--rec", options->files.recognition, "another recognition model");
  command->add_option("--keys", options->files.alphabet, "the characters of that recognition model, one a line");
  command->add_option("--annotate", options->annotated, "save the picture with the boxes drawn as this PNG");
  command->add_flag("--scores", options->with_scores, "print how sure the model is of each line");
  command->add_flag("--json", options->as_json, "print lines, scores and boxes as JSON");
  add_session_options(*command, options->session);
  command->footer(
      "scripts/fetch_models.sh brings the models.\n\n"
      "Example:\n  wedge ocr demos/ocr/notice.png --scores --annotate boxes.png");
  return [options] { return read_picture(*options); };
}

Command add_digits(CLI::App& program) {
  auto options = std::make_shared<DigitsCommand>();
  options->model = "models/digits.onnx";
  CLI::App* command = program.add_subcommand("digits", "Read a row of handwritten digits");
  command->add_option("picture", options->picture, "a row of digits, dark on light")->required();
  command->add_option("--model", options->model, "the digits model")->capture_default_str();
  command->footer("Example:\n  wedge digits models/digits.png");
  return [options] { return read_digits(*options); };
}

}  // namespace wedge::cli
