#include "host/disk_facts.hpp"

#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>
#include <initializer_list>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string pci = "/sys/devices/pci0000:00/ata1/block/";
const std::string virtual_block = "/sys/devices/virtual/block/";

/// sda with a partition, sdb; dm-0 on the partition and sdb, dm-1 on dm-0; loop0 on /images/inner.img.
struct DiskHost {
    FakeHost machine;
    std::map<std::string, std::string>& files = machine.files;
    std::map<std::string, std::string>& links = machine.links;

    DiskHost() {
        machine.directories.insert({"/images", "/dev"});
        add("8:0", pci + "sda");
        add("8:1", pci + "sda/sda1");
        files[pci + "sda/sda1/partition"] = "1\n";
        add("8:16", pci + "sdb");
        add("254:0", virtual_block + "dm-0");
        links[virtual_block + "dm-0/slaves/sda1"] = pci + "sda/sda1";
        links[virtual_block + "dm-0/slaves/sdb"] = pci + "sdb";
        add("254:1", virtual_block + "dm-1");
        links[virtual_block + "dm-1/slaves/dm-0"] = virtual_block + "dm-0";
        add("7:0", virtual_block + "loop0");
        files[virtual_block + "loop0/loop/backing_file"] = "/images/inner.img\n";
        files["/proc/self/mountinfo"] =
            "22 1 0:21 / / rw - overlay overlay rw\n"
            "30 22 0:40 /@images /images/btrfs rw,noatime shared:1 - btrfs /dev/sdb rw\n"
            "31 22 0:41 / /images/btrfs/memory rw - tmpfs tmpfs rw\n";
    }

    void add(const std::string& number, const std::string& directory) {
        links["/sys/dev/block/" + number] = directory;
        files[directory + "/size"] = "1\n";
    }

    void add_node(const std::string& path, DeviceNumber number) {
        files[path] = "";
        machine.statuses[path] = {FileStatus::Type::block_device, 0, 0660, number};
    }

    void add_image(const std::string& path, DeviceNumber file_system) {
        files[path] = "";
        machine.statuses[path] = {FileStatus::Type::regular, 0, 0600, file_system};
    }

    std::string disks_of(const std::string& image, const std::string& type = "file") {
        Domain domain;
        Disk disk;
        disk.type = type;
        disk.device = "disk";
        disk.source = image;
        domain.disks.push_back(disk);
        HostFacts facts;
        read_disk_facts(machine, domain, facts);
        if (!facts.images.contains(image)) return "nothing";
        std::string text;
        for (const auto& device : facts.images[image].devices)
            text += (text.empty() ? "" : " ") + device;
        return text + facts.images[image].problem;
    }
};
} // namespace

TEST_CASE("block devices lead to disks through partitions and device mapper, however nested") {
    DiskHost host;
    host.add_node("/dev/sdb", {8, 16});
    host.add_node("/dev/sda1", {8, 1});
    host.add_node("/dev/dm-1", {254, 1});
    host.links["/dev/vg/guest"] = "/dev/dm-1";
    CHECK(host.disks_of("/dev/sdb", "block") == "sdb");
    CHECK(host.disks_of("/dev/sda1", "block") == "sda");
    CHECK(host.disks_of("/dev/vg/guest", "block") == "sda sdb");
}

TEST_CASE("files lead to the disks of their file system, also inside a loop device and with made-up device "
          "numbers") {
    DiskHost host;
    host.add_image("/images/a.qcow2", {8, 1});
    host.add_image("/images/inner.img", {8, 16});
    host.add_image("/images/in_loop.img", {7, 0});
    host.add_image("/images/btrfs/b.img", {0, 44});
    host.add_node("/dev/sdb", {8, 16});
    CHECK(host.disks_of("/images/a.qcow2") == "sda");
    CHECK(host.disks_of("/images/in_loop.img") == "sdb");
    CHECK(host.disks_of("/images/btrfs/b.img") == "sdb");
}

TEST_CASE("an image that leads to no disk says why") {
    DiskHost host;
    host.add_image("/images/inner.img", {7, 0}); // its own backing file
    host.add_image("/images/btrfs/memory/c.img", {0, 41});
    host.add_image("/images/btrfsless/d.img", {0, 45});
    host.add_image("/images/nvme.img", {259, 0});
    CHECK(host.disks_of("/images/inner.img") == "its devices lead to each other");
    CHECK(host.disks_of("/images/btrfs/memory/c.img") == "its file system is on no block device");
    CHECK(host.disks_of("/images/btrfsless/d.img") == "its file system is on no block device");
    CHECK(host.disks_of("/images/nvme.img") == "its device is not in /sys/dev/block");
    CHECK(host.disks_of("/images/none.img") == "there is no such file");
    CHECK(host.disks_of("pool/image", "network") == "nothing");
    CHECK(host.disks_of("") == "nothing");
}

