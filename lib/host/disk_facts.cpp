#include "host/disk_facts.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <vector>

namespace hostlease {

namespace {
constexpr int deepest = 16; // images within images; a loop device may even be its own backing file
constexpr const char* btrfs_directory = "/sys/fs/btrfs";

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The word with this number in a line of mountinfo, which encodes blanks and the like as octal numbers.
/// Source: show_mountinfo in fs/proc_namespace.c and mangle_path in fs/seq_file.c (6.1).
std::string word_of(std::string_view line, unsigned wanted) {
    std::string_view word;
    unsigned index = 0;
    split(line, ' ', [&](std::string_view piece) {
        if (index++ == wanted) word = piece;
    });
    std::string text;
    for (std::size_t at = 0; at < word.size(); ++at) {
        const auto code =
            word[at] == '\\' ? parse_integer<unsigned>(word.substr(at + 1, 3), 8) : std::nullopt;
        text += code ? static_cast<char>(*code) : word[at];
        if (code) at += 3;
    }
    return text;
}

struct Mount {
    std::string type;
    std::string source;
};

/// The mount that contains the file: the longest mount point above it.
Mount mount_of(const std::string& mounts, const std::string& file) {
    Mount mount;
    std::size_t longest = 0;
    split(mounts, '\n', [&](std::string_view line) {
        const auto separator = line.find(" - ");
        if (separator == std::string_view::npos) return;
        const std::string place = word_of(line, 4);
        const bool is_below = place == "/" || file == place || file.starts_with(place + "/");
        if (!is_below || place.size() < longest) return;
        longest = place.size();
        mount = {word_of(line.substr(separator + 3), 0), word_of(line.substr(separator + 3), 1)};
    });
    return mount;
}

/// bcachefs names its devices as "/dev/sdb:/dev/sdc". Source: bch2_show_devname in fs/bcachefs/fs.c
/// (6.12).
std::vector<std::string> devices_of(const std::string& source) {
    std::vector<std::string> devices;
    bool are_paths = true;
    split(source, ':', [&](std::string_view piece) {
        are_paths = are_paths && piece.starts_with("/dev/");
        devices.emplace_back(piece);
    });
    if (are_paths) return devices;
    return source.starts_with("/dev/") ? std::vector{source} : std::vector<std::string>{};
}

/// A failed look is recorded as a problem of that image; the user of the facts decides what the problem
/// means.
class DiskFinder {
  public:
    explicit DiskFinder(Host& host) : host_(host) {}

    ImageFacts find(const std::string& image) {
        found_ = {};
        follow_image(image, 0);
        auto& devices = found_.devices;
        std::sort(devices.begin(), devices.end());
        devices.erase(std::unique(devices.begin(), devices.end()), devices.end());
        return std::move(found_);
    }

  private:
    /// Keeps the first problem.
    void give_up(const std::string& problem) {
        if (found_.problem.empty()) found_.problem = problem;
    }

    void give_up(const Error& error, const std::string& missing) {
        give_up(is_missing(error) ? missing : error.text());
    }

    /// Follows a file or a device file.
    void follow_image(const std::string& image, int depth) {
        if (depth > deepest) return give_up("its devices lead to each other");
        const auto real = host_.resolve(image);
        if (!real) return give_up(real.error(), "there is no such file");
        const auto status = host_.status(*real);
        if (!status) return give_up(status.error(), "there is no such file");
        const bool is_device = status->type == FileStatus::Type::block_device;
        if (!is_device && status->device.major == 0) return follow_mount(*real, depth);
        const auto& number = status->device;
        const auto device = host_.resolve("/sys/dev/block/" + std::to_string(number.major) + ":" +
                                          std::to_string(number.minor));
        if (!device) return give_up(device.error(), "its device is not in /sys/dev/block");
        follow_device(*device, depth);
    }

    /// File systems with device numbers of their own show their real devices only in the list of mounts.
    void follow_mount(const std::string& file, int depth) {
        const auto mounts = host_.read("/proc/self/mountinfo");
        if (!mounts) return give_up(mounts.error(), "/proc/self/mountinfo does not exist");
        const Mount mount = mount_of(*mounts, file);
        const auto devices = devices_of(mount.source);
        if (devices.empty()) return give_up("its file system is on no block device");
        for (const auto& device : devices)
            follow_source(device, depth);
        if (mount.type == "btrfs") follow_btrfs(devices.front(), depth);
    }

