// MatMul: products of matrices in the last two dimensions, the others broadcast; one dimension is a vector. FusedMatMul
// of com.microsoft multiplies them by a number and takes operands whose dimensions are in another order. BiasedMatMul,
// which passes make, adds a bias to each row and applies an activation; its second operand may be transposed, and
// constant floats of 16 bits, which are packed and read as such.
#include <algorithm>
#include <numeric>
#include <vector>

#include "base/built_in.h"
#include "kernels/gemm.h"
#include "kernels/reference.h"
#include "ops/constant_matrix.h"
#include "ops/fused_activation.h"
#include "ops/matrix_products.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(
      0, {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i32, DType::i64, DType::u32, DType::u64}));
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  return infer_products(context, 0, 1, context.dtype(0));
}

// How an operand's dimensions are ordered when they are multiplied.
struct Order {
  bool transposed = false;        ///< the last two are exchanged
  bool batch_transposed = false;  ///< before that, the first one comes after those of the batch

  /// Numbers of the tensor's dimensions in the order wanted; a vector has only one.
  [[nodiscard]] std::vector<size_t> axes(size_t rank) const {
    std::vector<size_t> axes(rank);
    std::iota(axes.begin(), axes.end(), size_t{0});
    if (rank < 2) return axes;
    if (batch_transposed) std::rotate(axes.begin(), axes.begin() + 1, axes.end() - 1);
    if (transposed) std::swap(axes[rank - 1], axes[rank - 2]);
    return axes;
  }
  [[nodiscard]] SymbolicShape apply(const SymbolicShape& shape) const {
    if (!shape.has_rank()) return shape;
    SymbolicShape ordered = shape;
    const auto from = axes(shape.rank());
    for (size_t i = 0; i < from.size(); ++i) ordered[i] = shape[from[i]];
    return ordered;
  }
  [[nodiscard]] MatrixOperand apply(const Shape& shape) const {
    const auto dense = MatrixOperand::dense(shape);
    auto operand = dense;
    const auto from = axes(shape.rank());
    for (size_t i = 0; i < from.size(); ++i) {
      operand.shape[i] = dense.shape[from[i]];
      operand.strides[i] = dense.strides[from[i]];
    }
    return operand;
  }
};

Result<Order> read_order(const NodeView& node, std::string_view transposed, std::string_view batch_transposed) {
  Order order;
  WEDGE_ASSIGN(order.transposed, node.attributes().flag(transposed, false));
  WEDGE_ASSIGN(order.batch_transposed, node.attributes().flag(batch_transposed, false));
  return order;
}

Result<> infer_fused(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  for (const size_t i : {0, 1}) WEDGE_TRY(context.expect_rank(i, 1, Shape::max_rank));
  WEDGE_ASSIGN(const Order a, read_order(context, "transA", "transBatchA"));
  WEDGE_ASSIGN(const Order b, read_order(context, "transB", "transBatchB"));
  WEDGE_ASSIGN(const SymbolicShape shape, product_shape(a.apply(context.shape(0)), b.apply(context.shape(1))));
  context.set_output(0, context.dtype(0), shape);
  return {};
}

constexpr size_t bias_input = 2;

// What becomes of a product.
struct Ending {
  float alpha = 1;
  kernels::ConvFinish finish;
};

kernels::PackedType packed_type(DType dtype) {
  if (dtype == DType::f16) return kernels::PackedType::f16;
  return dtype == DType::bf16 ? kernels::PackedType::bf16 : kernels::PackedType::f32;
}

constexpr bool has_half = built_in::has_type(DType::f16) || built_in::has_type(DType::bf16);

[[maybe_unused]] Result<const std::byte*> pack_half_b(PrepareContext& context, const Products& p) {
  const std::string_view form = p.b_column_stride != 1 ? "gemm transposed half b" : "gemm half b";
  const size_t size = kernels::gemm_packed_half_b_bytes(p.k, p.n);
  const auto pack = [&](const std::byte* elements, std::byte* to) {
    const auto* b = reinterpret_cast<const uint16_t*>(elements);
    kernels::gemm_pack_half_b({b, p.b_row_stride, p.b_column_stride}, p.k, p.n, to, context.workers());
  };
  WEDGE_ASSIGN(const std::byte* packed, context.pack_unaligned(1, form, size, pack));
  if (packed == nullptr) return fail(ErrorCode::unsupported, "factors of 16 bits that are not constant");
  return packed;
}

// The second operand as gemm() packs it; null when it is no constant.
Result<const std::byte*> pack_b(PrepareContext& context, const Products& p) {
  if constexpr (has_half) {
    if (context.dtype(1) != DType::f32) return pack_half_b(context, p);
  }
  return pack_matrix(context, 1, {p.k, p.n, p.b_row_stride, p.b_column_stride});
}

