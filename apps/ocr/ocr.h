// Reads the text in a picture with the PP-OCRv4 models: detection, direction, recognition.
#pragma once

#include <string>
#include <vector>

#include "ocr/ctc.h"
#include "ocr/image.h"
#include "ocr/text_boxes.h"
#include "wedge/session.h"

namespace wedge::ocr {

struct OcrOptions {
  size_t max_side = 960;           ///< larger pictures are shrunk to this before text is looked for
  BoxOptions boxes;                ///< what counts as text
  float upside_down_score = 0.9F;  ///< how sure the model must be to turn a line by half a turn
  float min_score = 0.5F;          ///< readings less sure than this are dropped
};

struct TextLine {
  std::string text;
  float score = 0;  ///< mean probability of the characters
  Quad box;         ///< where, in pixels of the picture
};

/// Paths of what a reader is made of.
struct TextReaderFiles {
  std::string detection;
  std::string direction;
  std::string recognition;
  std::string alphabet;

  /// ch_PP-OCRv4_det_infer.onnx, ch_ppocr_mobile_v2.0_cls_infer.onnx, ch_PP-OCRv4_rec_infer.onnx and
  /// ppocr_keys_v1.txt in a folder.
  static TextReaderFiles in(const std::string& folder);
};

/// The three models and the alphabet. Reading from several threads at once is safe.
class TextReader {
 public:
  static Result<TextReader> load(const TextReaderFiles& files, const SessionOptions& options = {});

  /// The lines of text in reading order.
  [[nodiscard]] Result<std::vector<TextLine>> read(const Image& image, const OcrOptions& options = {}) const;

 private:
  TextReader(Session detection, Session direction, Session recognition, Alphabet alphabet);
  [[nodiscard]] Result<std::vector<Quad>> detect(const Image& image, const OcrOptions& options) const;
  [[nodiscard]] Result<bool> is_upside_down(const Image& line, float min_score) const;
  [[nodiscard]] Result<Reading> recognise(const Image& line) const;

  Session detection_;
  Session direction_;
  Session recognition_;
  Alphabet alphabet_;
};

}  // namespace wedge::ocr
