// pool_growth PAGES RUNS: growing the machine's pool by what the hook calls for it (write, read back) against one plain write of
// the same number, in turn. Prints both medians in milliseconds and their ratio. The pool must be empty, and is left so.
#include "host/facts.hpp"
#include "host/linux_host.hpp"

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

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}
} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string pages = argv[1];
    const int runs = std::atoi(argv[2]); // NOLINT(cert-err34-c): 0 runs for nonsense
    const auto host = hostlease::LinuxHost::open("/");
    if (!host || runs < 1) return 2;
    std::vector<double> plain;
    std::vector<double> ours;
    for (int run = 0; run < runs; ++run) {
        plain.push_back(timed([&] { return plain_write(pages + "\n"); }));
        plain_write("0\n");
        ours.push_back(timed([&] {
            const auto written = (*host)->write(file, pages);
            const auto read_back = hostlease::read_persistent_pages(**host, directory);
            return written && read_back && std::to_string(*read_back) == pages;
        }));
        plain_write("0\n");
    }
    std::printf("%8.3f  one plain write of %s pages\n%8.3f  write and read back, as the hook does\n%8.3f  ratio\n", median(plain),
                pages.c_str(), median(ours), median(ours) / median(plain));
    return 0;
}
