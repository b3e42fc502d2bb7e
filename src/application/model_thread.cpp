// Takes all that waits, packs it, answers each request.
#include "application/model_thread.h"

#include <ATen/Parallel.h>

#include <exception>
#include <utility>

#include "eval/evaluate.h"

namespace laurel {

ModelThread::ModelThread(RewardModel model, const Pooling& pooling, const PackOptions& packing)
    : model_(std::move(model)), pooling_(pooling), packing_(packing), thread_([this] { run(); }) {}

ModelThread::~ModelThread() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::vector<std::vector<double>> ModelThread::rewards_of(std::vector<Group> groups) {
  GroupRequest request{.groups = std::move(groups), .rewards = {}};
  std::future<Rewards> rewards = request.rewards.get_future();
  {
    const std::lock_guard lock(mutex_);
    waiting_.groups.push_back(std::move(request));
  }
  changed_.notify_one();
  return rewards.get();
}

at::Tensor ModelThread::rewards_of(const TokenBatch& batch) {
  BatchRequest request{.batch = batch, .rewards = {}};
  std::future<at::Tensor> rewards = request.rewards.get_future();
  {
    const std::lock_guard lock(mutex_);
    waiting_.batches.push_back(std::move(request));
  }
  changed_.notify_one();
  return rewards.get();
}

void ModelThread::run() {
  at::init_num_threads();  // of LibTorch, as the process has set them: they are counted per thread
  for (std::unique_lock lock(mutex_);;) {
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Waiting now = std::exchange(waiting_, {});
    lock.unlock();
    if (!now.groups.empty()) answer(now.groups);
    for (BatchRequest& request : now.batches) answer(request);
    lock.lock();
  }
}

void ModelThread::answer(std::vector<GroupRequest>& requests) {
  std::vector<Group> groups;
  std::vector<size_t> end;  // of each request's groups
  for (GroupRequest& request : requests) {
    for (Group& group : request.groups) {
      groups.push_back(std::move(group));
      groups.back().id = groups.size();
    }
    end.push_back(groups.size());
  }
  try {
    Rewards all = score_groups([this](const TokenBatch& tokens) { return model_.score(tokens); },
                               groups, pooling_, packing_);
    for (size_t i = 0; i < requests.size(); ++i) {
      const auto begin = all.begin() + static_cast<int64_t>(i == 0 ? 0 : end[i - 1]);
      const auto stop = all.begin() + static_cast<int64_t>(end[i]);
      requests[i].rewards.set_value({std::move_iterator(begin), std::move_iterator(stop)});
    }
  } catch (...) {
    for (GroupRequest& request : requests) {
      request.rewards.set_exception(std::current_exception());
    }
  }
}

void ModelThread::answer(BatchRequest& request) {
  try {
    request.rewards.set_value(model_.score(request.batch));
  } catch (...) {
    request.rewards.set_exception(std::current_exception());
  }
}

}  // namespace laurel
