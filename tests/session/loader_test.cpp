#include "wedge/loader.h"

#include <algorithm>
#include <random>

#include "base/result.h"
#include "onnx/model_stream.h"
#include "session/load.h"
#include "support/load.h"

namespace wedge::test {
namespace {

constexpr int64_t wide = 20000;  // floats: more bytes than stay in the skeleton

std::vector<float> ramp(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 977) * 0.5F;
  return values;
}

/// Weights of both sizes, as an initializer, in a Constant node and inside a branch.
std::string weighty_model(int64_t count) {
  const auto values = ramp(count);
  const auto weight = [&] { return tensor<float>({count}, std::span<const float>(values)); };
  GraphWriter branch("branch");
  branch.initializer("inner", weight()).node("Add", {"sum", "inner"}, {"chosen"}).output("chosen");
  GraphWriter other("other");
  other.node("Identity", {"sum"}, {"kept"}).output("kept");
  GraphWriter graph;
  graph.input("x", DType::f32, {count}).input("c", DType::boolean, {});
  graph.initializer("w", weight()).initializer("small", tensor<float>({1}, {3.0F}));
  graph.node("Constant", {}, {"k"}, {attribute("value", weight())});
  graph.node("Add", {"x", "w"}, {"a"}).node("Mul", {"a", "small"}, {"b"}).node("Add", {"b", "k"}, {"sum"});
  graph.node("If", {"c"}, {"y"}, {attribute("then_branch", branch), attribute("else_branch", other)});
  graph.output("y", DType::f32, {count});
  return ModelWriter(graph).opset("", 18).metadata("key", "value").bytes();
}

Result<> feed(Loader& loader, std::string_view bytes, const std::function<size_t()>& piece) {
  while (!bytes.empty()) {
    WEDGE_ASSIGN(const auto room, loader.next(std::min(bytes.size(), piece())));
    std::copy_n(as_bytes(bytes).begin(), room.size(), room.begin());
    WEDGE_TRY(loader.advance(room.size()));
    bytes.remove_prefix(room.size());
  }
  return {};
}

Result<Session> load_in_pieces(std::string_view bytes, const std::function<size_t()>& piece,
                               const SessionOptions& options = {}) {
  Loader loader(options);
  WEDGE_TRY(feed(loader, bytes, piece));
  return loader.finish();
}

std::vector<float> run(const Session& session, int64_t count) {
  const auto values = ramp(count);
  const Tensor x = Tensor::from(std::span<const float>(values), {count}).value();
  const auto outputs = session.run({{.name = "x", .tensor = x}, {.name = "c", .tensor = Tensor::scalar(true).value()}});
  EXPECT_TRUE(outputs) << (outputs ? "" : outputs.error().to_string());
  return outputs ? elements<float>((*outputs)[0].tensor) : std::vector<float>();
}

TEST(Loader, PiecesOfAnySizeMakeTheSameSession) {
  const std::string bytes = weighty_model(wide);
  const auto expected = run(must_load(bytes), wide);
  std::mt19937 random(7);
  const std::vector<std::function<size_t()>> pieces = {
      [] { return 1U; }, [] { return 4099U; }, [] { return size_t{1} << 30U; }, [&] { return 1 + random() % 100000; }};
  for (const auto& piece : pieces) {
    const auto session = load_in_pieces(bytes, piece);
    ASSERT_TRUE(session) << session.error().to_string();
    EXPECT_EQ(run(*session, wide), expected);
    EXPECT_EQ(session->metadata()[0].second, "value");
  }
}

TEST(Loader, LargeWeightsLieWhereTheyArrived) {
  Loader loader;
  const std::string bytes = weighty_model(wide);
  const auto piece = [] { return size_t{1} << 30U; };
  size_t largest = 0;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto room = loader.next(piece());
    ASSERT_TRUE(room);
    largest = std::max(largest, room->size());
    const size_t count = std::min(room->size(), rest.size());
    std::copy_n(as_bytes(rest).begin(), count, room->begin());
    ASSERT_TRUE(loader.advance(count));
    rest.remove_prefix(count);
  }
  ASSERT_TRUE(loader.finish());
  EXPECT_GT(largest, size_t{1} << 14U);
}

