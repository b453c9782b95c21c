#include "ledger/codec.hpp"

#include "core/units.hpp"
#include "core/version.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>

using namespace hostlease;

namespace {
const std::string boot = "0f9c2a4e-0000-4000-8000-000000000001";
const std::string file = "/run/hostlease/lease-x.toml";

const std::vector<std::string> hostile_strings{"",
                                               " ",
                                               "win 11",
                                               "it's \"quoted\"",
                                               "\"\"\"",
                                               "'''",
                                               "a\nb\r\nc",
                                               "\ttab\t",
                                               "[[claim]]\nknob = \"x\"\n",
                                               "# no comment",
                                               "back\\slash \\n \\u0041 \\",
                                               "\x01\x02\x1b[31m\x7f",
                                               std::string("nul\0inside", 10),
                                               "\xc3\x84\xc3\x96 \xe2\x82\xac \xf0\x9f\x90\xa7",
                                               "\xe2\x80\xae\xc2\x85\xef\xbb\xbf",
                                               "$(reboot) `reboot` ${x} %s %n",
                                               "../../etc/passwd",
                                               "*",
                                               "/opt/a*b",
                                               std::string(4096, 'x')};

/// A lease with `text` in every text field.
Lease lease_with(const std::string& text) {
    Lease lease;
    lease.uuid = text;
    lease.domain = text;
    lease.policy = text;
    lease.policy_file = text;
    lease.state = LeaseState::running;
    lease.since = 1'700'000'000;
    lease.order = 123'456'789;
    lease.daemon = {900, 1000};
    lease.qemu = {5000, 7000};
    const auto claim = [&](ClaimTarget target, Phase phase, Enforce enforce) {
        return Claim{text, std::move(target), text, enforce, phase, {text, 7, 3}, text};
    };
    lease.claims = {claim(FileTarget{text, text.empty() ? "/" : text}, Phase::prepare, Enforce::required),
                    claim(EveryTarget{text}, Phase::start, Enforce::best_effort),
                    claim(AwaitsQemu{text, text}, Phase::started, Enforce::required),
                    claim(Limit{LimitKind::isolated}, Phase::prepare, Enforce::required)};
    lease.promises = {{{0, 2 * MiB}, 512}, {{1, GiB}, 4}};
    return lease;
}

RecordsFile records_with(const std::string& text) {
    return {{{text, text, text, text, text, std::nullopt, std::nullopt, {}},
             {text, text + "2", text, text, text, text, text, {{text, text}, {text, text + "2"}}}},
            {{{0, 2 * MiB}, text, 8, 520, std::nullopt}, {{1, GiB}, text, 0, 0, 4}},
            {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// The text with the line of this number replaced; "" removes the line.
std::string with_line(const std::vector<std::string>& lines, std::size_t number,
                      const std::string& replacement) {
    std::string text;
    for (std::size_t index = 0; index < lines.size(); ++index)
        if (const auto& line = index == number ? replacement : lines[index]; !line.empty())
            text += line + "\n";
    return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

/// The error for a lease that must be refused; checks the error's position and kind.
std::string refusal(const std::string& text) {
    const auto lease = decode_lease(text, file);
    if (lease) return "accepted";
    CHECK(lease.error().kind == ErrorKind::ledger_corrupt);
    CHECK(lease.error().path == file);
    CHECK(lease.error().text().starts_with(file));
    CHECK(lease.error().text().find('\n') == std::string::npos);
    return lease.error().text();
}

std::string records_refusal(const std::string& text) {
    const auto records = decode_records(text, file);
    if (records) return "accepted";
    CHECK(records.error().kind == ErrorKind::ledger_corrupt);
    CHECK(records.error().path == file);
    return records.error().text();
}

bool is_refused(const std::string& text) { return refusal(text) != "accepted"; }
bool are_refused(const std::string& text) { return records_refusal(text) != "accepted"; }
} // namespace

TEST_CASE("a lease is read as it was written, whatever its texts contain") {
    for (const auto& text : hostile_strings) {
        CAPTURE(text);
        const Lease lease = lease_with(text);
        const auto back = decode_lease(encode_lease(lease, boot), file);
        REQUIRE(back);
        CHECK(back->value == lease);
        CHECK(back->boot_id == boot);
    }
}

TEST_CASE(
    "timings are read as they were written, whatever operation they name; without any, none are written") {
    using namespace std::chrono_literals;
    for (const auto& text : hostile_strings) {
        CAPTURE(text);
        Lease lease = lease_with("x");
        CHECK(encode_lease(lease, boot).find("timing") == std::string::npos);
        lease.timings = {{text, 1us, 2us, 3us, 4us, 5us}, {"start", 6us, 7us, 8us, 9us, 10us}};
        CHECK(decode_lease(encode_lease(lease, boot), file).value().value == lease);
        RecordsFile records = records_with("x");
        records.timings = {{text, lease.timings[0]}, {"y", lease.timings[1]}};
        CHECK(decode_records(encode_records(records, boot), file).value().value == records);
    }
    Lease lease = lease_with("x");
    lease.timings = {{"start", 1us, 2us, 3us, 4us, 5us}};
    CHECK(is_refused(replaced(encode_lease(lease, boot), "total_usec = 2", "total_usec = -2")));
    CHECK(is_refused(replaced(encode_lease(lease, boot), "total_usec = 2", "total_usec = \"2\"")));
}

TEST_CASE("records are read as they were written, whatever their texts contain") {
    for (const auto& text : hostile_strings) {
        CAPTURE(text);
        const auto records = records_with(text);
        const auto back = decode_records(encode_records(records, text), file);
        REQUIRE(back);
        CHECK(back->value == records);
        CHECK(back->boot_id == text);
    }
}

TEST_CASE("a text from the host that is not UTF-8 is read byte for byte") {
    for (const std::string text : {"caf\xe9", "\xff", "\xc3", "ok \x80\x81 \xed\xa0\x80"}) {
        CAPTURE(text);
        const RecordsFile records{
            {{"sysfs", text, text, text, text, text, text}, {"sysfs", "t", "p", "b", "w", {}, {}}}};
        const auto encoded = encode_records(records, boot);
        CHECK(encoded.find("\nbaseline_bytes = ") != std::string::npos);
        const auto decoded = decode_records(encoded, file);
        REQUIRE(decoded);
        CHECK(decoded->value == records);
        Lease lease = lease_with("plain");
        lease.claims[0].target = FileTarget{text, text};
        lease.claims[1].target = EveryTarget{text};
        lease.claims[2].target = AwaitsQemu{text, text};
        lease.claims[0].value = text;
        const auto lease_again = decode_lease(encode_lease(lease, boot), file);
        REQUIRE(lease_again);
        CHECK(lease_again->value == lease);
    }
}

TEST_CASE("bytes that are not in hexadecimal are refused") {
    const auto encoded = encode_records({{{"sysfs", "t", "p", "\xff", "w", {}, {}}}}, boot);
    const auto at = encoded.find("\"ff\"");
    REQUIRE(at != std::string::npos);
    for (const std::string wrong : {"\"f\"", "\"fg\"", "\"0xff\"", "255", "\"f f\""}) {
        auto text = encoded;
        text.replace(at, 4, wrong);
        CHECK_FALSE(decode_records(text, file));
    }
}

TEST_CASE("ten thousand interrupts on record are read, whatever their baselines") {
    RecordsFile records;
    for (int number = 0; number < 10'000; ++number) {
        const std::string text = std::to_string(number);
        records.records.push_back({.knob = "irqs.affinity",
                                   .target = text + " nvme0q" + text,
                                   .path = "/proc/irq/" + text + "/smp_affinity_list",
                                   .baseline = text,
                                   .wrote = "0-3,6-1023",
                                   .intended = "0-1,6-1023",
                                   .refused = {}});
    }
    const auto text = encode_records(records, "boot");
    CHECK(text.size() > 1024UL * 1024);
    CHECK(decode_records(text, "knobs.toml").value().value == records);
}

TEST_CASE("a lease is read in every state") {
    for (const auto state : {LeaseState::preparing, LeaseState::prepared, LeaseState::starting,
                             LeaseState::running, LeaseState::ending, LeaseState::releasing}) {
        Lease lease = lease_with("x");
        lease.state = state;
        const auto text = encode_lease(lease, boot);
        CHECK(text.find("state = \"" + std::string(to_text(state)) + "\"\n") != std::string::npos);
        const auto back = decode_lease(text, file);
        REQUIRE(back);
        CHECK(back->value.state == state);
    }
}

TEST_CASE("a lease is read with its isolation, and with the conditions of its claims") {
    for (const auto isolation :
         {Isolation::undecided, Isolation::partitioned, Isolation::fallen_back, Isolation::retrying})
        for (const auto condition :
             {Condition::always, Condition::unless_partitioned, Condition::partition, Condition::fallback}) {
            Lease lease = lease_with("x");
            lease.isolation = isolation;
            if (isolation == Isolation::fallen_back) lease.fallback = {"CPU 7 is offline", "uuid-of-another"};
            lease.claims.front().condition = condition;
            const auto back = decode_lease(encode_lease(lease, boot), file);
            REQUIRE(back);
            CHECK(back->value == lease);
        }
}

TEST_CASE("a lease without claims, promises and known processes is read") {
    const auto back = decode_lease(encode_lease(Lease{}, ""), file);
    REQUIRE(back);
    CHECK(back->value == Lease{});
    const auto records = decode_records(encode_records({}, boot), file);
    REQUIRE(records);
    CHECK(records->value == RecordsFile{});
}

TEST_CASE("the largest numbers are read") {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    Lease lease = lease_with("x");
    lease.since = lease.order = lease.daemon.pid = most;
    lease.daemon.start_time = static_cast<std::uint64_t>(most);
    lease.promises = {{{4'294'967'295U, 16 * GiB}, static_cast<std::uint64_t>(most)}};
    lease.claims[0].position.line = lease.claims[0].position.column = 4'294'967'295U;
    const auto back = decode_lease(encode_lease(lease, boot), file);
    REQUIRE(back);
    CHECK(back->value == lease);
}

TEST_CASE("a lease cut off at any byte is refused, or lacks only its end") {
    const Lease lease = lease_with("it's \"x\"\n\xe2\x82\xac");
    const std::string text = encode_lease(lease, boot);
    for (std::size_t length = 0; length < text.size(); ++length) {
        const auto back = decode_lease(text.substr(0, length), file);
        if (!back) {
            CHECK(back.error().kind == ErrorKind::ledger_corrupt);
            continue;
        }
        CAPTURE(length);
        CHECK(back->boot_id == boot);
        CHECK(back->value.uuid == lease.uuid);
        CHECK(back->value.daemon == lease.daemon);
        REQUIRE(back->value.claims.size() <= lease.claims.size());
        CHECK(std::equal(back->value.claims.begin(), back->value.claims.end(), lease.claims.begin()));
        CHECK(back->value.promises.size() <= lease.promises.size());
    }
}

TEST_CASE("records cut off at any byte are refused, or lack only their end") {
    const auto records = records_with("it's \"x\"\n\xe2\x82\xac");
    const std::string text = encode_records(records, boot);
    for (std::size_t length = 0; length < text.size(); ++length) {
        const auto back = decode_records(text.substr(0, length), file);
        if (!back) {
            CHECK(back.error().kind == ErrorKind::ledger_corrupt);
            continue;
        }
        CAPTURE(length);
        const auto& found = back->value;
        REQUIRE(found.records.size() <= records.records.size());
        for (std::size_t index = 0; index < found.records.size(); ++index) {
            CHECK(found.records[index].baseline == records.records[index].baseline);
            CHECK(found.records[index].wrote == records.records[index].wrote);
        }
        REQUIRE(found.pools.size() <= records.pools.size());
        for (std::size_t index = 0; index < found.pools.size(); ++index)
            CHECK(found.pools[index].id == records.pools[index].id);
    }
}

TEST_CASE("a lease with any byte changed never breaks the reader") {
    const std::string text = encode_lease(lease_with("x"), boot);
    std::minstd_rand random(1);
    for (std::size_t at = 0; at < text.size(); ++at)
        for (const char other : {'\0', '\n', '"', '[', '\xff', static_cast<char>(random())}) {
            std::string changed = text;
            changed[at] = other;
            const bool is_later = changed.starts_with("format = ") && at == 9 && other > '2' && other <= '9';
            if (const auto back = decode_lease(changed, file); !back)
                CHECK(back.error().kind == (is_later ? ErrorKind::unsupported : ErrorKind::ledger_corrupt));
        }
}

TEST_CASE("a lease or record without one of its keys is refused") {
    const auto lease = lines_of(encode_lease(lease_with("x"), boot));
    for (std::size_t number = 0; number < lease.size(); ++number) {
        if (lease[number].find(" = ") == std::string::npos) continue;
        CAPTURE(lease[number]);
        const auto key = lease[number].substr(0, lease[number].find(' '));
        // these keys decide what kind of target the claim has
        const bool is_choice = key == "every" || key == "awaits_qemu" || key == "limit";
        CHECK(refusal(with_line(lease, number, ""))
                  .find("key '" + (is_choice ? "target" : key) + "' is missing") != std::string::npos);
    }
    const auto records = lines_of(encode_records(records_with("x"), boot));
    for (std::size_t number = 0; number < records.size(); ++number) {
        if (records[number].find(" = ") == std::string::npos || records[number].starts_with("intended") ||
            records[number].starts_with("refused"))
            continue;
        CAPTURE(records[number]);
        CHECK(are_refused(with_line(records, number, "")));
    }
}

TEST_CASE("a lease or record with a value of another type is refused") {
    const auto lease = lines_of(encode_lease(lease_with("x"), boot));
    const auto records = lines_of(encode_records(records_with("x"), boot));
    for (const std::string value : {"true", "1.5", "1979-05-27", "[]", "[1]", "{}", "nan"}) {
        CAPTURE(value);
        for (std::size_t number = 0; number < lease.size(); ++number)
            if (const auto end = lease[number].find(" = "); end != std::string::npos)
                CHECK(is_refused(with_line(lease, number, lease[number].substr(0, end + 3) + value)));
        for (std::size_t number = 0; number < records.size(); ++number)
            if (const auto end = records[number].find(" = "); end != std::string::npos)
                CHECK(are_refused(with_line(records, number, records[number].substr(0, end + 3) + value)));
    }
}

TEST_CASE("the error names the line and the mistake") {
    const std::string text = encode_lease(lease_with("x"), boot);
    CHECK(refusal(replaced(text, "since = 1700000000", "since = \"now\"")) ==
          file + ":1:1: key 'since' is a string");
    CHECK(refusal("format = 1\nboot_id = \"x\"\n=").starts_with(file + ":3:"));
}

TEST_CASE("an invalid format number is refused") {
    const std::string text = encode_lease(lease_with("x"), boot);
    for (const std::string number : {"0", "-1"}) {
        CHECK(refusal(replaced(text, "format = 2\n", "format = " + number + "\n"))
                  .find("there is no format " + number) != std::string::npos);
        CHECK(are_refused(replaced(encode_records({}, boot), "format = 2\n", "format = " + number + "\n")));
    }
}

TEST_CASE(
    "for a later format, the error says in one line which version wrote it, whatever else it contains") {
    for (const std::string number : {"3", "9223372036854775807"}) {
        const std::string text = "format = " + number + "\nwritten_by = \"9.1\"\nlease = {}\n";
        for (const auto& error : {decode_lease(text, file).error(), decode_records(text, file).error()}) {
            CHECK(error.kind == ErrorKind::unsupported);
            CHECK(error.text() == file + ":1:1: hostlease 9.1 wrote this in format " + number +
                                      ", which hostlease " + std::string(program_version) +
                                      " cannot read; install hostlease 9.1 again (nothing was changed)");
        }
    }
    CHECK(is_refused("format = 3\n"));
}

TEST_CASE("negative counts are refused") {
    const std::string text = encode_lease(lease_with("x"), boot);
    CHECK(refusal(replaced(text, "start_time = 1000", "start_time = -1")).find("'start_time' is negative") !=
          std::string::npos);
    CHECK(refusal(replaced(text, "pages = 512", "pages = -512")).find("'pages' is negative") !=
          std::string::npos);
    CHECK(refusal(replaced(text, "line = 7", "line = -7")).find("'line' is negative") != std::string::npos);
    CHECK(refusal(replaced(text, "column = 3", "column = -9223372036854775808")).find("'column'") !=
          std::string::npos);
    // more than TOML can express
    CHECK(is_refused(replaced(text, "pages = 512", "pages = 9223372036854775808")));
}

TEST_CASE("unknown words are refused") {
    const std::string text = encode_lease(lease_with("x"), boot);
    CHECK(refusal(replaced(text, "state = \"running\"", "state = \"Running\"")).find("state is unknown") !=
          std::string::npos);
    CHECK(is_refused(replaced(text, "state = \"running\"", "state = \"\"")));
    CHECK(refusal(replaced(text, "phase = \"start\"", "phase = \"later\"")).find("phase 'later'") !=
          std::string::npos);
    CHECK(refusal(replaced(text, "enforce = \"required\"", "enforce = \"perhaps\"")).find("enforce") !=
          std::string::npos);
    CHECK(refusal(replaced(text, "isolation = \"undecided\"", "isolation = \"?\""))
              .find("isolation is unknown") != std::string::npos);
    Lease lease = lease_with("x");
    lease.claims.front().condition = Condition::fallback;
    CHECK(refusal(replaced(encode_lease(lease, boot), "condition = \"fallback\"", "condition = \"never\""))
              .find("condition is unknown") != std::string::npos);
}

TEST_CASE("a claim on a file without a path is refused") {
    Lease lease = lease_with("x");
    lease.claims.front().target = FileTarget{"policy4", ""};
    CHECK(refusal(encode_lease(lease, boot)).find("key 'path' is empty") != std::string::npos);
}

TEST_CASE("each limit is read, and another word is refused") {
    for (const auto kind :
         {LimitKind::pinned, LimitKind::helpers, LimitKind::isolated, LimitKind::housekeeping_cores,
          LimitKind::host_free_min, LimitKind::idle, LimitKind::nodes, LimitKind::memory}) {
        Lease lease = lease_with("x");
        lease.claims[3].target = Limit{kind};
        CHECK(decode_lease(encode_lease(lease, boot), file).value().value == lease);
    }
    CHECK(refusal(replaced(encode_lease(lease_with("x"), boot), "limit = \"isolated\"", "limit = \"all\""))
              .find("limit 'all' is unknown") != std::string::npos);
}

TEST_CASE("a claim of format 1 keeps its meaning by its target and path") {
    const auto target_of = [](const std::string& target, const std::string& path) {
        const std::string text = replaced(encode_lease(lease_with("x"), boot), "target = \"x\"\npath = \"x\"",
                                          "target = \"" + target + "\"\npath = \"" + path + "\"");
        auto lines = lines_of(replaced(text, "format = 2", "format = 1"));
        const auto second = std::find(lines.begin(), lines.end(), "[[promise]]");
        auto next = std::find(lines.begin(), lines.end(), "[[claim]]");
        lines.erase(std::find(next + 1, lines.end(), "[[claim]]"), second); // the claims after the first
        const auto lease = decode_lease(with_line(lines, lines.size(), ""), file);
        REQUIRE(lease);
        return lease->value.claims.at(0).target;
    };
    CHECK(target_of("swappiness", "/proc/sys/vm/swappiness") ==
          ClaimTarget(FileTarget{"swappiness", "/proc/sys/vm/swappiness"}));
    CHECK(target_of("*", "/proc/irq/*/smp_affinity_list") ==
          ClaimTarget(EveryTarget{"/proc/irq/*/smp_affinity_list"}));
    CHECK(target_of("vcpu 0-3", "/proc/*/task/*") == ClaimTarget(AwaitsQemu{"vcpu 0-3", "/proc/*/task/*"}));
    CHECK(target_of("isolated", "") == ClaimTarget(Limit{LimitKind::isolated}));
    CHECK(target_of("housekeeping cores", "") == ClaimTarget(Limit{LimitKind::housekeeping_cores}));
    CHECK(target_of("host", "") == ClaimTarget(Limit{LimitKind::host_free_min}));
}

TEST_CASE("a promise from an impossible pool is refused") {
    const std::string text = encode_lease(lease_with("x"), boot);
    for (const std::string pool :
         {"", "node0", "node0/hugepages-", "node0/hugepages-kB", "node-1/hugepages-2048kB",
          "nodeX/hugepages-2048kB", "node0/hugepages-2048", "node4294967296/hugepages-2048kB",
          "node0/hugepages-0kB", "node0/hugepages-18014398509481984kB", "node0/hugepages-2048kBkB"}) {
        CAPTURE(pool);
        CHECK(refusal(replaced(text, "pool = \"node0/hugepages-2048kB\"", "pool = \"" + pool + "\""))
                  .find("pool is unknown") != std::string::npos);
    }
}

TEST_CASE("values in place of tables are refused") {
    const std::string text = encode_lease(Lease{}, boot);
    CHECK(is_refused(replaced(text, "[daemon]", "[[daemon]]")));
    CHECK(is_refused(replaced(text, "[daemon]", "[demon]")));
    for (const std::string array : {"1", "\"x\"", "[1]", "[[]]", "{}", "[{}]"}) {
        CAPTURE(array);
        CHECK(is_refused(replaced(text, "claim = []", "claim = " + array)));
        CHECK(is_refused(replaced(text, "promise = []", "promise = " + array)));
        CHECK(are_refused(replaced(encode_records({}, boot), "record = []", "record = " + array)));
    }
}

TEST_CASE("text that is not a ledger file is refused") {
    for (const std::string& text :
         {std::string(), std::string("\n"), std::string("not toml"), std::string("\0\0\0\0", 4),
          std::string(4096, '\0'), std::string("<domain/>"), std::string("format = 1"),
          std::string(100'000, '['), std::string("format = 1\nformat = 1\n")}) {
        CHECK(is_refused(text));
        CHECK(are_refused(text));
    }
}

TEST_CASE("an impossible line number is refused, and not truncated") {
    const std::string text = encode_lease(lease_with("x"), boot);
    const auto line = text.find("\nline = ") + 8;
    for (const std::string number : {"4294967296", "4294967297", "9223372036854775807", "-1"})
        CHECK(is_refused(text.substr(0, line) + number + text.substr(text.find('\n', line))));
    CHECK_FALSE(is_refused(text.substr(0, line) + "4294967295" + text.substr(text.find('\n', line))));
}

TEST_CASE("text that is not UTF-8 is refused") {
    const std::string text = encode_lease(lease_with("x"), boot);
    for (const std::string bytes : {"\xff", "\xc3", "\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf"}) {
        CHECK(is_refused(replaced(text, "domain = \"x\"", "domain = \"" + bytes + "\"")));
        CHECK(is_refused(text + "# " + bytes + "\n"));
    }
}

TEST_CASE("giant files are refused") {
    const std::string text = encode_lease(lease_with("x"), boot);
    CHECK(is_refused(text + "# " + std::string(17 * MiB, 'x') + "\n"));
    CHECK(are_refused(encode_records({}, boot) + std::string(17 * MiB, '\n')));
    CHECK(is_refused(std::string(16 * MiB, 'x')));
}

TEST_CASE("keys of a later program are ignored") {
    const Lease lease = lease_with("x");
    std::string text = "surprise = {a = [1, \"x\"]}\n";
    for (const auto& line : lines_of(encode_lease(lease, boot)))
        text += line + "\n" + (line.starts_with('[') ? "surprise = 1979-05-27\n" : "");
    text += "[later]\nformat = 2\nstate = 1\n[[more]]\n";
    const auto back = decode_lease(text, file);
    REQUIRE(back);
    CHECK(back->value == lease);
    const auto records = records_with("x");
    std::string rows = "surprise = 1\n";
    for (const auto& line : lines_of(encode_records(records, boot)))
        rows += line + "\n" + (line.starts_with('[') ? "surprise = []\n" : "");
    const auto rows_back = decode_records(rows, file);
    REQUIRE(rows_back);
    CHECK(rows_back->value == records);
}

TEST_CASE("texts that are not UTF-8 are written in a readable form") {
    const auto back = decode_lease(encode_lease(lease_with("a\xff"
                                                           "b"),
                                                boot),
                                   file);
    REQUIRE(back);
    CHECK(back->value.domain == "a\xef\xbf\xbd"
                                "b");
}

TEST_CASE("a claim's own age is kept if it is younger than the lease, and absent otherwise") {
    Lease lease = lease_with("x");
    CHECK(encode_lease(lease, boot).find("order = 123456789") == encode_lease(lease, boot).rfind("order"));
    lease.claims[1].order = 987'654'321;
    CHECK(decode_lease(encode_lease(lease, boot), file)->value == lease);
}
