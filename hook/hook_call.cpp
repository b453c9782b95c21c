#include "hook_call.hpp"

#include "core/foreign_text.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "host/process.hpp"
#include "ledger/ledger.hpp"
#include "read/domain_xml.hpp"

#include <algorithm>
#include <exception>
#include <optional>

namespace hostlease {

namespace {
constexpr std::string_view metadata_namespace = "urn:hostlease:domain:1";

class HookRun {
  public:
    HookRun(Host& host, const HookCall& call, Call& under_way, HookOutcome& outcome)
        : host_(host), call_(call), under_way_(under_way), outcome_(outcome) {}

    Status run() {
        switch (hook_operation(call_.operation, call_.suboperation)) {
        case HookOperation::prepare: return prepare();
        case HookOperation::start: return start();
        case HookOperation::started:
            return with_leased_domain([&](const Domain& domain) { mark_running(host_, domain, under_way_); });
        case HookOperation::reconnect:
            return with_leased_domain(
                [&](const Domain& domain) { reconnect_lease(host_, domain, under_way_); });
        case HookOperation::stopped: return stopped();
        case HookOperation::release: return release();
        case HookOperation::ignored: return {};
        }
        return {};
    }

  private:
    [[nodiscard]] bool ledger_has(std::string_view prefix, std::string_view suffix) const {
        const auto is_it = [&](const auto& name) {
            return name.starts_with(prefix) && name.ends_with(suffix);
        };
        const auto names = host_.list(Ledger::directory);
        // an unreadable directory may have leases: opening it will report the error
        if (!names) return !is_missing(names.error());
        return std::any_of(names->begin(), names->end(), is_it);
    }

    /// Does not count corrupt leases that were set aside.
    [[nodiscard]] bool any_lease() const { return ledger_has("lease-", ".toml"); }
    /// Whether the XML contains the uuid of a lease; a text search instead of a parse.
    bool may_hold_lease() {
        const auto names = host_.list(Ledger::directory);
        if (!names) return !is_missing(names.error());
        return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
            const auto uuid = Ledger::uuid_of_file(name);
            return uuid && xml().find(*uuid) != std::string::npos;
        });
    }

    /// Whether a killed call left an unfinished file.
    [[nodiscard]] bool any_draft() const { return ledger_has(".", ".tmp"); }

    /// Whether some policy may apply. To save time, this does not parse the XML.
    bool any_policy() {
        heads_ = read_policy_heads(host_);
        return heads_.may_match(call_.domain) || xml().find(metadata_namespace) != std::string::npos;
    }

    const std::string& xml() {
        if (!xml_) xml_ = call_.read_xml();
        return *xml_;
    }

    Result<Domain> domain() {
        auto domain = read_domain_xml(xml(), "domain XML");
        if (!domain) return fail(ErrorKind::domain_invalid, domain.error().error_line(1, "hostlease check"));
        outcome_.uuid = domain->uuid;
        return std::move(*domain);
    }

    Status prepare() {
        if (any_policy()) return prepare(TRY(domain()));
        if (may_hold_lease()) give_back_old_lease(leased_uuid());
        return {};
    }

    /// A VM without a policy holds nothing: its lease is left over from an earlier start and was never
    /// released. A value that cannot be restored stays on record and does not prevent the VM from
    /// starting.
    void give_back_old_lease(const std::string& uuid) {
        if (uuid.empty() || !Ledger::has_lease(host_, uuid)) return outcome_.uuid.clear();
        if (const auto released = release_lease(host_, uuid, under_way_); !released)
            under_way_.report.add(Severity::error, released.error().text());
    }

    Status prepare(const Domain& domain) {
        Diagnostics warnings;
        const auto policy = policy_for(host_, heads_, domain, warnings);
        for (const auto& one : warnings.all())
            under_way_.report.add(one.severity, one.text());
        if (!policy) return fail(ErrorKind::policy_invalid, policy.error().error_line(1, "hostlease check"));
        if (!*policy) {
            give_back_old_lease(domain.uuid);
            return {};
        }
        return prepare_lease(host_, domain, **policy, find_caller(host_, call_.caller).value_or(ProcessId{}),
                             under_way_);
    }

