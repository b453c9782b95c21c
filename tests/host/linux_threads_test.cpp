#include "host/linux_host.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <doctest/doctest.h>
#include <memory>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hostlease;

namespace {
std::unique_ptr<LinuxHost> open_machine() {
    auto host = LinuxHost::open("/");
    REQUIRE(host);
    return std::move(*host);
}

/// A child that waits until it is killed.
class Sleeper {
  public:
    Sleeper() : pid_(::fork()) {
        if (pid_ == 0) {
            while (true)
                ::pause();
        }
        REQUIRE(pid_ > 0);
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() { end(); }

    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_;
};

/// A number that no process has.
std::int64_t nobody() {
    Sleeper gone;
    const auto pid = gone.pid();
    gone.end();
    return pid;
}

/// Real-time scheduling requires CAP_SYS_NICE, and a cgroup with real-time bandwidth.
bool may_be_realtime() {
    const Sleeper child;
    sched_param parameters{};
    parameters.sched_priority = 1;
    return ::sched_setscheduler(child.pid(), SCHED_FIFO, &parameters) == 0;
}

/// The default scheduling of a child, also under nice(1).
std::string inherited() { return "other:" + std::to_string(::getpriority(PRIO_PROCESS, 0)); }
} // namespace

TEST_CASE("a thread's CPUs are read and set, and no other thread's") {
    const auto host = open_machine();
    const Sleeper child;
    const auto before = host->affinity(child.pid());
    REQUIRE(before);
    REQUIRE_FALSE(before->empty());
    const CpuSet one{before->members().back()};
    REQUIRE(host->set_affinity(child.pid(), one));
    CHECK(host->affinity(child.pid()).value() == one);
    CHECK(host->affinity(::getpid()).value() == *before);
    REQUIRE(host->set_affinity(child.pid(), *before));
    CHECK(host->affinity(child.pid()).value() == *before);
}

TEST_CASE("CPUs that the machine does not have are ignored, and an empty set is refused") {
    const auto host = open_machine();
    const Sleeper child;
    const auto before = host->affinity(child.pid());
    REQUIRE(before);
    CpuSet more = *before;
    more.add(CpuSet::limit - 1);
    CHECK(host->set_affinity(child.pid(), more));
    CHECK(host->affinity(child.pid()).value() == *before);
    for (const CpuSet& none : {CpuSet{}, CpuSet{CpuSet::limit - 1}}) {
        const auto refused = host->set_affinity(child.pid(), none);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errno_value == EINVAL);
    }
    CHECK(host->affinity(child.pid()).value() == *before);
}

TEST_CASE("a thread that has ended is reported as missing by every call") {
    const auto host = open_machine();
    const auto pid = nobody();
    CHECK(is_missing(host->affinity(pid).error()));
    CHECK(is_missing(host->set_affinity(pid, CpuSet{0}).error()));
    CHECK(is_missing(host->scheduling(pid).error()));
    CHECK(is_missing(host->set_scheduling(pid, "other:0").error()));
    CHECK(is_missing(host->set_scheduling(pid, "fifo:1").error()));
}

TEST_CASE("threads belong to the machine, and no other root has any") {
    const auto root = LinuxHost::open("/proc");
    REQUIRE(root);
    LinuxHost& host = **root;
    CHECK(host.affinity(::getpid()).error().kind == ErrorKind::unsupported);
    CHECK(host.set_affinity(::getpid(), CpuSet{0}).error().kind == ErrorKind::unsupported);
    CHECK(host.scheduling(::getpid()).error().kind == ErrorKind::unsupported);
    CHECK(host.set_scheduling(::getpid(), "other:0").error().kind == ErrorKind::unsupported);
}

TEST_CASE("nice values, batch and idle are set and read back") {
    const auto host = open_machine();
    const Sleeper child;
    REQUIRE(::setpriority(PRIO_PROCESS, static_cast<id_t>(child.pid()), 3) == 0);
    CHECK(host->scheduling(child.pid()).value() == "other:3");
    for (const std::string text : {"other:5", "batch:5", "batch:19", "idle"}) {
        CAPTURE(text);
        REQUIRE(host->set_scheduling(child.pid(), text));
        CHECK(host->scheduling(child.pid()).value() == text);
    }
    CHECK(host->scheduling(::getpid()).value() != "idle");
}

TEST_CASE("a nice value of -1 is a value and no error") {
    if (::geteuid() != 0) {
        MESSAGE("needs root");
        return;
    }
    const auto host = open_machine();
    const Sleeper child;
    for (const std::string text : {"other:-1", "other:-20", "batch:-1"}) {
        CAPTURE(text);
        REQUIRE(host->set_scheduling(child.pid(), text));
        CHECK(host->scheduling(child.pid()).value() == text);
    }
}

TEST_CASE("real-time scheduling is set, read back and given up again") {
    if (!may_be_realtime()) {
        MESSAGE("needs a user and a cgroup that may use realtime scheduling");
        return;
    }
    const auto host = open_machine();
    const Sleeper child;
    for (const std::string text : {"fifo:1", "rr:5", "fifo:99", "other:0"}) {
        CAPTURE(text);
        REQUIRE(host->set_scheduling(child.pid(), text));
        CHECK(host->scheduling(child.pid()).value() == text);
    }
    for (const std::string text : {"fifo:0", "fifo:100", "rr:-1", "fifo"}) {
        CAPTURE(text);
        const auto refused = host->set_scheduling(child.pid(), text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errno_value == EINVAL);
        CHECK(host->scheduling(child.pid()).value() == "other:0");
    }
}

TEST_CASE("a thread that is reset on fork is read with its current scheduling") {
    if (!may_be_realtime()) {
        MESSAGE("needs a user and a cgroup that may use realtime scheduling");
        return;
    }
    const auto host = open_machine();
    const Sleeper child;
    sched_param parameters{};
    parameters.sched_priority = 7;
    REQUIRE(::sched_setscheduler(child.pid(), SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0);
    CHECK(host->scheduling(child.pid()).value() == "fifo:7");
    parameters.sched_priority = 0;
    REQUIRE(::sched_setscheduler(child.pid(), SCHED_OTHER | SCHED_RESET_ON_FORK, &parameters) == 0);
    CHECK(host->scheduling(child.pid()).value() == inherited());
}

TEST_CASE("there is no other scheduling") {
    const auto host = open_machine();
    const Sleeper child;
    for (const std::string text : {"", ":", "deadline:1", "FIFO:1", "policy:6"}) {
        CAPTURE(text);
        const auto refused = host->set_scheduling(child.pid(), text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::unsupported);
    }
    CHECK(host->scheduling(child.pid()).value() == inherited());
}
