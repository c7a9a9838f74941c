// MatMul: products of matrices in the last two dimensions, the others broadcast; one dimension is a vector.
#include <algorithm>

#include "kernels/gemm.h"
#include "kernels/reference.h"
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
