// ONNX's backend tests: a folder with model.onnx and test_data_set_N/{input,output}_M.pb.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "wedge/session.h"

namespace wedge::conformance {

struct BackendTest {
  std::string name;  ///< the last two folders of its path: "node/test_abs"
  std::filesystem::path folder;
};

/// The tests in the folder and all below it, by name. Error: not_found when there is none.
Result<std::vector<BackendTest>> find_tests(const std::filesystem::path& root);

/// What a test is about.
struct Subject {
  std::string domain;
  std::string op;  ///< the operator of the model's only node, Constants aside; else the test's name
  bool is_operator = false;
  int64_t opset = 0;               ///< the version of the operator's domain
  std::vector<std::string> types;  ///< the element types of the model's inputs
};

/// Reads the model as far as its nodes.
Result<Subject> subject_of(const BackendTest& test);

/// Runs the model on each set of inputs; the Error says what failed or which output differs.
Result<> run_test(const BackendTest& test, const SessionOptions& options);

}  // namespace wedge::conformance
