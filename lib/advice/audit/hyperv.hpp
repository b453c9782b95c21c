// Hyper-V enlightenments, for rules and suggestions.
#pragma once

#include "read/xml_element.hpp"

#include <array>
#include <string_view>

namespace hostlease {

/// Enlightenments that Windows before 10 does not use.
inline constexpr std::array<std::string_view, 9> not_for_legacy_windows{
    "vpindex", "runtime", "synic", "stimer", "frequencies", "reenlightenment", "tlbflush", "ipi", "evmcs"};

/// Whether <hyperv> has mode 'passthrough', or a newer mode like it: QEMU enables everything that KVM offers,
/// and libvirt ignores the children of <hyperv>. Source: virDomainFeaturesHyperVDefParse and
/// qemuBuildCpuCommandLine (libvirt 9.0).
bool takes_all_enlightenments(XmlElement root);

} // namespace hostlease
