// Network cards. Each remedy changes all cards that its rule applies to.
#include "advice/audit/device_facts.hpp"
#include "advice/suggest/scene.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
constexpr unsigned most_queues = 8;

/// The cards that QEMU emulates; with `only_virtio` only the virtio cards.
std::vector<XmlNode*> cards(SuggestScene& scene, bool only_virtio = true) {
    auto list = scene.devices("interface");
    std::erase_if(list, [&](XmlNode* card) {
        return !is_emulated(card) || (only_virtio && !is_virtio_card(card, scene.domain()));
    });
    return list;
}

/// An address of another bus is for the old model only: libvirt 9.0 starts no such VM, "Unexpected address
/// type for 'virtio-net'".
void make_virtio(XmlNode& card) {
    card.ensure("model").set_attribute("type", "virtio");
    const auto type = attribute(card.find("address"), "type");
    if (type == "usb" || type == "isa" || type == "spapr-vio") card.remove("address");
}

void set_model(SuggestScene& scene, const AuditFinding&) {
    bool changes = false;
    for (XmlNode* card : cards(scene, false)) {
        if (is_virtio_card(card, scene.domain()) || scene.keeps_model(*card)) continue;
        make_virtio(*card);
        changes = true;
    }
    if (!changes) return;
    scene.warn(scene.audit.guest == Guest::windows ? "network cards become virtio: first install the driver "
                                                     "in Windows (NetKVM), or Windows has no network"
                                                   : "network cards become virtio: make sure that the "
                                                     "guest's network settings do not name the old card");
}

void set_vhost(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* card : cards(scene, false)) {
        if (card->attribute("type") == "user") {
            scene.tell(
                "a network card stays on the user-mode network: choose a network or bridge for it yourself");
            continue;
        }
        if (!is_virtio_card(card, scene.domain()) || !is_tap(attribute(card, "type"))) continue;
        if (XmlNode* driver = card->find("driver"); driver != nullptr && driver->attribute("name") == "qemu")
            driver->set_attribute("name", "vhost");
    }
}

void set_queues(SuggestScene& scene, const AuditFinding&) {
    const unsigned wanted = std::min(most_queues, scene.domain().vcpus);
    for (XmlNode* card : cards(scene)) {
        if (!is_tap(attribute(card, "type"))) continue;
        if (has_own_tap(card)) {
            scene.tell("the network card on tap '" + attribute(card->find("target"), "dev") +
                       "' keeps its number of queues: libvirt does not create the tap (managed='no'), so it "
                       "may not have more");
            continue;
        }
        XmlNode& driver = card->ensure("driver");
        const auto chosen = parse_xml_number<unsigned>(attribute(&driver, "queues"));
        if (chosen && *chosen <= wanted) continue; // the owner may choose fewer queues than vCPUs
        if (!driver.attribute("name")) driver.set_attribute("name", "vhost");
        driver.set_attribute("queues", std::to_string(wanted));
    }
}

void set_ring(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* card : cards(scene)) {
        XmlNode& driver = card->ensure("driver");
        const auto type = attribute(card, "type");
        const auto sent = parse_xml_number<unsigned>(driver.attribute("tx_queue_size").value_or(""));
        if (sent && *sent > 256 && type != "vhostuser") driver.remove_attribute("tx_queue_size");
        if (!driver.attribute("rx_queue_size")) driver.set_attribute("rx_queue_size", "1024");
    }
}

void set_offloads(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* card : cards(scene))
        for (const char* side : {"driver/host", "driver/guest"})
            if (XmlNode* offloads = card->find(side);
                offloads != nullptr && offloads->attribute("ufo") == "on")
                offloads->remove_attribute("ufo");
}

constexpr Remedy remedies[] = {{"NET-MODEL", set_model},
                               {"NET-VHOST", set_vhost},
                               {"NET-QUEUES", set_queues},
                               {"NET-RING", set_ring},
                               {"NET-OFFLOADS", set_offloads}};
constexpr GroupSetter setter{
    .group = RuleGroup::network, .by_default = false, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& network_setter() { return setter; }

} // namespace hostlease
