// --vcpus and --memory.
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string body_of(const std::string& body, const Wishes& wishes) {
    const std::string text = "<domain type='kvm'><name>vm</name>" + body + "</domain>";
    const auto suggestion = suggest_for(text, large_scene(), wishes);
    if (!suggestion) return suggestion.error();
    const auto begin = suggestion->text.find("</name>") + 7;
    return suggestion->text.substr(begin, suggestion->text.rfind("</domain>") - begin);
}

std::string notes_of(const std::string& body, const Wishes& wishes) {
    std::string text;
    for (const auto& note :
         settled("<domain type='kvm'><name>vm</name>" + body + "</domain>", large_scene(), wishes).notes)
        text += note.text + "\n";
    return text;
}

std::string with_vcpus(unsigned count, const std::string& body) {
    return body_of("<memory>4194304</memory>" + body, {.groups = {}, .vcpus = count}).substr(24);
}
std::string with_memory(std::uint64_t mib, const std::string& body) {
    return body_of(body, {.groups = {}, .memory = mib << 20U});
}
} // namespace

TEST_CASE("the number of vCPUs") {
    CHECK(with_vcpus(4, "<vcpu placement='static'>2</vcpu>") == "<vcpu placement='static'>4</vcpu>");
    CHECK(with_vcpus(4, "<vcpu current='2'>8</vcpu>") == "<vcpu>4</vcpu>");
    CHECK(with_vcpus(4, "") == "<vcpu>4</vcpu>");
    CHECK(with_vcpus(2, "<vcpu>2</vcpu>") == "<vcpu>2</vcpu>");
    CHECK(with_vcpus(2, "<vcpu>1</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/></vcpus>") ==
          "<vcpu>2</vcpu>");
}

TEST_CASE("more vCPUs than the machine type has are refused, and more than 255 need an IOMMU") {
    const auto error_of = [](const std::string& machine, unsigned vcpus, const std::string& devices = "",
                             unsigned long libvirt = 0) {
        auto scene = large_scene();
        scene.libvirt_version = libvirt;
        const auto text = document_of("<os><type arch='x86_64' machine='" + machine + "'>hvm</type></os>" +
                                      "<devices>" + devices + "</devices>");
        const auto suggestion = suggest_for(text, scene, {.groups = {}, .vcpus = vcpus});
        return suggestion ? std::string() : suggestion.error();
    };
    const std::string iommu = "<iommu model='intel'><driver intremap='on' eim='on'/></iommu>";
    const std::string without_eim = "<iommu model='intel'><driver eim='off'/></iommu>";
    CHECK(error_of("pc-i440fx-7.2", 255) == "");
    CHECK(error_of("pc-i440fx-7.2", 256) ==
          "--vcpus 256 exceeds the 255 vCPUs of machine type 'pc-i440fx-7.2'; q35 allows more");
    CHECK(error_of("pc-q35-7.2", 300, iommu) == "--vcpus 300 exceeds the 288 vCPUs of machine type "
                                                "'pc-q35-7.2'; newer q35 machine types allow more");
    CHECK(error_of("pc-q35-8.2", 300, iommu) == "");
    CHECK(error_of("pc-q35-8.2", 1025, iommu).find("exceeds the 1024 vCPUs") != std::string::npos);
    CHECK(error_of("pc-q35-10.0", 1025, iommu) == "");
    CHECK(error_of("pc-q35-rhel9.2.0", 1025, iommu) == "");
    CHECK(error_of("pc-q35-7.2", 260).find("--vcpus 260 needs an IOMMU") == 0);
    CHECK(error_of("pc-q35-7.2", 260, iommu) == "");
    CHECK(error_of("pc-q35-7.2", 260, "", 10'010'000) == "");
    CHECK(error_of("pc-q35-7.2", 260, without_eim, 10'010'000).find("needs an IOMMU") != std::string::npos);
}

TEST_CASE("pins and scheduling of removed vCPUs are removed") {
    CHECK(with_vcpus(2, "<vcpu>4</vcpu><cputune><vcpupin vcpu='1' cpuset='1'/><vcpupin vcpu='3' "
                        "cpuset='3'/><vcpusched vcpus='0-2' "
                        "scheduler='batch'/><vcpusched vcpus='3' scheduler='idle'/></cputune>") ==
          "<vcpu>2</vcpu><cputune><vcpupin vcpu='1' cpuset='1'/><vcpusched vcpus='0-1' "
          "scheduler='batch'/></cputune>");
}

