// MatMulInteger and QLinearMatMul: products of 8-bit matrices, summed in 32 bits; the second scales and rounds them
// back to 8 bits.
#include <algorithm>

#include "kernels/integer_gemm.h"
#include "ops/matrix_products.h"
#include "ops/zero_points.h"

namespace wedge {
namespace {

constexpr size_t absent = SIZE_MAX;

// Which inputs are what.
struct Roles {
  size_t a, a_zero, b, b_zero;
  size_t a_scale = absent, b_scale = absent, y_scale = absent, y_zero = absent;
};
constexpr Roles integer_roles = {.a = 0, .a_zero = 2, .b = 1, .b_zero = 3};
constexpr Roles linear_roles = {
    .a = 0, .a_zero = 2, .b = 3, .b_zero = 5, .a_scale = 1, .b_scale = 4, .y_scale = 6, .y_zero = 7};

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
  const size_t packed_size = kernels::integer_packed_bytes(1, p.k, p.n);
  const std::byte* constant = nullptr;
  if (b_is_shared) {
    WEDGE_ASSIGN(constant, context.pack(roles.b, "integer_gemm", packed_size, [&](std::byte* packed) {
      kernels::integer_pack(matrix_b(p, TensorRef(*context.constant(roles.b)).data, product.b_is_signed), packed);
    }));
  }
  const Scratch packed_at_run = context.scratch(constant == nullptr ? packed_size : 0);
  const Scratch zeros = context.scratch(p.n * sizeof(int32_t));
  const Scratch scales = context.scratch(roles.y_scale == absent ? 0 : p.n * sizeof(float));
  const Scratch scratch = context.scratch(kernels::integer_scratch_bytes(product, context.workers()));
  context.name_kernel("integer_gemm");
  return Kernel([=](RunContext& run) -> Result<> {
    kernels::IntegerProduct g = product;
    g.a_zero = ZeroPoints(run, roles.a_zero)[0];
    if (read_zero_points(run, roles.b_zero, p.n, run.scratch<int32_t>(zeros))) {
      g.b_zeros = run.scratch<int32_t>(zeros);
    }
    if (roles.y_scale != absent) {
      const float row_scale = Scales(run, roles.a_scale)[0] / Scales(run, roles.y_scale)[0];
      const Scales b_scales(run, roles.b_scale);
      for (size_t j = 0; j < p.n; ++j) run.scratch<float>(scales)[j] = row_scale * b_scales[j];
      g.scales = run.scratch<float>(scales);
      g.c_zero = ZeroPoints(run, roles.y_zero)[0];
    }
    const size_t c_bytes = product.m * p.n * byte_width(run.output(0).dtype);
    for (size_t i = 0; i < products; ++i) {
      const auto offsets = b_is_shared ? Products::Offsets{} : p.offsets(i);
      g.packed_b = constant;
      if (constant == nullptr) {
        kernels::integer_pack(matrix_b(p, run.input(roles.b).data + offsets.b, g.b_is_signed),
                              run.scratch(packed_at_run));
        g.packed_b = run.scratch(packed_at_run);
      }
      g.c = run.output(0).data + i * c_bytes;
      const kernels::MatrixRows rows{run.input(roles.a).data + offsets.a, p.k};
      kernels::integer_gemm(g, rows, run.scratch(scratch), run.workers());
    }
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
  const size_t row_bytes = round_up(p.n * sizeof(uint32_t), AlignedBuffer::alignment);
  const Scratch scratch = context.scratch(row_bytes * context.workers().count());
  return Kernel([=](RunContext& run) -> Result<> {
    const ZeroPoints a_zero(run, roles.a_zero);
    const ZeroPoints b_zero(run, roles.b_zero);
    const size_t a_lines = line_count(run, roles.a_zero);
    const size_t b_lines = line_count(run, roles.b_zero);
    run.workers().run(p.count() * p.m, 1, [&](size_t begin, size_t end, unsigned worker) {
      auto* sums = reinterpret_cast<uint32_t*>(run.scratch(scratch) + worker * row_bytes);
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

}  // namespace

WEDGE_OPERATOR(onnx, MatMulInteger) = {
    .infer = infer_integer, .prepare = prepare_integer, .min_inputs = 2, .max_inputs = 4};
WEDGE_OPERATOR(onnx, QLinearMatMul) = {
    .infer = infer_linear, .prepare = prepare_linear, .min_inputs = 8, .max_inputs = 8};

}  // namespace wedge