// The stream itself, with small weights apart, cut at every byte.
TEST(Loader, EveryCutMakesTheSameModel) {
  const std::string bytes = weighty_model(6);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    uint64_t budget = 1U << 20U;
    onnx::ModelStream stream(budget, 8);
    std::string_view parts[] = {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)};
    for (std::string_view part : parts) {
      while (!part.empty()) {
        const auto room = stream.next(part.size());
        ASSERT_TRUE(room);
        std::copy_n(as_bytes(part).begin(), room->size(), room->begin());
        ASSERT_TRUE(stream.advance(room->size()));
        part.remove_prefix(room->size());
      }
    }
    ASSERT_TRUE(stream.finish());
    const auto skeleton = stream.take_skeleton();
    const auto detached = stream.detached(skeleton->bytes());
    EXPECT_EQ(detached.size(), 3U);
    const auto module = build_module_from(skeleton->bytes(), onnx::DataSource(skeleton, detached));
    ASSERT_TRUE(module) << cut << ": " << module.error().to_string();
    size_t found = 0;
    for (const Value& value : module->values) {
      if (value.name == "w") found += elements<float>(value.constant.elements()) == ramp(6) ? 1 : 0;
    }
    EXPECT_EQ(found, 1U);
  }
}

TEST(Loader, WhatIsCutShortIsRefused) {
  const std::string bytes = weighty_model(6);
  const auto whole = [] { return size_t{1} << 20U; };
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    const std::string part = bytes.substr(0, cut);
    EXPECT_EQ(load_in_pieces(part, whole).has_value(), load(part).has_value()) << cut;
  }
}

TEST(Loader, DamagedModelsAreRefusedAsThoseFromBytesAre) {
  const std::string bytes = weighty_model(6);
  std::mt19937 random(11);
  const SessionOptions options{.threads = 1, .max_memory = uint64_t{64} << 20U, .log = {}};
  for (int i = 0; i < 1000; ++i) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto streamed = load_in_pieces(damaged, [&] { return 1 + random() % 50; }, options);
    EXPECT_EQ(streamed.has_value(), load(damaged, options).has_value()) << i;
  }
}

TEST(Loader, ASizeThatCannotBeIsRefusedBeforeMemoryIsTaken) {
  Proto tensor;
  tensor.varint(1, 4000000000).varint(2, 2).tag(9, 2).raw_varint(4000000000U);
  std::string bytes = Proto().tag(7, 2).raw_varint(4000000100U).bytes();
  bytes += Proto().tag(5, 2).raw_varint(4000000050U).bytes() + tensor.bytes();
  Loader loader({.max_memory = 1U << 20U, .log = {}});
  const auto refused = feed(loader, bytes, [] { return 100U; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::out_of_memory);
  EXPECT_FALSE(loader.next(1));
}

TEST(Loader, ExternalDataIsReadFromTheFilesAskedFor) {
  const auto values = ramp(wide);
  const auto weight = [](const char* offset) {
    return TensorWriter(DType::f32, {wide}).external({{"location", "w.bin"}, {"offset", offset}});
  };
  GraphWriter graph;
  graph.input("x", DType::f32, {wide}).input("c", DType::boolean, {});
  graph.initializer("w", weight("8")).initializer("same", weight("8"));
  graph.node("Add", {"x", "w"}, {"a"}).node("Add", {"a", "same"}, {"y"}).output("y", DType::f32, {wide});
  const std::string bytes = model(graph);
  std::string file = "12345678";
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)).append("the rest");

  for (const size_t length : {file.size(), file.size() - 20}) {
    Loader loader;
    const auto piece = [] { return 1000U; };
    ASSERT_TRUE(feed(loader, bytes, piece));
    const auto files = loader.external_files();
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 1U);
    EXPECT_EQ((*files)[0], "w.bin");
    EXPECT_FALSE(loader.begin_external(1));
    ASSERT_TRUE(loader.begin_external(0));
    ASSERT_TRUE(feed(loader, std::string_view(file).substr(0, length), piece));
    const auto session = loader.finish();
    ASSERT_EQ(session.has_value(), length == file.size());
    if (!session) continue;
    EXPECT_EQ(run(*session, wide)[3], 3 * values[3]);
  }
}

TEST(Loader, PathsThatClimbAreRefused) {
  GraphWriter graph;
  graph.initializer("w", TensorWriter(DType::f32, {4}).external({{"location", "../w.bin"}}));
  graph.node("Identity", {"w"}, {"y"}).output("y", DType::f32, {4});
  Loader loader;
  ASSERT_TRUE(feed(loader, model(graph), [] { return 9U; }));
  EXPECT_NE(sentence(loader.external_files()).find("'../w.bin'"), std::string::npos);
}

}  // namespace
}  // namespace wedge::test
