// Gemm: alpha * A * B + beta * C of matrices, A and B transposed at will. FusedGemm of com.microsoft has an activation
// after it.
#include "kernels/gemm.h"

#include "kernels/reference.h"
#include "ops/constant_matrix.h"
#include "ops/finish.h"
#include "ops/fused_activation.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

constexpr size_t absent = SIZE_MAX;

struct Product {
  size_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  float alpha = 1, beta = 1;
  /// How C repeats over the output, in elements.
  int64_t c_row_stride = 0, c_column_stride = 0;

  [[nodiscard]] ptrdiff_t a_row_stride() const { return transpose_a ? 1 : static_cast<ptrdiff_t>(k); }
  [[nodiscard]] ptrdiff_t a_column_stride() const { return transpose_a ? static_cast<ptrdiff_t>(m) : 1; }
  [[nodiscard]] ptrdiff_t b_row_stride() const { return transpose_b ? 1 : static_cast<ptrdiff_t>(n); }
  [[nodiscard]] ptrdiff_t b_column_stride() const { return transpose_b ? static_cast<ptrdiff_t>(k) : 1; }
};

bool fits(Dim part, Dim whole) { return part.is(1) || !conflict(part, whole); }

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(
      0, {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i32, DType::i64, DType::u32, DType::u64}));
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_TRY(context.expect_rank(0, 2, 2));
  WEDGE_TRY(context.expect_rank(1, 2, 2));
  WEDGE_TRY(context.expect_rank(2, 0, 2));
  WEDGE_ASSIGN(const bool transpose_a, context.attributes().flag("transA", false));
  WEDGE_ASSIGN(const bool transpose_b, context.attributes().flag("transB", false));
  const SymbolicShape& a = context.shape(0);
  const SymbolicShape& b = context.shape(1);
  SymbolicShape shape = SymbolicShape::of_rank(2);
  if (a.has_rank()) shape[0] = a[transpose_a ? 1 : 0];
  if (b.has_rank()) shape[1] = b[transpose_b ? 0 : 1];
  if (a.has_rank() && b.has_rank() && conflict(a[transpose_a ? 0 : 1], b[transpose_b ? 1 : 0])) {
    return fail(ErrorCode::invalid_model, "cannot multiply ", a, transpose_a ? " transposed" : "", " by ", b,
                transpose_b ? " transposed" : "");
  }
  if (context.has_input(2) && context.shape(2).has_rank()) {
    const SymbolicShape& c = context.shape(2);
    for (size_t i = 0; i < c.rank(); ++i) {
      if (fits(c[c.rank() - 1 - i], shape[1 - i])) continue;
      return fail(ErrorCode::invalid_model, "C of shape ", c, " does not broadcast to ", shape);
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Product> read_product(const PrepareContext& context) {
  Product p;
  WEDGE_ASSIGN(p.transpose_a, context.attributes().flag("transA", false));
  WEDGE_ASSIGN(p.transpose_b, context.attributes().flag("transB", false));
  WEDGE_ASSIGN(p.alpha, context.attributes().number("alpha", 1));
  WEDGE_ASSIGN(p.beta, context.attributes().number("beta", 1));
  const Shape shape = context.output_shape(0);
  p.m = static_cast<size_t>(shape[0]);
  p.n = static_cast<size_t>(shape[1]);
  p.k = static_cast<size_t>(context.input_shape(0)[p.transpose_a ? 0 : 1]);
  if (!context.has_input(2)) {
    p.beta = 0;
  } else {
    const Shape c = context.input_shape(2);
    const int64_t columns = c.rank() == 0 ? 1 : c[c.rank() - 1];
    if (columns != 1) p.c_column_stride = 1;
    if (c.rank() == 2 && c[0] != 1) p.c_row_stride = columns;
  }
  return p;
}

// Output = beta * C.
template <typename T, typename A>
void start_from_c(const Product& p, const T* c, A beta, T* output) {
  for (size_t i = 0; i < p.m; ++i, c += p.c_row_stride) {
    for (size_t j = 0; j < p.n; ++j) {
      *output++ = static_cast<T>(beta * static_cast<A>(c[static_cast<int64_t>(j) * p.c_column_stride]));
    }
  }
}

Result<Kernel> prepare_f32(PrepareContext& context, const Product& p) {
  using kernels::GemmArguments;
  GemmArguments g{.m = p.m, .n = p.n, .k = p.k};
  g.a = {nullptr, p.a_row_stride(), p.a_column_stride()};
  g.b = {nullptr, p.b_row_stride(), p.b_column_stride()};
  g.c_stride = static_cast<ptrdiff_t>(p.n);
  g.alpha = p.alpha;
  WEDGE_ASSIGN(g.packed_b, pack_matrix(context, 1, {p.k, p.n, g.b.row_stride, g.b.column_stride}));
  const bool column_bias = p.beta == 1 && p.c_row_stride == 0 && p.c_column_stride == 1;
  const bool row_bias = p.beta == 1 && p.c_row_stride == 1 && p.c_column_stride == 0;
  g.accumulate = p.beta != 0 && !column_bias && !row_bias;
  const Scratch scratch = context.scratch(kernels::gemm_scratch_bytes(g, context.workers()));
  context.name_kernel(p.m == 1 ? "gemv_f32" : "gemm_f32");
  return [=](RunContext& run) -> Result<> {
    GemmArguments call = g;
    call.a.data = run.input<float>(0).data();
    call.b.data = run.input<float>(1).data();
    call.c = run.output<float>(0).data();
    if (column_bias) call.column_bias = run.input<float>(2).data();
    if (row_bias) call.row_bias = run.input<float>(2).data();
    if (call.accumulate) start_from_c(p, run.input<float>(2).data(), p.beta, call.c);
    kernels::gemm(call, run.scratch(scratch), run.workers());
    return {};
  };
}

template <typename T>
Kernel reference_kernel(const Product& p) {
  using A = AccumulatorType<T>;
  const auto scale = [](float factor) {
    return std::is_integral_v<A> ? static_cast<A>(static_cast<int64_t>(factor)) : static_cast<A>(factor);
  };
  return [=](RunContext& run) -> Result<> {
    T* output = run.output<T>(0).data();
    if (p.beta != 0) start_from_c(p, run.input<T>(2).data(), scale(p.beta), output);
    reference::gemm<T, A>(p.m, p.n, p.k, run.input<T>(0).data(), p.a_row_stride(), p.a_column_stride(),
                          run.input<T>(1).data(), p.b_row_stride(), p.b_column_stride(), output,
                          static_cast<ptrdiff_t>(p.n), scale(p.alpha), p.beta != 0);
    return {};
  };
}

// Integers are multiplied in integers, so that their factors must be some.
bool is_integral_factor(float factor) {
  return factor >= -1e9F && factor <= 1e9F && factor == static_cast<float>(static_cast<int64_t>(factor));
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const Product p, read_product(context));
  context.count_product(p.m, p.n, p.k);
  const DType dtype = context.dtype(0);
  if (dtype == DType::f32 && p.k != 0) return prepare_f32(context, p);
  if (is_integer(dtype) && (!is_integral_factor(p.alpha) || !is_integral_factor(p.beta))) {
    return fail(ErrorCode::unsupported, "alpha and beta of ", p.alpha, " and ", p.beta, " for ", dtype);
  }
  context.name_kernel("reference");
  Kernel kernel;
  const bool known = visit_numbers(dtype, [&]<typename T>() { kernel = reference_kernel<T>(p); });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", dtype);
  return kernel;
}

Result<> infer_fused(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16}));
  return infer(context);
}

Result<std::optional<float>> optional_number(const Attributes& attributes, std::string_view name) {
  if (!attributes.has(name)) return std::nullopt;
  WEDGE_ASSIGN(const float number, attributes.number(name, 0));
  return number;
}

Result<Kernel> prepare_fused(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  const Attributes& attributes = context.attributes();
  WEDGE_ASSIGN(const auto name, attributes.string("activation", ""));
  WEDGE_ASSIGN(const auto alpha, optional_number(attributes, "activation_alpha"));
  WEDGE_ASSIGN(const auto beta, optional_number(attributes, "activation_beta"));
  WEDGE_ASSIGN(const kernels::ConvFinish finish, activation_finish(name, alpha, beta));
  WEDGE_ASSIGN(Kernel kernel, prepare(context));
  return with_finish(std::move(kernel), finish, absent);
}

}  // namespace

WEDGE_OPERATOR(onnx, Gemm) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};
WEDGE_OPERATOR(microsoft, FusedGemm) = {
    .infer = infer_fused, .prepare = prepare_fused, .min_inputs = 2, .max_inputs = 3};

}  // namespace wedge
