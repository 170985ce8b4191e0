// OpenMP as the executor of a model, in C++17: a host that has its threads already makes no others.
//
//     smalti compile simone:tiny -o simone.a
//     c++ -std=c++17 -O2 -fopenmp openmp.cpp simone.a -o openmp
//     ./openmp
#include "simone.h"

#include <omp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <tuple>
#include <vector>

/// The end of a parallel loop is the barrier that a phase asks for. A team may have fewer threads
/// than `worker_count`, never more.
static void parallelFor(void *context, int64_t count, smalti_task task, void *argument) {
  const int workers = *static_cast<const int *>(context);
#pragma omp parallel for schedule(dynamic) num_threads(workers)
  for (int64_t index = 0; index < count; ++index) {
    task(argument, index, static_cast<uint32_t>(omp_get_thread_num()));
  }
}

/// What the encoder finds in a clip: means and logarithms of deviations, of objects and frames.
struct Latents {
  alignas(16) std::array<float, SIMONE_ENCODE_OBJECT_MEAN_COUNT> objectMean;
  alignas(16) std::array<float, SIMONE_ENCODE_OBJECT_LOG_STD_COUNT> objectLogStd;
  alignas(16) std::array<float, SIMONE_ENCODE_FRAME_MEAN_COUNT> frameMean;
  alignas(16) std::array<float, SIMONE_ENCODE_FRAME_LOG_STD_COUNT> frameLogStd;

  bool operator==(const Latents &other) const {
    return std::tie(objectMean, objectLogStd, frameMean, frameLogStd) ==
           std::tie(other.objectMean, other.objectLogStd, other.frameMean, other.frameLogStd);
  }
};

static Latents encode(std::vector<float> &video, const smalti_executor *executor) {
  Latents latents;
  const smalti_buffer input = {video.data(), SIMONE_ENCODE_VIDEO_BYTES};
  const smalti_buffer outputs[SIMONE_ENCODE_OUTPUT_COUNT] = {
      // In the order of the header.
      {latents.objectMean.data(), SIMONE_ENCODE_OBJECT_MEAN_BYTES},
      {latents.objectLogStd.data(), SIMONE_ENCODE_OBJECT_LOG_STD_BYTES},
      {latents.frameMean.data(), SIMONE_ENCODE_FRAME_MEAN_BYTES},
      {latents.frameLogStd.data(), SIMONE_ENCODE_FRAME_LOG_STD_BYTES},
  };
  const uint64_t size = simone_encode_workspace_bytes(executor ? executor->worker_count : 1);
  const std::unique_ptr<void, decltype(&std::free)> workspace(
      std::aligned_alloc(SMALTI_ALIGNMENT, size), std::free);
  if (!workspace) throw std::bad_alloc();
  char error[256];
  smalti_call call = smalti_new_call();
  call.inputs = &input, call.input_count = 1;
  call.outputs = outputs, call.output_count = SIMONE_ENCODE_OUTPUT_COUNT;
  call.workspace = {workspace.get(), size};
  call.executor = executor;
  call.error_text = error, call.error_capacity = sizeof error;
  if (simone_encode(&call) != SMALTI_OK) throw std::runtime_error(error);
  return latents;
}

int main() try {
  std::vector<float> video(SIMONE_ENCODE_VIDEO_COUNT);
  for (size_t i = 0; i < video.size(); ++i) video[i] = static_cast<float>(i % 97) / 96;

  int workers = omp_get_max_threads();
  const smalti_executor executor = {parallelFor, &workers, static_cast<uint32_t>(workers)};
  const Latents ours = encode(video, &executor), expected = encode(video, nullptr);
  if (!(ours == expected)) throw std::runtime_error("the results of OpenMP and a loop differ");
  std::printf(
      "%d threads of OpenMP encode as a loop does; the first object is at %g, %g, …\n", workers,
      static_cast<double>(ours.objectMean[0]), static_cast<double>(ours.objectMean[1]));
  return EXIT_SUCCESS;
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}
