// The lock, and the ledger on real files.
#include "host/own_root.hpp"
#include "ledger/ledger.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("a second lock waits, gives up as busy, and succeeds once the first is released") {
    Root root;
    auto first = root.host().lock("/run", 0s);
    REQUIRE(first);
    const auto other = root.open();
    const auto began = other->now();
    const auto second = other->lock("/run", 50ms);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::busy);
    CHECK(second.error().path == "/run");
    CHECK(second.error().text() == "another hostlease has held the lock on /run for too long");
    CHECK(other->now() - began >= 50ms);
    CHECK(root.host().lock("/run", 0s).error().kind == ErrorKind::busy); // not even for the same host
    CHECK(other->lock("/etc", 0s));                                      // another directory's lock is free
    first->reset();
    CHECK(other->lock("/run", 0s));
}

TEST_CASE("a directory that cannot be locked fails with its errno") {
    Root root;
    root.put("/etc/file", "");
    root.link("/etc", "/run/link");
    check_error(root.host().lock("/missing", 0s), ENOENT, "/missing");
    check_error(root.host().lock("/etc/file", 0s), ENOTDIR, "/etc/file");
    REQUIRE_FALSE(root.host().lock("/run/link", 0s));
}

TEST_CASE("the lock of a killed process is released, and goes to a waiting caller") {
    Root root;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto host = LinuxHost::open(root.at(""));
        const auto lock = (*host)->lock("/run", 0s);
        const char answer = lock ? 'y' : 'n';
        if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    char answer = 0;
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    const auto while_held = root.host().lock("/run", 10ms);
    REQUIRE_FALSE(while_held);
    CHECK(while_held.error().kind == ErrorKind::busy);
    ::kill(child, SIGKILL);
    CHECK(root.host().lock("/run", 10s));
    CHECK(::waitpid(child, nullptr, 0) == child);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("precedence applies only to this process, and ends") {
    const auto policy_of = [](pid_t process) { return ::sched_getscheduler(process) & ~SCHED_RESET_ON_FORK; };
    REQUIRE(policy_of(0) == SCHED_OTHER);
    const auto machine = LinuxHost::open("/");
    REQUIRE(machine);
    const int nice = ::getpriority(PRIO_PROCESS, 0);
    auto precedence = (*machine)->take_precedence();
    if (precedence == nullptr) {
        CHECK(policy_of(0) == SCHED_OTHER); // not permitted here, which is not an error
    } else {
        CHECK(policy_of(0) == SCHED_RR);
        CHECK((*machine)->take_precedence() == nullptr);
        CHECK(policy_of(0) == SCHED_RR);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) ::_exit(policy_of(0) == SCHED_OTHER ? 0 : 1);
        int status = 1;
        CHECK(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        precedence.reset();
    }
    CHECK(policy_of(0) == SCHED_OTHER);
    CHECK(::getpriority(PRIO_PROCESS, 0) == nice);
    CHECK(Root().host().take_precedence() == nullptr); // a directory of test files is not the machine
}

TEST_CASE("a ledger is refused where its directory is a link, a file or open to others, and nothing is "
          "written there") {
    const auto refuses = [](Root& root) {
        const auto ledger = Ledger::open(root.host(), 0s);
        REQUIRE_FALSE(ledger);
        CHECK(ledger.error().kind == ErrorKind::refused);
        CHECK(ledger.error().text().find("/run/hostlease must be a directory of user " +
                                         std::to_string(::geteuid()) + " with mode 0700, but it ") == 0);
    };
    {
        Root root;
        fs::create_directory(root.at("/etc/trap"));
        root.put("/etc/trap/.draft", "mine");
        root.link("/etc/trap", "/run/hostlease");
        refuses(root);
        CHECK(root.names("/etc/trap") == std::vector<std::string>{".draft"});
    }
    {
        Root root;
        root.put("/run/hostlease", "a file");
        refuses(root);
        CHECK(root.text("/run/hostlease") == "a file");
    }
    for (const mode_t mode : {0750U, 0755U, 0777U, 0710U, 0701U}) {
        Root root;
        fs::create_directory(root.at("/run/hostlease"));
        ::chmod(root.at("/run/hostlease").c_str(), mode);
        refuses(root);
        CHECK(root.mode("/run/hostlease") == mode);
        CHECK(root.names("/run/hostlease").empty());
    }
    if (is_root()) {
        Root root;
        fs::create_directory(root.at("/run/hostlease"));
        ::chmod(root.at("/run/hostlease").c_str(), 0700);
        REQUIRE(::chown(root.at("/run/hostlease").c_str(), 12345, 12345) == 0);
        refuses(root);
        CHECK(root.names("/run/hostlease").empty());
    }
}

TEST_CASE("a ledger on real files is written, read back and locked") {
    Root root;
    Lease lease;
    lease.uuid = "a";
    {
        auto ledger = Ledger::open(root.host(), 0s);
        REQUIRE(ledger);
        REQUIRE(ledger->save_lease(lease));
        CHECK(Ledger::open(root.host(), 5ms).error().kind == ErrorKind::busy);
        CHECK(Ledger::peek(root.host())->leases == std::vector{lease});
    }
    CHECK(root.mode("/run/hostlease") == 0700);
    CHECK(root.mode("/run/hostlease/lease-a.toml") == 0600);
    root.put("/run/hostlease/.lease-b.toml.tmp", "half");
    root.put("/run/hostlease/lease-c.toml", "rot");
    {
        auto ledger = Ledger::open(root.host(), 0s);
        REQUIRE(ledger);
        CHECK(ledger->content.leases == std::vector{lease});
        REQUIRE(ledger->drop_lease("c"));
        REQUIRE(ledger->drop_lease("a"));
    }
    CHECK(root.names("/run/hostlease") == std::vector<std::string>{"lease-c.toml.corrupt"});
}

TEST_CASE(
    "a call that changes a pool lets others have the ledger meanwhile, not the pools, and reads it again") {
    Root root;
    const auto other = root.open();
    auto ledger = Ledger::open(root.host(), 0s, Pools::locked);
    REQUIRE(ledger);
    CHECK(ledger->has_pools());
    CHECK(Ledger::open(*other, 5ms).error().kind == ErrorKind::busy);
    const auto changed = ledger->change_pool([&] {
        auto theirs = Ledger::open(*other, 0s, Pools::if_free);
        REQUIRE(theirs);
        CHECK_FALSE(theirs->has_pools());
        const auto pools = theirs->lock_pools(5ms);
        REQUIRE_FALSE(pools);
        CHECK(pools.error().kind == ErrorKind::busy);
        Lease lease;
        lease.uuid = "a";
        CHECK(theirs->save_lease(lease)); // the ledger's own lock is held again
    });
    CHECK(changed);
    CHECK(ledger->content.find("a") != nullptr);
    CHECK(ledger->waited >= 0us);
    CHECK(ledger->let_others_in([&] {
        auto theirs = Ledger::open(*other, 0s, Pools::locked);
        REQUIRE(theirs);
        CHECK(theirs->drop_lease("a"));
    }));
    CHECK(ledger->content.leases.empty());
    CHECK(ledger->has_pools());
}

TEST_CASE("a ledger that cannot be locked again in time writes nothing any more") {
    Root root;
    const auto other = root.open();
    auto ledger = Ledger::open(root.host(), 0s);
    REQUIRE(ledger);
    root.host().set_deadline(root.host().now() + 20ms);
    std::unique_ptr<HostLock> theirs;
    const auto let_in =
        ledger->change_pool([&] { theirs = std::move(other->lock(Ledger::directory, 0s).value()); });
    REQUIRE_FALSE(let_in);
    CHECK(let_in.error().kind == ErrorKind::busy);
    for (const auto& status :
         {ledger->save_lease(Lease{}), ledger->save_records(), ledger->drop_lease("a"), ledger->may_write()})
        CHECK(status.error().kind == ErrorKind::busy);
    CHECK(root.names("/run/hostlease").empty());
}
