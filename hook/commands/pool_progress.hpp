// The progress of growing or shrinking huge page pools, for a user who waits at a terminal.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace hostlease {

/// While it lives, and standard error is a terminal, one line there follows the pools whose change is on
/// record. It looks at the ledger without its lock; a pool that cannot be read is not shown.
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
