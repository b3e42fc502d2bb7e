// The thread that owns a model which scores: requests of several threads are packed together.
#pragma once

#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "data/batch.h"
#include "data/batches/pack.h"
#include "data/group.h"
#include "data/pooling.h"
#include "model/reward_model.h"

namespace laurel {

class ModelThread {
 public:
  ModelThread(RewardModel model, const Pooling& pooling, const PackOptions& packing);
  ~ModelThread();  // no call may be waiting
  ModelThread(const ModelThread&) = delete;
  ModelThread& operator=(const ModelThread&) = delete;

  // By group the rewards of its positions, by response and position and then by column. Groups of
  // calls that wait at the same time are packed together, which changes a reward by rounding at
  // most; a call that waits alone gets the same bits each time. From any thread; throws what the
  // model throws.
  std::vector<std::vector<double>> rewards_of(std::vector<Group> groups);

  // Rewards (P, C) of a batch that is packed. From any thread.
  at::Tensor rewards_of(const TokenBatch& batch);

 private:
  using Rewards = std::vector<std::vector<double>>;
  struct GroupRequest {
    std::vector<Group> groups;
    std::promise<Rewards> rewards;
  };
  struct BatchRequest {
    const TokenBatch& batch;
    std::promise<at::Tensor> rewards;
  };
  struct Waiting {
    std::vector<GroupRequest> groups;
    std::vector<BatchRequest> batches;
    bool empty() const { return groups.empty() && batches.empty(); }
  };

  void run();
  void answer(std::vector<GroupRequest>& requests);
  void answer(BatchRequest& request);

  RewardModel model_;
  Pooling pooling_;
  PackOptions packing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Waiting waiting_;
  bool ended_ = false;
  std::thread thread_;  // uses the others
};

}  // namespace laurel
