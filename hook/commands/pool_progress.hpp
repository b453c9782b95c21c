// Shows the progress of growing or shrinking huge page pools to a user at a terminal.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace hostlease {

/// During its lifetime, if standard error is a terminal, one line there shows the pools whose change is on
/// record. Reads the ledger without its lock; omits pools that cannot be read.
class PoolProgress {
  public:
    explicit PoolProgress(const std::string& root);
    PoolProgress(const PoolProgress&) = delete;
    PoolProgress& operator=(const PoolProgress&) = delete;
    ~PoolProgress();

  private:
    void watch(const std::string& root);

    std::mutex mutex_;
    std::condition_variable over_;
    bool is_over_ = false;
    std::thread thread_;
};

} // namespace hostlease
