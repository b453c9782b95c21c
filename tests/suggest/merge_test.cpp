// A fragment is merged into the element that libvirt treats as the same, and nothing remains that libvirt
// refuses along with it.
#include "advice/suggest/merge.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace hostlease;

namespace {
std::string merged(const std::string& inside, const std::string& fragment) {
    auto edit = XmlEdit::open("<domain>" + inside + "</domain>");
    if (!edit) FAIL(edit.error().message);
    CHECK(merge_xml(edit->root(), fragment));
    const auto text = edit->text();
    return text == "<domain/>" ? std::string() : text.substr(8, text.size() - 17);
}

std::string device(const std::string& xml) { return "<devices>" + xml + "</devices>"; }
} // namespace

TEST_CASE("a new attribute removes those that it excludes") {
    CHECK(merged("<cpu mode='host-passthrough'><cache level='3' mode='emulate'/></cpu>",
                 "<cpu><cache mode='passthrough'/></cpu>") ==
          "<cpu mode='host-passthrough'><cache mode='passthrough'/></cpu>");
    CHECK(merged("<cpu><cache level='3' mode='emulate'/></cpu>", "<cpu><cache mode='disable'/></cpu>") ==
          "<cpu><cache mode='disable'/></cpu>");
    CHECK(merged("<clock><timer name='pit' tickpolicy='catchup'><catchup limit='9'/></timer></clock>",
                 "<clock><timer name='pit' tickpolicy='delay'/></clock>") ==
          "<clock><timer name='pit' tickpolicy='delay'/></clock>");
    CHECK(merged("<clock><timer name='rtc' track='wall'><catchup limit='9'/></timer></clock>",
                 "<clock><timer name='rtc' tickpolicy='catchup'/></clock>") ==
          "<clock><timer name='rtc' track='wall' tickpolicy='catchup'><catchup limit='9'/></timer></clock>");
    CHECK(merged("<memoryBacking><source type='anonymous'/><access mode='private'/><allocation "
                 "mode='ondemand'/></memoryBacking>",
                 "<memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages></memoryBacking>") ==
          "<memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages><access "
          "mode='private'/></memoryBacking>");
    CHECK(merged(device("<memballoon model='virtio' autodeflate='on'><stats period='5'/><address "
                        "type='pci'/></memballoon>"),
                 device("<memballoon model='none'/>")) == device("<memballoon model='none'/>"));
    CHECK(merged(device("<tpm model='tpm-tis'><backend type='passthrough'><device "
                        "path='/dev/tpm0'/></backend></tpm>"),
                 device("<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>")) ==
          device("<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"));
}

TEST_CASE("repeated elements are distinguished like in libvirt") {
    const std::string ports = "<controller type='virtio-serial' index='0'/>";
    const std::string scsi = "<controller type='scsi' index='0' model='virtio-scsi'/>";
    CHECK(merged(device(ports), device(scsi)) == device(ports + scsi));
    CHECK(merged(device("<controller type='scsi'/>"), device(scsi)) == device(scsi));
    CHECK(merged(device("<controller type='scsi' index='1'/>"), device(scsi)) ==
          device("<controller type='scsi' index='1'/>" + scsi));
    const std::string companion =
        "<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>";
    CHECK(merged(device(companion + "<controller type='usb' index='0' model='ich9-ehci1'/>"),
                 device("<controller type='usb' index='0' model='qemu-xhci'/>")) ==
          device(companion + "<controller type='usb' index='0' model='qemu-xhci'/>"));
    const std::string disk = "<disk type='file'><target dev='vda'/></disk>";
    CHECK(merged(device(disk), device("<disk type='file'><target dev='vdb'/></disk>")) ==
          device(disk + "<disk type='file'><target dev='vdb'/></disk>"));
    const std::string agent =
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";
    const std::string spice =
        "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>";
    CHECK(merged(device(spice), device(agent)) == device(spice + agent));
    CHECK(merged(device(spice + agent), device(agent)) == device(spice + agent));
    CHECK(merged(
              "<memoryBacking><hugepages><page size='1' unit='GiB' nodeset='1'/></hugepages></memoryBacking>",
              "<memoryBacking><hugepages><page size='2' unit='MiB' "
              "nodeset='0'/></hugepages></memoryBacking>") ==
          "<memoryBacking><hugepages><page size='1' unit='GiB' nodeset='1'/><page size='2' unit='MiB' "
          "nodeset='0'/></hugepages></memoryBacking>");
}

TEST_CASE("a CPU without a model or a mode gets no features") {
    const std::string fragment = "<cpu><feature policy='require' name='topoext'/></cpu>";
    CHECK(merged("<cpu><topology cores='2'/></cpu>", fragment) == "<cpu><topology cores='2'/></cpu>");
    CHECK(merged("<cpu mode='host-model'/>", fragment) ==
          "<cpu mode='host-model'><feature policy='require' name='topoext'/></cpu>");
    CHECK(merged("<cpu><model>EPYC</model></cpu>", fragment) ==
          "<cpu><model>EPYC</model><feature policy='require' name='topoext'/></cpu>");
}
