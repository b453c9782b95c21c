#include "host/trusted_program.hpp"

#include "core/parse.hpp"

#include <vector>

namespace hostlease {

namespace {
constexpr std::uint32_t others_may_write = 022;
constexpr std::uint32_t sticky = 01000;
constexpr std::uint32_t may_execute = 0111;
constexpr int most_links = 40; // as the kernel's MAXSYMLINKS

Status distrust(const std::string& path, std::string_view why, const std::string& remedy) {
    return fail(ErrorKind::refused, path + " " + std::string(why) + ", and it would run as root (" + remedy + ")");
}

bool is_foreign(Host& host, const FileStatus& status) { return status.owner != 0 && status.owner != host.user(); }

Status check_directory(Host& host, const std::string& path, const std::string& directory) {
    const auto status = TRY(host.status(directory));
    if (is_foreign(host, status)) return distrust(path, "is in a directory of another user's", "chown root " + directory);
    // what root has put into a directory like /tmp, others can neither rename nor remove
    if ((status.mode & others_may_write) != 0 && (status.mode & sticky) == 0)
        return distrust(path, "is in a directory that others may write", "chmod go-w " + directory);
    return {};
}

/// Goes from / to the file one name at a time, as the kernel does, and looks at every directory and link on the way: whoever may change one
/// of them chooses what is run, whatever was looked at before.
class Walk {
  public:
    Walk(Host& host, const std::string& path) : host_(host), path_(path) { put_off(path); }

    /// The path of the file without links.
    Result<std::string> finish() {
        while (!names_.empty()) {
            const std::string name = std::move(names_.back());
            names_.pop_back();
            if (name.empty() || name == ".") continue;
            if (name == "..")
                real_.resize(real_.rfind('/') == std::string::npos ? 0 : real_.rfind('/'));
            else
                TRY_VOID(enter(name));
        }
        return real_.empty() ? "/" : real_;
    }

  private:
    void put_off(std::string_view path) {
        std::vector<std::string> names;
        split(path, '/', [&](std::string_view name) { names.emplace_back(name); });
        names_.insert(names_.end(), names.rbegin(), names.rend());
    }

    Status enter(const std::string& name) {
        const std::string next = real_ + "/" + name;
        const auto status = TRY(host_.status(next));
        if (status.type == FileStatus::Type::other) {
            if (const auto target = host_.link_target(next)) return follow(next, status, *target);
        }
        real_ = next;
        return status.type == FileStatus::Type::directory ? check_directory(host_, path_, real_) : Status{};
    }

    Status follow(const std::string& link, const FileStatus& status, const std::string& target) {
        if (is_foreign(host_, status)) return distrust(path_, "is behind a link of another user's", "chown -h root " + link);
        if (++links_ > most_links) return fail(ErrorKind::refused, path_ + " is behind too many links");
        if (target.starts_with('/')) real_.clear();
        put_off(target);
        return {};
    }

    Host& host_;
    const std::string& path_;
    std::string real_;               // what has been walked, "" is /
    std::vector<std::string> names_; // what is to come, the next one last
    int links_ = 0;
};
} // namespace

Status check_program(Host& host, const std::string& path) {
    TRY_VOID(host.resolve(path)); // whether it is there at all
    const auto file = TRY(Walk(host, path).finish());
    const auto status = TRY(host.status(file));
    if (status.type != FileStatus::Type::regular)
        return fail(ErrorKind::refused, path + " is no program (name the file that is to be run)");
    if ((status.mode & may_execute) == 0) return fail(ErrorKind::refused, path + " is not executable (chmod +x " + file + ")");
    if (is_foreign(host, status)) return distrust(path, "belongs to user " + std::to_string(status.owner), "chown root " + file);
    if ((status.mode & others_may_write) != 0) return distrust(path, "may be written by others", "chmod go-w " + file);
    return {};
}

} // namespace hostlease
