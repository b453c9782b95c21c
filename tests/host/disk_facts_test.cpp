#include "host/disk_facts.hpp"

#include "support/fake_host.hpp"

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
        files["/proc/self/mountinfo"] = "22 1 0:21 / / rw - overlay overlay rw\n"
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
        REQUIRE(read_disk_facts(machine, domain, facts));
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

TEST_CASE("files lead to the disks of their file system, also in a loop device and where its numbers are made up") {
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
    host.add_image("/images/inner.img", {7, 0}); // in itself
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

TEST_CASE("what cannot be read is an error, not a disk that is not there") {
    DiskHost host;
    host.add_image("/images/btrfs/b.img", {0, 44});
    host.files.erase("/proc/self/mountinfo");
    Domain domain;
    Disk disk;
    disk.type = "file";
    disk.device = "disk";
    disk.source = "/images/btrfs/b.img";
    domain.disks.push_back(disk);
    HostFacts facts;
    CHECK_FALSE(read_disk_facts(host.machine, domain, facts));
}
