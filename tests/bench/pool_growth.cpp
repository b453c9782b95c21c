// pool_growth RUNS PAGES...: compares growing the machine's pool with the hook's calls (write, read back) to
// one plain write of the same number. The two alternate, and take turns in being first. Prints medians and
// minima of both in milliseconds, and their ratios to the plain write's. The pool must be empty, and is empty
// afterwards.
#include "host/linux_host.hpp"
#include "host/pools.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <string>
#include <unistd.h>
#include <vector>

namespace {
const std::string directory = "/sys/devices/system/node/node0/hugepages/hugepages-2048kB";
const std::string file = directory + "/nr_hugepages";

bool plain_write(const std::string& text) {
    const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool written = write(fd, text.data(), text.size()) > 0;
    close(fd);
    return written;
}

double timed(const std::function<bool()>& act) {
    const auto began = std::chrono::steady_clock::now();
    if (!act()) std::exit(1);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

double middle(const std::vector<double>& sorted) { return sorted[sorted.size() / 2]; }

void compare(hostlease::Host& host, const std::string& pages, int runs) {
    const auto plainly = [&] { return plain_write(pages + "\n"); };
    const auto as_the_hook = [&] {
        const auto done =
            hostlease::set_persistent_pages(host, directory, std::strtoull(pages.c_str(), nullptr, 10));
        return done.written && done.pages && std::to_string(*done.pages) == pages;
    };
    const bool is_possible = as_the_hook();
    plain_write("0\n");
    if (!is_possible) {
        std::printf("%6s  are more than this machine gives\n", pages.c_str());
        return;
    }
    std::vector<double> plain;
    std::vector<double> ours;
    // an even number, so that each is second equally often, and then finds the pages that the first has just
    // returned
    for (int run = 0; run < 2 * runs; ++run) {
        for (const bool is_ours : {run % 2 == 0, run % 2 != 0}) {
            (is_ours ? ours : plain).push_back(is_ours ? timed(as_the_hook) : timed(plainly));
            plain_write("0\n");
        }
    }
    std::sort(plain.begin(), plain.end());
    std::sort(ours.begin(), ours.end());
    std::printf("%6s  %8.3f  %8.3f  %8.3f  %8.3f  %8.3f  %8.3f\n", pages.c_str(), middle(plain),
                plain.front(), middle(ours), ours.front(), middle(ours) / middle(plain),
                ours.front() / plain.front());
}
} // namespace

int main(int argc, char** argv) {
    const int runs = argc > 2 ? std::atoi(argv[1]) : 0; // NOLINT(cert-err34-c): 0 runs for invalid text
    const auto host = hostlease::LinuxHost::open("/");
    if (!host || runs < 1) return 2;
    std::puts(" pages   plain: median, minimum  hook's: median, minimum  ratios of both");
    for (int i = 2; i < argc; ++i)
        compare(**host, argv[i], runs);
    return 0;
}
