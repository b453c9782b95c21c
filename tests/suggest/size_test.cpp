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

std::string with_vcpus(unsigned count, const std::string& body) {
    return body_of("<memory>4194304</memory>" + body, {.groups = {}, .vcpus = count}).substr(24);
}
std::string with_memory(std::uint64_t mib, const std::string& body) {
    return body_of(body, {.groups = {}, .memory = mib << 20U});
}
} // namespace

TEST_CASE("as many vCPUs") {
    CHECK(with_vcpus(4, "<vcpu placement='static'>2</vcpu>") == "<vcpu placement='static'>4</vcpu>");
    CHECK(with_vcpus(4, "<vcpu current='2'>8</vcpu>") == "<vcpu>4</vcpu>");
    CHECK(with_vcpus(4, "") == "<vcpu>4</vcpu>");
    CHECK(with_vcpus(2, "<vcpu>2</vcpu>") == "<vcpu>2</vcpu>");
    CHECK(with_vcpus(2, "<vcpu>1</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/></vcpus>") == "<vcpu>2</vcpu>");
}

TEST_CASE("pins and scheduling of vCPUs that are gone go") {
    CHECK(with_vcpus(2,
                     "<vcpu>4</vcpu><cputune><vcpupin vcpu='1' cpuset='1'/><vcpupin vcpu='3' cpuset='3'/><vcpusched vcpus='0-2' "
                     "scheduler='batch'/><vcpusched vcpus='3' scheduler='idle'/></cputune>") ==
          "<vcpu>2</vcpu><cputune><vcpupin vcpu='1' cpuset='1'/><vcpusched vcpus='0-1' scheduler='batch'/></cputune>");
}

TEST_CASE("the topology and the cells follow the number of vCPUs") {
    CHECK(with_vcpus(6, "<vcpu>4</vcpu><cpu><topology sockets='1' dies='1' cores='2' threads='2'/></cpu>") ==
          "<vcpu>6</vcpu><cpu><topology sockets='1' dies='1' cores='3' threads='2'/></cpu>");
    CHECK(with_vcpus(3, "<vcpu>4</vcpu><cpu><topology sockets='2' cores='1' threads='2'/></cpu>") ==
          "<vcpu>3</vcpu><cpu><topology sockets='1' cores='3' threads='1'/></cpu>");
    const std::string cells =
        "<vcpu>4</vcpu><cpu><numa><cell id='0' cpus='0-1' memory='2' unit='GiB'/><cell id='1' cpus='2-3' memory='2' "
        "unit='GiB'/></numa></cpu>";
    CHECK(with_vcpus(8, cells) ==
          "<vcpu>8</vcpu><cpu><numa><cell id='0' cpus='0-3' memory='2' unit='GiB'/><cell id='1' cpus='4-7' "
          "memory='2' unit='GiB'/></numa></cpu>");
    CHECK(body_of("<memory>4194304</memory>" + cells, {.groups = {}, .vcpus = 5}) ==
          "--vcpus 5 cannot be shared out evenly to the guest's 2 NUMA cells; give a multiple of 2");
}

TEST_CASE("as much memory") {
    CHECK(with_memory(8192, "<memory unit='GiB'>4</memory>") ==
          "<memory unit='GiB'>8</memory><currentMemory unit='GiB'>8</currentMemory>");
    CHECK(with_memory(1536, "<memory unit='GiB'>4</memory><currentMemory unit='KiB'>1</currentMemory>") ==
          "<memory unit='MiB'>1536</memory><currentMemory unit='KiB'>1572864</currentMemory>");
    CHECK(with_memory(4096, "<memory>1024</memory>") ==
          "<memory unit='GiB'>4</memory><currentMemory unit='GiB'>4</currentMemory>");
    CHECK(with_memory(4096, "<memory>4194304</memory>") == "<memory>4194304</memory>");
    CHECK(with_memory(6144, "<memory unit='GiB'>4</memory><vcpu>2</vcpu><cpu><numa><cell cpus='0' memory='2' unit='GiB'/><cell "
                            "cpus='1' memory='2' "
                            "unit='GiB'/></numa></cpu>") ==
          "<memory unit='GiB'>6</memory><currentMemory unit='GiB'>6</currentMemory><vcpu>2</vcpu><cpu><numa><cell cpus='0' "
          "memory='3' "
          "unit='GiB'/><cell cpus='1' memory='3' unit='GiB'/></numa></cpu>");
    CHECK(with_memory(6144, "<maxMemory slots='2' unit='GiB'>5</maxMemory><memory unit='GiB'>4</memory>") ==
          "--memory 6 GiB is above <maxMemory>, 5 GiB");
}
