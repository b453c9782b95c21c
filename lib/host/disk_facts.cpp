#include "host/disk_facts.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <vector>

namespace hostlease {

namespace {
constexpr int deepest = 16; // images in images; a loop device may even lead to itself

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class DiskFinder {
  public:
    explicit DiskFinder(Host& host) : host_(host) {}

    Result<ImageFacts> find(const std::string& image) {
        found_ = {};
        TRY_VOID(follow_image(image, 0));
        auto& devices = found_.devices;
        std::sort(devices.begin(), devices.end());
        devices.erase(std::unique(devices.begin(), devices.end()), devices.end());
        return std::move(found_);
    }

  private:
    Status give_up(std::string problem) {
        if (found_.problem.empty()) found_.problem = std::move(problem);
        return {};
    }

    Result<bool> exists(const std::string& path) {
        const auto status = host_.status(path);
        if (!status && is_missing(status.error())) return false;
        TRY_VOID(status);
        return true;
    }

    /// A file, or a device file.
    Status follow_image(const std::string& image, int depth) {
        if (depth > deepest) return give_up("its devices lead to each other");
        const auto real = host_.resolve(image);
        if (!real && is_missing(real.error())) return give_up("there is no such file");
        TRY_VOID(real);
        const FileStatus status = TRY(host_.status(*real));
        if (status.type != FileStatus::Type::block_device && status.device.major == 0) return follow_mount(*real, depth);
        const auto& number = status.device;
        const auto device = host_.resolve("/sys/dev/block/" + std::to_string(number.major) + ":" + std::to_string(number.minor));
        if (!device && is_missing(device.error())) return give_up("its device is not in /sys/dev/block");
        TRY_VOID(device);
        return follow_device(*device, depth);
    }

    /// File systems with device numbers of their own making tell their device only where they are mounted (btrfs).
    Status follow_mount(const std::string& file, int depth) {
        const std::string mounts = TRY(host_.read("/proc/self/mountinfo"));
        std::string source;
        std::size_t longest = 0;
        split(mounts, '\n', [&](std::string_view line) {
            const auto separator = line.find(" - ");
            if (separator == std::string_view::npos) return;
            const std::string place = word_of(line, 4);
            const bool is_below = place == "/" || file == place || file.starts_with(place + "/");
            if (!is_below || place.size() < longest) return;
            longest = place.size();
            source = word_of(line.substr(separator + 3), 1);
        });
        if (!source.starts_with("/dev/")) return give_up("its file system is on no block device");
        const std::string node = TRY(host_.resolve(source));
        const FileStatus status = TRY(host_.status(node));
        if (status.type != FileStatus::Type::block_device) return give_up("its file system is on no block device");
        return follow_image(source, depth + 1);
    }

    static std::string word_of(std::string_view line, unsigned wanted) {
        std::string word;
        unsigned index = 0;
        split(line, ' ', [&](std::string_view piece) {
            if (index++ == wanted) word = piece;
        });
        return word;
    }

    /// A directory of a block device in /sys/devices.
    Status follow_device(const std::string& directory, int depth) {
        if (depth > deepest) return give_up("its devices lead to each other");
        const bool is_partition = TRY(exists(directory + "/partition"));
        if (is_partition) return follow_device(directory.substr(0, directory.rfind('/')), depth + 1);
        const auto slaves = host_.list(directory + "/slaves");
        if (!slaves && !is_missing(slaves.error())) return tl::unexpected<Error>(slaves.error());
        if (slaves && !slaves->empty()) {
            for (const auto& slave : *slaves) {
                const std::string below = TRY(host_.resolve(directory + "/slaves/" + slave));
                TRY_VOID(follow_device(below, depth + 1));
            }
            return {};
        }
        const auto backing_file = host_.read(directory + "/loop/backing_file");
        if (backing_file) return follow_image(std::string(trim(*backing_file)), depth + 1);
        if (!is_missing(backing_file.error())) return tl::unexpected<Error>(backing_file.error());
        found_.devices.push_back(name_of(directory));
        return {};
    }

    Host& host_;
    ImageFacts found_;
};
} // namespace

Status read_disk_facts(Host& host, const Domain& domain, HostFacts& facts) {
    DiskFinder finder(host);
    for (const auto& disk : domain.disks)
        if (disk.has_local_image() && !facts.images.contains(disk.source))
            facts.images[disk.source] = TRY(finder.find(disk.source));
    return {};
}

} // namespace hostlease
