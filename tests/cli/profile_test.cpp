// wedge profile: the page, the trace and the table.
#include <gtest/gtest.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/wedge_program.h"

namespace wedge::cli {
namespace {

using nlohmann::json;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What the page draws.
json data_of(const std::string& page) {
  const std::string_view open = R"(<script type="application/json" id="data">)";
  const size_t begin = page.find(open) + open.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

struct Reports {
  json printed, trace;
  std::string page;
};

Reports profile(const std::string& model_path) {
  // Tests run side by side.
  const std::string own = ::testing::TempDir() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string page = own + ".html";
  const std::string trace = own + ".json";
  const auto finished = wedge_program(
      "profile " + model_path + " --warmup 0 --seconds 0 --json --html " + page + " --trace " + trace, "2>/dev/null");
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  return {.printed = json::parse(finished.output), .trace = json::parse(contents(trace)), .page = contents(page)};
}

TEST(ProfileCommand, ThePageHoldsEveryStepAndNeedsNothingElse) {
  const Reports reports = profile(model("mnist.onnx"));
  EXPECT_EQ(data_of(reports.page), reports.printed);
  EXPECT_FALSE(reports.printed["steps"].empty());
  EXPECT_FALSE(reports.printed["passes"].empty());
  for (const json& step : reports.printed["steps"]) {
    EXPECT_GT(step["bytes"], 0) << step;
    EXPECT_FALSE(step["outputs"].empty()) << step;
  }
  // Nothing is fetched: the only address is the name of SVG.
  std::string page = reports.page;
  const std::string svg = "http://www.w3.org/2000/svg";
  page.erase(page.find(svg), svg.size());
  for (const char* outside : {"http:", "https:", "src=", "href=", "@import"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
}

TEST(ProfileCommand, TheTraceIsInChromesFormat) {
  const Reports reports = profile(model("mnist.onnx"));
  size_t steps = 0;
  double end = 0;
  for (const json& event : reports.trace["traceEvents"]) {
    ASSERT_TRUE(event["name"].is_string() && event["pid"].is_number() && event["tid"].is_number()) << event;
    const std::string phase = event["ph"];
    if (phase == "M") continue;
    ASSERT_TRUE(event["ts"].is_number()) << event;
    if (phase == "C") {
      EXPECT_TRUE(event["args"]["bytes"].is_number()) << event;
      continue;
    }
    ASSERT_EQ(phase, "X") << event;
    EXPECT_GE(event["dur"], 0) << event;
    if (event["pid"] != 1) continue;
    ++steps;
    EXPECT_GE(event["ts"], end - 1e-6) << event;
    end = event["ts"].get<double>() + event["dur"].get<double>();
  }
  EXPECT_EQ(steps, reports.printed["steps"].size());
}

TEST(ProfileCommand, NamesFromTheModelCannotEndTheData) {
  const std::string name = R"(</script><!-- "\u)";
  test::GraphWriter graph("sample");
  graph.input("x", DType::f32, {2})
      .node("Exp", {"x"}, {"y"}, {}, {.name = name, .domain = "", .overload = ""})
      .output("y", DType::f32, {2});
  const Reports reports = profile(saved_bytes("names.onnx", test::ModelWriter(graph).opset("", 18).bytes()));
  EXPECT_EQ(data_of(reports.page)["steps"][0]["name"], name);
}

TEST(ProfileCommand, PrintsATable) {
  const auto finished = wedge_program("profile " + model("mnist.onnx") + " --warmup 0 --seconds 0", "2>/dev/null");
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_NE(finished.output.find("GFLOP/s"), std::string::npos) << finished.output;
  EXPECT_NE(finished.output.find("ChannelsLastConv"), std::string::npos) << finished.output;
  const auto refused =
      wedge_program("profile " + model("mnist.onnx") + " --seconds 0 --warmup 0 --html /nowhere/x", "2>&1 >/dev/null");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.output, "wedge: cannot write '/nowhere/x': No such file or directory\n");
}

}  // namespace
}  // namespace wedge::cli
