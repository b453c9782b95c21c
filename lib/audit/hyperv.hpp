// What rules and suggestions share of Hyper-V enlightenments.
#pragma once

#include "read/xml_element.hpp"

#include <array>
#include <string_view>

namespace hostlease {

/// Enlightenments that Windows before 10 does without.
inline constexpr std::array<std::string_view, 9> not_for_legacy_windows{
    "vpindex", "runtime", "synic", "stimer", "frequencies", "reenlightenment", "tlbflush", "ipi", "evmcs"};

/// <hyperv mode='passthrough'> (and newer modes like it): QEMU has all that KVM offers on, and libvirt ignores what is
/// inside of <hyperv>. Source: virDomainFeaturesHyperVDefParse and qemuBuildCpuCommandLine (libvirt 9.0).
bool takes_all_enlightenments(XmlElement root);

} // namespace hostlease
