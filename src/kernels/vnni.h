// AVX-512's dot products of four bytes: whether they are here, and what their users share.
#pragma once

#if defined(__x86_64__) && !defined(WEDGE_NO_VNNI)
#define WEDGE_HAS_VNNI 1
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of the undefined operands in its own header.
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "kernels/integer_gemm.h"

#define WEDGE_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

namespace wedge::kernels::vnni {

inline bool is_here() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
}

/// Zero point and last step of results of 8 bits: signed ones are unsigned ones 128 apart.
struct ByteResult {
  int16_t zero;
  char flip;

  ByteResult(IntegerResult result, int32_t zero_point)
      : zero(static_cast<int16_t>(zero_point + (result == IntegerResult::i8 ? 128 : 0))),
        flip(static_cast<char>(result == IntegerResult::i8 ? 0x80 : 0)) {}
};

/// sums * scales to nearest, ties to even, as integers that may be packed with saturation; scaled_sums_fit() is true.
WEDGE_VNNI inline __m512i scaled(__m512i sums, __m512 scales) {
  return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), scales));
}
WEDGE_VNNI inline __m256i scaled(__m256i sums, __m256 scales) {
  return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), scales));
}

}  // namespace wedge::kernels::vnni
#else
#define WEDGE_HAS_VNNI 0
#endif
