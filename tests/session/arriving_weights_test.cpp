// Weights that are brought to the form that kernels want while the model arrives.
#include "session/arriving_weights.h"

#include <algorithm>
#include <array>
#include <random>

#include "kernels/channels_last.h"
#include "kernels/gemm.h"
#include "ops/channels_last.h"
#include "ops/constant_matrix.h"
#include "ops/packed_store.h"
#include "support/compare.h"
#include "support/load.h"
#include "wedge/loader.h"

namespace wedge::test {
namespace {

std::vector<float> noise(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = uniform(random);
  return values;
}

// TensorProto with its fields in the order of their numbers, as files have them.
Proto weight(std::string_view name, std::initializer_list<int64_t> dims, unsigned seed) {
  int64_t count = 1;
  for (const int64_t dim : dims) count *= dim;
  const auto values = noise(count, seed);
  return Proto().packed<int64_t>(1, dims).varint(2, 1).string(8, name).string(
      9, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

constexpr int64_t rows = 5, wide = 203, odd = 131, last = 150;

// Every weight is large, none a multiple of a panel.
std::string products(bool is_gathered) {
  GraphWriter graph;
  graph.input("x", DType::f32, {rows, wide});
  graph.node("MatMul", {"x", "matrix"}, {"a"})
      .node("Gemm", {"a", "transposed", "bias"}, {"b"}, {attribute("transB", 1)})
      .node("Gemm", {"b", "straight"}, {"c"})
      .node("Reshape", {"c", "as image"}, {"image"})
      .node("Conv", {"image", "pixels", "bias"}, {"d"})
      .node("Reshape", {"d", "as rows"}, {"y"});
  if (is_gathered) {
    graph.input("i", DType::i64, {"picked"}).node("Gather", {"matrix", "i"}, {"g"});
    graph.output("g", DType::f32, {"picked", odd});
  }
  graph.output("y", DType::f32, {rows, last});
  graph.message(5, weight("matrix", {wide, odd}, 1))
      .message(5, weight("transposed", {last, odd}, 2))
      .message(5, weight("straight", {last, odd}, 3))
      .message(5, weight("pixels", {last, odd, 1, 1}, 4))
      .message(5, weight("bias", {last}, 5));
  graph.initializer("as image", tensor<int64_t>({4}, {1, odd, 1, rows}))
      .initializer("as rows", tensor<int64_t>({2}, {rows, last}));
  return ModelWriter(graph).opset("", 18).bytes();
}

void feed(Loader& loader, std::string_view bytes, size_t piece) {
  while (!bytes.empty()) {
    const auto room = loader.next(std::min(bytes.size(), piece)).value();
    std::copy_n(as_bytes(bytes).begin(), room.size(), room.begin());
    EXPECT_TRUE(loader.advance(room.size()));
    bytes.remove_prefix(room.size());
  }
}

Session stream(std::string_view bytes, size_t piece) {
  Loader loader;
  feed(loader, bytes, piece);
  return loader.finish().value();
}

std::vector<std::vector<float>> run(const Session& session, bool is_gathered) {
  const auto values = noise(rows * wide, 6);
  const Tensor x = Tensor::from(std::span<const float>(values), {rows, wide}).value();
  std::vector<NamedTensor> feeds = {{.name = "x", .tensor = x}};
  if (is_gathered) {
    feeds.push_back(
        {.name = "i", .tensor = Tensor::from(std::span<const int64_t>(std::array{int64_t{7}}), {1}).value()});
  }
  std::vector<std::vector<float>> found;
  for (const auto& [name, tensor] : session.run(feeds).value()) found.push_back(elements<float>(tensor));
  return found;
}

AlignedBuffer packed_in_pieces(const WeightForm& form, const std::vector<float>& values) {
  auto packed = AlignedBuffer::allocate(form.bytes());
  const auto elements = std::as_bytes(std::span(values));
  for (size_t at = 0; at < elements.size(); at += form.piece_bytes()) {
    form.pack(elements.subspan(at, std::min(form.piece_bytes(), elements.size() - at)), at, packed.data());
  }
  return packed;
}

TEST(ArrivingWeights, GiveTheSameResultsWhateverThePieces) {
  for (const bool is_gathered : {false, true}) {
    const std::string bytes = products(is_gathered);
    const auto expected = run(must_load(bytes), is_gathered);
    for (const size_t piece : {size_t{1}, size_t{997}, size_t{1} << 16U, bytes.size()}) {
      const Session session = stream(bytes, piece);
      EXPECT_EQ(run(session, is_gathered), expected) << piece;
      EXPECT_EQ(session.memory().weights >= wide * odd * sizeof(float), is_gathered);
    }
  }
}

// What is chosen before kernels are there is what they ask for.
TEST(ArrivingWeights, HaveTheFormsThatKernelsAskFor) {
  const std::string bytes = products(false);
  const Session session = stream(bytes, bytes.size());
  run(session, false);
  std::string packed;
  ASSERT_TRUE(session.pack(
      [&](std::span<const std::byte> more) {
        packed.append(reinterpret_cast<const char*>(more.data()), more.size());
        return Result<>();
      },
      PackFor::this_machine));
  for (const auto& form : {matrix_form({wide, odd}, false), matrix_form({last, odd}, true),
                           matrix_form({last, odd}, true, form_of_one_tap)}) {
    EXPECT_NE(packed.find(form->name()), std::string::npos) << form->name();
  }
  kernels::Conv2d conv{.channels = odd, .output_channels = last};
  const auto weights = noise(last * odd, 4);
  const auto form = matrix_form({last, odd, 1, 1}, true, form_of_one_tap);
  const auto method = kernels::ConvMethod::direct;
  ASSERT_EQ(form->bytes(), kernels::channels_last_packed_bytes(conv, method));
  const auto expected = AlignedBuffer::allocate(form->bytes());
  kernels::channels_last_pack(conv, method, weights.data(), expected.data(), Workers());
  EXPECT_TRUE(std::ranges::equal(packed_in_pieces(*form, weights).bytes(), expected.bytes()));
}

TEST(ArrivingWeights, AreGuessedFromNodesOfOnnxAlone) {
  for (const std::string_view domain : {"", "ai.onnx", "com.example"}) {
    GraphWriter graph;
    graph.node("MatMul", {"x", "w"}, {"y"}, {}, {.domain = domain});
    const auto form = ArrivingWeights().choose(as_bytes(graph.bytes()), as_bytes(weight("w", {wide, odd}, 1).bytes()));
    EXPECT_EQ(form != nullptr, domain != "com.example") << domain;
    if (form != nullptr) EXPECT_EQ(form->element_bytes(), wide * odd * sizeof(float));
  }
}

TEST(ArrivingWeights, AreTakenAsTheyAreWhereTheFormIsAskedFor) {
  const ArrivedWeight arrived{.form = matrix_form({4, 64}, false), .bytes = AlignedBuffer::allocate(4096)};
  bool is_filled = false;
  const auto fill = [&](std::byte*) { return is_filled = true; };
  PackedStore store;
  EXPECT_EQ(store.get(1, arrived.form->name(), 4096, &arrived, fill).value(), arrived.bytes.data());
  EXPECT_EQ(store.get(1, arrived.form->name(), 4096, nullptr, fill).value(), arrived.bytes.data());
  EXPECT_FALSE(is_filled);
  EXPECT_NE(store.get(2, "another", 4096, &arrived, fill).value(), arrived.bytes.data());
  EXPECT_TRUE(std::exchange(is_filled, false));
  EXPECT_NE(store.get(2, arrived.form->name(), 64, &arrived, fill).value(), arrived.bytes.data());
  EXPECT_TRUE(is_filled);
  PackedStore full(100);
  EXPECT_FALSE(full.get(1, arrived.form->name(), 4096, &arrived, fill));
}

TEST(ArrivingWeights, LieInFilesBesideTheModel) {
  const auto matrix = noise(wide * odd, 1);
  const auto shared = noise(odd * last, 2);
  std::string file = "12345678";
  for (const auto& weights : {matrix, shared}) {
    file.append(reinterpret_cast<const char*>(weights.data()), weights.size() * sizeof(float));
  }
  const std::string second = std::to_string(8 + matrix.size() * sizeof(float));
  const auto make = [&](bool is_external) {
    GraphWriter graph;
    graph.input("x", DType::f32, {rows, wide}).node("MatMul", {"x", "matrix"}, {"a"});
    graph.node("MatMul", {"a", "one"}, {"b"}).node("MatMul", {"a", "other"}, {"c"}).node("Add", {"b", "c"}, {"y"});
    graph.output("y", DType::f32, {rows, last});
    const auto add = [&](std::string_view name, std::initializer_list<int64_t> dims, const char* offset,
                         unsigned seed) {
      if (!is_external) return void(graph.message(5, weight(name, dims, seed)));
      graph.initializer(name, TensorWriter(DType::f32, dims).external({{"location", "w.bin"}, {"offset", offset}}));
    };
    add("matrix", {wide, odd}, "8", 1);
    add("one", {odd, last}, second.c_str(), 2);
    add("other", {odd, last}, second.c_str(), 2);
    return ModelWriter(graph).opset("", 18).bytes();
  };
  const auto expected = run(must_load(make(false)), false);
  for (const size_t piece : {size_t{1000}, file.size()}) {
    Loader loader;
    feed(loader, make(true), piece);
    ASSERT_TRUE(loader.begin_external(0));
    feed(loader, file, piece);
    const auto session = loader.finish();
    ASSERT_TRUE(session) << session.error().to_string();
    EXPECT_EQ(run(*session, false), expected);
  }
}

// Of fields that come twice the last counts: what came before the raw data may mislead.
TEST(ArrivingWeights, MayBeOthersThanTheirFirstFieldsSaid) {
  GraphWriter graph;
  graph.input("x", DType::f32, {rows, wide});
  graph.node("MatMul", {"x", "w"}, {"a"})
      .node("Reshape", {"flat", "shape"}, {"table"})
      .node("Gather", {"table", "first"}, {"b"})
      .node("Add", {"a", "b"}, {"y"})
      .output("y", DType::f32, {rows, odd});
  graph.message(5, weight("w", {wide, odd}, 1).string(8, "table's").varint(1, 1));
  graph.message(5, weight("flat", {wide, odd}, 2).string(8, "w"));
  graph.message(5, weight("w", {odd, wide}, 3).string(8, "flat"));
  graph.initializer("shape", tensor<int64_t>({2}, {wide, odd})).initializer("first", tensor<int64_t>({1}, {3}));
  const std::string bytes = ModelWriter(graph).opset("", 18).bytes();
  EXPECT_EQ(run(stream(bytes, 5000), false), run(must_load(bytes), false));
}

// A matrix in pieces is the matrix packed at once, and gives its elements back.
TEST(ArrivingWeights, FormsAreThoseOfWholeMatrices) {
  for (const int64_t first : {1, 7, 33, 64, 3001}) {
    for (const int64_t second : {1, 8, 50, 123}) {
      for (const bool is_transposed : {false, true}) {
        const auto k = static_cast<size_t>(is_transposed ? second : first);
        const auto n = static_cast<size_t>(is_transposed ? first : second);
        const auto form = matrix_form({first, second}, is_transposed);
        ASSERT_EQ(form != nullptr, n >= kernels::gemm_panel_width() / 2);
        if (form == nullptr) continue;
        const auto values = noise(first * second, 1);
        const AlignedBuffer pieces = packed_in_pieces(*form, values);
        const auto whole = AlignedBuffer::allocate(kernels::gemm_packed_b_bytes(k, n));
        kernels::gemm_pack_b({values.data(), is_transposed ? 1 : second, is_transposed ? second : 1}, k, n,
                             whole.data());
        EXPECT_TRUE(std::ranges::equal(pieces.bytes(), whole.bytes())) << first << 'x' << second;
        std::vector<float> unpacked(values.size());
        form->unpack(whole.data(), reinterpret_cast<std::byte*>(unpacked.data()));
        EXPECT_EQ(unpacked, values);
      }
    }
  }
}

TEST(ArrivingWeights, FormsAreOfMatricesWhosePiecesAreSmall) {
  EXPECT_EQ(matrix_form({3, 4, 5}, false), nullptr);
  EXPECT_EQ(matrix_form({0, 4}, false), nullptr);
  EXPECT_EQ(matrix_form({12}, false), nullptr);
  EXPECT_EQ(matrix_form({4, int64_t{1} << 40U}, true), nullptr);
  EXPECT_EQ(matrix_form({int64_t{1} << 40U, 1}, false), nullptr);
  EXPECT_EQ(matrix_form({1, int64_t{1} << 61U}, false), nullptr);
  EXPECT_NE(matrix_form({64, 4, 1, 1}, true, form_of_one_tap), nullptr);
}

}  // namespace
}  // namespace wedge::test
