// Packed models: what a session writes another one runs, and nothing that is written can break the one that reads it.
#include <gtest/gtest.h>

#include <random>

#include "base/aligned_buffer.h"
#include "support/load.h"
#include "wedge/loader.h"

namespace wedge::test {
namespace {

std::string packed_bytes(const Session& session, PackFor machine = PackFor::this_machine) {
  std::string bytes;
  const auto append = [&](std::span<const std::byte> more) -> Result<> {
    bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
    return {};
  };
  const auto done = session.pack(append, machine);
  EXPECT_TRUE(done) << done.error().to_string();
  return bytes;
}

Result<Session> load_packed(std::string_view bytes, const SessionOptions& options = {}) {
  auto aligned = std::make_shared<AlignedBuffer>(AlignedBuffer::allocate(bytes.size()));
  std::ranges::copy(std::as_bytes(std::span(bytes)), aligned->data());
  return Session::load({aligned->data(), bytes.size()}, options, aligned);
}

std::vector<float> numbers(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i * 7 % 23) - 11;
  return values;
}

// A convolution, a product and a chain of shapes; `batch` may be a name.
std::string classifier(const Dim& batch) {
  GraphWriter graph("classifier");
  graph.input("x", DType::f32, {batch, 3, 12, 12})
      .initializer("filters", tensor<float>({16, 3, 3, 3}, numbers(432)))
      .initializer("weights", tensor<float>({1600, 40}, numbers(64000)))
      .initializer("flat", tensor<int64_t>({2}, {-1, 1600}))
      .node("Conv", {"x", "filters"}, {"c"})
      .node("Relu", {"c"}, {"r"})
      .node("Reshape", {"r", "flat"}, {"f"})
      .node("MatMul", {"f", "weights"}, {"y"})
      .output("y", DType::f32, {batch, 40});
  return ModelWriter(graph).opset("", 18).metadata("author", "nobody").bytes();
}

Tensor picture(int64_t batch) {
  return Tensor::from(std::span<const float>(numbers(static_cast<size_t>(batch * 432))), {batch, 3, 12, 12}).value();
}

TEST(PackedModel, GivesTheSameBits) {
  for (const bool fixed : {true, false}) {
    const Session session = must_load(classifier(fixed ? Dim(2) : Dim("batch")));
    const Tensor expected = session.run(picture(2)).value();
    const std::string bytes = packed_bytes(session);
    for (const unsigned threads : {1U, 3U}) {
      const auto packed = load_packed(bytes, {.threads = threads, .log = {}});
      ASSERT_TRUE(packed) << packed.error().to_string();
      EXPECT_EQ(packed->memory().packed, session.memory().packed);
      EXPECT_EQ(elements<float>(packed->run(picture(2)).value()), elements<float>(expected));
      EXPECT_EQ(packed->memory().packed, session.memory().packed) << "something was packed again";
      EXPECT_EQ(packed->metadata()[0].second, "nobody");
      EXPECT_EQ(to_string(packed->inputs()[0]), to_string(session.inputs()[0]));
    }
  }
}

TEST(PackedModel, ForAnyMachineIsPackedWhenItIsLoaded) {
  const std::string model = classifier(Dim(2));
  const Session session = must_load(model);
  const std::string bytes = packed_bytes(session, PackFor::any_machine);
  const std::string machine = packed_bytes(session).substr(8 + 4 + 8 + 5 + 8, 8);
  EXPECT_EQ(bytes.find(machine), std::string::npos);
  const auto packed = load_packed(bytes);
  ASSERT_TRUE(packed) << packed.error().to_string();
  EXPECT_EQ(packed->memory().packed, session.memory().packed);
  EXPECT_EQ(elements<float>(packed->run(picture(2)).value()), elements<float>(session.run(picture(2)).value()));
  EXPECT_EQ(packed_bytes(*packed, PackFor::any_machine), bytes);
}

TEST(PackedModel, ComesInPieces) {
  const Session session = must_load(classifier(Dim(2)));
  const auto expected = elements<float>(session.run(picture(2)).value());
  for (const PackFor machine : {PackFor::this_machine, PackFor::any_machine}) {
    const std::string bytes = packed_bytes(session, machine);
    for (const size_t piece : {size_t{1}, size_t{777}, bytes.size()}) {
      Loader loader;
      for (size_t done = 0; done < bytes.size();) {
        const auto room = loader.next(std::min(piece, bytes.size() - done));
        ASSERT_TRUE(room) << room.error().to_string();
        std::copy_n(as_bytes(bytes).begin() + static_cast<ptrdiff_t>(done), room->size(), room->begin());
        ASSERT_TRUE(loader.advance(room->size()));
        done += room->size();
      }
      EXPECT_TRUE(loader.external_files().value().empty());
      const auto packed = loader.finish();
      ASSERT_TRUE(packed) << packed.error().to_string();
      EXPECT_EQ(elements<float>(packed->run(picture(2)).value()), expected);
    }
  }
}

TEST(PackedModel, InPiecesKeepsToItsMemory) {
  Loader loader({.max_memory = 100, .log = {}});
  auto room = loader.next(50);
  ASSERT_TRUE(room);
  (*room)[0] = std::byte{'W'};
  ASSERT_TRUE(loader.advance(1));
  EXPECT_EQ(loader.next(1000).error().code(), ErrorCode::out_of_memory);
}

TEST(PackedModel, HasElementsTooWhereShapesAreOpen) {
  const std::string fixed = packed_bytes(must_load(classifier(Dim(2))));
  const Session session = must_load(classifier(Dim("batch")));
  const Tensor expected = session.run(picture(2)).value();
  const std::string open = packed_bytes(session);
  EXPECT_GT(open.size(), fixed.size() + 64000);
  const auto packed = load_packed(open);
  ASSERT_TRUE(packed) << packed.error().to_string();
  for (const int64_t batch : {1, 2, 9}) {
    EXPECT_EQ(elements<float>(packed->run(picture(batch)).value()),
              elements<float>(session.run(picture(batch)).value()));
  }
}

// Subgraphs, a sequence, strings, and attributes of several types.
std::string of_all_kinds() {
  const GraphWriter sum = GraphWriter("sum").node("Add", {"x", "x"}, {"s"}).output("s");
  const GraphWriter product = GraphWriter("product").node("Mul", {"x", "k"}, {"p"}).output("p");
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"})
      .input("mode", DType::boolean, {})
      .input("words", DType::string, {"m"})
      .initializer("k", tensor<float>({}, {10}))
      .node("If", {"mode"}, {"y"}, {attribute("then_branch", sum), attribute("else_branch", product)})
      .node("SequenceConstruct", {"y", "x"}, {"pair"})
      .node("ConcatFromSequence", {"pair"}, {"z"}, {attribute("axis", 0)})
      .node("StringNormalizer", {"words"}, {"upper"},
            {attribute("case_change_action", "UPPER"), attribute("stopwords", std::vector<std::string_view>{"the"})})
      .output("z", tensor_type(DType::f32))
      .output("upper", tensor_type(DType::string));
  return model(graph);
}

std::vector<NamedTensor> feeds_of_all_kinds() {
  return {{.name = "x", .tensor = make<float>({2}, {1, 2})},
          {.name = "mode", .tensor = make<bool>({}, {false})},
          {.name = "words", .tensor = make<std::string_view>({2}, {"the", "cat"})}};
}

TEST(PackedModel, KeepsSubgraphsStringsAndAttributes) {
  const auto packed = load_packed(packed_bytes(must_load(of_all_kinds())));
  ASSERT_TRUE(packed) << packed.error().to_string();
  const auto run = packed->run(feeds_of_all_kinds());
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ(elements<float>((*run)[0].tensor), (std::vector<float>{10, 20, 1, 2}));
  EXPECT_EQ(elements<std::string_view>((*run)[1].tensor), (std::vector<std::string_view>{"CAT"}));
}

TEST(PackedModel, IsRefusedWhereItDoesNotBelong) {
  const std::string bytes = packed_bytes(must_load(classifier(Dim(2))));
  std::string other_format = bytes;
  other_format[8] = 77;
  EXPECT_EQ(load_packed(other_format).error().code(), ErrorCode::unsupported);
  const size_t machine = 8 + 4 + 8 + 5 + 8;
  std::string other_machine = bytes;
  other_machine[machine] = '#';
  EXPECT_NE(sentence(load_packed(other_machine)).find("pack it again"), std::string::npos);
  EXPECT_EQ(load_packed(bytes, {.without_passes = {"fuse_conv"}, .log = {}}).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(load_packed(bytes, {.max_memory = 1000, .log = {}}).error().code(), ErrorCode::out_of_memory);
  const auto buffer = AlignedBuffer::allocate(bytes.size() + 4);
  std::ranges::copy(std::as_bytes(std::span(bytes)), buffer.data() + 4);
  EXPECT_EQ(Session::load({buffer.data() + 4, bytes.size()}).error().code(), ErrorCode::invalid_argument);
}

TEST(PackedModel, CutShortIsAnError) {
  const std::string bytes = packed_bytes(must_load(of_all_kinds()));
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto session = load_packed(std::string_view(bytes).substr(0, size));
    // The end of the file may be padding alone.
    if (session) EXPECT_GE(size + 64, bytes.size());
  }
}

TEST(PackedModel, DamagedIsAnErrorOrRuns) {
  std::mt19937 random(5);
  for (const auto& [model, machine] :
       {std::pair(of_all_kinds(), PackFor::this_machine), std::pair(classifier(Dim(1)), PackFor::this_machine),
        std::pair(classifier(Dim(1)), PackFor::any_machine)}) {
    const std::string bytes = packed_bytes(must_load(model), machine);
    const size_t most = std::min<size_t>(bytes.size(), 3000);
    for (int round = 0; round < 1000; ++round) {
      std::string damaged = bytes;
      damaged[random() % most] = static_cast<char>(random());
      const auto session = load_packed(damaged, {.threads = 1, .max_memory = uint64_t{64} << 20U, .log = {}});
      if (!session) continue;
      (void)session->run(feeds_of_all_kinds());
      (void)session->run(picture(1));
    }
  }
}

}  // namespace
}  // namespace wedge::test
