// The program as a user meets it: its output, its sentences and its exit codes.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/npy.h"
#include "cli/wedge_program.h"

namespace wedge::cli {
namespace {

using nlohmann::json;

TEST(Program, HelpsAndTellsItsVersion) {
  for (const char* command : {"", "run", "info", "bench", "profile", "ocr", "digits"}) {
    const auto help = wedge_program(std::string(command) + " --help");
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.output.find("Usage: wedge"), std::string::npos) << help.output;
  }
  EXPECT_TRUE(wedge_program("--version").output.starts_with("wedge "));
}

TEST(Program, WrongUsageExitsWithTwo) {
  EXPECT_EQ(wedge_program("").exit_code, 2);
  const auto unknown = wedge_program("fly", "2>&1 >/dev/null");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.output, "wedge: there is no command 'fly'; see wedge --help\n");
  EXPECT_EQ(wedge_program("run").exit_code, 2);
  EXPECT_EQ(wedge_program("bench " + model("mnist.onnx") + " --seconds lots").exit_code, 2);
  EXPECT_EQ(wedge_program("bench " + model("mnist.onnx") + " --seconds -1").exit_code, 2);
}

TEST(Program, FailuresExitWithOneSentence) {
  const auto missing = wedge_program("run nothing.onnx", "2>&1 >/dev/null");
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_EQ(missing.output, "wedge: nothing.onnx: cannot read 'nothing.onnx': No such file or directory\n");
  const auto unfed = wedge_program("run " + model("digits.onnx"));
  EXPECT_EQ(unfed.exit_code, 1);
  EXPECT_EQ(unfed.output,
            "wedge: nothing is fed to 'image' (float32 [batch, 1, 8, 8]); use --input NAME=SOURCE or --random\n");
  const auto unknown = wedge_program("run " + model("digits.onnx") + " -i picture=1");
  EXPECT_EQ(unknown.output, "wedge: the model has no input 'picture'; it has 'image'\n");
  const auto small = wedge_program("run " + model("mnist.onnx") + " --random --max-memory 10000");
  EXPECT_EQ(small.exit_code, 1);
  EXPECT_NE(small.output.find("the limit is 10000"), std::string::npos) << small.output;
}

TEST(Program, DoesNotClaimToHaveWrittenToAFullDisk) {
  for (const std::string& command : {"run " + model("mnist.onnx") + " --random", "info " + model("mnist.onnx")}) {
    const auto finished = wedge_program(command, "2>&1 >/dev/full");
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_EQ(finished.output, "wedge: cannot write to standard output: No space left on device\n");
  }
}

TEST(Program, RunsFromFilesToFiles) {
  // The program makes the folder.
  const std::string folder = ::testing::TempDir() + "/wedge-outputs/of-digits";
  const auto run =
      wedge_program("run " + model("digits.onnx") + " -i image=" + model("digits-input.npy") + " -o " + folder);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_TRUE(run.output.starts_with("probabilities: float32 [16, 10]\n")) << run.output;
  const auto saved = load_npy(folder + "/probabilities.npy");
  ASSERT_TRUE(saved) << saved.error().to_string();
  const auto expected = load_npy(model("digits-output.npy"));
  ASSERT_TRUE(expected) << expected.error().to_string();
  const auto actual_values = saved->view<float>().value();
  const auto expected_values = expected->view<float>().value();
  ASSERT_EQ(actual_values.size(), expected_values.size());
  for (size_t i = 0; i < actual_values.size(); ++i) EXPECT_NEAR(actual_values[i], expected_values[i], 1e-5);
}

TEST(Program, RunsOnChanceNumbersAndPictures) {
  EXPECT_NE(wedge_program("run " + model("digits.onnx") + " --random --dims image=3,1,8,8").output.find("[3, 10]"),
            std::string::npos);
  EXPECT_EQ(wedge_program("run " + model("digits.onnx") + " -i image=0.5").exit_code, 0);
  EXPECT_EQ(wedge_program("run " + model("digits.onnx") + " -i image=" + model("digits.png")).exit_code, 0);
  EXPECT_EQ(wedge_program("run " + model("digits.onnx") + " --random --seed 5").output,
            wedge_program("run " + model("digits.onnx") + " --random --seed 5").output);
}

TEST(Program, DescribesAModel) {
  const auto info = json::parse(wedge_program("info " + model("mnist.onnx") + " --json", "2>/dev/null").output);
  EXPECT_EQ(info["inputs"][0]["name"], "Input3");
  EXPECT_EQ(info["inputs"][0]["dims"], json({1, 1, 28, 28}));
  EXPECT_EQ(info["opsets"]["ai.onnx"], 12);
  EXPECT_EQ(info["nodes"], 12);
  EXPECT_GT(info["memory"]["arena"], 0);
  const auto text = wedge_program("info " + model("digits.onnx"));
  EXPECT_NE(text.output.find("float32 [batch, 1, 8, 8]"), std::string::npos) << text.output;
}

TEST(Program, TellsTheMemoryForGivenShapes) {
  const std::string info = "info " + model("digits.onnx") + " --json";
  EXPECT_EQ(json::parse(wedge_program(info).output)["memory"]["arena"], 0);
  EXPECT_GT(json::parse(wedge_program(info + " --dims image=16,1,8,8").output)["memory"]["arena"], 0);
  EXPECT_EQ(wedge_program(info + " --dims image=16,1,8").exit_code, 1);
}

TEST(Program, DescribesWhatItCannotRun) {
  test::GraphWriter graph("sample");
  graph.input("x", DType::f32, {2})
      .node("Fly", {"x"}, {"y"}, {}, {.name = "fly", .domain = "com.example", .overload = ""})
      .output("y", DType::f32, {2});
  const std::string path =
      saved_bytes("unknown.onnx", test::ModelWriter(graph).opset("", 18).opset("com.example", 1).bytes());
  const auto info = wedge_program("info " + path);
  EXPECT_EQ(info.exit_code, 0);
  EXPECT_NE(info.output.find("NOT SUPPORTED by this build"), std::string::npos) << info.output;
  EXPECT_NE(info.output.find("cannot run: "), std::string::npos) << info.output;
  EXPECT_EQ(json::parse(wedge_program("info --json " + path).output)["operators"][0]["supported"], false);
  EXPECT_EQ(wedge_program("run --random " + path).exit_code, 1);
}

TEST(Program, MeasuresAModel) {
  const auto bench = json::parse(
      wedge_program("bench " + model("mnist.onnx") + " --json --warmup 0 --seconds 0.05", "2>/dev/null").output);
  for (const char* key : {"load_ms", "first_ms", "median_ms", "p90_ms", "runs", "peak_rss_mb", "arena_bytes"}) {
    EXPECT_TRUE(bench.contains(key)) << key;
    EXPECT_GT(bench[key], 0) << key;
  }
}

TEST(Program, ReadsDigits) {
  EXPECT_EQ(wedge_program("digits " + model("digits.png") + " --model " + model("digits.onnx")).output, "3141592653\n");
  EXPECT_EQ(wedge_program("digits " + model("digits.md") + " --model " + model("digits.onnx")).exit_code, 1);
}

}  // namespace
}  // namespace wedge::cli
