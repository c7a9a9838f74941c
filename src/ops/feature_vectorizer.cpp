// FeatureVectorizer of ai.onnx.ml: tensors side by side as rows of floats, each cut or filled up with zeros to the
// width that is declared for it.
#include <algorithm>

#include "ops/operator.h"
#include "tensor/float_access.h"

namespace wedge {
namespace {

Dim row_count(const SymbolicShape& shape) {
  if (!shape.has_rank()) return Dim::unknown();
  return shape.rank() == 1 ? Dim(1) : shape[0];
}

Dim row_width(const SymbolicShape& shape) {
  if (!shape.has_rank()) return Dim::unknown();
  return shape.rank() == 1 ? shape[0] : shape.numel(1, shape.rank());
}

// How wide each input is in the output.
Result<std::vector<Dim>> read_widths(const NodeView& node) {
  WEDGE_ASSIGN(const auto declared, node.attributes().integers("inputdimensions"));
  std::vector<Dim> widths;
  for (size_t i = 0; i < node.input_count(); ++i) {
    widths.push_back(declared.size() == node.input_count() ? Dim(declared[i]) : row_width(node.shape(i)));
  }
  const bool is_negative = std::ranges::any_of(declared, [](int64_t width) { return width < 0; });
  if (is_negative || (!declared.empty() && declared.size() != node.input_count())) {
    return fail(ErrorCode::invalid_model, "inputdimensions does not say a size for each of ", node.input_count(),
                " inputs");
  }
  return widths;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const auto widths, read_widths(context));
  Dim rows = Dim::unknown();
  Dim columns = 0;
  for (size_t i = 0; i < context.input_count(); ++i) {
    WEDGE_TRY(context.expect_dtype(i, {DType::f32, DType::f64, DType::i32, DType::i64}));
    WEDGE_TRY(context.expect_rank(i, 1, Shape::max_rank));
    const Dim count = row_count(context.shape(i));
    if (conflict(rows, count)) {
      return fail(ErrorCode::invalid_argument, "input ", i, " has ", count.value(), " rows, others ", rows.value());
    }
    if (!rows.is_known()) rows = count;
    columns = columns + widths[i];
  }
  context.set_output(0, DType::f32, {rows, columns});
  return {};
}

struct Part {
  DType dtype;
  size_t width;    // of the input's rows
  size_t copied;   // what of it is kept
  size_t columns;  // in the output
};

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const auto widths, read_widths(context));
  const auto rows = static_cast<size_t>(context.output_shape(0)[0]);
  const auto columns = static_cast<size_t>(context.output_shape(0)[1]);
  std::vector<Part> parts;
  for (size_t i = 0; i < widths.size(); ++i) {
    const auto width = static_cast<size_t>(row_width(context.shape(i)).value());
    const auto wanted = static_cast<size_t>(widths[i].value());
    parts.push_back({.dtype = context.dtype(i), .width = width, .copied = std::min(width, wanted), .columns = wanted});
  }
  return [=, parts = std::move(parts)](RunContext& run) -> Result<> {
    float* begin = run.output<float>(0).data();
    for (size_t i = 0; i < parts.size(); ++i) {
      const Part& part = parts[i];
      float* out = begin;
      for (size_t row = 0; row < rows; ++row, out += columns) {
        read_floats(part.dtype, run.input(i).data, row * part.width, part.copied, out);
        std::fill_n(out + part.copied, part.columns - part.copied, 0.0F);
      }
      begin += part.columns;
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(ml, FeatureVectorizer) = {.infer = infer, .prepare = prepare, .max_inputs = any_number};

}  // namespace wedge
