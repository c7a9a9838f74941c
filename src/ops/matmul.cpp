// MatMul: products of matrices in the last two dimensions, the others broadcast; one dimension is a vector.
#include <algorithm>

#include "kernels/gemm.h"
#include "kernels/reference.h"
#include "ops/broadcast.h"
#include "ops/operator.h"
#include "tensor/strides.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

// All dimensions but the last two.
SymbolicShape batch_of(const SymbolicShape& shape) {
  SymbolicShape batch = SymbolicShape::of_rank(shape.rank() - std::min<size_t>(shape.rank(), 2));
  for (size_t i = 0; i < batch.rank(); ++i) batch[i] = shape[i];
  return batch;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(
      0, {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i32, DType::i64, DType::u32, DType::u64}));
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  WEDGE_TRY(context.expect_rank(1, 1, Shape::max_rank));
  const SymbolicShape& a = context.shape(0);
  const SymbolicShape& b = context.shape(1);
  context.set_output(0, context.dtype(0), {});
  if (!a.has_rank() || !b.has_rank()) return {};
  const Dim a_inner = a[a.rank() - 1];
  const Dim b_inner = b[b.rank() == 1 ? 0 : b.rank() - 2];
  if (conflict(a_inner, b_inner)) return fail(ErrorCode::invalid_model, "cannot multiply ", a, " by ", b);
  WEDGE_ASSIGN(SymbolicShape shape, broadcast_shapes(batch_of(a), batch_of(b)));
  // At most max_rank: the longer operand has two more dimensions than its batch.
  if (a.rank() > 1) (void)shape.push_back(a[a.rank() - 2]);
  if (b.rank() > 1) (void)shape.push_back(b[b.rank() - 1]);
  context.set_output(0, context.dtype(0), shape);
  return {};
}

/// Products of m x k by k x n matrices; operand strides are 0 where it repeats.
struct Products {
  size_t m = 1, n = 1, k = 1;
  Shape batch;
  Strides a_strides{};
  Strides b_strides{};

  [[nodiscard]] size_t count() const { return static_cast<size_t>(batch.numel()); }
  struct Offsets {
    int64_t a = 0, b = 0;
  };
  /// The first elements of the operands of product `index`.
  [[nodiscard]] Offsets offsets(size_t index) const {
    Offsets offsets;
    for (size_t axis = batch.rank(); axis-- > 0;) {
      const auto dim = static_cast<size_t>(batch[axis]);
      const auto at = static_cast<int64_t>(index % dim);
      offsets.a += at * a_strides[axis];
      offsets.b += at * b_strides[axis];
      index /= dim;
    }
    return offsets;
  }
};

// The strides of an operand along the batch axes of the output.
Strides batch_strides(const Shape& operand, const Shape& batch) {
  Strides strides{};
  if (operand.rank() <= 2) return strides;
  const Strides dense = dense_strides(operand);
  const size_t own = operand.rank() - 2;
  const size_t added = batch.rank() - own;
  for (size_t i = 0; i < own; ++i) strides[added + i] = operand[i] == 1 ? 0 : dense[i];
  return strides;
}

Products read_products(const Shape& a, const Shape& b, const Shape& output) {
  Products p;
  p.k = static_cast<size_t>(a[a.rank() - 1]);
  if (a.rank() > 1) p.m = static_cast<size_t>(a[a.rank() - 2]);
  if (b.rank() > 1) p.n = static_cast<size_t>(b[b.rank() - 1]);
  const bool b_is_one_matrix = b.rank() <= 2 || b.numel(0, b.rank() - 2) == 1;
  if (b_is_one_matrix) {
    // The rows of all of A's matrices follow each other: one product.
    p.m = static_cast<size_t>(a.numel(0, a.rank() - 1));
    return p;
  }
  p.batch = Shape::of_rank(std::max(a.rank(), b.rank()) - 2);
  for (size_t i = 0; i < p.batch.rank(); ++i) p.batch[i] = output[i];
  p.a_strides = batch_strides(a, p.batch);
  p.b_strides = batch_strides(b, p.batch);
  return p;
}

Result<Kernel> prepare_f32(PrepareContext& context, const Products& p) {
  kernels::GemmArguments g{.m = p.m, .n = p.n, .k = p.k};
  g.a = {nullptr, static_cast<ptrdiff_t>(p.k), 1};
  g.b = {nullptr, static_cast<ptrdiff_t>(p.n), 1};
  g.c_stride = static_cast<ptrdiff_t>(p.n);
  const size_t count = p.count();
  if (count == 1) {
    WEDGE_ASSIGN(g.packed_b, context.pack(1, "gemm b", kernels::gemm_packed_b_bytes(p.k, p.n), [&](std::byte* packed) {
      auto b = g.b;
      b.data = TensorRef(*context.constant(1)).as<const float>().data();
      kernels::gemm_pack_b(b, p.k, p.n, packed);
    }));
  }
  context.name_kernel("gemm_f32");
  // Many products go to one worker each; few are cut up inside.
  const Workers workers = context.workers();
  const bool by_product = count >= workers.count() && count > 1;
  const Workers inside = by_product ? Workers() : workers;
  const size_t scratch_size = round_up(kernels::gemm_scratch_bytes(g, inside), AlignedBuffer::alignment);
  const Scratch scratch = context.scratch(by_product ? scratch_size * workers.count() : scratch_size);
  return [=](RunContext& run) -> Result<> {
    const auto multiply = [&](size_t begin, size_t end, unsigned worker) {
      kernels::GemmArguments call = g;
      for (size_t i = begin; i < end; ++i) {
        const auto offsets = p.offsets(i);
        call.a.data = run.input<float>(0).data() + offsets.a;
        call.b.data = run.input<float>(1).data() + offsets.b;
        call.c = run.output<float>(0).data() + i * p.m * p.n;
        kernels::gemm(call, run.scratch(scratch) + worker * scratch_size, inside);
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
Kernel reference_kernel(const Products& p) {
  using A = AccumulatorType<T>;
  return [=](RunContext& run) -> Result<> {
    const auto k = static_cast<ptrdiff_t>(p.k);
    const auto n = static_cast<ptrdiff_t>(p.n);
    run.workers().run(p.count() * p.m, 1, [&](size_t begin, size_t end, unsigned) {
      for (size_t row = begin; row < end; ++row) {
        const auto offsets = p.offsets(row / p.m);
        const T* a = run.input<T>(0).data() + offsets.a + row % p.m * p.k;
        T* output = run.output<T>(0).data() + row * p.n;
        reference::gemm<T, A>(1, p.n, p.k, a, k, 1, run.input<T>(1).data() + offsets.b, n, 1, output, n);
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  const Products p = read_products(context.input_shape(0), context.input_shape(1), output);
  if (context.dtype(0) == DType::f32 && p.k != 0) return prepare_f32(context, p);
  Kernel kernel;
  const bool known = visit_numbers(context.dtype(0), [&]<typename T>() { kernel = reference_kernel<T>(p); });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, MatMul) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
