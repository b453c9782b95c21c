// time_calls RUNS INPUT -- COMMAND ARG... [-- COMMAND ARG...]...
// Runs the commands in turn, A B C A B C ..., each with INPUT on standard input, and prints for each the median and minimum of
// its wall time in milliseconds, the ratio of its median to the first one's, and its peak memory. In turn, so that a machine that
// slows down slows all of them.
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
    std::vector<double> milliseconds;
    long peak_kib = 0;
};

bool run_once(Subject& subject, const char* input) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
    pid_t child = 0;
    int status = 0;
    rusage usage{};
    const auto began = std::chrono::steady_clock::now();
    const bool spawned = posix_spawn(&child, subject.words[0], &actions, nullptr, subject.words.data(), environ) == 0;
    if (spawned) wait4(child, &status, 0, &usage);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    posix_spawn_file_actions_destroy(&actions);
    subject.milliseconds.push_back(took.count());
    subject.peak_kib = std::max(subject.peak_kib, usage.ru_maxrss);
    return spawned && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

double median(std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}
} // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 2;
    const int runs = std::atoi(argv[1]); // NOLINT(cert-err34-c): 0 runs for nonsense
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
    double first = 0;
    for (auto& subject : subjects) {
        const double middle = median(subject.milliseconds);
        if (first == 0) first = middle;
        std::printf("%8.3f %8.3f %6.2f %8ld  %s %s\n", middle, subject.milliseconds.front(), middle / first, subject.peak_kib,
                    std::string_view(subject.words[0]).substr(std::string_view(subject.words[0]).rfind('/') + 1).data(),
                    subject.words.size() > 3 ? subject.words[2] : "");
    }
    return 0;
}
