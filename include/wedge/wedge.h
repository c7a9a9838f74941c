/* The C interface: what every binding is made from. C11, and C++.
 *
 * Handles. Sessions, loaders, bindings and tensors are named by handles. A handle looks like a pointer, so that the
 * compiler tells one kind from another, but it is a number that is looked up: a null, stale, foreign or twice released
 * handle is WEDGE_INVALID_HANDLE, not a crash. Each handle that a function gives belongs to the caller, who releases it
 * once. What is behind a handle is shared where it must be: a tensor from a session may be used after that session is
 * released.
 *
 * Errors. Functions that can fail return a wedge_status; the sentences of the last failure on the same thread are read
 * with wedge_error_*(). Results are written only on success, except that handles to be given are set to null first.
 *
 * Memory. Pointers that a function gives belong to the library and last as long as the handle they were asked of,
 * unless it says otherwise. Text is UTF-8 and ends with a null character.
 *
 * Threads. All functions may be called from several threads at once. A binding or a loader is used by one thread at a
 * time, and a handle must not be released while another thread uses it in a call.
 */
/* NOLINTBEGIN(modernize-use-using,modernize-deprecated-headers,readability-identifier-naming): it is C */
#ifndef WEDGE_WEDGE_H
#define WEDGE_WEDGE_H

#include <stddef.h>
#include <stdint.h>

#if defined(WEDGE_C_EXPORTS) && defined(__wasm__)
#define WEDGE_C_API(name) __attribute__((export_name(#name)))
#elif defined(__GNUC__)
#define WEDGE_C_API(name) __attribute__((visibility("default")))
#else
#define WEDGE_C_API(name)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Grows by one whenever something a compiled program relies on changes; additions do not change it. */
#define WEDGE_ABI_VERSION 1

/* The WEDGE_ABI_VERSION the library was built with. */
WEDGE_C_API(wedge_abi_version) uint32_t wedge_abi_version(void);
/* "0.1.0" */
WEDGE_C_API(wedge_version) const char* wedge_version(void);

/* ---- errors */

typedef int32_t wedge_status;
enum {
  WEDGE_OK = 0,
  WEDGE_INVALID_ARGUMENT = 1, /* the caller passed something that cannot be right */
  WEDGE_INVALID_MODEL = 2,    /* the model contradicts the ONNX specification or itself */
  WEDGE_UNSUPPORTED = 3,      /* valid, but beyond what this build can do */
  WEDGE_OUT_OF_RANGE = 4,     /* an index, offset or size outside its bounds */
  WEDGE_OUT_OF_MEMORY = 5,    /* an allocation failed or would exceed the limit */
  WEDGE_NOT_FOUND = 6,        /* a file, input or output does not exist */
  WEDGE_IO = 7,               /* the system refused to read or write */
  WEDGE_INTERNAL = 8,         /* a broken invariant of the library */
  WEDGE_INVALID_HANDLE = 9    /* null, of another kind, or released before */
};

/* The last failure on this thread, whole: "FILE: node 'NAME' (OPERATOR): what is wrong". Empty before the first one.
   These four last until the next failure on the same thread. */
WEDGE_C_API(wedge_error_message) const char* wedge_error_message(void);
/* The node it happened at, its operator, and the model's file; empty where there is none. */
WEDGE_C_API(wedge_error_node) const char* wedge_error_node(void);
WEDGE_C_API(wedge_error_operator) const char* wedge_error_operator(void);
WEDGE_C_API(wedge_error_file) const char* wedge_error_file(void);

/* ---- memory for the caller's use; in WebAssembly the only way to have some */

/* 64-byte aligned; null when there is none. */
WEDGE_C_API(wedge_allocate) void* wedge_allocate(size_t bytes);
/* What wedge_allocate() gave, or null. */
WEDGE_C_API(wedge_free) void wedge_free(void* memory);

/* ---- tensors */

/* Element types, by their numbers in ONNX. A sequence or optional is a tensor of rank 1 whose elements are tensors:
   its type is that of its elements with WEDGE_SEQUENCE or WEDGE_OPTIONAL added. */
