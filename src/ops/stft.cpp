// STFT: the Fourier transforms of frames of a signal, each under a window.
#include "kernels/fourier.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

using Complex = kernels::Fourier::Complex;

struct Frames {
  int64_t step = 0;
  int64_t length = 0;
  bool onesided = true;

  [[nodiscard]] int64_t bins() const { return onesided ? length / 2 + 1 : length; }
  [[nodiscard]] int64_t count(int64_t signal) const { return signal < length ? 0 : (signal - length) / step + 1; }
};

// nullopt while an input is not known yet.
Result<std::optional<Frames>> read_frames(const NodeView& node) {
  Frames frames;
  WEDGE_ASSIGN(frames.onesided, node.attributes().flag("onesided", true));
  WEDGE_ASSIGN(const auto step, node.integers(1));
  WEDGE_ASSIGN(const auto length, node.integers(3));
  const auto window = node.has_input(2) ? node.shape(2).concrete() : std::nullopt;
  if (!step || (node.has_input(3) && !length) || (node.has_input(2) && !window)) return std::nullopt;
  if (step->size() != 1 || (length && length->size() != 1) || (window && window->rank() != 1)) {
    return fail(ErrorCode::invalid_model, "frame_step and frame_length must be single numbers, the window a vector");
  }
  if (!length && !window) return fail(ErrorCode::invalid_model, "neither a window nor frame_length is given");
  frames.step = step->front();
  frames.length = length ? length->front() : (*window)[0];
  constexpr int64_t longest = int64_t{1} << 22U;
  if (frames.step < 1 || frames.length < 1 || frames.length > longest || (window && (*window)[0] != frames.length)) {
    return fail(ErrorCode::invalid_model, "frames of ", frames.length, " in steps of ", frames.step,
                " under a window of ", window ? (*window)[0] : frames.length);
  }
  return frames;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_TRY(context.expect_rank(0, 2, 3));
  const SymbolicShape& signal = context.shape(0);
  WEDGE_ASSIGN(const auto frames, read_frames(context));
  SymbolicShape shape = SymbolicShape::of_rank(4);
  shape[3] = 2;
  if (frames) shape[2] = frames->bins();
  if (signal.has_rank()) {
    shape[0] = signal[0];
    if (frames && signal[1].is_known()) shape[1] = frames->count(signal[1].value());
    if (signal.rank() == 3 && signal[2].is_known() && signal[2].value() != 1 && signal[2].value() != 2) {
      return fail(ErrorCode::invalid_model, "the last dimension of ", signal, " must be 1 or 2");
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

template <typename T>
double number(T value) {
  return static_cast<double>(static_cast<ArithmeticType<T>>(value));
}

template <typename T>
void transform_frame(RunContext& run, const kernels::Fourier& fourier, const T* samples, size_t parts, Complex* data,
                     Complex* work) {
  for (size_t i = 0; i < fourier.length(); ++i) {
    data[i] = {number(samples[i * parts]), parts == 2 ? number(samples[i * parts + 1]) : 0.0};
    if (run.has_input(2)) data[i] *= number(run.input<T>(2)[i]);
  }
  fourier.transform(data, work, false);
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape signal = context.input_shape(0);
  const Shape output = context.output_shape(0);
  WEDGE_ASSIGN(const auto frames, read_frames(context));
  if (!frames) return fail(ErrorCode::internal, "the frames are not known");
  if (output.numel() == 0) return Kernel();
  kernels::Fourier fourier(static_cast<size_t>(frames->length));
  const Scratch data = context.scratch(fourier.length(), sizeof(Complex));
  const Scratch work = context.scratch(fourier.work_size(), sizeof(Complex));
  const auto parts = static_cast<size_t>(signal.rank() == 3 ? signal[2] : 1);
  const auto row = static_cast<size_t>(signal[1]) * parts;
  const auto count = static_cast<size_t>(output[1]);
  const auto bins = static_cast<size_t>(output[2]);
  const size_t step = static_cast<size_t>(frames->step) * parts;
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [=, fourier = std::move(fourier)](RunContext& run) -> Result<> {
      auto* spectrum = run.scratch<Complex>(data);
      T* out = run.output<T>(0).data();
      for (size_t frame = 0; frame < static_cast<size_t>(signal[0]) * count; ++frame) {
        const T* samples = run.input<T>(0).data() + frame / count * row + frame % count * step;
        transform_frame(run, fourier, samples, parts, spectrum, run.scratch<Complex>(work));
        for (size_t i = 0; i < bins; ++i) {
          *out++ = static_cast<T>(static_cast<ArithmeticType<T>>(spectrum[i].real()));
          *out++ = static_cast<T>(static_cast<ArithmeticType<T>>(spectrum[i].imag()));
        }
      }
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, STFT) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 4};

}  // namespace wedge
