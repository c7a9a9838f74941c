#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(Dft, HalvesOfSpectraGiveTheSignalBack) {
  for (const int64_t length : {4, 5, 6, 7}) {
    const Tensor signal = counting({2, length, 1});
    const Tensor lengths = tensor<int64_t>({}, {length});
    const Tensor half = run_single("DFT", 17, {signal}, {{"onesided", int64_t{1}}});
    EXPECT_EQ(half.shape(), (Shape{2, length / 2 + 1, 2}));
    const Tensor back = run_single("DFT", 17, {half, lengths}, {{"onesided", int64_t{1}}, {"inverse", int64_t{1}}});
    EXPECT_EQ(back.shape(), signal.shape());
    const auto expected = values<float>(signal);
    const auto found = values<float>(back);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-5);
  }
}

TEST(Dft, RefusesWhatIsNoSignal) {
  EXPECT_FALSE(run_node("DFT", 17, {counting({2, 3, 3})}));
  EXPECT_FALSE(run_node("DFT", 17, {counting({2, 3, 1})}, {{"axis", int64_t{2}}}));
  EXPECT_FALSE(run_node("DFT", 17, {counting({2, 3, 1}), tensor<int64_t>({}, {0})}));
  EXPECT_FALSE(run_node("DFT", 17, {counting({2, 3, 1}), tensor<int64_t>({}, {INT64_MAX})}));
  EXPECT_FALSE(run_node("DFT", 20, {counting({2, 3, 1}), Tensor(), tensor<int64_t>({}, {5})}));
  EXPECT_FALSE(run_node("DFT", 17, {Tensor::zeros(DType::f32, {0, 3, 1}).value()}));
}

TEST(Stft, FramesOverlapByTheStep) {
  const Tensor out =
      run_single("STFT", 17, {counting({1, 5, 1}), tensor<int64_t>({}, {1}), tensor<float>({2}, {1, 2})});
  EXPECT_EQ(out.shape(), (Shape{1, 4, 2, 2}));
  const auto found = values<float>(out);
  for (size_t frame = 0; frame < 4; ++frame) {
    const auto x = static_cast<float>(frame);
    EXPECT_FLOAT_EQ(found[4 * frame], x + 2 * (x + 1));
    EXPECT_FLOAT_EQ(found[4 * frame + 2], x - 2 * (x + 1));
  }
  const auto with_step = [](int64_t step, int64_t length) {
    return run_node("STFT", 17,
                    {counting({1, 5, 1}), tensor<int64_t>({}, {step}), Tensor(), tensor<int64_t>({}, {length})});
  };
  EXPECT_EQ(with_step(1, 9)->front().numel(), 0);
  EXPECT_FALSE(with_step(0, 2));
  EXPECT_FALSE(with_step(1, -2));
  EXPECT_FALSE(run_node("STFT", 17, {counting({1, 5, 1}), tensor<int64_t>({}, {1})}));
}

TEST(MelWeightMatrix, RefusesNumbersThatCannotBe) {
  const auto matrix = [](int64_t bins, int64_t length, int64_t rate, float low) {
    return run_node("MelWeightMatrix", 17,
                    {tensor<int64_t>({}, {bins}), tensor<int64_t>({}, {length}), tensor<int64_t>({}, {rate}),
                     tensor<float>({}, {low}), tensor<float>({}, {4000})});
  };
  EXPECT_EQ(matrix(4, 16, 8000, 0)->front().shape(), (Shape{9, 4}));
  EXPECT_FALSE(matrix(-1, 16, 8000, 0));
  EXPECT_FALSE(matrix(4, 16, 0, 0));
  EXPECT_FALSE(matrix(4, 16, 8000, -700));
}

TEST(Dropout, TrainingZeroesByChanceAndScalesTheRest) {
  const Tensor ones = tensor<float>({20000}, std::vector<float>(20000, 1));
  const Tensor on = tensor<bool>({}, {true});
  const auto outputs = run_node("Dropout", 13, {ones, tensor<float>({}, {0.25F}), on}, {{"seed", int64_t{1}}}, 2);
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  const auto kept = values<float>((*outputs)[0]);
  const auto mask = values<bool>((*outputs)[1]);
  double sum = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i], mask[i] ? 1 / 0.75F : 0.0F);
    sum += kept[i];
  }
  EXPECT_NEAR(sum / 20000, 1, 0.02);
  EXPECT_FALSE(run_node("Dropout", 13, {ones, tensor<float>({}, {1}), on}));
  EXPECT_FALSE(run_node("Dropout", 13, {ones, tensor<float>({}, {NAN}), on}));
  EXPECT_EQ(values<float>(run_node("Dropout", 7, {counting({2})}, {}, 2)->at(1)), (std::vector<float>{1, 1}));
}

}  // namespace
}  // namespace wedge::testing
