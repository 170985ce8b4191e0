// A thread pool of the program's own as the executor of a model, in C++17. The results have the
// bits of a plain loop: who runs a task changes nothing.
//
//     smalti compile simone:tiny -o simone.a
//     c++ -std=c++17 -O2 pool.cpp simone.a -pthread -o pool
//     ./pool
#include "simone.h"

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

/// Threads that take the tasks of one phase after another; the caller of a phase is worker 0.
///
/// Every worker comes into every phase and is waited for, so none can meet the next phase with the
/// tasks of the last one. Several callers would take turns around `run`.
class Pool {
 public:
  explicit Pool(uint32_t workers) : executor_{run, this, workers} {
    try {
      for (uint32_t worker = 1; worker < workers; ++worker) {
        threads_.emplace_back([this, worker] { serve(worker); });
      }
    } catch (...) {  // the system gives no more threads
      stop();
      throw;
    }
  }
  ~Pool() { stop(); }
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;

  const smalti_executor *executor() const { return &executor_; }

 private:
  /// The model calls this from C, so nothing may be thrown out of it.
  static void run(void *context, int64_t count, smalti_task task, void *argument) noexcept {
    Pool &pool = *static_cast<Pool *>(context);
    {
      const std::lock_guard<std::mutex> lock(pool.mutex_);
      pool.task_ = task, pool.argument_ = argument, pool.count_ = count;
      pool.next_ = 0;
      pool.busy_ = pool.threads_.size();
      ++pool.phase_;
    }
    pool.wake_.notify_all();
    pool.takeTasks(0);
    // The barrier: all tasks have returned, and what they wrote is seen here.
    std::unique_lock<std::mutex> lock(pool.mutex_);
    pool.done_.wait(lock, [&pool] { return pool.busy_ == 0; });
  }

  void stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      isStopping_ = true;
    }
    wake_.notify_all();
    for (std::thread &thread : threads_) thread.join();
  }

  void serve(uint32_t worker) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (uint64_t seen = 0;; seen = phase_) {
      wake_.wait(lock, [this, seen] { return isStopping_ || phase_ != seen; });
      if (isStopping_) return;
      lock.unlock();
      takeTasks(worker);
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  void takeTasks(uint32_t worker) {
    for (int64_t index; (index = next_++) < count_;) task_(argument_, index, worker);
  }

  smalti_executor executor_;
  std::mutex mutex_;  // of all below but `next_`
  std::condition_variable wake_, done_;
  uint64_t phase_ = 0;
  size_t busy_ = 0;
  bool isStopping_ = false;
  smalti_task task_ = nullptr;
  void *argument_ = nullptr;
  int64_t count_ = 0;
  std::atomic<int64_t> next_{0};
  std::vector<std::thread> threads_;  // last: they use the rest
};

/// What the entry point `whole` reads and writes; the model was compiled for one size.
static const smalti_signature &whole() {
  const smalti_model &model = *simone_model();
  for (uint64_t i = 0; i < model.entry_count; ++i) {
    if (std::strcmp(model.entries[i].name, "whole") == 0) return model.entries[i].signatures[0];
  }
  throw std::runtime_error("there is no entry point 'whole'");
}

/// What a run leaves, output after output.
static std::vector<std::vector<char>> segment(
    std::vector<float> &video, const smalti_executor *executor) {
  const smalti_buffer input = {video.data(), SIMONE_WHOLE_VIDEO_BYTES};
  std::vector<std::vector<char>> results;  // `new` aligns to 16 bytes, as outputs ask for
  std::vector<smalti_buffer> outputs;
  for (uint64_t i = 0; i < whole().output_count; ++i) {
    const uint64_t byteCount = whole().outputs[i].byte_count;
    results.emplace_back(byteCount);
    outputs.push_back({results[i].data(), byteCount});
  }
  const uint64_t size = simone_run_workspace_bytes(executor ? executor->worker_count : 1);
  const std::unique_ptr<void, decltype(&std::free)> workspace(
      std::aligned_alloc(SMALTI_ALIGNMENT, size), std::free);
  if (!workspace) throw std::bad_alloc();
  char error[256];
  smalti_call call = smalti_new_call();
  call.inputs = &input, call.input_count = 1;
  call.outputs = outputs.data(), call.output_count = outputs.size();
  call.workspace = {workspace.get(), size};
  call.executor = executor;
  call.error_text = error, call.error_capacity = sizeof error;
  if (simone_run(&call) != SMALTI_OK) throw std::runtime_error(error);
  return results;
}

int main() try {
  std::vector<float> video(SIMONE_WHOLE_VIDEO_COUNT);
  for (size_t i = 0; i < video.size(); ++i) video[i] = static_cast<float>(i % 97) / 96;

  const uint32_t workers = simone_allowed_processors() + 1;  // more than one on every machine
  const Pool pool(workers);
  const auto expected = segment(video, nullptr);  // no executor: a loop
  for (int round = 0; round < 20; ++round) {
    if (segment(video, pool.executor()) != expected) throw std::runtime_error("other bits");
  }
  std::printf("20 runs on a pool of %u workers have the bits of a loop\n", workers);
  return EXIT_SUCCESS;
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}
