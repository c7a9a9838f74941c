#include "conformance/backend.h"

#include <algorithm>

#include "base/platform.h"
#include "conformance/compare.h"
#include "conformance/random_outputs.h"
#include "onnx/model.h"
#include "onnx/tensor_data.h"
#include "wedge/session.h"

namespace wedge::conformance {
namespace {

namespace fs = std::filesystem;

Result<Tensor> read_value(const fs::path& path, DType dtype) {
  WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path.string()));
  const onnx::DataSource source(file);
  if (is_sequence(dtype)) {
    WEDGE_ASSIGN(const auto sequence, onnx::parse_sequence(file->bytes()));
    return onnx::to_tensor(sequence, dtype, source);
  }
  if (is_optional(dtype)) {
    WEDGE_ASSIGN(const auto optional, onnx::parse_optional(file->bytes()));
    return onnx::to_tensor(optional, dtype, source);
  }
  WEDGE_ASSIGN(const auto message, onnx::parse_tensor(file->bytes()));
  WEDGE_ASSIGN(const Tensor tensor, onnx::to_tensor(message, source));
  // The one exception to types being the same: some archives store bfloat16 as uint16.
  if (dtype != DType::bf16 || tensor.dtype() != DType::u16) return tensor;
  WEDGE_ASSIGN(const Tensor view, Tensor::wrap_bytes(DType::bf16, tensor.bytes(), tensor.shape(), true, nullptr));
  return view.clone();
}

Result<std::vector<Tensor>> read_values(const fs::path& set, std::string_view kind, std::span<const ValueInfo> infos) {
  std::vector<Tensor> values;
  for (size_t i = 0; i < infos.size(); ++i) {
    auto value = read_value(set / text(kind, "_", i, ".pb"), infos[i].dtype);
    if (!value) return fail(value.error().code(), "test data: ", value.error().to_string());
    values.push_back(*std::move(value));
  }
  if (fs::exists(set / text(kind, "_", infos.size(), ".pb"))) {
    return fail(ErrorCode::invalid_argument, "the test has more ", kind, "s than the model's ", infos.size());
  }
  return values;
}

double absolute_tolerance(const Subject& subject) {
  // As in ONNX's own runner: sums of that many products lose more than the usual digits.
  const bool is_transform = subject.op == "DFT" || subject.op == "STFT";
  const bool is_expanded = subject.op.starts_with("test_dft") || subject.op.starts_with("test_stft");
  return is_transform || is_expanded ? 1e-3 : 1e-7;
}

Result<> run_set(const BackendTest& test, const Session& session, const fs::path& set, double absolute) {
  WEDGE_ASSIGN(const auto inputs, read_values(set, "input", session.inputs()));
  WEDGE_ASSIGN(const auto expected, read_values(set, "output", session.outputs()));
  std::vector<NamedTensor> feeds;
  for (size_t i = 0; i < inputs.size(); ++i) feeds.push_back({session.inputs()[i].name, inputs[i]});
  // The second run follows the plan that the first one made.
  for (int repeat = 0; repeat < 2; ++repeat) {
    WEDGE_ASSIGN(const auto outputs, session.run(feeds));
    std::vector<Tensor> actual;
    for (const NamedTensor& output : outputs) actual.push_back(output.tensor);
    if (const auto check = random_check(test.name)) {
      WEDGE_TRY(check(inputs, actual, expected));
      continue;
    }
    for (size_t i = 0; i < actual.size(); ++i) {
      if (auto same = compare(actual[i], expected[i], absolute); !same) {
        return fail(same.error().code(), "output ", i, ": ", same.error().message());
      }
    }
  }
  return {};
}

}  // namespace

Result<std::vector<BackendTest>> find_tests(const fs::path& root) {
  std::error_code error;
  std::vector<BackendTest> tests;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename() != "model.onnx") continue;
    const fs::path folder = fs::absolute(it->path().parent_path()).lexically_normal();
    if (!fs::exists(folder / "test_data_set_0")) continue;
    const auto group = folder.parent_path().filename();
    tests.push_back({.name = (group / folder.filename()).string(), .folder = folder});
  }
  if (error) return fail(ErrorCode::io, root.string(), ": ", error.message());
  if (tests.empty()) return fail(ErrorCode::not_found, root.string(), ": there is no backend test in it");
  std::ranges::sort(tests, {}, &BackendTest::name);
  return tests;
}

Result<Subject> subject_of(const BackendTest& test) {
  WEDGE_ASSIGN(const auto file, platform::FileBytes::open((test.folder / "model.onnx").string()));
  WEDGE_ASSIGN(const auto model, onnx::parse_model(file->bytes()));
  const Subject whole_model{.domain = {}, .op = test.folder.filename().string()};
  const onnx::NodeProto* only = nullptr;
  for (const onnx::NodeProto& node : model.graph.node) {
    if (node.op_type == "Constant" && model.graph.node.size() > 1) continue;
    if (only != nullptr) return whole_model;
    only = &node;
  }
  if (only == nullptr) return whole_model;
  const std::string_view domain = only->domain == "ai.onnx" ? std::string_view() : only->domain;
  Subject subject{.domain = std::string(domain), .op = std::string(only->op_type), .is_operator = true};
  for (const onnx::OperatorSetIdProto& import : model.opset_import) {
    if (import.domain == only->domain || (domain.empty() && import.domain.empty())) subject.opset = import.version;
  }
  for (const onnx::ValueInfoProto& input : model.graph.input) {
    subject.types.emplace_back(to_string(onnx::to_dtype(input.type)));
  }
  return subject;
}

Result<> run_test(const BackendTest& test, const SessionOptions& options) {
  WEDGE_ASSIGN(const Subject subject, subject_of(test));
  WEDGE_ASSIGN(const auto session, Session::load((test.folder / "model.onnx").string(), options));
  for (size_t i = 0;; ++i) {
    const fs::path set = test.folder / text("test_data_set_", i);
    if (!fs::exists(set)) return {};
    WEDGE_TRY(run_set(test, session, set, absolute_tolerance(subject)));
  }
}

}  // namespace wedge::conformance
