// time_calls RUNS INPUT -- COMMAND ARG... [-- COMMAND ARG...]... Runs the commands alternately, A B C A B C
// ..., each with INPUT on standard input. Prints for each command, in milliseconds, the median and minimum of
// its wall time and the minimum of its processor time, including children; then the ratios of these to the
// first command's, and its peak memory. The runs alternate so that a slower machine slows all of them; the
// minima are used because other programs may run on it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ; // NOLINT(readability-redundant-declaration): glibc declares it for GNU sources only

namespace {
struct Subject {
    std::vector<char*> words;
    std::vector<double> wall;      // milliseconds
    std::vector<double> processor; // the same for user and system time
    long peak_kib = 0;
};

struct Figures {
    double median = 0;
    double minimum = 0;
    double processor = 0;
};

double milliseconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
}

bool run_once(Subject& subject, const char* input) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    int status = 0;
    rusage usage{};
    const auto began = std::chrono::steady_clock::now();
    const bool spawned =
        posix_spawn(&child, subject.words[0], &actions, nullptr, subject.words.data(), environ) == 0;
    if (spawned) wait4(child, &status, 0, &usage);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    posix_spawn_file_actions_destroy(&actions);
    subject.wall.push_back(took.count());
    subject.processor.push_back(milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
    subject.peak_kib = std::max(subject.peak_kib, usage.ru_maxrss);
    return spawned && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Figures figures_of(Subject& subject) {
    std::sort(subject.wall.begin(), subject.wall.end());
    return {subject.wall[subject.wall.size() / 2], subject.wall.front(),
            *std::min_element(subject.processor.begin(), subject.processor.end())};
}

/// The program's name and the argument that distinguishes it: the hook's operation.
void print_row(const Subject& subject, const Figures& own, const Figures& first) {
    const std::string_view program = subject.words[0];
    std::printf("%8.3f %8.3f %8.3f %7.2f %7.2f %7.2f %8ld  %s %s\n", own.median, own.minimum, own.processor,
                own.median / first.median, own.minimum / first.minimum, own.processor / first.processor,
                subject.peak_kib, program.substr(program.rfind('/') + 1).data(),
                subject.words.size() > 3 ? subject.words[2] : "");
}
} // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 2;
    const int runs = std::atoi(argv[1]); // NOLINT(cert-err34-c): 0 runs for invalid text
    std::vector<Subject> subjects;
    for (int index = 3; index < argc; ++index) {
        if (std::string_view(argv[index]) == "--")
            subjects.emplace_back();
        else if (!subjects.empty())
            subjects.back().words.push_back(argv[index]);
    }
    for (auto& subject : subjects)
        subject.words.push_back(nullptr);
    for (int run = 0; run < runs; ++run)
        for (auto& subject : subjects)
            if (!run_once(subject, argv[2])) {
                std::fprintf(stderr, "%s failed\n", subject.words[0]);
                return 1;
            }
    const Figures first = figures_of(subjects.front());
    for (auto& subject : subjects)
        print_row(subject, figures_of(subject), first);
    return 0;
}
