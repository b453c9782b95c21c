#include "host/trusted_file.hpp"

#include "core/parse.hpp"

#include <optional>
#include <vector>

namespace hostlease {

namespace {
constexpr std::uint32_t others_may_write = 022;
constexpr std::uint32_t sticky = 01000;
constexpr int most_links = 40; // the kernel's MAXSYMLINKS

using Doubt = std::optional<Distrust>;

bool is_foreign(Host& host, const FileStatus& status) {
    return status.owner != 0 && status.owner != host.user();
}

Doubt doubt_directory(Host& host, const std::string& directory, const FileStatus& status) {
    if (is_foreign(host, status))
        return Distrust{"is in a directory that belongs to another user", "chown root " + directory};
    // in a directory such as /tmp, others can neither rename nor remove root's files
    if ((status.mode & others_may_write) != 0 && (status.mode & sticky) == 0)
        return Distrust{"is in a directory that others may write", "chmod go-w " + directory};
    return std::nullopt;
}

Doubt doubt_file(Host& host, const TrustedFile& file) {
    if (is_foreign(host, file.status))
        return Distrust{"belongs to user " + std::to_string(file.status.owner), "chown root " + file.path};
    if ((file.status.mode & others_may_write) != 0)
        return Distrust{"may be written by others", "chmod go-w " + file.path};
    return std::nullopt;
}

class Walk {
  public:
    Walk(Host& host, const std::string& path, std::set<std::string>& directories)
        : host_(host), directories_(directories) {
        put_off(path);
    }

    tl::expected<TrustedFile, Distrust> finish() {
        while (!names_.empty()) {
            const std::string name = std::move(names_.back());
            names_.pop_back();
            if (name.empty() || name == ".") continue;
            if (auto doubt = name == ".." ? leave() : enter(name)) return tl::unexpected(*std::move(doubt));
        }
        if (auto doubt = doubt_file(host_, file_)) return tl::unexpected(*std::move(doubt));
        return std::move(file_);
    }

  private:
    void put_off(std::string_view path) {
        std::vector<std::string> names;
        split(path, '/', [&](std::string_view name) { names.emplace_back(name); });
        names_.insert(names_.end(), names.rbegin(), names.rend());
    }

    Doubt leave() {
        file_.path.resize(file_.path.rfind('/') == std::string::npos ? 0 : file_.path.rfind('/'));
        file_.status = {FileStatus::Type::directory, 0, 0755};
        return std::nullopt;
    }

    Doubt enter(const std::string& name) {
        const std::string next = file_.path + "/" + name;
        if (directories_.contains(next)) {
            file_ = {next, {FileStatus::Type::directory, 0, 0755}};
            return std::nullopt;
        }
        const auto status = host_.status(next);
        if (!status) return Distrust{"cannot be read: " + status.error().text(), {}};
        if (status->type == FileStatus::Type::other)
            if (const auto target = host_.link_target(next)) return follow(next, *status, *target);
        file_ = {next, *status};
        if (status->type != FileStatus::Type::directory) return std::nullopt;
        auto doubt = doubt_directory(host_, next, *status);
        if (!doubt) directories_.insert(next);
        return doubt;
    }

    Doubt follow(const std::string& link, const FileStatus& status, const std::string& target) {
        if (is_foreign(host_, status))
            return Distrust{"is reached through a link that belongs to another user",
                            "chown -h root " + link};
        if (++links_ > most_links) return Distrust{"is reached through too many links", {}};
        if (target.starts_with('/')) file_ = {};
        put_off(target);
        return std::nullopt;
    }

    Host& host_;
    std::set<std::string>& directories_;
    TrustedFile file_;               // the part that was walked; the path "" is /
    std::vector<std::string> names_; // the remaining names, the next one last
    int links_ = 0;
};
} // namespace

tl::expected<TrustedFile, Distrust> TrustedFiles::find(const std::string& path) {
    return Walk(host_, path, directories_).finish();
}

} // namespace hostlease