typedef int32_t wedge_dtype;
enum {
  WEDGE_UNDEFINED = 0,
  WEDGE_F32 = 1,
  WEDGE_U8 = 2,
  WEDGE_I8 = 3,
  WEDGE_U16 = 4,
  WEDGE_I16 = 5,
  WEDGE_I32 = 6,
  WEDGE_I64 = 7,
  WEDGE_STRING = 8,
  WEDGE_BOOL = 9,
  WEDGE_F16 = 10,
  WEDGE_F64 = 11,
  WEDGE_U32 = 12,
  WEDGE_U64 = 13,
  WEDGE_BF16 = 16,
  WEDGE_F8E4M3FN = 17,
  WEDGE_F8E4M3FNUZ = 18,
  WEDGE_F8E5M2 = 19,
  WEDGE_F8E5M2FNUZ = 20,
  WEDGE_U4 = 21,
  WEDGE_I4 = 22,
  WEDGE_F4E2M1 = 23,
  WEDGE_F8E8M0 = 24,
  WEDGE_U2 = 25,
  WEDGE_I2 = 26,
  WEDGE_SEQUENCE = 0x20,
  WEDGE_OPTIONAL = 0x40
};

typedef struct wedge_tensor_handle* wedge_tensor;

/* A tensor of its own memory, every byte zero; write its elements through wedge_tensor_info's `data`. Not for strings
   and containers. */
WEDGE_C_API(wedge_tensor_create)
wedge_status wedge_tensor_create(wedge_dtype dtype, const int64_t* dims, size_t rank, wedge_tensor* tensor);
/* Looks at the caller's memory, which must outlive the tensor and everything that uses it, among that the outputs of
   runs it was fed to. Elements lie in row-major order; `bytes` must be what type and dims ask for. */
WEDGE_C_API(wedge_tensor_wrap)
wedge_status wedge_tensor_wrap(wedge_dtype dtype, const int64_t* dims, size_t rank, void* data, size_t bytes,
                               wedge_tensor* tensor);
/* Copies strings: string i is the characters from offsets[i] to before offsets[i + 1], any bytes among them. */
WEDGE_C_API(wedge_tensor_create_strings)
wedge_status wedge_tensor_create_strings(const int64_t* dims, size_t rank, const char* characters,
                                         const size_t* offsets, wedge_tensor* tensor);
/* A sequence or optional of type `dtype`; the elements are shared. An optional has one element or none. */
WEDGE_C_API(wedge_tensor_create_container)
wedge_status wedge_tensor_create_container(wedge_dtype dtype, const wedge_tensor* elements, size_t count,
                                           wedge_tensor* tensor);

typedef struct wedge_tensor_info {
  wedge_dtype dtype;
  uint32_t rank;
  const int64_t* dims;
  void* data;      /* the elements, row-major; null for strings and containers */
  size_t bytes;    /* that `data` has */
  size_t elements; /* how many there are */
} wedge_tensor_info;

WEDGE_C_API(wedge_tensor_get_info)
wedge_status wedge_tensor_get_info(wedge_tensor tensor, wedge_tensor_info* info);
/* An element of a string tensor, by its row-major index. */
WEDGE_C_API(wedge_tensor_get_string)
wedge_status wedge_tensor_get_string(wedge_tensor tensor, size_t index, const char** characters, size_t* length);
/* An element of a container, as a handle of the caller's. */
WEDGE_C_API(wedge_tensor_get_element)
wedge_status wedge_tensor_get_element(wedge_tensor tensor, size_t index, wedge_tensor* element);
WEDGE_C_API(wedge_tensor_release) wedge_status wedge_tensor_release(wedge_tensor tensor);

/* ---- sessions */

typedef int32_t wedge_optimization;
enum { WEDGE_OPTIMIZE_NONE = 0, WEDGE_OPTIMIZE_BASIC = 1, WEDGE_OPTIMIZE_ALL = 2 };

