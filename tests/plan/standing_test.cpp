#include "plan/standing.hpp"

#include "support/builders.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// A knob like memory.swappiness, but of this form.
Knob knob_of(KnobForm form) {
    Knob knob = *find_knob("memory.swappiness");
    knob.form = form;
    return knob;
}

/// Others may choose 30 while the leases want 10.
Knob served_knob() {
    Knob knob = knob_of(KnobForm::value);
    knob.serves = [](std::string_view found, std::string_view asked) {
        return found == "30" && asked == "10";
    };
    return knob;
}

char letter_of(Standing standing) {
    switch (standing) {
    case Standing::as_wanted: return 'w';
    case Standing::served: return 's';
    case Standing::refused: return 'r';
    case Standing::to_write: return 't';
    case Standing::cut_off: return 'c';
    case Standing::to_take_back: return 'b';
    case Standing::foreign: return 'f';
    case Standing::gone: return 'g';
    case Standing::missing: return 'm';
    case Standing::asleep: return 'a';
    case Standing::unreadable: return 'u';
    case Standing::follows:
    case Standing::wanted_unknown: break;
    }
    return '?';
}

/// One lease wants 10 on a knob with the baseline 60.
struct Leased {
    Knob knob;
    std::vector<Lease> leases{lease_of("a", {claim_on("memory.swappiness", "swappiness", "/x", "10")})};
    std::vector<Wish> wishes = collect_wishes(leases);

    explicit Leased(const Knob& of) : knob(of) { wishes.at(0).knob = &knob; }
    [[nodiscard]] const Wish* wish(bool is_leased) const { return is_leased ? wishes.data() : nullptr; }
};

/// The standings of a target that reads 10, 60, 30 and 7, first while it is leased, then without a lease.
std::string row(const Leased& leased, KnobRecord record, bool is_open, bool is_refused) {
    std::string text;
    for (const bool is_leased : {true, false}) {
        const std::string wanted = is_leased ? "10" : "60";
        record.intended = is_open ? std::optional(wanted) : std::nullopt;
        record.refused = is_refused ? std::optional(wanted) : std::nullopt;
        if (!is_leased) text += ' ';
        for (const auto* value : {"10", "60", "30", "7"})
            text += letter_of(standing_of(leased.knob, record, leased.wish(is_leased), wanted, value));
    }
    return text;
}

/// A row for each record: last written 60, 10 and 30; first settled, then interrupted, then refused.
using Table = std::array<const char*, 9>;

void check_table(const Knob& knob, const Table& expected) {
    const Leased leased(knob);
    const auto* want = expected.begin();
    for (const auto& [is_open, is_refused] : {std::pair(false, false), {true, false}, {false, true}})
        for (const auto* wrote : {"60", "10", "30"}) {
            CAPTURE(wrote);
            CAPTURE(is_open);
            CAPTURE(is_refused);
            KnobRecord record{"memory.swappiness", "swappiness", "/x", "60", wrote, {}, {}, {}};
            CHECK(row(leased, record, is_open, is_refused) == *want++);
        }
}
} // namespace

TEST_CASE("a target's standing depends on the written value, the record and the current value") {
    check_table(knob_of(KnobForm::value), {"wtff fwff", "wtff twff", "wttf fwtf", //
                                           "wccc cwcc", "wccc cwcc", "wccc cwcc", //
                                           "wrff fwff", "wtff twff", "wtrf fwtf"});
}

TEST_CASE("others may choose any value that satisfies the claims, and any value if nothing of ours is left") {
    check_table(served_knob(), {"wtsb swss", "wtsb twff", "wttb fwtf", //
                                "wcsc cwcc", "wcsc cwcc", "wccc cwcc", //
                                "wrsb swss", "wtsb twff", "wtrb fwtf"});
}

TEST_CASE("if the host does not show written values, the record decides") {
    for (const auto form : {KnobForm::interrupt_balancer, KnobForm::command})
        check_table(knob_of(form), {"tttt wwww", "wwww tttt", "tttt tttt", //
                                    "cccc cccc", "cccc cccc", "cccc cccc", //
                                    "trtt wwww", "wwww tttt", "ttrt tttt"});
}

TEST_CASE("an interrupted write to a leased unit is repeated even if the value is already there") {
    check_table(knob_of(KnobForm::unit_cpus), {"wtff fwff", "wtff twff", "wttf fwtf", //
                                               "cccc cwcc", "cccc cwcc", "cccc cwcc", //
                                               "wrff fwff", "wtff twff", "wtrf fwtf"});
}

TEST_CASE("a value that may result from the written one is known") {
    Knob knob = knob_of(KnobForm::value);
    knob.may_become = [](std::string_view wrote, std::string_view found) {
        return wrote == "10" && found == "7";
    };
    check_table(knob, {"wtff fwff", "wtft twft", "wttf fwtf", //
                       "wccc cwcc", "wccc cwcc", "wccc cwcc", //
                       "wrff fwff", "wtft twft", "wtrf fwtf"});
    knob.exactness = Exactness::nearby;                       // what was asked for counts too
    check_table(knob, {"wtff fwff", "wtft twft", "wttf fwtf", //
                       "wccc cwcc", "wccc cwcc", "wccc cwcc", //
                       "wrft fwff", "wtft twft", "wtrt fwtf"});
}

TEST_CASE("the host changes an interrupt's CPUs, but not those that later interrupts start with") {
    const Knob& knob = *find_knob("irqs.affinity");
    const auto stands = [&](const std::string& target, const char* value) {
        const KnobRecord record{"irqs.affinity", target, "/x", "0-7", "0-3", {}, {}, {}};
        return letter_of(standing_of(knob, record, nullptr, "0-7", value));
    };
    CHECK(stands("24 nvme0q1", "2") == 't');
    CHECK(stands("default", "0-3") == 't');
    CHECK(stands("default", "2") == 'f');
    CHECK(stands("default", "0-5") == 'f');
}

TEST_CASE("the reason why a target is unreadable decides whether anything must be done") {
    Knob late = knob_of(KnobForm::value);
    late.phase = Phase::started;
    struct Case {
        Knob knob;
        const char* expected; // leased, then not: absent, absent and asleep, asleep, neither
    };
    for (const auto& [knob, expected] :
         {Case{knob_of(KnobForm::value), "maau gaau"}, Case{late, "uaau gaau"},
          Case{knob_of(KnobForm::unit_cpus), "gaau gaau"}, Case{knob_of(KnobForm::command), "maau gaau"}}) {
        const Leased leased(knob);
        std::string text;
        for (const bool is_leased : {true, false}) {
            if (!is_leased) text += ' ';
            for (const auto obstacle :
                 {Obstacle{true, false}, Obstacle{true, true}, Obstacle{false, true}, Obstacle{}})
                text += letter_of(standing_of(leased.knob, leased.wish(is_leased), obstacle));
        }
        CHECK(text == expected);
    }
}

TEST_CASE("a target without a record is written unless it has the wanted value or satisfies the claims") {
    const auto stands = [](const Knob& knob, const char* value) {
        const Leased leased(knob);
        return letter_of(standing_of_new(leased.wishes[0], "10", value, {}));
    };
    CHECK(stands(knob_of(KnobForm::value), "10") == 'w');
    CHECK(stands(knob_of(KnobForm::value), "60") == 't');
    CHECK(stands(served_knob(), "30") == 's');
    CHECK(stands(served_knob(), "7") == 't');
}
