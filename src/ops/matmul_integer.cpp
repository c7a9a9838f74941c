// Products of 8-bit matrices, summed in 32 bits. MatMulInteger gives the sums and QLinearMatMul scales and rounds them
// back to 8 bits; of com.microsoft, MatMulIntegerToFloat makes them floats, and DynamicQuantizeMatMul does so with a
// first operand that it quantises itself.
#include <algorithm>

#include "kernels/integer_gemm.h"
#include "ops/attention.h"
#include "ops/matrix_products.h"
#include "ops/quantization.h"
#include "ops/zero_points.h"

namespace wedge {
namespace {

constexpr size_t absent = SIZE_MAX;

// Which inputs are what.
struct Roles {
  size_t a, a_zero, b, b_zero;
  size_t a_scale = absent, b_scale = absent, y_scale = absent, y_zero = absent, bias = absent;

  [[nodiscard]] bool quantizes_a() const { return b_scale != absent && a_scale == absent; }
  [[nodiscard]] bool makes_floats() const { return b_scale != absent && y_scale == absent; }
};
constexpr Roles integer_roles = {.a = 0, .a_zero = 2, .b = 1, .b_zero = 3};
constexpr Roles linear_roles = {
    .a = 0, .a_zero = 2, .b = 3, .b_zero = 5, .a_scale = 1, .b_scale = 4, .y_scale = 6, .y_zero = 7};
constexpr Roles float_roles = {.a = 0, .a_zero = 4, .b = 1, .b_zero = 5, .a_scale = 2, .b_scale = 3, .bias = 6};
constexpr Roles dynamic_roles = {.a = 0, .a_zero = absent, .b = 1, .b_zero = 3, .b_scale = 2, .bias = 4};

Result<> infer_integer(InferContext& context) {
  WEDGE_TRY(expect_quantized(context, integer_roles.a, integer_roles.a_zero));
  WEDGE_TRY(expect_quantized(context, integer_roles.b, integer_roles.b_zero));
  return infer_products(context, integer_roles.a, integer_roles.b, DType::i32);
}

Result<> infer_linear(InferContext& context) {
  WEDGE_TRY(expect_quantized(context, linear_roles.a, linear_roles.a_zero));
  WEDGE_TRY(expect_quantized(context, linear_roles.b, linear_roles.b_zero));
  WEDGE_TRY(context.expect_dtype(linear_roles.y_zero, {DType::u8, DType::i8}));
  for (const size_t i : {linear_roles.a_scale, linear_roles.b_scale, linear_roles.y_scale}) {
    WEDGE_TRY(context.expect_dtype(i, {DType::f32, DType::f16, DType::bf16}));
  }
  return infer_products(context, linear_roles.a, linear_roles.b, context.dtype(linear_roles.y_zero));
}

Result<> expect_bias(const NodeView& node, size_t input, size_t b) {
  if (!node.has_input(input) || !node.shape(input).has_rank() || !node.shape(b).has_rank()) return {};
  const SymbolicShape& matrix = node.shape(b);
  const Dim columns = matrix.rank() > 1 ? matrix[matrix.rank() - 1] : Dim(1);
  if (node.shape(input).rank() == 1 && !conflict(node.shape(input)[0], columns)) return {};
  return fail(ErrorCode::invalid_model, "a bias of shape ", node.shape(input), " does not fit ", matrix);
}

Result<> infer_floats(InferContext& context) {
  constexpr Roles roles = float_roles;
  WEDGE_TRY(expect_quantized(context, roles.a, roles.a_zero));
  WEDGE_TRY(expect_quantized(context, roles.b, roles.b_zero));
  WEDGE_TRY(context.expect_dtype(roles.a_scale, {DType::f32, DType::f16}));
  for (const size_t i : {roles.b_scale, roles.bias}) WEDGE_TRY(context.expect_same_dtype(roles.a_scale, i));
  WEDGE_TRY(infer_products(context, roles.a, roles.b, context.dtype(roles.a_scale)));
  return expect_bias(context, roles.bias, roles.b);
}

Result<> infer_dynamic(InferContext& context) {
  constexpr Roles roles = dynamic_roles;
  for (const size_t i : {roles.a, roles.b_scale, roles.bias}) WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
  WEDGE_TRY(expect_quantized(context, roles.b, roles.b_zero));
  WEDGE_TRY(infer_products(context, roles.a, roles.b, DType::f32));
  return expect_bias(context, roles.bias, roles.b);
}

// The sums of one row, with the zero point of A taken out; that of B is left in. Unsigned, since sums wrap.
template <typename A, typename B>
void multiply_row(const A* a, int32_t a_zero, const B* b, size_t k, size_t n, uint32_t* sums) {
  std::fill_n(sums, n, 0U);
  for (size_t p = 0; p < k; ++p) {
    const int32_t factor = static_cast<int32_t>(a[p]) - a_zero;
    const B* row = b + p * n;
    for (size_t j = 0; j < n; ++j) sums[j] += static_cast<uint32_t>(factor * static_cast<int32_t>(row[j]));
  }
}

using MultiplyRow = void (*)(const std::byte* a, int32_t a_zero, const std::byte* b, size_t k, size_t n,
                             uint32_t* sums);

template <typename A, typename B>
void multiply_row_bytes(const std::byte* a, int32_t a_zero, const std::byte* b, size_t k, size_t n, uint32_t* sums) {
  multiply_row(reinterpret_cast<const A*>(a), a_zero, reinterpret_cast<const B*>(b), k, n, sums);
}

MultiplyRow multiply_for(DType a, DType b) {
  if (a == DType::u8)
    return b == DType::u8 ? multiply_row_bytes<uint8_t, uint8_t> : multiply_row_bytes<uint8_t, int8_t>;
  return b == DType::u8 ? multiply_row_bytes<int8_t, uint8_t> : multiply_row_bytes<int8_t, int8_t>;
}

template <typename A>
int32_t sum_of(const std::byte* a, size_t k) {
  int32_t sum = 0;
  for (size_t p = 0; p < k; ++p) sum += reinterpret_cast<const A*>(a)[p];
  return sum;
}

bool is_single(const PrepareContext& context, size_t input) {
  return input == absent || !context.has_input(input) || context.input_shape(input).numel() == 1;
}

// The plain loop stands in where rows of A have zero points or scales of their own, or the matrices of a batch do.
bool suits_fast_kernel(const PrepareContext& context, const Roles& roles, const Products& p) {
  const auto suits = [&](size_t input) {
    return is_single(context, input) || context.input_shape(input).numel() == static_cast<int64_t>(p.n);
  };
  return is_single(context, roles.a_zero) && is_single(context, roles.a_scale) && suits(roles.b_zero) &&
         suits(roles.b_scale);
}

kernels::IntegerMatrix matrix_b(const Products& p, const std::byte* data, bool is_signed) {
  return {.data = data, .is_signed = is_signed, .depth = p.k, .n = p.n, .row_stride = static_cast<ptrdiff_t>(p.n)};
}

// Rows of all matrices that share B are one product.
Result<Kernel> fast_kernel(PrepareContext& context, const Roles& roles, const Products& p) {
  const bool b_is_shared = context.input_shape(roles.b).numel() == static_cast<int64_t>(p.k * p.n) &&
                           context.input_shape(roles.a).numel() == static_cast<int64_t>(p.count() * p.m * p.k);
  const size_t products = b_is_shared ? 1 : p.count();
  kernels::IntegerProduct product{.m = b_is_shared ? p.m * p.count() : p.m,
                                  .n = p.n,
                                  .depth = p.k,
                                  .a_is_signed = context.dtype(roles.a) == DType::i8,
                                  .b_is_signed = context.dtype(roles.b) == DType::i8,
                                  .clamp = {}};
  product.c_stride = p.n;
  if (roles.y_scale != absent) {
    product.result = context.output_dtype(0) == DType::i8 ? kernels::IntegerResult::i8 : kernels::IntegerResult::u8;
  }
  if (roles.makes_floats()) product.result = kernels::IntegerResult::floats;
  const DType c_dtype = context.output_dtype(0);
  const bool has_bias = roles.bias != absent && context.has_input(roles.bias);
  ComputedOperand<float> floats;
  ComputedOperand<float> bias;
  if (roles.makes_floats()) floats = {context, c_dtype, p.count() * p.m * p.n};
  if (has_bias) bias = {context, c_dtype, p.n};
  const Scratch quantized =
      context.scratch(roles.quantizes_a() ? static_cast<size_t>(context.input_shape(roles.a).numel()) : 0);
  const size_t packed_size = kernels::integer_packed_bytes(1, p.k, p.n);
  const std::byte* constant = nullptr;
  if (b_is_shared) {
    WEDGE_ASSIGN(constant, context.pack(roles.b, "integer_gemm", packed_size, [&](std::byte* packed) {
      kernels::integer_pack(matrix_b(p, TensorRef(*context.constant(roles.b)).data, product.b_is_signed), packed);
    }));
  }
  const Scratch packed_at_run = context.scratch(constant == nullptr ? packed_size : 0);
  const Scratch zeros = context.scratch(p.n, sizeof(int32_t));
  const Scratch scales = context.scratch(roles.b_scale == absent ? 0 : p.n, sizeof(float));
  const Scratch scratch = context.scratch(kernels::integer_scratch_bytes(product, context.workers()));
  context.name_kernel("integer_gemm");
  return Kernel([=](RunContext& run) -> Result<> {
    kernels::IntegerProduct g = product;
    const std::byte* a = run.input(roles.a).data;
    kernels::Quantization of_a{.scale = roles.a_scale == absent ? 1.0F : Scales(run, roles.a_scale)[0],
                               .zero = ZeroPoints(run, roles.a_zero)[0]};
    if (roles.quantizes_a()) {
      of_a = choose_quantization(run.input<float>(roles.a));
      quantize(run.input<float>(roles.a), of_a, run.scratch<uint8_t>(quantized), run.workers());
      a = run.scratch(quantized);
    }
    g.a_zero = of_a.zero;
    if (read_zero_points(run, roles.b_zero, p.n, run.scratch<int32_t>(zeros))) {
      g.b_zeros = run.scratch<int32_t>(zeros);
    }
    if (roles.b_scale != absent) {
      const float row_scale = roles.y_scale == absent ? of_a.scale : of_a.scale / Scales(run, roles.y_scale)[0];
      float* to = run.scratch<float>(scales);
      if (run.input(roles.b_scale).dtype == DType::f32) {
        read_scales(run, roles.b_scale, row_scale, p.n, to);
      } else {
        const Scales b_scales(run, roles.b_scale);
        for (size_t j = 0; j < p.n; ++j) to[j] = row_scale * b_scales[j];
      }
      g.scales = run.scratch<float>(scales);
      g.c_zero = ZeroPoints(run, roles.y_zero)[0];
    }
    if (has_bias) g.float_bias = bias.read(run, run.input(roles.bias).data);
    std::byte* c = run.output(0).data;
    if (roles.makes_floats()) c = reinterpret_cast<std::byte*>(floats.target(run, c));
    const size_t c_bytes = product.m * p.n * (roles.makes_floats() ? sizeof(float) : byte_width(c_dtype));
    for (size_t i = 0; i < products; ++i) {
      const auto offsets = b_is_shared ? Products::Offsets{} : p.offsets(i);
      g.packed_b = constant;
      if (constant == nullptr) {
        kernels::integer_pack(matrix_b(p, run.input(roles.b).data + offsets.b, g.b_is_signed),
                              run.scratch(packed_at_run));
        g.packed_b = run.scratch(packed_at_run);
      }
      g.c = c + i * c_bytes;
      const kernels::MatrixRows rows{a + offsets.a, p.k};
      kernels::integer_gemm(g, rows, run.scratch(scratch), run.workers());
    }
    if (roles.makes_floats()) floats.write(run, run.output(0).data);
    return {};
  });
}

size_t line_count(const RunContext& run, size_t input) {
  return run.has_input(input) ? static_cast<size_t>(run.input(input).numel()) : 1;
}

// Runs finish(row, matrix, sums) on the sums of every row, both zero points taken out.
template <typename Finish>
Result<Kernel> product_kernel(PrepareContext& context, const Roles& roles, Finish finish) {
  const Shape a_shape = context.input_shape(roles.a);
  const Shape b_shape = context.input_shape(roles.b);
  const Products p = read_products(a_shape, b_shape, context.output_shape(0));
  context.count_int8_operations(p.operations());
  const size_t a_rows = a_shape.rank() > 1 ? static_cast<size_t>(a_shape[a_shape.rank() - 2]) : 1;
  for (const size_t i : {roles.a_zero, roles.a_scale}) {
    if (i != absent) WEDGE_TRY(expect_count(context, i, {a_rows, p.m, p.m * p.count()}));
  }
  for (const size_t i : {roles.b_zero, roles.b_scale}) {
    if (i != absent) WEDGE_TRY(expect_count(context, i, {p.n, p.n * p.count()}));
  }
  if (suits_fast_kernel(context, roles, p)) return fast_kernel(context, roles, p);
  const MultiplyRow multiply = multiply_for(context.dtype(roles.a), context.dtype(roles.b));
  const bool a_signed = context.dtype(roles.a) == DType::i8;
  const Scratch scratch = context.scratch_per_worker(p.n, sizeof(uint32_t));
  return Kernel([=](RunContext& run) -> Result<> {
    const ZeroPoints a_zero(run, roles.a_zero);
    const ZeroPoints b_zero(run, roles.b_zero);
    const size_t a_lines = line_count(run, roles.a_zero);
    const size_t b_lines = line_count(run, roles.b_zero);
    run.workers().run(p.count() * p.m, 1, [&](size_t begin, size_t end, unsigned worker) {
      auto* sums = run.scratch<uint32_t>(scratch, worker);
      for (size_t row = begin; row < end; ++row) {
        const size_t matrix = row / p.m;
        const auto offsets = p.offsets(matrix);
        const std::byte* a = run.input(roles.a).data + offsets.a + row % p.m * p.k;
        const int32_t zero = a_zero[row % a_lines];
        multiply(a, zero, run.input(roles.b).data + offsets.b, p.k, p.n, sums);
        const int32_t a_sum =
            (a_signed ? sum_of<int8_t>(a, p.k) : sum_of<uint8_t>(a, p.k)) - zero * static_cast<int32_t>(p.k);
        for (size_t j = 0; b_zero.tensor != nullptr && j < p.n; ++j) {
          sums[j] -= static_cast<uint32_t>(a_sum) * static_cast<uint32_t>(b_zero[(matrix * p.n + j) % b_lines]);
        }
        finish(run, row, matrix, std::span<const int32_t>(reinterpret_cast<const int32_t*>(sums), p.n));
      }
    });
    return {};
  });
}

Result<Kernel> prepare_integer(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  return product_kernel(context, integer_roles, [](RunContext& run, size_t row, size_t, std::span<const int32_t> sums) {
    std::ranges::copy(sums, run.output<int32_t>(0).data() + row * sums.size());
  });
}

Result<Kernel> prepare_linear(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  for (const size_t i : {linear_roles.y_scale, linear_roles.y_zero}) WEDGE_TRY(expect_count(context, i, {}));
  return product_kernel(
      context, linear_roles, [](RunContext& run, size_t row, size_t matrix, std::span<const int32_t> sums) {
        const float row_scale = Scales(run, linear_roles.a_scale)[row] / Scales(run, linear_roles.y_scale)[0];
        const Scales b_scales(run, linear_roles.b_scale);
        requantize(
            sums, [&](size_t j) { return row_scale * b_scales[matrix * sums.size() + j]; },
            ZeroPoints(run, linear_roles.y_zero)[0], run.output(0), row * sums.size());
      });
}

// A row as floats, each sum by the scale of its column, plus the bias.
void write_row(const RunContext& run, size_t row, size_t matrix, std::span<const int32_t> sums) {
  constexpr size_t block = 256;
  float numbers[block];
  float biases[block] = {};
  const TensorRef& out = run.output(0);
  const float row_scale = Scales(run, float_roles.a_scale)[row];
  const Scales b_scales(run, float_roles.b_scale);
  for (size_t first = 0; first < sums.size(); first += block) {
    const size_t count = std::min(block, sums.size() - first);
    if (run.has_input(float_roles.bias)) {
      read_floats(out.dtype, run.input(float_roles.bias).data, first, count, biases);
    }
    for (size_t i = 0; i < count; ++i) {
      const float scale = row_scale * b_scales[matrix * sums.size() + first + i];
      numbers[i] = static_cast<float>(sums[first + i]) * scale + biases[i];
    }
    write_floats(out.dtype, numbers, row * sums.size() + first, count, out.data);
  }
}

Result<Kernel> prepare_floats(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  return product_kernel(context, float_roles, write_row);
}

Result<Kernel> prepare_dynamic(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  const Products p = read_products(context.input_shape(dynamic_roles.a), context.input_shape(dynamic_roles.b),
                                   context.output_shape(0));
  for (const size_t i : {dynamic_roles.b_scale, dynamic_roles.b_zero}) WEDGE_TRY(expect_count(context, i, {p.n}));
  return fast_kernel(context, dynamic_roles, p);
}

}  // namespace

WEDGE_OPERATOR(onnx, MatMulInteger) = {
    .infer = infer_integer, .prepare = prepare_integer, .min_inputs = 2, .max_inputs = 4};
WEDGE_OPERATOR(onnx, QLinearMatMul) = {
    .infer = infer_linear, .prepare = prepare_linear, .min_inputs = 8, .max_inputs = 8};
WEDGE_OPERATOR(microsoft, MatMulIntegerToFloat) = {
    .infer = infer_floats, .prepare = prepare_floats, .min_inputs = 4, .max_inputs = 7};
WEDGE_OPERATOR(microsoft, DynamicQuantizeMatMul) = {
    .infer = infer_dynamic, .prepare = prepare_dynamic, .min_inputs = 3, .max_inputs = 5};

}  // namespace wedge
