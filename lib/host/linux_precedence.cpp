// Precedence over ordinary threads: the lowest priority of SCHED_RR, used for the few milliseconds in which a
// call has the ledger. When 50 VMs start at once on two CPUs, a call whose work takes 2 ms would otherwise
// wait for a CPU behind every starting QEMU, and all other calls would wait for that call:
// tests/libvirt/load_test.sh, lib/ledger/FORMAT.md. Sources: sched(7), sched_setscheduler(2); ordinary
// threads keep 5 % of each CPU (sched_rt_runtime_us).
#include "host/linux_host.hpp"

#include <sched.h>
#include <sys/resource.h>

namespace hostlease {

namespace {
/// Programs that we start must not inherit the precedence.
constexpr int ordinary_policy = SCHED_OTHER | SCHED_RESET_ON_FORK;
constexpr int precedence_policy = SCHED_RR | SCHED_RESET_ON_FORK;

class RoundRobin final : public Precedence {
  public:
    ~RoundRobin() override {
        const sched_param none{0};
        sched_setscheduler(0, ordinary_policy, &none);
    }
};

/// If this limit is set, SIGXCPU kills a thread that runs longer. Source: getrlimit(2), RLIMIT_RTTIME.
bool is_limited() {
    rlimit limit{};
    return getrlimit(RLIMIT_RTTIME, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}
} // namespace

std::unique_ptr<Precedence> LinuxHost::take_precedence() {
    const bool is_ordinary = (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_OTHER;
    if (!is_ordinary || !is_machine() || is_limited()) return nullptr;
    const sched_param lowest{sched_get_priority_min(SCHED_RR)};
    if (sched_setscheduler(0, precedence_policy, &lowest) != 0) return nullptr;
    return std::make_unique<RoundRobin>();
}

} // namespace hostlease