/* Fill `size` with sizeof(wedge_session_options) and the rest with zeros but for what you want. */
typedef struct wedge_session_options {
  size_t size;
  uint64_t max_memory;             /* bytes a session may take; 0 for the machine's memory */
  uint32_t threads;                /* of a run, the caller's among them; 0 for as many as the machine has */
  wedge_optimization optimization; /* 0 is WEDGE_OPTIMIZE_NONE: say what you want */
  const char* without_passes;      /* names of rewrites to leave out, with commas between; null for none */
  int32_t record_passes;           /* not 0: keep what each rewrite did for profiles */
} wedge_session_options;

typedef struct wedge_session_handle* wedge_session;

/* Maps the file; external data is looked for beside it. Null options are the defaults, with all optimisation. */
WEDGE_C_API(wedge_session_load_file)
wedge_status wedge_session_load_file(const char* path, const wedge_session_options* options, wedge_session* session);
/* Bytes in memory, which must stay until the session and all handles got from it are released. */
WEDGE_C_API(wedge_session_load_bytes)
wedge_status wedge_session_load_bytes(const void* bytes, size_t count, const wedge_session_options* options,
                                      wedge_session* session);
WEDGE_C_API(wedge_session_release) wedge_status wedge_session_release(wedge_session session);

/* An input or output as the model declares it. */
typedef struct wedge_value_info {
  const char* name;
  wedge_dtype dtype;
  int32_t rank;               /* -1 when it is not known */
  const int64_t* dims;        /* -1 for those not fixed */
  const char* const* symbols; /* the names of those not fixed but named; "" for the others */
} wedge_value_info;

WEDGE_C_API(wedge_session_input_count) wedge_status wedge_session_input_count(wedge_session session, size_t* count);
WEDGE_C_API(wedge_session_output_count) wedge_status wedge_session_output_count(wedge_session session, size_t* count);
WEDGE_C_API(wedge_session_get_input)
wedge_status wedge_session_get_input(wedge_session session, size_t index, wedge_value_info* info);
WEDGE_C_API(wedge_session_get_output)
wedge_status wedge_session_get_output(wedge_session session, size_t index, wedge_value_info* info);
/* The model's own notes: keys and values. */
WEDGE_C_API(wedge_session_metadata_count)
wedge_status wedge_session_metadata_count(wedge_session session, size_t* count);
WEDGE_C_API(wedge_session_get_metadata)
wedge_status wedge_session_get_metadata(wedge_session session, size_t index, const char** key, const char** value);
/* The versions of the operator sets it is written in; the domain "" is ai.onnx. */
WEDGE_C_API(wedge_session_opset_count) wedge_status wedge_session_opset_count(wedge_session session, size_t* count);
WEDGE_C_API(wedge_session_get_opset)
wedge_status wedge_session_get_opset(wedge_session session, size_t index, const char** domain, int64_t* version);

/* Runs the model. inputs[i] goes to the model's input names[i], or to its i-th input when `names` is null. outputs has
   room for one handle per output of the model; they own their memory. On failure all of them are null. */
WEDGE_C_API(wedge_session_run)
wedge_status wedge_session_run(wedge_session session, const char* const* names, const wedge_tensor* inputs,
                               size_t input_count, wedge_tensor* outputs);

typedef struct wedge_memory {
  uint64_t weights;   /* constants that kernels do not have in a form of their own */
  uint64_t packed;    /* weights in the form that kernels want */
  uint64_t arena;     /* intermediate values and scratch of one run */
  uint64_t scratch;   /* the part of the arena that the hungriest step uses as scratch */
  uint64_t pool_used; /* what tensors have whose size only a run could tell */
  uint64_t pool_idle; /* what is kept for later ones */
} wedge_memory;

/* What the session holds now. */
WEDGE_C_API(wedge_session_get_memory)
wedge_status wedge_session_get_memory(wedge_session session, wedge_memory* memory);
/* Makes the plan for input shapes ahead of the first run, and tells what it takes: the dims of all inputs one after the
   other, and the rank of each. */
WEDGE_C_API(wedge_session_plan)
wedge_status wedge_session_plan(wedge_session session, const int64_t* dims, const size_t* ranks, size_t input_count,
                                wedge_memory* memory);
/* Frees memory kept from earlier runs until at most max_bytes of it are left. */
WEDGE_C_API(wedge_session_trim) wedge_status wedge_session_trim(wedge_session session, uint64_t max_bytes);
/* Runs the model for so many seconds on these inputs and tells, as JSON text that the caller frees with wedge_free(),
   what each step takes. */
