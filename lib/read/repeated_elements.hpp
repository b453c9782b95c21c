// Elements of a domain that libvirt reads even if they occur more than once. Of all other elements that
// libvirt does not refuse, it reads the first. Source: virDomainDefParseXML, virDomainFeaturesDefParse
// (libvirt 9.0, src/conf/domain_conf.c), and virsh define of each.
#pragma once

#include <string_view>

namespace hostlease {

/// libvirt reads elements of each of these names as one, with the first value of each attribute.
inline constexpr std::string_view joined_elements[] = {"devices",
                                                       "cputune",
                                                       "vcpus",
                                                       "iothreadids",
                                                       "clock",
                                                       "memoryBacking",
                                                       "memoryBacking/hugepages",
                                                       "memoryBacking/source",
                                                       "memoryBacking/access",
                                                       "memoryBacking/allocation"};

/// libvirt reads these elements one after the other, so the last value of each feature counts.
inline constexpr std::string_view overriding_elements = "features";

} // namespace hostlease
