// DFT: the Fourier transform along an axis of real or complex numbers, which have a last dimension of 1 or 2; one-sided
// spectra of real signals keep the half that tells the other.
#include "kernels/fourier.h"
#include "ops/axis_split.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

using Complex = kernels::Fourier::Complex;

// Chirps are made of this many numbers while planning.
constexpr int64_t longest = int64_t{1} << 22U;

struct Transform {
  bool inverse = false;
  bool onesided = false;
  size_t axis = 0;
  int64_t length = 0;

  // Spectrum to signal of real numbers.
  [[nodiscard]] bool gives_reals() const { return inverse && onesided; }
  [[nodiscard]] int64_t kept() const { return onesided && !inverse ? length / 2 + 1 : length; }
};

// nullopt while an input is not known yet.
Result<std::optional<Transform>> read_transform(const NodeView& node) {
  constexpr int64_t first_with_axis_input = 20;
  const SymbolicShape& shape = node.shape(0);
  Transform transform;
  WEDGE_ASSIGN(transform.inverse, node.attributes().flag("inverse", false));
  WEDGE_ASSIGN(transform.onesided, node.attributes().flag("onesided", false));
  std::optional<int64_t> axis;
  if (node.version() < first_with_axis_input) {
    WEDGE_ASSIGN(axis, node.attributes().integer("axis", 1));
  } else if (!node.has_input(2)) {
    axis = -2;
  } else {
    WEDGE_ASSIGN(const auto given, node.integers(2));
    if (given && given->size() != 1) return fail(ErrorCode::invalid_model, "the axis must be one number");
    if (given) axis = given->front();
  }
  WEDGE_ASSIGN(const auto length, node.integers(1));
  if (!axis || (node.has_input(1) && !length) || !shape.has_rank()) return std::nullopt;
  WEDGE_ASSIGN(transform.axis, resolve_axis(*axis, shape.rank()));
  if (transform.axis + 1 == shape.rank()) {
    return fail(ErrorCode::invalid_model, "the last axis of ", shape, " holds real and imaginary parts");
  }
  if (node.has_input(1)) {
    if (length->size() != 1) return fail(ErrorCode::invalid_model, "dft_length must be one number");
    transform.length = length->front();
  } else if (!shape[transform.axis].is_known()) {
    return std::nullopt;
  } else {
    const int64_t dim = shape[transform.axis].value();
    transform.length = transform.gives_reals() ? 2 * (dim - 1) : dim;
  }
  if (transform.length < 1 || transform.length > longest) {
    return fail(ErrorCode::invalid_model, "a transform of ", transform.length, " numbers");
  }
  return transform;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank()) {
    const Dim parts = shape[shape.rank() - 1];
    if (parts.is_known() && parts.value() != 1 && parts.value() != 2) {
      return fail(ErrorCode::invalid_model, "the last dimension of ", shape, " must be 1 or 2");
    }
    WEDGE_ASSIGN(const auto transform, read_transform(context));
    if (!transform) {
      for (size_t i = 0; i < shape.rank(); ++i) shape[i] = Dim::unknown();
    } else {
      shape[transform->axis] = transform->kept();
      shape[shape.rank() - 1] = transform->gives_reals() ? 1 : 2;
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

template <typename T>
Complex read(const T* in, int64_t at, bool is_complex) {
  const auto part = [&](int64_t i) { return static_cast<double>(static_cast<ArithmeticType<T>>(in[i])); };
  return is_complex ? Complex(part(2 * at), part(2 * at + 1)) : Complex(part(at), 0);
}

template <typename T>
T store(double value) {
  return static_cast<T>(static_cast<ArithmeticType<T>>(value));
}

// The numbers of a line, with zeros or the mirrored half after them.
template <typename T>
void read_line(const T* in, const AxisSplit& split, int64_t line, bool is_complex, const Transform& transform,
               Complex* data) {
  const int64_t start = split.start(line);
  for (int64_t i = 0; i < transform.length; ++i) {
    if (i < split.count) {
      data[i] = read(in, start + i * split.inner, is_complex);
    } else if (transform.gives_reals() && transform.length - i < split.count) {
      data[i] = std::conj(read(in, start + (transform.length - i) * split.inner, is_complex));
    } else {
      data[i] = 0;
    }
  }
}

template <typename T>
void write_line(const Complex* data, const AxisSplit& split, int64_t line, bool is_complex, T* out) {
  const int64_t start = split.start(line);
  for (int64_t i = 0; i < split.count; ++i) {
    const int64_t at = start + i * split.inner;
    if (is_complex) {
      out[2 * at] = store<T>(data[i].real());
      out[2 * at + 1] = store<T>(data[i].imag());
    } else {
      out[at] = store<T>(data[i].real());
    }
  }
}

// The dimensions without the last one, which holds the parts of a number.
AxisSplit split_of(const Shape& shape, size_t axis) {
  return {shape.numel(0, axis), shape[axis], shape.numel(axis + 1, shape.rank() - 1)};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  const Shape output = context.output_shape(0);
  if (output.numel() == 0 || shape.numel() == 0)
    return fail(ErrorCode::invalid_model, "the signal ", shape, " is empty");
  WEDGE_ASSIGN(const auto transform, read_transform(context));
  if (!transform) return fail(ErrorCode::internal, "the axis is not known");
  const AxisSplit in = split_of(shape, transform->axis);
  const AxisSplit out = split_of(output, transform->axis);
  const bool is_complex = shape[shape.rank() - 1] == 2;
  kernels::Fourier fourier(static_cast<size_t>(transform->length));
  const Scratch data = context.scratch(fourier.length(), sizeof(Complex));
  const Scratch work = context.scratch(fourier.work_size(), sizeof(Complex));
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [=, fourier = std::move(fourier), transform = *transform](RunContext& run) -> Result<> {
      auto* line_data = run.scratch<Complex>(data);
      for (int64_t line = 0; line < in.lines(); ++line) {
        read_line(run.input<T>(0).data(), in, line, is_complex, transform, line_data);
        fourier.transform(line_data, run.scratch<Complex>(work), transform.inverse);
        write_line(line_data, out, line, !transform.gives_reals(), run.output<T>(0).data());
      }
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, DFT) = {.infer = infer, .prepare = prepare, .max_inputs = 3};

}  // namespace wedge
