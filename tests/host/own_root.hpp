// A temporary root directory for a test, with a host on it.
#pragma once

#include "host/linux_host.hpp"
#include "host/temporary_folder.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace hostlease::test {

/// Contains /run and /etc; the destructor removes it with its content.
class Root {
  public:
    Root() {
        REQUIRE(folder_.is_there());
        path_ = std::filesystem::canonical(folder_.file(""));
        host_ = open();
        std::filesystem::create_directories(at("/run"));
        std::filesystem::create_directories(at("/etc"));
    }

    std::unique_ptr<LinuxHost> open() {
        auto host = LinuxHost::open(at(""));
        REQUIRE(host);
        return std::move(*host);
    }
    Host& host() { return *host_; }
    [[nodiscard]] std::string at(const std::string& path) const { return path_ + path; }

    void put(const std::string& path, const std::string& text) const {
        std::ofstream file(at(path), std::ios::binary);
        file << text;
        file.close();
        REQUIRE(file);
    }
    [[nodiscard]] std::string text(const std::string& path) const {
        std::ifstream file(at(path), std::ios::binary);
        REQUIRE(file);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    [[nodiscard]] bool has(const std::string& path) const {
        return std::filesystem::symlink_status(at(path)).type() != std::filesystem::file_type::not_found;
    }
    void link(const std::string& target, const std::string& path) const {
        std::filesystem::create_symlink(target, at(path));
    }
    [[nodiscard]] std::uint32_t mode(const std::string& path) const {
        struct stat info{};
        REQUIRE(::lstat(at(path).c_str(), &info) == 0);
        return info.st_mode & 07777U;
    }
    /// Names in a directory, read with the standard library.
    [[nodiscard]] std::vector<std::string> names(const std::string& path) const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(at(path)))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

  private:
    TemporaryFolder folder_{"hostlease-root-"};
    std::string path_;
    std::unique_ptr<LinuxHost> host_;
};

template <typename T>
void check_error(const Result<T>& result, int error, const std::string& path) {
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::io);
    CHECK(result.error().errno_value == error);
    CHECK(result.error().path == path);
    CHECK(result.error().text().find(path) != std::string::npos);
}

inline bool is_root() { return ::geteuid() == 0; }

} // namespace hostlease::test
