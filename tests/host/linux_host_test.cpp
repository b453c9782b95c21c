#include "host/own_root.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("a root that is not a directory is refused") {
    const Root root;
    root.put("/file", "x");
    check_error(LinuxHost::open(root.at("/file")), ENOTDIR, root.at("/file"));
    check_error(LinuxHost::open(root.at("/missing")), ENOENT, root.at("/missing"));
    check_error(LinuxHost::open(""), ENOENT, "");
}

TEST_CASE("a file is read whole, whatever its content") {
    Root root;
    const std::string binary("a\0b\xff\n", 5);
    root.put("/etc/binary", binary);
    root.put("/etc/empty", "");
    root.put("/etc/large", std::string(16 * 1024 * 1024, 'x'));
    CHECK(root.host().read("/etc/binary") == binary);
    CHECK(root.host().read("/etc/empty") == "");
    CHECK(root.host().read("/etc/large")->size() == 16 * 1024 * 1024);
    CHECK(root.host().read("etc/binary") == binary); // every path starts at the root
    CHECK(root.host().read("//etc//binary") == binary);
}

TEST_CASE("of a file above 16 MiB, only the start can be read") {
    Root root;
    root.put("/etc/huge", "head" + std::string(16 * 1024 * 1024, 'x'));
    check_error(root.host().read("/etc/huge"), EFBIG, "/etc/huge");
    CHECK(root.host().read_start("/etc/huge", 4) == "head");
    CHECK(root.host().read_start("/etc/huge", 100'000).value_or("").size() == 100'000);
    root.put("/etc/short", "text");
    CHECK(root.host().read_start("/etc/short", 4096) == "text");
    check_error(root.host().read_start("/etc/absent", 4), ENOENT, "/etc/absent");
}

TEST_CASE("reading something other than a file fails with its errno") {
    Root root;
    root.put("/etc/file", "x");
    check_error(root.host().read("/missing"), ENOENT, "/missing");
    check_error(root.host().read("/etc"), EISDIR, "/etc");
    check_error(root.host().read("/etc/file/below"), ENOTDIR, "/etc/file/below");
    check_error(root.host().read(""), EISDIR, "");
    CHECK(is_missing(root.host().read("/missing").error()));
    CHECK(is_missing(root.host().read("/etc/file/below").error()));
    CHECK_FALSE(is_missing(root.host().read("/etc").error()));
}

TEST_CASE("a FIFO, a socket or a device file is neither read nor written, and nobody waits for it") {
    Root root;
    root.put("/etc/file", "x");
    REQUIRE(::mkfifo(root.at("/etc/fifo").c_str(), 0600) == 0);
    REQUIRE(::mkfifo(root.at("/etc/open").c_str(), 0600) == 0);
    const UniqueFd other_end(::open(root.at("/etc/open").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(other_end.valid());
    std::vector<std::string> paths{"/etc/fifo", "/etc/open"};
    if (::mknod(root.at("/etc/zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0)
        paths.emplace_back("/etc/zero");
    for (const auto& path : paths) {
        CAPTURE(path);
        CHECK_FALSE(root.host().read(path));
        CHECK_FALSE(root.host().read_start(path, 4));
        CHECK_FALSE(root.host().write(path, "1"));
        const auto outcome = root.host().write_and_read(path, "1", {"/etc/file", path});
        CHECK_FALSE(outcome.written);
        REQUIRE(outcome.texts.size() == 3);
        CHECK_FALSE(outcome.texts[0]);
        CHECK(outcome.texts[1] == "x");
        CHECK_FALSE(outcome.texts[2]);
        CHECK_FALSE(is_missing(root.host().read(path).error()));
        CHECK_FALSE(is_missing(root.host().write(path, "1").error()));
    }
}

TEST_CASE("a write replaces an existing file's content by one line") {
    Root root;
    root.put("/etc/knob", "a much longer text\nof two lines\n");
    REQUIRE(root.host().write("/etc/knob", "10"));
    CHECK(root.text("/etc/knob") == "10\n");
    REQUIRE(root.host().write("/etc/knob", ""));
    CHECK(root.text("/etc/knob") == "\n");
    root.link("/etc/knob", "/run/link");
    REQUIRE(root.host().write("/run/link", "20"));
    CHECK(root.text("/etc/knob") == "20\n");
}

TEST_CASE("a write creates nothing") {
    Root root;
    check_error(root.host().write("/etc/missing", "1"), ENOENT, "/etc/missing");
    check_error(root.host().write("/missing/file", "1"), ENOENT, "/missing/file");
    CHECK_FALSE(root.has("/etc/missing"));
    check_error(root.host().write("/etc", "1"), EISDIR, "/etc");
}

TEST_CASE("a write that the kernel refuses reports the value") {
    const auto real = LinuxHost::open("/");
    REQUIRE(real);
    const std::string file = "/proc/" + std::to_string(::getpid()) + "/oom_score_adj";
    const auto written = (*real)->write(file, "10000"); // the maximum is 1000
    check_error(written, EINVAL, file);
    CHECK(written.error().message == "cannot write '10000'");
}

TEST_CASE("a write and its effects are reported separately, with the files after it") {
    Root root;
    root.put("/etc/knob", "a longer text\n");
    root.put("/etc/other", "as it was");
    const auto done = root.host().write_and_read("/etc/knob", "10", {"/etc/missing", "/etc/other"});
    CHECK(done.written);
    REQUIRE(done.texts.size() == 3);
    CHECK(done.texts[0] == "10\n");
    check_error(done.texts[1], ENOENT, "/etc/missing");
    CHECK(done.texts[2] == "as it was");
    const auto missing = root.host().write_and_read("/etc/missing", "10", {"/etc/knob"});
    check_error(missing.written, ENOENT, "/etc/missing");
    REQUIRE(missing.texts.size() == 2);
    check_error(missing.texts[0], ENOENT, "/etc/missing");
    CHECK(missing.texts[1] == "10\n");
}

TEST_CASE("a file that refuses a write, or to be opened for one, is read nevertheless") {
    const auto machine = LinuxHost::open("/");
    REQUIRE(machine);
    const auto refused = (*machine)->write_and_read("/proc/self/oom_score_adj", "2000", {});
    check_error(refused.written, EINVAL, "/proc/self/oom_score_adj");
    CHECK(refused.texts.at(0) == (*machine)->read("/proc/self/oom_score_adj").value_or("nothing"));
    const auto for_reading = (*machine)->write_and_read("/proc/sys/kernel/ostype", "other", {});
    CHECK_FALSE(for_reading.written);
    CHECK(for_reading.texts.at(0) == "Linux\n");
}

TEST_CASE("a write is not cut short by signals, and leaves the signal mask as it was") {
    Root root;
    root.put("/etc/knob", "");
    sigset_t before;
    sigset_t after;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &one, &before);
    REQUIRE(root.host().write("/etc/knob", "1"));
    CHECK_FALSE(root.host().write("/etc/missing", "1"));
    pthread_sigmask(SIG_SETMASK, &before, &after);
    CHECK(sigismember(&after, SIGUSR1) == 1);
    CHECK(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM));
}

TEST_CASE("a replace makes the file, mode 0600 whatever the umask, and leaves nothing beside it") {
    Root root;
    const auto mask = ::umask(0);
    REQUIRE(root.host().replace("/run/new.toml", "one"));
    ::umask(mask);
    CHECK(root.text("/run/new.toml") == "one");
    CHECK(root.mode("/run/new.toml") == 0600);
    REQUIRE(root.host().replace("/run/new.toml", std::string("two\0", 4)));
    CHECK(root.text("/run/new.toml") == std::string("two\0", 4));
    CHECK(root.names("/run") == std::vector<std::string>{"new.toml"});
}

TEST_CASE("a replace does not affect a reader of the old file") {
    Root root;
    root.put("/run/a", "old");
    std::ifstream reader(root.at("/run/a"));
    REQUIRE(root.host().replace("/run/a", "new"));
    std::string text;
    reader >> text;
    CHECK(text == "old");
    CHECK(root.text("/run/a") == "new");
}

TEST_CASE("a replace removes the draft of a dead process") {
    Root root;
    root.put("/run/.a.tmp", "half of somethi");
    ::chmod(root.at("/run/.a.tmp").c_str(), 0666);
    REQUIRE(root.host().replace("/run/a", "new"));
    CHECK(root.text("/run/a") == "new");
    CHECK(root.mode("/run/a") == 0600);
    CHECK(root.names("/run") == std::vector<std::string>{"a"});
}

TEST_CASE("a replace follows no symbolic link: not the file's, not the draft's, not a directory's") {
    Root root;
    root.put("/etc/victim", "safe");
    root.link("/etc/victim", "/run/a");
    root.link("/etc/victim", "/run/.a.tmp");
    REQUIRE(root.host().replace("/run/a", "new"));
    CHECK(root.text("/etc/victim") == "safe");
    CHECK(fs::symlink_status(root.at("/run/a")).type() == fs::file_type::regular);
    root.link("/etc", "/run/dir");
    check_error(root.host().replace("/run/dir/x", "new"), ELOOP, "/run/dir/");
    CHECK_FALSE(root.has("/etc/x"));
}

TEST_CASE("a replace that fails leaves the file unchanged and no draft") {
    Root root;
    check_error(root.host().replace("/missing/a", "x"), ENOENT, "/missing/");
    fs::create_directories(root.at("/run/dir/full"));
    check_error(root.host().replace("/run/dir", "x"), EISDIR, "/run/dir");
    CHECK(root.names("/run") == std::vector<std::string>{"dir"});
    fs::create_directories(root.at("/run/.b.tmp/full"));
    check_error(root.host().replace("/run/b", "x"), EEXIST, "/run/b");
    CHECK_FALSE(root.has("/run/b"));
}

TEST_CASE("a replace on a full file system leaves the file unchanged and no draft") {
    Root root;
    if (!is_root() || ::mount("none", root.at("/run").c_str(), "tmpfs", 0, "size=8k,mode=700") != 0) {
        MESSAGE("no tmpfs can be mounted here");
        return;
    }
    CHECK(root.host().replace("/run/a", "old"));
    check_error(root.host().replace("/run/a", std::string(100'000, 'x')), ENOSPC, "/run/a");
    CHECK(root.text("/run/a") == "old");
    CHECK(root.names("/run") == std::vector<std::string>{"a"});
    CHECK(root.host().replace("/run/a", "new"));
    CHECK(root.text("/run/a") == "new");
    ::umount2(root.at("/run").c_str(), MNT_DETACH);
}

TEST_CASE("names are listed in order, including hidden ones, without the two dots") {
    Root root;
    for (const std::string name : {"b", "a", ".hidden", "a b", "a\nb", "\xc3\xa4", "10", "9"})
        root.put("/run/" + name, "");
    fs::create_directory(root.at("/run/dir"));
    root.link("/nowhere", "/run/broken");
    CHECK(root.host().list("/run") == std::vector<std::string>{".hidden", "10", "9", "a", "a\nb", "a b", "b",
                                                               "broken", "dir", "\xc3\xa4"});
    CHECK(root.host().list("/etc") == std::vector<std::string>{});
    CHECK(root.host().list("/")->size() == 2);
}

TEST_CASE("listing something other than a directory fails with its errno") {
    Root root;
    root.put("/etc/file", "");
    check_error(root.host().list("/etc/file"), ENOTDIR, "/etc/file");
    check_error(root.host().list("/missing"), ENOENT, "/missing");
}

TEST_CASE("listing often does not use up file descriptors") {
    Root root;
    root.put("/etc/file", "");
    for (int round = 0; round < 3000; ++round) {
        REQUIRE(root.host().list("/etc"));
        REQUIRE_FALSE(root.host().list("/etc/file"));
    }
}

TEST_CASE("systemd belongs to the machine: for another root, it is not called") {
    Root root;
    fs::create_directories(root.at("/run/systemd/system"));
    CHECK_FALSE(root.host().has_systemd());
    CHECK(root.host().set_unit_cpus("system.slice", {0}).error().kind == ErrorKind::unsupported);
    CHECK(root.host().renew_unit_names().error().kind == ErrorKind::unsupported);
    CHECK(root.host().set_sleep_inhibitor(true).error().kind == ErrorKind::unsupported);
    CHECK(root.host().set_sleep_inhibitor(false).error().kind == ErrorKind::unsupported);
}

TEST_CASE("time passes, and sleeping takes time") {
    Root root;
    const auto began = root.host().now();
    root.host().sleep(2ms);
    CHECK(root.host().now() - began >= 2ms);
    CHECK(root.host().wall_clock() > 1'700'000'000);
    CHECK(root.host().user() == ::geteuid());
}