TEST_CASE("lists of all vCPUs include new ones, and a message names settings that new ones lack") {
    const std::string list = "<vcpusched vcpus='0-3' scheduler='fifo' priority='1'/>"
                             "<cachetune vcpus='0-3'><cache id='0' level='3' type='both' size='3' "
                             "unit='MiB'/><monitor level='3' vcpus='0-3'/><monitor level='3' vcpus='2'/>"
                             "</cachetune><memorytune vcpus='0-3'><node id='0' bandwidth='60'/></memorytune>";
    auto longer = list;
    for (auto at = longer.find("0-3"); at != std::string::npos; at = longer.find("0-3"))
        longer.replace(at, 3, "0-7");
    const auto tuned = [](const std::string& inside) { return "<cputune>" + inside + "</cputune>"; };
    CHECK(with_vcpus(8, "<vcpu>4</vcpu>" + tuned(list)) == "<vcpu>8</vcpu>" + tuned(longer));
    const std::string some = "<vcpusched vcpus='1-3' scheduler='fifo' priority='1'/>";
    CHECK(with_vcpus(8, "<vcpu>4</vcpu>" + tuned(some)) == "<vcpu>8</vcpu>" + tuned(some));
    const auto notes =
        notes_of("<memory>4194304</memory><vcpu>4</vcpu>" + tuned(some), {.groups = {}, .vcpus = 8});
    CHECK(notes == "no <vcpusched> lists the new vCPU 4-7: vCPU 1-3 have settings of their own\n");
    CHECK(notes_of("<memory>4194304</memory><vcpu>4</vcpu>" + tuned(list), {.groups = {}, .vcpus = 8}) == "");
}

TEST_CASE("the topology and the cells follow the number of vCPUs") {
    CHECK(with_vcpus(6, "<vcpu>4</vcpu><cpu><topology sockets='1' dies='1' cores='2' threads='2'/></cpu>") ==
          "<vcpu>6</vcpu><cpu><topology sockets='1' dies='1' cores='3' threads='2'/></cpu>");
    CHECK(with_vcpus(3, "<vcpu>4</vcpu><cpu><topology sockets='2' cores='1' threads='2'/></cpu>") ==
          "<vcpu>3</vcpu><cpu><topology sockets='1' cores='3' threads='1'/></cpu>");
    const std::string cells = "<vcpu>4</vcpu><cpu><numa><cell id='0' cpus='0-1' memory='2' unit='GiB'/><cell "
                              "id='1' cpus='2-3' memory='2' "
                              "unit='GiB'/></numa></cpu>";
    CHECK(with_vcpus(8, cells) ==
          "<vcpu>8</vcpu><cpu><numa><cell id='0' cpus='0-3' memory='2' unit='GiB'/><cell id='1' cpus='4-7' "
          "memory='2' unit='GiB'/></numa></cpu>");
    CHECK(
        body_of("<memory>4194304</memory>" + cells, {.groups = {}, .vcpus = 5}) ==
        "--vcpus 5 cannot be divided evenly among the guest's 2 NUMA cells with vCPUs; use a multiple of 2");
}

TEST_CASE("the amount of memory") {
    CHECK(with_memory(8192, "<memory unit='GiB'>4</memory>") ==
          "<memory unit='GiB'>8</memory><currentMemory unit='GiB'>8</currentMemory>");
    CHECK(with_memory(1536, "<memory unit='GiB'>4</memory><currentMemory unit='KiB'>1</currentMemory>") ==
          "<memory unit='MiB'>1536</memory><currentMemory unit='KiB'>1572864</currentMemory>");
    CHECK(with_memory(4096, "<memory>1024</memory>") ==
          "<memory unit='GiB'>4</memory><currentMemory unit='GiB'>4</currentMemory>");
    CHECK(with_memory(4096, "<memory>4194304</memory>") == "<memory>4194304</memory>");
    CHECK(with_memory(6144, "<memory unit='GiB'>4</memory><vcpu>2</vcpu><cpu><numa><cell cpus='0' memory='2' "
                            "unit='GiB'/><cell "
                            "cpus='1' memory='2' "
                            "unit='GiB'/></numa></cpu>") ==
          "<memory unit='GiB'>6</memory><currentMemory "
          "unit='GiB'>6</currentMemory><vcpu>2</vcpu><cpu><numa><cell cpus='0' "
          "memory='3' "
          "unit='GiB'/><cell cpus='1' memory='3' unit='GiB'/></numa></cpu>");
    CHECK(with_memory(6144, "<maxMemory slots='2' unit='GiB'>5</maxMemory><memory unit='GiB'>4</memory>") ==
          "--memory 6 GiB exceeds <maxMemory>, 5 GiB");
}

