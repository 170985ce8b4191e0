/* Every file that a compiled model needs, by `#embed`, which is C23; Swift's own clang has it. */
#include "smalti_sources.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

/* -- Runtime ----------------------------------------------------------------------------------- */

static const unsigned char runtime_smalti_abi_h[] = {
#embed "../CRuntime/include/smalti_abi.h"
};
static const unsigned char runtime_smalti_artefact_h[] = {
#embed "../CRuntime/include/smalti_artefact.h"
};
static const unsigned char runtime_smalti_runtime_h[] = {
#embed "../CRuntime/include/smalti_runtime.h"
};
static const unsigned char runtime_smalti_runtime_parts_h[] = {
#embed "../CRuntime/include/smalti_runtime_parts.h"
};
static const unsigned char runtime_arithmetic_h[] = {
#embed "../CRuntime/arithmetic.h"
};
static const unsigned char runtime_artefact_c[] = {
#embed "../CRuntime/artefact.c"
};
static const unsigned char runtime_check_c[] = {
#embed "../CRuntime/check.c"
};
static const unsigned char runtime_crc32_c[] = {
#embed "../CRuntime/crc32.c"
};
static const unsigned char runtime_execute_c[] = {
#embed "../CRuntime/execute.c"
};
static const unsigned char runtime_features_c[] = {
#embed "../CRuntime/features.c"
};
static const unsigned char runtime_internal_h[] = {
#embed "../CRuntime/internal.h"
};
static const unsigned char runtime_memory_c[] = {
#embed "../CRuntime/memory.c"
};
static const unsigned char runtime_pool_c[] = {
#embed "../CRuntime/pool.c"
};
static const unsigned char runtime_quota_c[] = {
#embed "../CRuntime/quota.c"
};
static const unsigned char runtime_status_c[] = {
#embed "../CRuntime/status.c"
};
static const unsigned char runtime_weights_c[] = {
#embed "../CRuntime/weights.c"
};

static const smalti_source runtime[] = {
    {"arithmetic.h", runtime_arithmetic_h, sizeof runtime_arithmetic_h},
    {"artefact.c", runtime_artefact_c, sizeof runtime_artefact_c},
    {"check.c", runtime_check_c, sizeof runtime_check_c},
    {"crc32.c", runtime_crc32_c, sizeof runtime_crc32_c},
    {"execute.c", runtime_execute_c, sizeof runtime_execute_c},
    {"features.c", runtime_features_c, sizeof runtime_features_c},
    {"internal.h", runtime_internal_h, sizeof runtime_internal_h},
    {"memory.c", runtime_memory_c, sizeof runtime_memory_c},
    {"pool.c", runtime_pool_c, sizeof runtime_pool_c},
    {"quota.c", runtime_quota_c, sizeof runtime_quota_c},
    {"smalti_abi.h", runtime_smalti_abi_h, sizeof runtime_smalti_abi_h},
    {"smalti_artefact.h", runtime_smalti_artefact_h, sizeof runtime_smalti_artefact_h},
    {"smalti_runtime.h", runtime_smalti_runtime_h, sizeof runtime_smalti_runtime_h},
    {"smalti_runtime_parts.h", runtime_smalti_runtime_parts_h, sizeof runtime_smalti_runtime_parts_h},
    {"status.c", runtime_status_c, sizeof runtime_status_c},
    {"weights.c", runtime_weights_c, sizeof runtime_weights_c},
};

const smalti_source *smalti_runtime_sources(uint64_t *count) {
  *count = sizeof runtime / sizeof runtime[0];
  return runtime;
}

/* -- Executable -------------------------------------------------------------------------------- */

