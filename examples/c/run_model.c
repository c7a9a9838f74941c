/* Runs a model on zeros and prints the shape and the first elements of every output.
 * usage: run_model MODEL.onnx */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <wedge/wedge.h>

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, wedge_error_message());
  return 1;
}

/* A tensor of zeros as the model declares its input; dimensions that are not fixed become 1. */
static wedge_status make_input(wedge_session session, size_t index, wedge_tensor* tensor) {
  wedge_value_info info;
  int64_t dims[16] = {0};
  wedge_status status = wedge_session_get_input(session, index, &info);
  if (status != WEDGE_OK) return status;
  for (int32_t axis = 0; axis < info.rank && axis < 16; ++axis) dims[axis] = info.dims[axis] < 0 ? 1 : info.dims[axis];
  return wedge_tensor_create(info.dtype, dims, info.rank < 0 ? 0 : (size_t)info.rank, tensor);
}

static wedge_status print_output(wedge_session session, size_t index, wedge_tensor tensor) {
  wedge_value_info declared;
  wedge_tensor_info info;
  wedge_status status = wedge_session_get_output(session, index, &declared);
  if (status == WEDGE_OK) status = wedge_tensor_get_info(tensor, &info);
  if (status != WEDGE_OK) return status;
  printf("%s [", declared.name);
  for (uint32_t axis = 0; axis < info.rank; ++axis) printf(axis == 0 ? "%" PRId64 : ", %" PRId64, info.dims[axis]);
  printf("]");
  if (info.dtype == WEDGE_F32) {
    for (size_t i = 0; i < info.elements && i < 10; ++i) printf(" %g", (double)((const float*)info.data)[i]);
  }
  printf("\n");
  return WEDGE_OK;
}

static int run(wedge_session session) {
  size_t input_count = 0;
  size_t output_count = 0;
  wedge_session_input_count(session, &input_count);
  wedge_session_output_count(session, &output_count);
  wedge_tensor* inputs = calloc(input_count + 1, sizeof *inputs);
  wedge_tensor* outputs = calloc(output_count + 1, sizeof *outputs);
  if (inputs == NULL || outputs == NULL) abort();

  wedge_status status = WEDGE_OK;
  for (size_t i = 0; i < input_count && status == WEDGE_OK; ++i) status = make_input(session, i, &inputs[i]);
  if (status == WEDGE_OK) status = wedge_session_run(session, NULL, inputs, input_count, outputs);
  for (size_t i = 0; i < output_count && status == WEDGE_OK; ++i) status = print_output(session, i, outputs[i]);
  const int result = status == WEDGE_OK ? 0 : failed("cannot run the model");

  for (size_t i = 0; i < input_count; ++i) wedge_tensor_release(inputs[i]);
  for (size_t i = 0; i < output_count; ++i) wedge_tensor_release(outputs[i]);
  free(inputs);
  free(outputs);
  return result;
}

int main(int count, char** arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: %s MODEL.onnx\n", arguments[0]);
    return 2;
  }
  const wedge_session_options options = {.size = sizeof options, .optimization = WEDGE_OPTIMIZE_ALL};
  wedge_session session = NULL;
  if (wedge_session_load_file(arguments[1], &options, &session) != WEDGE_OK) return failed("cannot load the model");
  const int result = run(session);
  wedge_session_release(session);
  return result;
}