namespace {
std::string two_cells(const std::string& first, const std::string& second) {
    return "<vcpu>4</vcpu><cpu><numa><cell id='0' " + first + "/><cell id='1' " + second + "/></numa></cpu>";
}
} // namespace

TEST_CASE("a cell with only memory gets no vCPUs") {
    CHECK(with_vcpus(6, two_cells("cpus='0-3' memory='3' unit='GiB'", "memory='1' unit='GiB'")) ==
          "<vcpu>6</vcpu><cpu><numa><cell id='0' cpus='0-5' memory='3' unit='GiB'/><cell id='1' memory='1' "
          "unit='GiB'/></numa></cpu>");
}

TEST_CASE("cells keep their share of the memory, in whole pages") {
    const auto gib = [](const std::string& first, const std::string& second) {
        return two_cells("cpus='0-3' memory='" + first + "' unit='GiB'",
                         "memory='" + second + "' unit='GiB'");
    };
    const auto sized = [](unsigned size) {
        const auto text = std::to_string(size) + "</memory><currentMemory unit='GiB'>" + std::to_string(size);
        return "<memory unit='GiB'>" + text + "</currentMemory>";
    };
    CHECK(with_memory(16 << 10U, "<memory unit='GiB'>8</memory>" + gib("6", "2")) ==
          sized(16) + gib("12", "4"));
    const std::string pages =
        "<memoryBacking><hugepages><page size='1' unit='GiB'/></hugepages></memoryBacking>";
    CHECK(with_memory(9 << 10U, "<memory unit='GiB'>8</memory>" + pages + gib("4", "4")) ==
          sized(9) + pages + gib("4", "5"));
}

TEST_CASE("memory that a virtio-mem device has not requested is not given to the guest") {
    const auto text = with_memory(
        20 << 10U,
        "<maxMemory slots='1' unit='GiB'>64</maxMemory><memory unit='GiB'>16</memory>" +
            two_cells("cpus='0-3' memory='4' unit='GiB'", "memory='4' unit='GiB'") +
            "<devices><memory model='virtio-mem'><target><size unit='GiB'>8</size><node>0</node><block "
            "unit='KiB'>2048</block><requested unit='GiB'>2</requested></target></memory></devices>");
    CHECK(text.find("<memory unit='GiB'>20</memory><currentMemory unit='GiB'>14</currentMemory>") !=
          std::string::npos);
}

TEST_CASE("limits of memory grow with the memory, by as much") {
    const std::string limits = "<memtune><hard_limit unit='GiB'>9</hard_limit><soft_limit unit='KB'>5000001"
                               "</soft_limit><swap_hard_limit>9007199254740991</swap_hard_limit></memtune>";
    const std::string before = "<memory unit='GiB'>8</memory><currentMemory unit='GiB'>8</currentMemory>";
    CHECK(with_memory(16 << 10U, before + limits) ==
          "<memory unit='GiB'>16</memory><currentMemory unit='GiB'>16</currentMemory><memtune><hard_limit "
          "unit='GiB'>17</hard_limit><soft_limit unit='KiB'>13271422</soft_limit>"
          "<swap_hard_limit>9007199254740991</swap_hard_limit></memtune>");
    CHECK(notes_of(before + limits, {.groups = {}, .memory = 16ULL << 30U}) ==
          "<hard_limit> grows with the memory, from 9 GiB to 17 GiB\n"
          "<soft_limit> grows with the memory, from 4.6 GiB to 12.6 GiB\n");
    CHECK(with_memory(4 << 10U, before + limits) ==
          "<memory unit='GiB'>4</memory><currentMemory unit='GiB'>4</currentMemory>" + limits);
}
