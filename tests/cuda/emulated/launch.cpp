// The scheduler of emulated kernels: one fiber per thread of a block, run until its next barrier.
#include "ops/cuda/launch.cuh"

#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

dim3 threadIdx(0), blockIdx(0), blockDim(1), gridDim(1);

namespace laurel {

namespace {

constexpr size_t kStack = 64 * 1024;
constexpr size_t kWarp = 32;

enum class Wait { nothing, block, warp, finished };

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStack);
  dim3 index{0};
  Wait wait = Wait::nothing;
  uint64_t passed = 0;  // to the lanes of its warp
};

// The block being run; one at a time.
struct Block {
  std::vector<std::unique_ptr<Fiber>> fibers;  // kept from block to block, the first `size` in use
  size_t size = 0;
  size_t ahead = 0;  // warp
  Fiber* running = nullptr;
  ucontext_t scheduler;
  const std::function<void()>* body = nullptr;
};

Block& block() {
  static Block the_block;
  return the_block;
}

void run_body() {
  (*block().body)();
  block().running->wait = Wait::finished;
  swapcontext(&block().running->context, &block().scheduler);
}

void wait(Wait what) {
  Fiber* const self = block().running;
  self->wait = what;
  swapcontext(&self->context, &block().scheduler);
}

void start_fiber(size_t i, dim3 threads) {
  if (i == block().fibers.size()) block().fibers.push_back(std::make_unique<Fiber>());
  Fiber& fiber = *block().fibers[i];
  const auto x = static_cast<unsigned>(i);
  fiber.index = dim3(x % threads.x, x / threads.x % threads.y, x / threads.x / threads.y);
  fiber.wait = Wait::nothing;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStack;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, run_body, 0);
}

// Frees fibers [begin, end) if all of them wait for `what`.
bool pass_barrier(size_t begin, size_t end, Wait what) {
  for (size_t i = begin; i < end; ++i) {
    if (block().fibers[i]->wait != what) return false;
  }
  for (size_t i = begin; i < end; ++i) block().fibers[i]->wait = Wait::nothing;
  return true;
}

// Whether any fiber may go on.
bool pass_barriers() {
  bool any = pass_barrier(0, block().size, Wait::block);
  for (size_t begin = 0; begin < block().size; begin += kWarp) {
    any = pass_barrier(begin, std::min(begin + kWarp, block().size), Wait::warp) || any;
  }
  return any;
}

bool all_finished() {
  for (size_t i = 0; i < block().size; ++i) {
    if (block().fibers[i]->wait != Wait::finished) return false;
  }
  return true;
}

// Runs the fibers of a warp that may go on up to their next barrier; false if there are none.
bool run_warp(size_t warp) {
  bool any = false;
  for (size_t i = warp * kWarp; i < std::min((warp + 1) * kWarp, block().size); ++i) {
    Fiber& fiber = *block().fibers[i];
    if (fiber.wait != Wait::nothing) continue;
    any = true;
    block().running = &fiber;
    threadIdx = fiber.index;
    swapcontext(&block().scheduler, &fiber.context);
  }
  return any;
}

// One warp runs ahead of the others for a while, then another, so that a missing barrier shows.
bool run_some(std::minstd_rand& random) {
  const size_t warps = (block().size + kWarp - 1) / kWarp;
  if (random() % 16 == 0) block().ahead = random();
  for (size_t i = 0; i < warps; ++i) {
    if (run_warp((block().ahead + i) % warps)) return true;
  }
  return false;
}

void run_block(dim3 threads, std::minstd_rand& random) {
  block().size = size_t{threads.x} * threads.y * threads.z;
  for (size_t i = 0; i < block().size; ++i) start_fiber(i, threads);
  while (run_some(random) || pass_barriers()) pass_barriers();
  if (!all_finished()) throw std::logic_error("some threads of a block do not reach a barrier");
}

}  // namespace

void wait_for_block() { wait(Wait::block); }

uint64_t exchange_in_warp(uint64_t value, int offset) {
  const dim3 me = threadIdx;
  const size_t self = me.x + blockDim.x * (me.y + size_t{blockDim.y} * me.z);
  block().running->passed = value;
  wait(Wait::warp);
  const uint64_t result = block().fibers[self ^ static_cast<size_t>(offset)]->passed;
  wait(Wait::warp);  // everyone has read before anyone passes the next
  return result;
}

void emulate(int64_t blocks, dim3 threads, const std::function<void()>& body) {
  blockDim = threads;
  gridDim = dim3(static_cast<unsigned>(blocks));
  block().body = &body;
  std::minstd_rand random;
  for (int64_t i = 0; i < blocks; ++i) {
    blockIdx = dim3(static_cast<unsigned>(i));
    run_block(threads, random);
  }
}

}  // namespace laurel