Result<Kernel> prepare_f32(PrepareContext& context, const Products& p, const Ending& ending) {
  kernels::GemmArguments g{.m = p.m, .n = p.n, .k = p.k};
  g.a = {nullptr, p.a_row_stride, p.a_column_stride};
  g.b = {nullptr, p.b_row_stride, p.b_column_stride};
  g.c_stride = static_cast<ptrdiff_t>(p.n);
  g.alpha = ending.alpha;
  g.clamp = ending.finish.clamp;
  const size_t count = p.count();
  context.count_operations(p.operations());
  if (count == 1 && p.k != 0) {
    WEDGE_ASSIGN(g.packed_b, pack_b(context, p));
    g.packed_b_type = packed_type(context.dtype(1));
  }
  context.name_kernel(p.m == 1 ? "gemv_f32" : "gemm_f32");
  // Many products go to one worker each; few are cut up inside.
  const Workers workers = context.workers();
  const bool by_product = count >= workers.count() && count > 1;
  const Workers inside = by_product ? Workers() : workers;
  const size_t scratch_size = kernels::gemm_scratch_bytes(g, inside);
  const Scratch scratch = by_product ? context.scratch_per_worker(scratch_size, 1) : context.scratch(scratch_size);
  return [=](RunContext& run) -> Result<> {
    const auto multiply = [&](size_t begin, size_t end, unsigned worker) {
      kernels::GemmArguments call = g;
      const auto finish = [&](float* c, size_t columns) { kernels::activate(ending.finish, c, columns); };
      const kernels::ElementFinish finish_reference(finish);
      if (ending.finish.activates()) call.finish = &finish_reference;
      if (run.has_input(bias_input)) call.column_bias = run.input<float>(bias_input).data();
      for (size_t i = begin; i < end; ++i) {
        const auto offsets = p.offsets(i);
        call.a.data = run.input<float>(0).data() + offsets.a;
        if (call.packed_b == nullptr) call.b.data = run.input<float>(1).data() + offsets.b;
        call.c = run.output<float>(0).data() + i * p.m * p.n;
        kernels::gemm(call, run.scratch(scratch, worker), inside);
      }
    };
    if (by_product) {
      workers.run(count, 1, multiply);
    } else {
      multiply(0, count, 0);
    }
    return {};
  };
}

template <typename T>
Kernel reference_kernel(const Products& p, float alpha) {
  using A = AccumulatorType<T>;
  return [=](RunContext& run) -> Result<> {
    run.workers().run(p.count() * p.m, 1, [&](size_t begin, size_t end, unsigned) {
      for (size_t row = begin; row < end; ++row) {
        const auto offsets = p.offsets(row / p.m);
        const T* a = run.input<T>(0).data() + offsets.a + static_cast<ptrdiff_t>(row % p.m) * p.a_row_stride;
        T* output = run.output<T>(0).data() + row * p.n;
        reference::gemm<T, A>(1, p.n, p.k, a, p.a_row_stride, p.a_column_stride, run.input<T>(1).data() + offsets.b,
                              p.b_row_stride, p.b_column_stride, output, static_cast<ptrdiff_t>(p.n),
                              static_cast<A>(alpha));
      }
    });
    return {};
  };
}

Result<Kernel> prepare_products(PrepareContext& context, const Products& p, float alpha) {
  if (context.dtype(0) == DType::f32 && p.k != 0) return prepare_f32(context, p, {.alpha = alpha, .finish = {}});
  context.count_operations(p.operations());
  context.name_kernel("reference");
  Kernel kernel;
  const bool known = visit_numbers(context.dtype(0), [&]<typename T>() { kernel = reference_kernel<T>(p, alpha); });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  return prepare_products(context, read_products(context.input_shape(0), context.input_shape(1), output), 1);
}

Result<Kernel> prepare_fused(PrepareContext& context) {
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const float alpha, context.attributes().number("alpha", 1));
  WEDGE_ASSIGN(const Order a, read_order(context, "transA", "transBatchA"));
  WEDGE_ASSIGN(const Order b, read_order(context, "transB", "transBatchB"));
  return prepare_products(
      context, read_products(a.apply(context.input_shape(0)), b.apply(context.input_shape(1)), output), alpha);
}

Result<> infer_biased(InferContext& context) {
  for (const size_t i : {0, 2}) WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
  WEDGE_TRY(context.expect_dtype(1, {DType::f32, DType::f16, DType::bf16}));
  for (const size_t i : {0, 1}) WEDGE_TRY(context.expect_rank(i, 1, Shape::max_rank));
  WEDGE_ASSIGN(const Order b, read_order(context, "transB", "transBatchB"));
  WEDGE_ASSIGN(const SymbolicShape shape, product_shape(context.shape(0), b.apply(context.shape(1))));
  context.set_output(0, DType::f32, shape);
  return {};
}

Result<Kernel> prepare_biased(PrepareContext& context) {
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const Order b, read_order(context, "transB", "transBatchB"));
  const Products p =
      read_products(MatrixOperand::dense(context.input_shape(0)), b.apply(context.input_shape(1)), output);
  if ((p.count() != 1 || p.k == 0) && context.dtype(1) != DType::f32) {
    return fail(ErrorCode::unsupported, "factors of 16 bits that are not one matrix");
  }
  if (context.has_input(bias_input) && context.input_shape(bias_input) != Shape{static_cast<int64_t>(p.n)}) {
    return fail(ErrorCode::invalid_model, "a bias of shape ", context.input_shape(bias_input), " for products of ", p.n,
                " columns");
  }
  WEDGE_ASSIGN(const kernels::ConvFinish finish, read_fused_activation(context.attributes()));
  return prepare_f32(context, p, {.finish = finish});
}

}  // namespace

WEDGE_OPERATOR(onnx, MatMul) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};
WEDGE_OPERATOR(microsoft, FusedMatMul) = {
    .infer = infer_fused, .prepare = prepare_fused, .min_inputs = 2, .max_inputs = 2};
WEDGE_OPERATOR(microsoft, TransposeMatMul) = {
    .infer = infer_fused, .prepare = prepare_fused, .min_inputs = 2, .max_inputs = 2};
WEDGE_OPERATOR(wedge, BiasedMatMul) = {
    .infer = infer_biased, .prepare = prepare_biased, .min_inputs = 2, .max_inputs = 3};

}  // namespace wedge
