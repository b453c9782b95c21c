// Network cards.
#include "audit/network.hpp"

#include "audit/elements.hpp"
#include "audit/rule.hpp"
#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#network-interfaces";
constexpr unsigned most_queues = 8;

std::string_view model_of(XmlElement card) { return attribute(find(card, "model"), "type"); }

bool is_virtio(const AuditInput& input, XmlElement card) {
    const auto model = model_of(card);
    return model.starts_with("virtio") || (model.empty() && is_virtio_by_default(input.domain));
}

/// Passed through whole; QEMU has no part in it.
bool is_emulated(XmlElement card) {
    const auto type = attribute(card, "type");
    return type != "hostdev" && type != "vdpa";
}

std::string name_of(XmlElement card) {
    const auto mac = attribute(find(card, "mac"), "address");
    return "network card" + (mac.empty() ? "" : " " + std::string(mac));
}

/// A finding for each card that `fault` says something of; with `only_virtio`, for each of virtio.
template <typename Fault>
void each_card(const AuditInput& input, bool only_virtio, AuditOutcome& outcome, Fault fault) {
    auto list = find_all(input.root, "devices/interface");
    std::erase_if(list, [&](XmlElement card) { return !is_emulated(card) || (only_virtio && !is_virtio(input, card)); });
    if (list.empty()) return outcome.skip(only_virtio ? "there is no virtio network card" : "there is no emulated network card");
    for (const auto card : list)
        fault(card);
}

void check_model(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_card(input, false, outcome, [&](XmlElement card) {
        if (is_virtio(input, card)) return;
        const auto model = model_of(card);
        outcome.fail({.line = line_of(card, "model"),
                      .found = name_of(card) + " is " + (model.empty() ? "libvirt's default model" : std::string(model)),
                      .wanted = "<model type='virtio'/>" +
                                std::string(input.guest == Guest::windows ? "; Windows needs the driver (NetKVM)" : ""),
                      .xml = "<model type='virtio'/>"});
    });
}

void check_vhost(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_card(input, true, outcome, [&](XmlElement card) {
        if (attribute(card, "type") == "user")
            return outcome.fail(
                {.line = card.line(),
                 .found = name_of(card) + " goes through QEMU's user mode network",
                 .wanted = "type='network' or 'bridge'",
                 .xml = "<interface type='network'>\n  <source network='default'/>\n  <model type='virtio'/>\n</interface>"});
        if (attribute(find(card, "driver"), "name") == "qemu")
            outcome.fail({.line = find(card, "driver").line(),
                          .found = name_of(card) + ": packets go through QEMU",
                          .wanted = "<driver name='vhost'/>, which is also the default where the kernel has it",
                          .xml = "<driver name='vhost'/>"});
    });
}

void check_queues(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const unsigned wanted = std::min(most_queues, input.domain.vcpus);
    if (wanted < 2) return outcome.skip("one vCPU needs one queue");
    each_card(input, true, outcome, [&](XmlElement card) {
        const auto driver = find(card, "driver");
        const auto queues = parse_integer<unsigned>(attribute(driver, "queues")).value_or(1);
        if (attribute(card, "type") == "user" || queues == wanted) return;
        outcome.fail({.line = line_of(card, "driver"),
                      .found = name_of(card) + " has " + std::to_string(queues) + (queues == 1 ? " queue" : " queues"),
                      .wanted = "queues='" + std::to_string(wanted) + "': one for each vCPU, up to 8",
                      .xml = "<driver name='vhost' queues='" + std::to_string(wanted) + "'/>"});
    });
}

/// Source: libvirt's formatdomain on tx_queue_size; QEMU 8.1 and newer refuse more than 256 ("Invalid tx_queue_size").
void check_ring(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_card(input, true, outcome, [&](XmlElement card) {
        const auto driver = find(card, "driver");
        const auto sent = parse_integer<unsigned>(attribute(driver, "tx_queue_size"));
        if (sent && *sent > 256 && attribute(card, "type") != "vhostuser" && attribute(card, "type") != "vdpa")
            outcome.fail(
                {.line = driver.line(),
                 .found = name_of(card) + ": tx_queue_size='" + std::to_string(*sent) + "'",
                 .wanted =
                     "take it out: only vhost-user cards may have more than 256. Older QEMU ignores it, newer does not start",
                 .severity = Severity::error});
        const auto received = parse_integer<unsigned>(attribute(driver, "rx_queue_size"));
        if (!received || *received < 1024)
            outcome.fail({.line = line_of(card, "driver"),
                          .found = name_of(card) + ": a receive ring of " + std::to_string(received.value_or(256)),
                          .wanted = "rx_queue_size='1024'",
                          .xml = "<driver name='vhost' rx_queue_size='1024'/>"});
    });
}

void check_offloads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_card(input, true, outcome, [&](XmlElement card) {
        for (const char* side : {"driver/host", "driver/guest"})
            if (attribute(find(card, side), "ufo") == "on")
                outcome.fail({.line = find(card, side).line(),
                              .found = name_of(card) + ": ufo='on'",
                              .wanted = "take it out; the other offloads are on by default"});
    });
}

constexpr RuleMaker rule{.group = RuleGroup::network, .source = libvirt};

constexpr Rule rules[] = {
    rule("NET-MODEL", Severity::warning, virtio_guest, "An emulated card takes an exit to QEMU for each packet.",
         "slow network, load on the host", check_model),
    rule("NET-VHOST", Severity::warning, "vhost moves packets in the kernel.", "slow network, load on the host", check_vhost),
    rule("NET-QUEUES", Severity::note, "One queue is one vCPU's work.", "fast networks are not used in full", check_queues),
    rule("NET-RING", Severity::note,
         "A short ring drops packets while the guest is busy. The guides lengthen both rings; the one for sending may be for "
         "vhost-user "
         "cards only.",
         "lost packets under load", check_ring),
    rule("NET-OFFLOADS", Severity::note,
         "The guides turn all offloads on. They are on by default, and Linux has had no UDP fragmentation offload since 4.14.",
         "none", check_offloads)};
} // namespace

bool is_virtio_by_default(const Domain& domain) {
    const bool is_virt = domain.machine.empty() || domain.machine.starts_with("virt");
    const auto& arch = domain.arch;
    return arch.starts_with("s390") || (is_virt && (arch == "aarch64" || arch.starts_with("arm") || arch.starts_with("riscv")));
}

std::span<const Rule> network_rules() { return rules; }

} // namespace hostlease
