// Discrete Fourier transforms of any length.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace wedge::kernels {

/// A transform of one length: by halves when it is a power of two (Cooley and Tukey, 1965), else as a convolution with
/// a chirp, by transforms whose length is one (Bluestein, 1970). Transforming from several threads at once is safe.
class Fourier {
 public:
  using Complex = std::complex<double>;

  explicit Fourier(size_t length);

  [[nodiscard]] size_t length() const { return length_; }
  /// Complex numbers of scratch that transform() wants.
  [[nodiscard]] size_t work_size() const { return chirp_.empty() ? 0 : padded_; }
  /// In place: element k becomes the sum over i of x[i] * exp(-2 pi i k / length), with the sign turned and the sum
  /// divided by the length for the inverse.
  void transform(Complex* data, Complex* work, bool inverse) const;

 private:
  void forward(Complex* data, Complex* work) const;
  void transform_padded(Complex* data) const;

  size_t length_;
  size_t padded_;                  ///< the power of two
  std::vector<Complex> turns_;     ///< exp(-2 pi i k / padded)
  std::vector<Complex> chirp_;     ///< exp(-pi i k^2 / length); empty when the length is a power of two
  std::vector<Complex> spectrum_;  ///< of the chirp's conjugate
};

}  // namespace wedge::kernels
