// Judges of the result of `suggest` besides the audit: the planner and libvirt.
#pragma once

#include "suggest_request.hpp"

namespace hostlease {

/// Plans a start on this host under the policy of the subject; refuses XML whose plan has errors. Both
/// arguments must outlive the judge.
Judge planning_judge(Host& host, const SuggestSubject& subject);

/// Lets libvirt check the XML against its schema, if virt-xml-validate is installed, and convert it to QEMU's
/// command line; defines and starts nothing. `uri` "" is qemu:///system. ErrorKind::refused without a
/// read-write connection, which the conversion needs.
Result<Judge> libvirt_judge(const std::string& uri);

} // namespace hostlease