    void follow_source(const std::string& source, int depth) {
        const auto status =
            host_.resolve(source).and_then([&](const std::string& node) { return host_.status(node); });
        if (!status)
            return give_up(status.error(), "its file system is on " + source + ", which does not exist");
        if (status->type != FileStatus::Type::block_device)
            return give_up("its file system is on " + source + ", which is not a block device");
        follow_image(source, depth + 1);
    }

    /// The mount names only one of the file system's devices. Source: btrfs_sysfs_add_fs_devices in
    /// fs/btrfs/sysfs.c (6.1).
    void follow_btrfs(const std::string& source, int depth) {
        const auto node = host_.resolve(source);
        const std::string name = node ? name_of(*node) : std::string();
        for (const auto& uuid : host_.list(btrfs_directory).value_or(std::vector<std::string>{})) {
            const std::string folder = std::string(btrfs_directory) + "/" + uuid + "/devices";
            const auto members = host_.list(folder).value_or(std::vector<std::string>{});
            if (std::find(members.begin(), members.end(), name) == members.end()) continue;
            for (const auto& member : members)
                if (const auto device = host_.resolve(folder + "/" + member))
                    follow_device(*device, depth + 1);
        }
    }

    /// Follows a block device's directory in /sys/devices.
    void follow_device(const std::string& directory, int depth) {
        if (depth > deepest) return give_up("its devices lead to each other");
        const auto partition = host_.status(directory + "/partition");
        if (partition) return follow_device(directory.substr(0, directory.rfind('/')), depth + 1);
        if (!is_missing(partition.error())) return give_up(partition.error().text());
        const auto slaves = host_.list(directory + "/slaves");
        if (!slaves && !is_missing(slaves.error())) return give_up(slaves.error().text());
        if (slaves && !slaves->empty()) return follow_slaves(directory, *slaves, depth);
        const auto backing_file = host_.read(directory + "/loop/backing_file");
        if (backing_file) return follow_image(std::string(trim(*backing_file)), depth + 1);
        if (!is_missing(backing_file.error())) return give_up(backing_file.error().text());
        found_.devices.push_back(name_of(directory));
    }

    void follow_slaves(const std::string& directory, const std::vector<std::string>& slaves, int depth) {
        for (const auto& slave : slaves) {
            const auto below = host_.resolve(directory + "/slaves/" + slave);
            if (below)
                follow_device(*below, depth + 1);
            else
                give_up(below.error(), "its device " + slave + " does not exist");
        }
    }

    Host& host_;
    ImageFacts found_;
};
} // namespace

void read_disk_facts(Host& host, const Domain& domain, HostFacts& facts) {
    DiskFinder finder(host);
    for (const auto& disk : domain.disks)
        if (disk.has_local_image() && !facts.images.contains(disk.source))
            facts.images[disk.source] = finder.find(disk.source);
}

namespace {
/// The directory of the whole disk with this number, such as "8:0"; nullopt if there is none.
std::optional<std::string> disk_numbered(Host& host, std::string_view number) {
    if (auto disk = host.resolve("/sys/dev/block/" + std::string(number))) return std::move(*disk);
    for (const auto& name : host.list_if_present("/sys/block").value_or(std::vector<std::string>{}))
        if (host.read_line("/sys/block/" + name + "/dev").value_or("") == number)
            return host.resolve("/sys/block/" + name).value_or("/sys/block/" + name);
    return std::nullopt;
}
} // namespace

std::string one_name_of(Host& host, std::string path) {
    constexpr std::string_view file = "/read_ahead_kb";
    const auto end = path.size() - std::min(path.size(), file.size());
    const auto begin = path.rfind('/', end == 0 ? 0 : end - 1);
    if (!path.ends_with(file) || begin == std::string::npos || !path.substr(0, begin).ends_with("/bdi"))
        return path;
    const auto disk = disk_numbered(host, std::string_view(path).substr(begin + 1, end - begin - 1));
    if (!disk) return path;
    const auto queue = host.resolve(*disk + "/queue" + std::string(file));
    return queue ? *queue : path;
}

} // namespace hostlease
