#include "host/linux_host.hpp"
#include "host/temporary_folder.hpp"
#include "host/trusted_program.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <pthread.h>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace hostlease;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {
/// The machine, and a directory for the output of programs.
class Bench {
  public:
    Bench() {
        REQUIRE(folder_.is_there());
        auto host = LinuxHost::open("/");
        REQUIRE(host);
        host_ = std::move(*host);
    }

    Host& host() { return *host_; }
    [[nodiscard]] std::string at(const std::string& name) const { return folder_.file(name); }

    [[nodiscard]] std::string text(const std::string& name) const {
        std::ifstream file(at(name), std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    /// Runs a shell script, which finds the directory in $HOSTLEASE_TEST.
    Status shell(const std::string& script, std::chrono::microseconds deadline = 10s) {
        return host_->run({{"/bin/sh", "-c", script}, {"HOSTLEASE_TEST=" + at("")}, deadline});
    }

    std::string program(const std::string& name, mode_t mode = 0755) const {
        std::ofstream(at(name)) << "#!/bin/sh\n";
        REQUIRE(::chmod(at(name).c_str(), mode) == 0);
        return at(name);
    }

  private:
    TemporaryFolder folder_{"hostlease-program-"};
    std::unique_ptr<LinuxHost> host_;
};

bool is_alive(const std::string& pid) { return !pid.empty() && ::kill(std::stoi(pid), 0) == 0; }

std::chrono::milliseconds time_of(const std::function<void()>& act) {
    const auto start = std::chrono::steady_clock::now();
    act();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}
} // namespace

TEST_CASE("program: words arrive as they are, with no shell between") {
    Bench bench;
    const std::string file = bench.at("a b;$(x)'*");
    REQUIRE(bench.host().run({{"/usr/bin/touch", file, bench.at("")}, {}, 10s}));
    CHECK(fs::exists(file));
}

TEST_CASE("program: its environment is PATH and what it was given, its directory /, its input empty") {
    Bench bench;
    ::setenv("SECRET", "x", 1);
    REQUIRE(bench.shell("env > $HOSTLEASE_TEST/env; pwd > $HOSTLEASE_TEST/pwd; cat > $HOSTLEASE_TEST/input"));
    ::unsetenv("SECRET");
    const std::string env = bench.text("env");
    CHECK(env.find("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n") !=
          std::string::npos);
    CHECK(env.find("HOSTLEASE_TEST=") != std::string::npos);
    CHECK(env.find("SECRET") == std::string::npos);
    CHECK(env.find("HOME") == std::string::npos);
    CHECK(bench.text("pwd") == "/\n");
    CHECK(bench.text("input").empty());
}

TEST_CASE("program: the error of a failing program has its status or signal and its last line of output") {
    Bench bench;
    CHECK(bench.shell("exit 0"));
    CHECK(bench.shell("echo one; printf 'two\\tmore'; exit 3").error().message ==
          "/bin/sh ended with status 3: two?more");
    CHECK(bench.shell("echo oops >&2; kill -9 $$").error().message == "/bin/sh died of signal 9: oops");
    CHECK(bench.shell("exit 7").error().message == "/bin/sh ended with status 7");
    const auto missing = bench.host().run({{"/no/such/program"}, {}, 10s});
    CHECK(missing.error().errno_value == ENOENT);
    CHECK(missing.error().path == "/no/such/program");
    CHECK(bench.host().run({{bench.program("plain", 0644)}, {}, 10s}).error().errno_value == EACCES);
}

TEST_CASE("program: inherits no descriptor, so that it cannot hold the ledger's lock") {
    Bench bench;
    const int open_file = ::open(bench.at("lock").c_str(), O_CREAT | O_RDWR, 0600); // without O_CLOEXEC
    REQUIRE(open_file > 2);
    REQUIRE(bench.shell("ls -l /proc/self/fd > $HOSTLEASE_TEST/fds"));
    ::close(open_file);
    const std::string fds = bench.text("fds");
    CHECK(fds.find(" 0 -> /dev/null") != std::string::npos);
    CHECK(fds.find("lock") == std::string::npos);
    CHECK(fds.find(" 4 -> ") == std::string::npos); // 3 is the directory that ls reads
}

TEST_CASE("program: starts with no signal blocked or ignored") {
    Bench bench;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    auto* const old = std::signal(SIGPIPE, SIG_IGN);
    const auto done = bench.shell("grep -E 'Sig(Blk|Ign)' /proc/self/status > $HOSTLEASE_TEST/signals");
    std::signal(SIGPIPE, old);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    CHECK(done);
    CHECK(bench.text("signals") == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("program: at its deadline it gets SIGTERM, then SIGKILL, with all its children") {
    Bench bench;
    const auto took = time_of([&] {
        const auto done = bench.shell("trap 'echo gone > $HOSTLEASE_TEST/term; exit 1' TERM\n"
                                      "sleep 60 & echo $! > $HOSTLEASE_TEST/child; echo waiting; wait",
                                      300ms);
        CHECK(done.error().message == "/bin/sh was ended at its deadline of 300ms: waiting");
    });
    CHECK(took >= 300ms);
    CHECK(took < 1200ms);
    CHECK(bench.text("term") == "gone\n");
    CHECK_FALSE(is_alive(bench.text("child")));
}

TEST_CASE("program: is killed a second later if it ignores SIGTERM") {
    Bench bench;
    const auto took =
        time_of([&] { CHECK_FALSE(bench.shell("trap '' TERM; while :; do sleep 0.1; done", 200ms)); });
    CHECK(took >= 1200ms);
    CHECK(took < 4s);
}

TEST_CASE("program: leaves no child behind, even one that keeps its output open or has its own session") {
    Bench bench;
    const auto took = time_of([&] {
        REQUIRE(bench.shell("sleep 60 & echo $! > $HOSTLEASE_TEST/near\n"
                            "setsid sh -c 'echo $$ > $HOSTLEASE_TEST/far; exec sleep 60' &\n"
                            "while ! [ -s $HOSTLEASE_TEST/far ]; do sleep 0.01; done"));
    });
    CHECK(took < 5s);
    CHECK_FALSE(is_alive(bench.text("near")));
    CHECK_FALSE(is_alive(bench.text("far")));
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
}

TEST_CASE("program: output without end is read to the deadline, and not kept") {
    Bench bench;
    const auto done = bench.shell("exec yes", 300ms);
    CHECK(done.error().message == "/bin/sh was ended at its deadline of 300ms: y");
}

TEST_CASE("program: dies with the process that runs it") {
    Bench bench;
    const pid_t hook = ::fork();
    REQUIRE(hook >= 0);
    if (hook == 0) {
        static_cast<void>(bench.shell("echo $$ > $HOSTLEASE_TEST/pid; exec sleep 60", 60s));
        ::_exit(0);
    }
    for (int round = 0; round < 500 && bench.text("pid").empty(); ++round)
        std::this_thread::sleep_for(10ms);
    ::kill(hook, SIGKILL);
    ::waitpid(hook, nullptr, 0);
    for (int round = 0; round < 200 && is_alive(bench.text("pid")); ++round)
        std::this_thread::sleep_for(10ms);
    CHECK_FALSE(bench.text("pid").empty());
    CHECK_FALSE(is_alive(bench.text("pid")));
}

TEST_CASE("program: belongs to the machine, not to a fake root") {
    Bench bench;
    const auto made = LinuxHost::open(bench.at(""));
    REQUIRE(made);
    CHECK((*made)->run({{"/bin/true"}, {}, 10s}).error().kind == ErrorKind::unsupported);
}

TEST_CASE("program: its output file is read, whatever it prints") {
    Bench bench;
    const std::string script =
        "printf 'some\\ntext\\0more' > $1; echo noise; readlink $1 > $HOSTLEASE_TEST/name";
    const auto written = bench.host().run_for_output(
        {{"/bin/sh", "-c", script, "sh", std::string(output_file)}, {"HOSTLEASE_TEST=" + bench.at("")}, 10s});
    REQUIRE(written);
    CHECK(*written == std::string("some\ntext\0more", 14));
    CHECK(bench.text("name").find("memfd") != std::string::npos);
    const auto nothing = bench.host().run_for_output({{"/bin/true"}, {}, 10s});
    REQUIRE(nothing);
    CHECK(nothing->empty());
    CHECK(bench.host().run_for_output({{"/bin/sh", "-c", "echo why; exit 3"}, {}, 10s}).error().message ==
          "/bin/sh ended with status 3: why");
}

TEST_CASE("program: one in the background runs beside others, and goes with its object") {
    Bench bench;
    const std::string script =
        "sleep 60 & echo $! > $HOSTLEASE_TEST/child; echo $$ > $HOSTLEASE_TEST/pid; wait";
    auto background = bench.host().start({{"/bin/sh", "-c", script}, {"HOSTLEASE_TEST=" + bench.at("")}, {}});
    REQUIRE(background);
    for (int round = 0; round < 500 && bench.text("pid").empty(); ++round)
        std::this_thread::sleep_for(10ms);
    REQUIRE(bench.shell("sleep 60 & true")); // ends its own rest, not the background program
    CHECK((*background)->check());
    CHECK(is_alive(bench.text("pid")));
    background->reset();
    CHECK_FALSE(is_alive(bench.text("pid")));
    for (int round = 0; round < 200 && is_alive(bench.text("child")); ++round)
        std::this_thread::sleep_for(10ms);
    CHECK_FALSE(is_alive(bench.text("child")));
}

TEST_CASE("program: is noticed when it ends in the background") {
    Bench bench;
    const auto background = bench.host().start({{"/bin/sh", "-c", "exit 3"}, {}, {}});
    REQUIRE(background);
    for (int round = 0; round < 500 && (*background)->check(); ++round)
        std::this_thread::sleep_for(10ms);
    const auto ended = (*background)->check();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().message == "/bin/sh ended with status 3");
    CHECK(bench.host().start({{"/no/such/program"}, {}, {}}).error().errno_value == ENOENT);
}

TEST_CASE("a program's output can go to a new file, and another exit status than 0 can mean success") {
    Bench bench;
    const auto run = [&](int status) {
        return bench.host().run(
            {.words = {"/bin/sh", "-c", "echo out; echo err >&2; exit " + std::to_string(status)},
             .environment = {},
             .deadline = 10s,
             .standard_output = bench.at("file" + std::to_string(status)),
             .fine_status = 1});
    };
    CHECK(run(0));
    CHECK(run(1));
    CHECK(bench.text("file1") == "out\n");
    CHECK(run(2).error().message == "/bin/sh ended with status 2: err");
    CHECK(run(1).error().errno_value == EEXIST); // an existing file is never overwritten
    CHECK(bench.text("file1") == "out\n");
}

TEST_CASE("trusted program: a regular file that nobody else can change or replace") {
    if (::geteuid() != 0) return; // only root can create files of other users
    Bench bench;
    CHECK(check_program(bench.host(), "/bin/sh")); // through links
    const std::string good = bench.program("good");
    CHECK(check_program(bench.host(), good)); // below /tmp, which is sticky
    const auto why = [&](const std::string& path) {
        const auto checked = check_program(bench.host(), path);
        return checked ? std::string() : checked.error().text();
    };
    CHECK(why(bench.program("group", 0775)) ==
          bench.at("group") + " may be written by others, and it would run as root (chmod go-w " +
              bench.at("group") + ")");
    CHECK(why(bench.program("plain", 0644)) ==
          bench.at("plain") + " is not executable (chmod +x " + bench.at("plain") + ")");
    CHECK(why(bench.at("")).find("is not a program") != std::string::npos);
    CHECK(why(bench.at("none")).find("No such file") != std::string::npos);
    const std::string theirs = bench.program("theirs");
    REQUIRE(::chown(theirs.c_str(), 1234, 0) == 0);
    CHECK(why(theirs) ==
          theirs + " belongs to user 1234, and it would run as root (chown root " + theirs + ")");
    fs::create_symlink(theirs, bench.at("link"));
    CHECK(why(bench.at("link")).find("user 1234") != std::string::npos);
    // the target belongs to root, but the link's owner can change the target
    fs::create_symlink("/bin/sh", bench.at("their-link"));
    REQUIRE(::lchown(bench.at("their-link").c_str(), 1234, 0) == 0);
    CHECK(why(bench.at("their-link")) == bench.at("their-link") +
                                             " is reached through a link that belongs to another user, and "
                                             "it would run as root (chown -h root " +
                                             bench.at("their-link") + ")");
    fs::create_directory(bench.at("open"));
    const std::string inside = bench.program("open/inside");
    CHECK(why(inside).empty());
    REQUIRE(::chmod(bench.at("open").c_str(), 0777) == 0);
    fs::create_symlink("/bin/sh", bench.at("open/link"));
    CHECK(why(bench.at("open/link")).find("is in a directory that others may write") != std::string::npos);
    CHECK(why(bench.at("open/../good")).find("is in a directory that others may write") != std::string::npos);
    fs::create_symlink("open/link", bench.at("by-way-of"));
    CHECK(why(bench.at("by-way-of")).find("is in a directory that others may write") != std::string::npos);
    CHECK(why(inside) ==
          inside + " is in a directory that others may write, and it would run as root (chmod go-w " +
              bench.at("open") + ")");
    REQUIRE(::chmod(bench.at("open").c_str(), 0755) == 0);
    REQUIRE(::chown(bench.at("open").c_str(), 1234, 0) == 0);
    CHECK(why(inside).find("a directory that belongs to another user") != std::string::npos);
    fs::create_symlink("round", bench.at("round"));
    CHECK(why(bench.at("round")).find("Too many levels of symbolic links") != std::string::npos);
}