static const unsigned char executable_arguments_c[] = {
#embed "../Executable/arguments.c"
};
static const unsigned char executable_arrays_h[] = {
#embed "../Executable/arrays.h"
};
static const unsigned char executable_bench_c[] = {
#embed "../Executable/bench.c"
};
static const unsigned char executable_buffers_c[] = {
#embed "../Executable/buffers.c"
};
static const unsigned char executable_elements_c[] = {
#embed "../Executable/elements.c"
};
static const unsigned char executable_executable_h[] = {
#embed "../Executable/executable.h"
};
static const unsigned char executable_facts_c[] = {
#embed "../Executable/facts.c"
};
static const unsigned char executable_files_c[] = {
#embed "../Executable/files.c"
};
static const unsigned char executable_fit_c[] = {
#embed "../Executable/fit.c"
};
static const unsigned char executable_help_c[] = {
#embed "../Executable/help.c"
};
static const unsigned char executable_inputs_c[] = {
#embed "../Executable/inputs.c"
};
static const unsigned char executable_main_c[] = {
#embed "../Executable/main.c"
};
static const unsigned char executable_names_c[] = {
#embed "../Executable/names.c"
};
static const unsigned char executable_noise_c[] = {
#embed "../Executable/noise.c"
};
static const unsigned char executable_npy_read_c[] = {
#embed "../Executable/npy_read.c"
};
static const unsigned char executable_npy_text_c[] = {
#embed "../Executable/npy_text.c"
};
static const unsigned char executable_npy_text_h[] = {
#embed "../Executable/npy_text.h"
};
static const unsigned char executable_npy_write_c[] = {
#embed "../Executable/npy_write.c"
};
static const unsigned char executable_numbers_c[] = {
#embed "../Executable/numbers.c"
};
static const unsigned char executable_outputs_c[] = {
#embed "../Executable/outputs.c"
};
static const unsigned char executable_report_c[] = {
#embed "../Executable/report.c"
};
static const unsigned char executable_session_c[] = {
#embed "../Executable/session.c"
};
static const unsigned char executable_terminal_c[] = {
#embed "../Executable/terminal.c"
};
static const unsigned char executable_unzip_c[] = {
#embed "../Executable/unzip.c"
};
static const unsigned char executable_zip_c[] = {
#embed "../Executable/zip.c"
};
static const unsigned char executable_zip_h[] = {
#embed "../Executable/zip.h"
};
static const unsigned char executable_zip_directory_c[] = {
#embed "../Executable/zip_directory.c"
};

static const smalti_source executable[] = {
    {"arguments.c", executable_arguments_c, sizeof executable_arguments_c},
    {"arrays.h", executable_arrays_h, sizeof executable_arrays_h},
    {"bench.c", executable_bench_c, sizeof executable_bench_c},
    {"buffers.c", executable_buffers_c, sizeof executable_buffers_c},
    {"elements.c", executable_elements_c, sizeof executable_elements_c},
    {"executable.h", executable_executable_h, sizeof executable_executable_h},
    {"facts.c", executable_facts_c, sizeof executable_facts_c},
    {"files.c", executable_files_c, sizeof executable_files_c},
    {"fit.c", executable_fit_c, sizeof executable_fit_c},
    {"help.c", executable_help_c, sizeof executable_help_c},
    {"inputs.c", executable_inputs_c, sizeof executable_inputs_c},
    {"main.c", executable_main_c, sizeof executable_main_c},
    {"names.c", executable_names_c, sizeof executable_names_c},
    {"noise.c", executable_noise_c, sizeof executable_noise_c},
    {"npy_read.c", executable_npy_read_c, sizeof executable_npy_read_c},
    {"npy_text.c", executable_npy_text_c, sizeof executable_npy_text_c},
    {"npy_text.h", executable_npy_text_h, sizeof executable_npy_text_h},
    {"npy_write.c", executable_npy_write_c, sizeof executable_npy_write_c},
    {"numbers.c", executable_numbers_c, sizeof executable_numbers_c},
    {"outputs.c", executable_outputs_c, sizeof executable_outputs_c},
    {"report.c", executable_report_c, sizeof executable_report_c},
    {"session.c", executable_session_c, sizeof executable_session_c},
    {"terminal.c", executable_terminal_c, sizeof executable_terminal_c},
    {"unzip.c", executable_unzip_c, sizeof executable_unzip_c},
    {"zip.c", executable_zip_c, sizeof executable_zip_c},
    {"zip.h", executable_zip_h, sizeof executable_zip_h},
    {"zip_directory.c", executable_zip_directory_c, sizeof executable_zip_directory_c},
};

const smalti_source *smalti_executable_sources(uint64_t *count) {
  *count = sizeof executable / sizeof executable[0];
  return executable;
}
