#include "fault/fault_machine.hpp"

#include "core/parse.hpp"
#include "engine/verify.hpp"

#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>

namespace hostlease::test {

namespace {
constexpr unsigned default_stride = 149;

unsigned number_of(const char* variable, unsigned otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : parse_integer<unsigned>(text).value_or(otherwise);
}

/// Selects the cases to run.
class Sample {
  public:
    explicit Sample(unsigned weight)
        : stride_(std::max(1U, number_of("HOSTLEASE_FAULT_STRIDE", default_stride) / weight)) {}

    bool takes_next() { return next_++ % stride_ == first_; }
    [[nodiscard]] unsigned seen() const { return next_; }
    [[nodiscard]] std::string text() const {
        return "one in " + std::to_string(stride_) + ", HOSTLEASE_FAULT_SEED=" + std::to_string(first_);
    }

  private:
    unsigned stride_;
    unsigned first_ = number_of("HOSTLEASE_FAULT_SEED", 0) % stride_;
    unsigned next_ = 0;
};

/// The expected host if nothing goes wrong.
struct Reference {
    std::vector<Access> accesses;
    HostState state;
    std::vector<Lease> leases;
};

/// The parts of the leases that determine the state of the host.
std::vector<std::pair<std::vector<Claim>, Isolation>> wishes_of(const std::vector<Lease>& leases) {
    std::vector<std::pair<std::vector<Claim>, Isolation>> wishes;
    for (const auto& lease : leases)
        wishes.emplace_back(lease.claims, lease.isolation);
    return wishes;
}

bool was_any_refused(const LedgerContent& ledger) {
    return std::any_of(ledger.records.begin(), ledger.records.end(),
                       [](const auto& record) { return record.refused.has_value(); });
}

Reference make_reference(Stage stage) {
    Reference reference;
    FaultyHost recorder(stage.world.host, FaultyHost::Fault::none, 0);
    recorder.record(reference.accesses);
    stage.libvirt_goes_on(stage.call(recorder));
    CHECK(stage.reconcile_now() == "");
    reference.state = state_of(stage.world.host);
    reference.leases = stage.world.ledger().leases;
    return reference;
}

std::string ledger_fault(World& world) {
    const auto ledger = Ledger::peek(world.host);
    if (!ledger) return ledger.error().text();
    if (!ledger->unreadable.empty()) return ledger->unreadable.front().error.text();
    return ledger->problems.empty() ? std::string{} : ledger->problems.front().text();
}

/// A single case.
class Play {
  public:
    Play(const Stage& stage, const Reference& reference, const Mishap& mishap, unsigned at)
        : stage_(stage), reference_(reference), mishap_(mishap), at_(at) {}

    /// What was wrong in the end, in words; "" if nothing was.
    std::string run() {
        FaultyHost faulty(stage_.world.host, mishap_.fault, at_, mishap_.error,
                          [&](const Access& access) { mishap_.meddling(stage_, access, outside_); });
        const auto outcome = stage_.call(faulty);
        for (const auto& check : {&Play::check_ledger, &Play::check_wanted_state, &Play::check_without_vm,
                                  &Play::check_all_stopped}) {
            if (check == &Play::check_wanted_state) come_after(outcome);
            if (const auto fault = (this->*check)(); !fault.empty()) return fault;
        }
        return {};
    }

  private:
    void come_after(const CallOutcome& outcome) {
        switch (mishap_.aftermath) {
        case Aftermath::libvirt_goes_on: return stage_.libvirt_goes_on(outcome);
        case Aftermath::daemon_died: stage_.world.libvirt.kill_daemon(); return stage_.daemon_comes_back();
        case Aftermath::all_died:
            stage_.world.libvirt.quit(stage_.vm);
            return stage_.world.libvirt.kill_daemon();
        case Aftermath::cpu_comes_back:
            stage_.libvirt_goes_on(outcome);
            static_cast<void>(stage_.reconcile_now());
            return stage_.world.host.set_online(CpuSet::range(0, 7));
        case Aftermath::other_vm_is_gone:
            stage_.libvirt_goes_on(outcome);
            for (auto& other : stage_.others)
                if (other.pid == 0) stage_.tear_down(other);
        }
    }

