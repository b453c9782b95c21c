#include "doctor/sysctl_files.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace hostlease {

namespace {
constexpr const char* folders[] = {"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
                                   "/usr/lib/sysctl.d", "/lib/sysctl.d"};

/// The first separator in a name decides what '.' and '/' mean: "net.ipv4.conf.eth0/1.mtu" and
/// "net/ipv4/conf/eth0.1/mtu" are one file.
std::string path_of(std::string_view name) {
    std::string path(name);
    const auto first = path.find_first_of("./");
    if (first != std::string::npos && path[first] == '.')
        for (char& letter : path)
            letter = letter == '.' ? '/' : letter == '/' ? '.' : letter;
    return "/proc/sys/" + path;
}

/// "-name" sets "name" and ignores errors.
std::optional<SysctlLine> read_line(std::string_view text) {
    text = trim(text);
    if (text.empty() || text.front() == '#' || text.front() == ';') return std::nullopt;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto name = trim(text.substr(0, equals));
    if (name.starts_with('-')) name = trim(name.substr(1));
    if (name.empty() || name.find_first_of("*?[") != std::string_view::npos) return std::nullopt;
    SysctlLine line;
    line.path = path_of(name);
    line.name = line.path.substr(std::string_view("/proc/sys/").size());
    std::replace(line.name.begin(), line.name.end(), '/', '.');
    line.value = std::string(trim(text.substr(equals + 1)));
    return line;
}

class Reader {
  public:
    explicit Reader(Host& host) : host_(host) {}

    SysctlFiles read() {
        std::map<std::string, std::string> files; // path by name
        for (const std::string folder : folders) {
            const auto names = host_.list(folder);
            if (!names && !is_missing(names.error())) files_.problems.push_back(names.error().text());
            for (const auto& name : names.value_or(std::vector<std::string>{}))
                if (name.ends_with(".conf")) files.emplace(name, folder + "/" + name);
        }
        for (const auto& [name, path] : files)
            read_file(path);
        read_file("/etc/sysctl.conf");
        for (auto& [path, line] : lines_)
            files_.lines.push_back(std::move(line));
        return std::move(files_);
    }

  private:
    /// A link to /dev/null hides a file of another folder; a dangling link is ignored.
    void read_file(const std::string& path) {
        if (const auto target = host_.link_target(path); target && *target == "/dev/null") return;
        const auto text = host_.read(path);
        if (!text && !is_missing(text.error())) files_.problems.push_back(text.error().text());
        unsigned number = 0;
        split(text.value_or(std::string{}), '\n', [&](std::string_view row) {
            ++number;
            auto line = read_line(row);
            if (!line) return;
            line->file = path;
            line->line = number;
            lines_[line->path] = std::move(*line);
        });
    }

    Host& host_;
    SysctlFiles files_;
    std::map<std::string, SysctlLine> lines_; // by path
};
} // namespace

SysctlFiles read_sysctl_files(Host& host) { return Reader(host).read(); }

} // namespace hostlease
