/* Calls every function of the C interface, rightly and wrongly. Built as C11 and as C++.
 * usage: capi MODEL.onnx, one with one input and one output of f32 and all dimensions fixed */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "models.h"
#include "wedge/wedge.h"

static int failures = 0;

#define CHECK(condition)                                                                                       \
  do {                                                                                                         \
    if (!(condition)) {                                                                                        \
      fprintf(stderr, "%s:%d: %s\n  last error: %s\n", __FILE__, __LINE__, #condition, wedge_error_message()); \
      ++failures;                                                                                              \
    }                                                                                                          \
  } while (0)
#define CHECK_OK(call) CHECK((call) == WEDGE_OK)

static int says(const char* text) { return strstr(wedge_error_message(), text) != NULL; }

/* The bytes of models must stay as long as their sessions: until the end. */
static void* kept_models[16];
static size_t kept_model_count;

static wedge_session load(bytes model) {
  void* kept = wedge_allocate(model.size);
  wedge_session session = NULL;
  memcpy(kept, model.data, model.size);
  kept_models[kept_model_count++] = kept;
  CHECK_OK(wedge_session_load_bytes(kept, model.size, NULL, &session));
  return session;
}

static wedge_tensor floats(const float* values, int64_t count) {
  wedge_tensor tensor = NULL;
  wedge_tensor_info info;
  CHECK_OK(wedge_tensor_create(WEDGE_F32, &count, 1, &tensor));
  CHECK_OK(wedge_tensor_get_info(tensor, &info));
  memcpy(info.data, values, info.bytes);
  return tensor;
}

static float first_float(wedge_tensor tensor) {
  wedge_tensor_info info;
  CHECK_OK(wedge_tensor_get_info(tensor, &info));
  CHECK(info.dtype == WEDGE_F32 && info.elements > 0 && info.data != NULL);
  return info.data == NULL ? 0 : ((const float*)info.data)[0];
}

static void test_library(void) {
  void* memory = wedge_allocate(100);
  CHECK(wedge_abi_version() == WEDGE_ABI_VERSION);
  CHECK(strlen(wedge_version()) > 4);
  CHECK(memory != NULL && (uintptr_t)memory % 64 == 0);
  wedge_free(memory);
  wedge_free(NULL);
  CHECK(wedge_allocate(SIZE_MAX) == NULL);
}

static void test_handles(void) {
  const float values[] = {1, 2};
  wedge_tensor tensor = floats(values, 2);
  wedge_tensor_info info;
  wedge_tensor others[3];
  CHECK_OK(wedge_tensor_release(tensor));
  CHECK(wedge_tensor_release(tensor) == WEDGE_INVALID_HANDLE);
  CHECK(says("released before"));
  CHECK(wedge_tensor_get_info(tensor, &info) == WEDGE_INVALID_HANDLE);
  CHECK(wedge_tensor_get_info(NULL, &info) == WEDGE_INVALID_HANDLE);
  CHECK(wedge_tensor_get_info((wedge_tensor)(uintptr_t)0x7fff1234, &info) == WEDGE_INVALID_HANDLE);
  for (int i = 0; i < 3; ++i) others[i] = floats(values, 2);
  CHECK(wedge_tensor_get_info(tensor, &info) == WEDGE_INVALID_HANDLE);
  CHECK(wedge_session_release((wedge_session)(void*)others[0]) == WEDGE_INVALID_HANDLE);
  CHECK(says("expected a session, got a tensor"));
  for (int i = 0; i < 3; ++i) CHECK_OK(wedge_tensor_release(others[i]));
}

static void test_tensors(void) {
  const int64_t dims[] = {2, 3};
  const int64_t negative[] = {-1};
  const int64_t huge[] = {INT64_MAX, INT64_MAX};
  float memory[6] = {1, 2, 3, 4, 5, 6};
  wedge_tensor tensor = NULL;
  wedge_tensor_info info;
  CHECK_OK(wedge_tensor_create(WEDGE_I64, dims, 2, &tensor));
  CHECK_OK(wedge_tensor_get_info(tensor, &info));
  CHECK(info.rank == 2 && info.dims[1] == 3 && info.bytes == 48 && info.elements == 6);
  CHECK(((const int64_t*)info.data)[5] == 0);
  CHECK_OK(wedge_tensor_release(tensor));

  CHECK_OK(wedge_tensor_wrap(WEDGE_F32, dims, 2, memory, sizeof memory, &tensor));
  CHECK_OK(wedge_tensor_get_info(tensor, &info));
  CHECK(info.data == memory);
  CHECK_OK(wedge_tensor_release(tensor));

  CHECK(wedge_tensor_wrap(WEDGE_F32, dims, 2, memory, 20, &tensor) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_tensor_wrap(WEDGE_F32, dims, 2, (char*)memory + 1, sizeof memory, &tensor) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_tensor_wrap(WEDGE_F32, dims, 2, NULL, sizeof memory, &tensor) == WEDGE_INVALID_ARGUMENT);
  CHECK(tensor == NULL);
  CHECK(wedge_tensor_create(99, dims, 2, &tensor) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_tensor_create(WEDGE_STRING, dims, 2, &tensor) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_tensor_create(WEDGE_F32, negative, 1, &tensor) != WEDGE_OK);
  CHECK(wedge_tensor_create(WEDGE_F32, huge, 2, &tensor) != WEDGE_OK);
  CHECK(wedge_tensor_create(WEDGE_F32, NULL, 2, &tensor) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_tensor_create(WEDGE_F32, dims, 2, NULL) == WEDGE_INVALID_ARGUMENT);
}

static void test_strings(void) {
  const int64_t dims[] = {3};
  const size_t offsets[] = {0, 3, 3, 6};
  const size_t falling[] = {3, 0, 3, 6};
  const char* characters = NULL;
  size_t length = 0;
  wedge_tensor tensor = NULL;
  wedge_tensor result = NULL;
  wedge_tensor_info info;
  wedge_session session = load(unary_model("Identity", WEDGE_STRING));
  CHECK_OK(wedge_tensor_create_strings(dims, 1, "onetwo", offsets, &tensor));
  CHECK_OK(wedge_tensor_get_info(tensor, &info));
  CHECK(info.dtype == WEDGE_STRING && info.data == NULL && info.elements == 3);
  CHECK_OK(wedge_session_run(session, NULL, &tensor, 1, &result));
  CHECK_OK(wedge_tensor_get_string(result, 2, &characters, &length));
  CHECK(length == 3 && memcmp(characters, "two", 3) == 0);
  CHECK_OK(wedge_tensor_get_string(result, 1, &characters, &length));
  CHECK(length == 0 && characters != NULL);
  CHECK(wedge_tensor_get_string(result, 3, &characters, &length) == WEDGE_OUT_OF_RANGE);
  CHECK_OK(wedge_tensor_release(tensor));
  CHECK(wedge_tensor_create_strings(dims, 1, "onetwo", falling, &tensor) == WEDGE_INVALID_ARGUMENT);
  CHECK_OK(wedge_tensor_release(result));
  CHECK_OK(wedge_session_release(session));
}

static void test_containers(void) {
  const float values[] = {5, 6};
  wedge_tensor elements[2];
  wedge_tensor sequence = NULL;
  wedge_tensor element = NULL;
  wedge_tensor_info info;
  wedge_session session = load(sequence_model());
  elements[0] = floats(values, 2);
  elements[1] = floats(values + 1, 1);
  CHECK_OK(wedge_tensor_create_container(WEDGE_F32 + WEDGE_SEQUENCE, elements, 2, &sequence));
  CHECK_OK(wedge_tensor_get_info(sequence, &info));
  CHECK(info.dtype == WEDGE_F32 + WEDGE_SEQUENCE && info.elements == 2 && info.data == NULL);
  CHECK_OK(wedge_tensor_get_element(sequence, 1, &element));
  CHECK(first_float(element) == 6);
  CHECK(wedge_tensor_get_element(sequence, 2, &element) == WEDGE_OUT_OF_RANGE);
  CHECK_OK(wedge_tensor_release(sequence));
  CHECK(wedge_tensor_create_container(WEDGE_F32, elements, 2, &sequence) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_tensor_create_container(WEDGE_I64 + WEDGE_SEQUENCE, elements, 2, &sequence) == WEDGE_INVALID_ARGUMENT);
  CHECK_OK(wedge_tensor_create_container(WEDGE_F32 + WEDGE_OPTIONAL, NULL, 0, &sequence));
  CHECK_OK(wedge_tensor_release(sequence));

  CHECK_OK(wedge_session_run(session, NULL, elements, 1, &sequence));
  CHECK_OK(wedge_session_release(session));
  CHECK_OK(wedge_tensor_get_element(sequence, 0, &element));
  CHECK(first_float(element) == 5);
  for (int i = 0; i < 2; ++i) CHECK_OK(wedge_tensor_release(elements[i]));
  CHECK_OK(wedge_tensor_release(sequence));
}

static void test_errors(void) {
  const bytes unknown = unary_model("NoSuchOperator", WEDGE_F32);
  const int64_t none = 0;
  const size_t offset = 0;
  wedge_tensor strings = NULL;
  wedge_tensor output = NULL;
  wedge_session session = load(unary_model("Relu", WEDGE_STRING));
  wedge_session_options options = {sizeof(wedge_session_options), 0, 1, WEDGE_OPTIMIZE_ALL, "no_such_pass", 0};
  CHECK_OK(wedge_tensor_create_strings(&none, 1, "", &offset, &strings));
  CHECK(wedge_session_run(session, NULL, &strings, 1, &output) != WEDGE_OK);
  CHECK(strcmp(wedge_error_node(), "only") == 0);
  CHECK(strcmp(wedge_error_operator(), "Relu") == 0);
  CHECK(strcmp(wedge_error_file(), "") == 0);
  CHECK(says("node 'only' (Relu): "));
  CHECK_OK(wedge_tensor_release(strings));
  CHECK_OK(wedge_session_release(session));
  CHECK(wedge_session_load_bytes(unknown.data, unknown.size, NULL, &session) == WEDGE_UNSUPPORTED);
  CHECK(says("NoSuchOperator"));
  CHECK(wedge_session_load_file("/no/such/file.onnx", NULL, &session) == WEDGE_NOT_FOUND);
  CHECK(strcmp(wedge_error_file(), "/no/such/file.onnx") == 0);
  CHECK(wedge_session_load_file(NULL, NULL, &session) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_session_load_bytes("nonsense", 8, NULL, &session) == WEDGE_INVALID_MODEL);
  CHECK(wedge_session_load_bytes(unknown.data, unknown.size, &options, &session) == WEDGE_INVALID_ARGUMENT);
  CHECK(says("no_such_pass"));
  options.size = 3;
  CHECK(wedge_session_load_bytes(unknown.data, unknown.size, &options, &session) == WEDGE_INVALID_ARGUMENT);
  CHECK(session == NULL);
}

static void test_description(void) {
  wedge_session session = load(doubling_model());
  wedge_value_info info;
  size_t count = 0;
  const char* key = NULL;
  const char* value = NULL;
  int64_t version = 0;
  CHECK_OK(wedge_session_input_count(session, &count));
  CHECK(count == 1);
  CHECK_OK(wedge_session_output_count(session, &count));
  CHECK(count == 1);
  CHECK_OK(wedge_session_get_input(session, 0, &info));
  CHECK(strcmp(info.name, "x") == 0 && info.dtype == WEDGE_F32 && info.rank == 1);
  CHECK(info.dims[0] == -1 && strcmp(info.symbols[0], "n") == 0);
  CHECK_OK(wedge_session_get_output(session, 0, &info));
  CHECK(strcmp(info.name, "y") == 0);
  CHECK(wedge_session_get_input(session, 1, &info) == WEDGE_OUT_OF_RANGE);
  CHECK(wedge_session_get_output(session, 1, &info) == WEDGE_OUT_OF_RANGE);
  CHECK_OK(wedge_session_metadata_count(session, &count));
  CHECK(count == 1);
  CHECK_OK(wedge_session_get_metadata(session, 0, &key, &value));
  CHECK(strcmp(key, "author") == 0 && strcmp(value, "nobody") == 0);
  CHECK_OK(wedge_session_opset_count(session, &count));
  CHECK(count == 1);
  CHECK_OK(wedge_session_get_opset(session, 0, &key, &version));
  CHECK(strcmp(key, "") == 0 && version == 17);
  CHECK_OK(wedge_session_release(session));
}

static void test_runs(void) {
  const float values[] = {1.5F, 2, 3};
  const char* names[] = {"x"};
  const char* wrong[] = {"z"};
  const int64_t dims[] = {3};
  const size_t ranks[] = {1};
  char* json = NULL;
  wedge_tensor input = floats(values, 3);
  wedge_tensor output = NULL;
  wedge_memory memory;
  wedge_session session = load(doubling_model());
  CHECK_OK(wedge_session_plan(session, dims, ranks, 1, &memory));
  CHECK_OK(wedge_session_run(session, names, &input, 1, &output));
  CHECK(first_float(output) == 3);
  CHECK_OK(wedge_tensor_release(output));
  CHECK(wedge_session_run(session, wrong, &input, 1, &output) == WEDGE_NOT_FOUND);
  CHECK(output == NULL && says("'z'"));
  CHECK(wedge_session_run(session, NULL, &input, 0, &output) == WEDGE_INVALID_ARGUMENT);
  CHECK_OK(wedge_session_get_memory(session, &memory));
  CHECK_OK(wedge_session_trim(session, 0));
  CHECK_OK(wedge_session_profile(session, names, &input, 1, 0.01, &json));
  CHECK(json != NULL && strstr(json, "\"op\":\"Add\"") != NULL && strstr(json, "\"dims\":[3]") != NULL);
  wedge_free(json);
  CHECK_OK(wedge_session_release(session));
  CHECK(wedge_session_run(session, names, &input, 1, &output) == WEDGE_INVALID_HANDLE);
  CHECK_OK(wedge_tensor_release(input));
}

static void test_bindings(void) {
  float values[] = {1, 2};
  float results[] = {0, 0};
  const int64_t dims[] = {2};
  wedge_tensor input = NULL;
  wedge_tensor target = NULL;
  wedge_tensor output = NULL;
  wedge_binding binding = NULL;
  wedge_session session = load(doubling_model());
  CHECK_OK(wedge_binding_create(session, &binding));
  CHECK_OK(wedge_session_release(session));
  CHECK_OK(wedge_tensor_wrap(WEDGE_F32, dims, 1, values, sizeof values, &input));
  CHECK_OK(wedge_tensor_wrap(WEDGE_F32, dims, 1, results, sizeof results, &target));
  CHECK(wedge_binding_get_output(binding, 0, &output) == WEDGE_INVALID_ARGUMENT);
  CHECK_OK(wedge_binding_set_input(binding, 0, input));
  CHECK_OK(wedge_binding_run(binding));
  CHECK_OK(wedge_binding_get_output(binding, 0, &output));
  CHECK(first_float(output) == 2);
  CHECK_OK(wedge_tensor_release(output));
  CHECK_OK(wedge_binding_set_output(binding, 0, target));
  values[1] = 7;
  CHECK_OK(wedge_binding_run(binding));
  CHECK(results[1] == 14);
  CHECK(wedge_binding_set_input(binding, 1, input) == WEDGE_INVALID_ARGUMENT);
  CHECK(wedge_binding_get_output(binding, 1, &output) == WEDGE_OUT_OF_RANGE);
  CHECK_OK(wedge_tensor_release(input));
  CHECK_OK(wedge_tensor_release(target));
  CHECK_OK(wedge_binding_release(binding));
  CHECK(wedge_binding_run(binding) == WEDGE_INVALID_HANDLE);
}

static void feed(wedge_loader loader, const void* data, size_t size) {
  const unsigned char* rest = (const unsigned char*)data;
  while (size > 0) {
    void* memory = NULL;
    size_t room = 0;
    CHECK_OK(wedge_loader_next(loader, size < 7 ? size : 7, &memory, &room));
    if (room == 0) return;
    memcpy(memory, rest, room);
    CHECK_OK(wedge_loader_advance(loader, room));
    rest += room;
    size -= room;
  }
}

static void test_loader(void) {
  const bytes model = external_model();
  const float weights[] = {10, 20};
  const float values[] = {1, 2};
  const char* location = NULL;
  size_t count = 0;
  wedge_tensor input = floats(values, 2);
  wedge_tensor output = NULL;
  wedge_loader loader = NULL;
  wedge_session session = NULL;
  CHECK_OK(wedge_loader_create(NULL, &loader));
  feed(loader, model.data, model.size);
  CHECK_OK(wedge_loader_external_count(loader, &count));
  CHECK(count == 1);
  CHECK_OK(wedge_loader_get_external(loader, 0, &location));
  CHECK(strcmp(location, "weights.bin") == 0);
  CHECK(wedge_loader_get_external(loader, 1, &location) == WEDGE_OUT_OF_RANGE);
  CHECK(wedge_loader_begin_external(loader, 1) == WEDGE_OUT_OF_RANGE);
  CHECK_OK(wedge_loader_begin_external(loader, 0));
  feed(loader, weights, sizeof weights);
  CHECK_OK(wedge_loader_finish(loader, &session));
  CHECK_OK(wedge_loader_release(loader));
  CHECK_OK(wedge_session_run(session, NULL, &input, 1, &output));
  CHECK(first_float(output) == 11);
  CHECK_OK(wedge_tensor_release(output));
  CHECK_OK(wedge_session_release(session));

  CHECK_OK(wedge_loader_create(NULL, &loader));
  feed(loader, model.data, model.size);
  CHECK(wedge_loader_finish(loader, &session) == WEDGE_NOT_FOUND);
  CHECK(says("weights.bin"));
  CHECK_OK(wedge_loader_release(loader));
  CHECK(wedge_loader_release(loader) == WEDGE_INVALID_HANDLE);
  CHECK_OK(wedge_tensor_release(input));
}

static void test_file(const char* path) {
  wedge_session session = NULL;
  wedge_value_info info;
  wedge_tensor input = NULL;
  wedge_tensor output = NULL;
  wedge_memory memory;
  const wedge_session_options small = {sizeof(wedge_session_options), 1000, 1, WEDGE_OPTIMIZE_ALL, NULL, 0};
  CHECK(wedge_session_load_file(path, &small, &session) == WEDGE_OUT_OF_MEMORY);
  CHECK_OK(wedge_session_load_file(path, NULL, &session));
  CHECK_OK(wedge_session_get_input(session, 0, &info));
  CHECK_OK(wedge_tensor_create(info.dtype, info.dims, (size_t)info.rank, &input));
  CHECK_OK(wedge_session_run(session, NULL, &input, 1, &output));
  CHECK_OK(wedge_session_get_memory(session, &memory));
  CHECK(memory.arena > 0 && memory.weights + memory.packed > 0);
  CHECK_OK(wedge_tensor_release(input));
  CHECK_OK(wedge_tensor_release(output));
  CHECK_OK(wedge_session_release(session));
}

int main(int count, char** arguments) {
  test_library();
  test_handles();
  test_tensors();
  test_strings();
  test_containers();
  test_errors();
  test_description();
  test_runs();
  test_bindings();
  test_loader();
  if (count > 1) test_file(arguments[1]);
  while (kept_model_count > 0) wedge_free(kept_models[--kept_model_count]);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
