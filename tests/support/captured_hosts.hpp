// The machines in tests/data/hosts, described by these files.
#pragma once

#include "core/parse.hpp"
#include "host/temporary_folder.hpp"
#include "model/topology.hpp"

#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace hostlease::test {

/// Their names, sorted.
inline std::vector<std::string> captured_hosts() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(TEST_DATA_DIR "/hosts"))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    REQUIRE(names.size() >= 6);
    return names;
}

inline std::string host_file(const std::string& name) { return std::string(TEST_DATA_DIR "/hosts/") + name; }

/// Collects the rows of `lscpu -e=CPU,NODE,SOCKET,CORE,CACHE,ONLINE,MAXMHZ`.
class LscpuReader {
  public:
    CpuSet slow; // CPUs of efficient cores

    void add(const std::string& row) {
        std::istringstream words(row);
        std::string cpu, node, socket, core, cache, online;
        words >> cpu >> node >> socket >> core >> cache >> online;
        if (online != "yes") return;
        const auto number = *parse_integer<unsigned>(cpu);
        topology_.online.add(number);
        const auto [place, is_new] = places_.emplace(core, topology_.cores.size());
        if (is_new) {
            const auto [last, is_new_cache] =
                caches_.emplace(cache.substr(cache.rfind(':') + 1), caches_.size());
            topology_.cores.push_back({{},
                                       *parse_integer<unsigned>(socket),
                                       *parse_integer<unsigned>(node),
                                       static_cast<unsigned>(last->second),
                                       slow.contains(number) ? 1U : 0U});
        }
        topology_.cores[place->second].threads.add(number);
    }

    [[nodiscard]] const HostTopology& topology() const { return topology_; }

  private:
    HostTopology topology_;
    std::map<std::string, std::size_t> places_; // numbers of cores
    std::map<std::string, std::size_t> caches_;
};

inline HostTopology captured_host(const std::string& name) {
    std::ifstream file(host_file(name));
    LscpuReader reader;
    for (std::string line; std::getline(file, line);) {
        constexpr std::string_view efficient = "# efficient: ";
        if (line.starts_with(efficient)) reader.slow = parse_cpu_list(line.substr(efficient.size())).value();
        if (!line.starts_with('#') && line.find("ONLINE") == std::string::npos) reader.add(line);
    }
    REQUIRE_MESSAGE(!reader.topology().cores.empty(), name);
    return reader.topology();
}

/// The directory that tests/support/make-host builds for a machine; removed at the end of the scope.
class HostTree {
  public:
    explicit HostTree(const std::string& name) {
        REQUIRE(place_.is_there());
        const auto command =
            std::string(TEST_DATA_DIR "/../support/make-host '") + host_file(name) + "' '" + root() + "'";
        REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
    }
    [[nodiscard]] std::string root() const { return place_.file("host"); }

    /// Writes this text to a file in the directory.
    void put(const std::string& path, const std::string& text) const {
        const std::filesystem::path file = root() + path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

  private:
    /// Thousands of small files: in memory if possible.
    static std::string parent() {
        return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : TemporaryFolder::parent();
    }

    TemporaryFolder place_{"hostlease-host-", parent()};
};

} // namespace hostlease::test