WEDGE_C_API(wedge_session_profile)
wedge_status wedge_session_profile(wedge_session session, const char* const* names, const wedge_tensor* inputs,
                                   size_t input_count, double seconds, char** json);

/* ---- loading as bytes arrive */

typedef struct wedge_loader_handle* wedge_loader;

/* Takes a model in pieces: ask where the next bytes go, put them there, say how many there were. Weights land in their
   final place. After the last piece call wedge_loader_finish(). */
WEDGE_C_API(wedge_loader_create)
wedge_status wedge_loader_create(const wedge_session_options* options, wedge_loader* loader);
/* Room for at least one byte and at most `wanted`, until the next call on this loader. */
WEDGE_C_API(wedge_loader_next)
wedge_status wedge_loader_next(wedge_loader loader, size_t wanted, void** memory, size_t* bytes);
/* That many bytes of it are written. An error of the model shows as soon as the bytes tell. */
WEDGE_C_API(wedge_loader_advance) wedge_status wedge_loader_advance(wedge_loader loader, size_t bytes);
/* The external data files the model asks for, once all of the model is there; fewer than that end with WEDGE_NOT_FOUND
   in wedge_loader_finish(). */
WEDGE_C_API(wedge_loader_external_count)
wedge_status wedge_loader_external_count(wedge_loader loader, size_t* count);
WEDGE_C_API(wedge_loader_get_external)
wedge_status wedge_loader_get_external(wedge_loader loader, size_t index, const char** location);
/* What comes next is that file, from its beginning. */
WEDGE_C_API(wedge_loader_begin_external)
wedge_status wedge_loader_begin_external(wedge_loader loader, size_t index);
/* The session. The loader is empty afterwards and still to be released. */
WEDGE_C_API(wedge_loader_finish) wedge_status wedge_loader_finish(wedge_loader loader, wedge_session* session);
WEDGE_C_API(wedge_loader_release) wedge_status wedge_loader_release(wedge_loader loader);

/* ---- runs that keep their memory */

typedef struct wedge_binding_handle* wedge_binding;

/* Inputs and outputs set once and run many times; in steady state a run allocates nothing. */
WEDGE_C_API(wedge_binding_create) wedge_status wedge_binding_create(wedge_session session, wedge_binding* binding);
/* The tensor read at every run; its elements may change in between. */
WEDGE_C_API(wedge_binding_set_input)
wedge_status wedge_binding_set_input(wedge_binding binding, size_t index, wedge_tensor tensor);
/* The tensor written at every run, of the output's type and shape. */
WEDGE_C_API(wedge_binding_set_output)
wedge_status wedge_binding_set_output(wedge_binding binding, size_t index, wedge_tensor tensor);
WEDGE_C_API(wedge_binding_run) wedge_status wedge_binding_run(wedge_binding binding);
/* The output of the last run; unless set by wedge_binding_set_output() the next run writes over it. */
WEDGE_C_API(wedge_binding_get_output)
wedge_status wedge_binding_get_output(wedge_binding binding, size_t index, wedge_tensor* tensor);
WEDGE_C_API(wedge_binding_release) wedge_status wedge_binding_release(wedge_binding binding);

#if defined(__wasm_atomics__)
/* ---- threads of WebAssembly, in modules that share their memory

   The host makes each thread: it instantiates the same module on the same memory, sets __stack_pointer to the end of a
   stack and calls __wasm_init_tls() with a block of __tls_size bytes, both from wedge_allocate(); then it enters: */

/* Works for runs of sessions whose options ask for more than `index` threads, and returns after wedge_worker_stop().
   Indices are 1, 2, ...; the thread that calls wedge_session_run() is 0. */
WEDGE_C_API(wedge_worker_run) void wedge_worker_run(uint32_t index);
WEDGE_C_API(wedge_worker_stop) void wedge_worker_stop(void);
#endif

#ifdef __cplusplus
}
#endif

#endif
/* NOLINTEND(modernize-use-using,modernize-deprecated-headers,readability-identifier-naming) */