    std::string check_ledger() { return ledger_fault(stage_.world); }

    /// Checks that wanted values are in force after the next call has converged.
    std::string check_wanted_state() {
        if (auto fault = stage_.reconcile_now(); !fault.empty()) return "reconcile: " + fault;
        const auto ledger = stage_.world.ledger();
        const auto findings = verify(stage_.world.host, ledger);
        if (!outside_.did_anything() && !findings.empty())
            return "verify: " + findings.front().path + ": " + findings.front().what + ", " +
                   findings.front().current;
        if (was_any_refused(ledger) || wishes_of(ledger.leases) != wishes_of(reference_.leases)) return {};
        return worded("with what is wanted: ",
                      outside_.difference(reference_.state, state_of(stage_.world.host), Moment::vm_runs));
    }

    std::string check_without_vm() {
        if (stage_.vm.pid != 0) stage_.tear_down(stage_.vm);
        if (auto fault = stage_.reconcile_now(); !fault.empty()) return "reconcile without the VM: " + fault;
        const auto ledger = stage_.world.ledger();
        if (was_any_refused(ledger) || wishes_of(ledger.leases) != wishes_of(stage_.leases_before)) return {};
        return worded("without the VM: ",
                      outside_.difference(stage_.before_vm, state_of(stage_.world.host), Moment::vm_is_gone));
    }

    std::string check_all_stopped() {
        for (auto& other : stage_.others)
            stage_.tear_down(other);
        if (auto fault = stage_.reconcile_now(); !fault.empty()) return "the last reconcile: " + fault;
        if (auto fault = ledger_fault(stage_.world); !fault.empty()) return fault;
        const auto ledger = stage_.world.ledger();
        if (!ledger.leases.empty()) return "a lease is left: " + ledger.leases.front().domain;
        if (!ledger.records.empty()) return "a record is left: " + ledger.records.front().path;
        if (!ledger.pools.empty()) return "a pool's record is left: " + ledger.pools.front().path;
        auto fault = outside_.difference(stage_.before, state_of(stage_.world.host), Moment::all_is_over);
        if (!fault.empty()) return fault;
        return outside_.untold(stage_.told.report);
    }

    static std::string worded(const std::string& where, const std::string& fault) {
        return fault.empty() ? fault : where + fault;
    }

    Stage stage_;
    const Reference& reference_;
    const Mishap& mishap_;
    unsigned at_;
    Outside outside_;
};

/// A stage, and its result if nothing goes wrong.
struct Model {
    std::string name;
    Stage stage;
    Reference reference;
};

/// All stages, created once.
const std::vector<Model>& all_models() {
    static const auto models = [] {
        std::vector<Model> list;
        for (const auto& scenario : all_scenarios()) {
            const Stage base(scenario);
            for (const auto operation : all_operations) {
                Stage stage = base;
                if (!stage.lead_to(operation)) continue;
                auto reference = make_reference(stage);
                list.push_back(
                    {scenario.name + ", " + to_text(operation), std::move(stage), std::move(reference)});
            }
        }
        return list;
    }();
    return models;
}

unsigned try_at_each_access(const Model& model, Mishaps mishaps, Sample& sample) {
    unsigned tried = 0;
    for (unsigned at = 1; at <= model.reference.accesses.size(); ++at) {
        const Access& access = model.reference.accesses[at - 1];
        for (const auto& mishap : mishaps(access)) {
            if (!sample.takes_next()) continue;
            const std::string fault = Play(model.stage, model.reference, mishap, at).run();
            CHECK_MESSAGE(fault == "", mishap.name << " at access " << at << ", " << access.path);
            ++tried;
        }
    }
    return tried;
}
} // namespace

unsigned try_everywhere(Mishaps mishaps, unsigned weight) {
    Sample sample(weight);
    unsigned tried = 0;
    for (const auto& model : all_models()) {
        CAPTURE(model.name);
        tried += try_at_each_access(model, mishaps, sample);
    }
    MESSAGE("points tried: ", tried, " of ", sample.seen(), ", ", sample.text());
    CHECK(tried > 0);
    return sample.seen();
}

} // namespace hostlease::test
