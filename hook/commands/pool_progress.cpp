#include "pool_progress.hpp"

#include "host/linux_host.hpp"
#include "host/pools.hpp"
#include "ledger/ledger.hpp"
#include "plan/render.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <unistd.h>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

struct Account {
    std::uint64_t done = 0;
    std::uint64_t total = 0; // 0 if no pool is being changed
};

std::uint64_t distance(std::uint64_t left, std::uint64_t right) {
    return left > right ? left - right : right - left;
}

/// The bytes of all pools with an open intention.
Account look(Host& host) {
    Account account;
    const auto ledger = Ledger::peek(host);
    if (!ledger) return account;
    for (const auto& record : ledger->pools) {
        if (!record.intended) continue;
        const auto now = read_persistent_pages(host, record.directory());
        if (!now) continue;
        account.done += distance(*now, record.wrote) * record.id.page_size;
        account.total += distance(*record.intended, record.wrote) * record.id.page_size;
    }
    return account;
}

/// Replaces the line.
void show(const std::string& text) {
    const std::string line = "\r\x1b[K" + text;
    std::fwrite(line.data(), 1, line.size(), stderr);
}
} // namespace

PoolProgress::PoolProgress(const std::string& root) {
    if (isatty(STDERR_FILENO) == 1) thread_ = std::thread([this, root] { watch(root); });
}

PoolProgress::~PoolProgress() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    over_.notify_one();
    thread_.join();
}

void PoolProgress::watch(const std::string& root) {
    const auto host = LinuxHost::open(root);
    if (!host) return;
    std::optional<std::chrono::microseconds> began;
    std::uint64_t first = 0;
    bool is_shown = false;
    std::unique_lock lock(mutex_);
    while (!over_.wait_for(lock, 250ms, [this] { return is_over_; })) { // a quicker change shows no line
        const Account account = look(**host);
        if (account.total == 0) continue;
        const auto now = (*host)->now();
        if (!began) {
            began = now;
            first = account.done;
        }
        show(render_progress(account.done, account.total, account.done - std::min(account.done, first),
                             now - *began));
        is_shown = true;
    }
    if (is_shown) show("");
}

} // namespace hostlease