    Status start() {
        const bool may_have_policy = any_policy();
        if (!may_have_policy && !may_hold_lease()) return {};
        const auto read = this->domain();
        if (!read && !may_have_policy) return {}; // another VM's lease must not make this start fail
        const Domain domain = TRY(read);
        // the hook was installed after the VM was prepared
        if (!Ledger::has_lease(host_, domain.uuid)) TRY_VOID(prepare(domain));
        if (!Ledger::has_lease(host_, domain.uuid)) {
            outcome_.uuid.clear();
            return {};
        }
        return start_lease(host_, domain, under_way_);
    }

    template <typename Act>
    Status with_leased_domain(Act act) {
        if (!any_lease()) return {};
        const Domain domain = TRY(this->domain());
        if (Ledger::has_lease(host_, domain.uuid))
            act(domain);
        else
            outcome_.uuid.clear();
        return {};
    }

    /// The uuid of the VM from its XML, or by its name if libvirt passed no readable XML.
    std::string leased_uuid() {
        if (const auto known = domain(); known) return known->uuid;
        const auto ledger = Ledger::peek(host_);
        const Lease* lease = ledger ? ledger->find_by_name(call_.domain) : nullptr;
        outcome_.uuid = lease == nullptr ? "" : lease->uuid;
        return outcome_.uuid;
    }

    Status stopped() {
        if (!any_lease()) return {};
        const auto uuid = leased_uuid();
        if (!uuid.empty() && Ledger::has_lease(host_, uuid))
            mark_ending(host_, uuid, under_way_);
        else
            outcome_.uuid.clear();
        return {};
    }

    Status release() {
        if (!any_lease() && !any_draft()) return {};
        const auto uuid = leased_uuid();
        if (uuid.empty() || !(Ledger::has_lease(host_, uuid) || any_draft())) {
            outcome_.uuid.clear();
            return {};
        }
        return release_lease(host_, uuid, under_way_);
    }

    Host& host_;
    const HookCall& call_;
    Call& under_way_;
    HookOutcome& outcome_;
    std::optional<std::string> xml_;
    PolicyHeads heads_;
};

/// libvirt also runs the hook for qemu:///session, as the ordinary user who owns the VM. Such a VM leases
/// nothing and does not affect the host's leases. Source: virHookCheck in src/util/virhook.c, libvirt 9.0 to
/// 11.3.
bool is_of_a_session(Host& host) { return host.user() != 0 && host.is_machine(); }

bool may_fail(HookOperation operation) {
    return operation == HookOperation::prepare || operation == HookOperation::start ||
           operation == HookOperation::release;
}
} // namespace

HookOperation hook_operation(std::string_view operation, std::string_view suboperation) {
    struct Row {
        std::string_view operation;
        std::string_view suboperation;
        HookOperation meaning;
    };
    constexpr Row table[] = {
        {"prepare", "begin", HookOperation::prepare}, {"start", "begin", HookOperation::start},
        {"started", "begin", HookOperation::started}, {"stopped", "end", HookOperation::stopped},
        {"release", "end", HookOperation::release},   {"reconnect", "begin", HookOperation::reconnect}};
    for (const auto& row : table)
        if (row.operation == operation && row.suboperation == suboperation) return row.meaning;
    return HookOperation::ignored;
}

HookOutcome run_hook(Host& host, const HookCall& call) {
    HookOutcome outcome;
    if (is_of_a_session(host)) return outcome;
    Call under_way;
    under_way.timing.operation = call.operation;
    under_way.timing.began = host.now();
    Status status;
    try {
        status = HookRun(host, call, under_way, outcome).run();
    } catch (const std::exception& exception) {
        status = fail(ErrorKind::bug, std::string("unexpected: ") + exception.what());
    }
    outcome.report = std::move(under_way.report);
    outcome.timing = std::move(under_way.timing);
    if (status) return outcome;
    outcome.reason = printable("hostlease: VM '" + std::string(beginning(call.domain, 256)) +
                               "': " + status.error().text());
    outcome.report.add(Severity::error, status.error().text());
    if (may_fail(hook_operation(call.operation, call.suboperation)))
        outcome.code = exit_code_of(status.error().kind);
    return outcome;
}

} // namespace hostlease