TEST_CASE("a file system on several devices leads to all of them") {
    DiskHost host;
    host.add_image("/images/btrfs/b.img", {0, 44});
    host.add_node("/dev/sdb", {8, 16});
    host.add_node("/dev/sda1", {8, 1});
    host.links["/sys/fs/btrfs/4dea22b3/devices/sdb"] = pci + "sdb";
    host.links["/sys/fs/btrfs/4dea22b3/devices/sda1"] = pci + "sda/sda1";
    host.links["/sys/fs/btrfs/0f9c2a4e/devices/sdc"] = pci + "sdc"; // belongs to another file system
    CHECK(host.disks_of("/images/btrfs/b.img") == "sda sdb");
    host.files["/proc/self/mountinfo"] = "22 1 0:21 / / rw - bcachefs /dev/sdb:/dev/sda1 rw\n";
    CHECK(host.disks_of("/images/btrfs/b.img") == "sda sdb");
    host.files["/proc/self/mountinfo"] = "22 1 0:21 / / rw - bcachefs /dev/sdb:/dev/sdq rw\n";
    CHECK(host.disks_of("/images/btrfs/b.img") == "sdbits file system is on /dev/sdq, which does not exist");
}

TEST_CASE("a mount whose place has blanks in its name is found") {
    DiskHost host;
    host.add_image("/mnt/my disks/b.img", {0, 44});
    host.add_node("/dev/sdb", {8, 16});
    host.files["/proc/self/mountinfo"] = "22 1 0:21 / / rw - tmpfs tmpfs rw\n"
                                         "30 22 0:40 / /mnt/my\\040disks rw - btrfs /dev/sdb rw\n";
    CHECK(host.disks_of("/mnt/my disks/b.img") == "sdb");
}

TEST_CASE("an image on a file system without a device, or with a missing one, says so") {
    DiskHost host;
    host.add_image("/images/a.img", {0, 44});
    const auto on = [&](const std::string& mount) {
        host.files["/proc/self/mountinfo"] = "22 1 0:21 / / rw - " + mount + " rw\n";
        return host.disks_of("/images/a.img");
    };
    CHECK(on("zfs rpool/ROOT/debian") == "its file system is on no block device");
    CHECK(on("nfs4 nas:/vm") == "its file system is on no block device");
    CHECK(on("btrfs /dev/root") == "its file system is on /dev/root, which does not exist");
    CHECK(on("btrfs /dev/sda2") == "its file system is on /dev/sda2, which does not exist");
    host.files["/dev/plain"] = "";
    CHECK(on("btrfs /dev/plain") == "its file system is on /dev/plain, which is not a block device");
}

TEST_CASE("unreadable files on the way to the disks are reported, and are no failure") {
    DiskHost sample;
    const auto prepare = [](DiskHost& host) {
        host.add_image("/images/btrfs/b.img", {0, 44});
        host.add_node("/dev/sdb", {8, 16});
        Domain domain;
        Disk disk;
        disk.type = "file";
        disk.device = "disk";
        disk.source = "/images/btrfs/b.img";
        domain.disks.push_back(disk);
        return domain;
    };
    const Domain domain = prepare(sample);
    FaultyHost counter(sample.machine, FaultyHost::Fault::none, 0);
    HostFacts facts;
    read_disk_facts(counter, domain, facts);
    CHECK(facts.images["/images/btrfs/b.img"].devices == std::vector<std::string>{"sdb"});
    REQUIRE(counter.accesses() > 5);
    for (unsigned at = 1; at <= counter.accesses(); ++at)
        for (const int error : {EACCES, EIO, ENOENT}) {
            CAPTURE(at);
            CAPTURE(error);
            DiskHost host;
            prepare(host);
            FaultyHost faulty(host.machine, FaultyHost::Fault::fail, at, error);
            HostFacts found;
            read_disk_facts(faulty, domain, found);
            const ImageFacts& image = found.images["/images/btrfs/b.img"];
            CHECK((!image.devices.empty() || !image.problem.empty()));
        }
}
