#include "read/policy_toml.hpp"

#include "core/units.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace hostlease;
using namespace std::chrono_literals;

namespace {
constexpr std::string_view reserve_words[] = {"auto"};
constexpr std::string_view ksm_words[] = {"off", "on"};
constexpr std::string_view isolate_words[] = {"pinned", "none"};
constexpr KeySpec keys[] = {
    {.key = "hugepages.reserve", .words = reserve_words},
    {.key = "hugepages.host_free_min", .kinds = a_size},
    {.key = "hugepages.deadline", .kinds = a_time},
    {.key = "hugepages.compact", .kinds = a_boolean},
    {.key = "hugepages.node", .kinds = a_node_list, .words = reserve_words},
    {.key = "cpus.isolate", .kinds = a_cpu_list, .words = isolate_words},
    {.key = "power.governor", .kinds = a_name},
    {.key = "power.energy_performance", .kinds = an_integer | a_name, .minimum = 0, .maximum = 255},
    {.key = "power.min_frequency", .kinds = a_frequency},
    {.key = "power.boost", .kinds = a_boolean},
    {.key = "memory.ksm", .words = ksm_words},
    {.key = "memory.swappiness", .kinds = an_integer, .minimum = 0, .maximum = 200},
    {.key = "threads.vcpu", .kinds = an_integer | a_scheduling, .minimum = -20, .maximum = 19},
    {.key = "inhibit_sleep", .kinds = a_boolean},
    {.key = "sysfs"},
    {.key = "command"},
};

constexpr std::string_view full = R"(version = 1
extends = "low-latency"
inhibit_sleep = true

[match]
domain = ["win11", "game-*"]
uuid = "4DEA22B31D52D8F32516782E98AB3FA0"
priority = -2

[hugepages]
enforce = "best-effort"
reserve = "auto"
host_free_min = "2GiB"
deadline = "250ms"
compact = false
node = [0, 2]

[cpus]
isolate = "4-7,^5"

[power]
enforce = "required"
governor = "performance"
energy_performance = 0
min_frequency = "3.2GHz"
boost = "leave"

[memory]
ksm = "off"
swappiness = "leave"

[[sysfs]]
path = "/proc/sys/vm/page-cluster"
value = 0

[[sysfs]]
path = "/sys/module/kvm/parameters/halt_poll_ns_grow"
value = "0"
enforce = "required"
)";

tl::expected<Policy, Diagnostics> read(std::string_view text) {
    return read_policy(text, "p.toml", "p", keys);
}

/// The diagnostics of a text that follows the line "version = 1".
std::string faults(std::string_view text) {
    const auto policy = read("version = 1\n" + std::string(text));
    return policy ? "fine" : policy.error().text();
}

Setting setting(const std::string& table, const std::string& line) {
    const auto policy = read("version = 1\n[" + table + "]\n" + line);
    if (!policy) FAIL(policy.error().text());
    REQUIRE(policy->settings.size() == 1);
    return policy->settings.begin()->second;
}
} // namespace

TEST_CASE("policy: every setting is read") {
    const auto policy = read(full);
    if (!policy) FAIL(policy.error().text());
    CHECK(policy->name == "p");
    CHECK(policy->file == "p.toml");
    CHECK(policy->extends == "low-latency");
    CHECK(policy->extends_position.text() == "p.toml:2:11");
    CHECK(policy->match.domains == std::vector<std::string>{"win11", "game-*"});
    CHECK(policy->match.uuids == std::vector<std::string>{"4dea22b3-1d52-d8f3-2516-782e98ab3fa0"});
    CHECK(policy->match.priority == -2);
    CHECK(policy->match.position.text() == "p.toml:5:1");
    CHECK(policy->get("inhibit_sleep", false));
    CHECK(policy->get("hugepages.reserve", std::string()) == "auto");
    CHECK(policy->get("hugepages.host_free_min", Bytes{}) == Bytes{2 * GiB});
    CHECK(policy->get("hugepages.deadline", 0us) == 250ms);
    CHECK_FALSE(policy->get("hugepages.compact", true));
    CHECK(policy->get("hugepages.node", NodeSet{}) == NodeSet{0, 2});
    CHECK(policy->get("cpus.isolate", CpuSet{}) == CpuSet{4, 6, 7});
    CHECK(policy->get("power.energy_performance", std::int64_t{9}) == 0);
    CHECK(policy->get("power.min_frequency", std::int64_t{0}) == 3'200'000);
    CHECK(policy->leaves("power.boost"));
    CHECK(policy->leaves("memory.swappiness"));
    CHECK(policy->enforcement("hugepages.node") == Enforce::best_effort);
    CHECK(policy->enforcement("power.governor") == Enforce::required);
    CHECK(policy->enforcement("memory.ksm") == Enforce::best_effort);
    CHECK(policy->find("hugepages.node")->text == "[0, 2]");
    CHECK(policy->find("power.governor")->text == "\"performance\"");
    CHECK(policy->find("power.governor")->position.text() == "p.toml:23:12");
    const std::vector<SysfsEntry> expected{
        {"/proc/sys/vm/page-cluster", "0", Enforce::best_effort, {"p.toml", 33, 8}},
        {"/sys/module/kvm/parameters/halt_poll_ns_grow", "0", Enforce::required, {"p.toml", 37, 8}}};
    CHECK(policy->sysfs == expected);
}

TEST_CASE("policy: the smallest policy") {
    const auto policy = read("version = 1");
    REQUIRE(policy);
    CHECK(policy->settings.empty());
    CHECK(policy->extends.empty());
    CHECK(policy->match.domains.empty());
}

TEST_CASE("policy: syntax and version") {
    CHECK(read("version = 1\n[power\n").error().text() ==
          "p.toml:2:7: error: cannot parse table header: expected ']', saw '\\n'\n");
    CHECK(read("").error().text() ==
          "p.toml:1:1: error: version is missing\n  hint: start the file with version = 1\n");
    CHECK(read("version = 2").error().text() ==
          "p.toml:1:11: error: version is 2, but this hostlease reads only version 1\n"
          "  hint: write version = 1, or install the hostlease that this policy was written for\n");
    CHECK(read("version = \"1\"").error().text() ==
          "p.toml:1:11: error: version takes the integer 1, not a string\n");
    CHECK(read(std::string(1024 * 1024 + 1, '#')).error().text() ==
          "p.toml: error: the text is larger than 1 MiB\n");
}

TEST_CASE("policy: each mistake has its position and a hint") {
    const std::pair<const char*, const char*> rows[] = {
        // names
        {"[power]\ngoverner = \"x\"",
         "p.toml:3:1: error: unknown key 'power.governer'\n  hint: did you mean 'power.governor'?\n"},
        {"[memory]\nxyzzy = 1", "p.toml:3:1: error: unknown key 'memory.xyzzy'\n  hint: the keys of memory "
                                "are ksm, swappiness, enforce\n"},
        {"[memory]\ngovernor = 1",
         "p.toml:3:1: error: unknown key 'memory.governor'\n  hint: did you mean 'power.governor'?\n"},
        {"[powr]\nx = 1", "p.toml:2:2: error: unknown table 'powr'\n  hint: did you mean 'power'?\n"},
        {"[zzzzzzzz]",
         "p.toml:2:2: error: unknown table 'zzzzzzzz'\n  hint: known keys: audit, command, cpus, extends, "
         "hugepages, inhibit_sleep, match, memory, power, report, sysfs, threads, version\n"},
        {"governor = 1",
         "p.toml:2:1: error: unknown key 'governor'\n  hint: did you mean 'power.governor'?\n"},
        {"domain = \"win11\"",
         "p.toml:2:1: error: unknown key 'domain'\n  hint: did you mean 'match.domain'?\n"},
        {"ignore = []", "p.toml:2:1: error: unknown key 'ignore'\n  hint: did you mean 'audit.ignore'?\n"},
        {"steal = [1, 5]", "p.toml:2:1: error: unknown key 'steal'\n  hint: did you mean 'report.steal'?\n"},
        {"[memory]\npriority = 1",
         "p.toml:3:1: error: unknown key 'memory.priority'\n  hint: did you mean 'match.priority'?\n"},
        {"extend = 1", "p.toml:2:1: error: unknown key 'extend'\n  hint: did you mean 'extends'?\n"},
        {"power = 1", "p.toml:2:9: error: power takes a table, not an integer\n  hint: write [power]\n"},
        {"[[power]]",
         "p.toml:2:1: error: power takes a table, not an array of tables\n  hint: write [power]\n"},
        // values
        {"[memory]\nswappiness = \"10\"",
         "p.toml:3:14: error: memory.swappiness takes an integer from 0 to 200 or \"leave\", not a "
         "string\n  hint: write the number without quotes\n"},
        {"[memory]\nswappiness = 201",
         "p.toml:3:14: error: memory.swappiness takes an integer from 0 to 200 or \"leave\", not 201\n"},
        {"[memory]\nswappiness = 1.5",
         "p.toml:3:14: error: memory.swappiness takes an integer from 0 to 200 or \"leave\", not a float\n"},
        {"[memory]\nksm = \"of\"", "p.toml:3:7: error: memory.ksm takes \"off\", \"on\" or \"leave\", not "
                                   "\"of\"\n  hint: did you mean \"off\"?\n"},
        {"[memory]\nksm = false",
         "p.toml:3:7: error: memory.ksm takes \"off\", \"on\" or \"leave\", not a boolean\n"},
        {"[hugepages]\ncompact = \"true\"",
         "p.toml:3:11: error: hugepages.compact takes true, false or \"leave\", not a string\n"
         "  hint: write true without quotes\n"},
        {"[hugepages]\nhost_free_min = \"1GB\"",
         "p.toml:3:17: error: hugepages.host_free_min takes a size such as \"1GiB\" or \"leave\", not "
         "\"1GB\"\n"
         "  hint: '1GB' is not a size such as \"512MiB\" or \"1GiB\"\n"},
        {"[hugepages]\ndeadline = \"20\"",
         "p.toml:3:12: error: hugepages.deadline takes a time such as \"20s\" or \"leave\", not \"20\"\n"
         "  hint: '20' is not a time such as \"20s\", \"250ms\" or \"50us\"\n"},
        {"[hugepages]\nnode = [0, -1]",
         "p.toml:3:12: error: hugepages.node takes an array of node numbers such as [0, 1], \"auto\" or "
         "\"leave\", not one with -1\n"},
        {"[hugepages]\nnode = []",
         "p.toml:3:8: error: hugepages.node takes an array of node numbers such as [0, 1], \"auto\" or "
         "\"leave\", not an empty array\n  hint: remove the line\n"},
        {"[cpus]\nisolate = \"7-4\"",
         "p.toml:3:11: error: cpus.isolate takes a CPU list such as \"4-7,12\", \"pinned\", \"none\" or "
         "\"leave\", not \"7-4\"\n  hint: range '7-4' runs backwards\n"},
        {"[cpus]\nisolate = \"\"",
         "p.toml:3:11: error: cpus.isolate takes a CPU list such as \"4-7,12\", \"pinned\", \"none\" or "
         "\"leave\", not \"\"\n  hint: the list names no CPU\n"},
        {"[power]\nmin_frequency = \"0.0001MHz\"",
         "p.toml:3:17: error: power.min_frequency takes a frequency such as \"3.2GHz\" or \"leave\", not "
         "\"0.0001MHz\"\n"
         "  hint: the value is not a whole number of kHz\n"},
        {"[power]\ngovernor = \"a b\"",
         "p.toml:3:12: error: power.governor takes a name without blanks or '/' or \"leave\", not \"a b\"\n"},
        {"inhibit_sleep = \"leave\"",
         "p.toml:2:17: error: inhibit_sleep takes true or false, not a string\n"},
        {"[power]\nenforce = \"always\"",
         "p.toml:3:11: error: power.enforce takes \"required\" or \"best-effort\", not \"always\"\n"},
        {"[power]\nenforce = true",
         "p.toml:3:11: error: power.enforce takes \"required\" or \"best-effort\", not a boolean\n"},
        // the head
        {"extends = \"../x\"", "p.toml:2:11: error: extends takes the name of a policy, not \"../x\"\n"
                               "  hint: give its name without directory and \".toml\"\n"},
        {"extends = \"\"", "p.toml:2:11: error: extends takes the name of a policy, not \"\"\n"
                           "  hint: give its name without directory and \".toml\"\n"},
        {"extends = [\"a\"]", "p.toml:2:11: error: extends takes the name of a policy, not an array\n"},
        {"match = \"win\"", "p.toml:2:9: error: match takes a table, not a string\n"},
        {"[match]\ndomain = []",
         "p.toml:3:10: error: match.domain takes a string or an array of strings, not an empty array\n"
         "  hint: remove the line, or name what it should match\n"},
        {"[match]\nuuid = []",
         "p.toml:3:8: error: match.uuid takes a string or an array of strings, not an empty array\n"
         "  hint: remove the line, or name what it should match\n"},
        {"[match]\ndomain = [\"a\", 1]",
         "p.toml:3:16: error: match.domain takes a string or an array of strings, not one with an integer\n"},
        {"[match]\ndomain = \"\"",
         "p.toml:3:10: error: match.domain takes domain names or glob patterns, not \"\"\n"},
        {"[match]\nuuid = \"4dea22b3\"", "p.toml:3:8: error: match.uuid takes UUIDs, not \"4dea22b3\"\n"
                                         "  hint: `virsh domuuid NAME` prints the UUID of a domain\n"},
        {"[match]\npriority = \"1\"", "p.toml:3:12: error: match.priority takes an integer, not a string\n"},
        {"[match]\nname = \"x\"", "p.toml:3:1: error: unknown key 'match.name'\n  hint: the keys of match "
                                  "are domain, uuid, priority\n"},
    };
    for (const auto& [text, message] : rows)
        CHECK(faults(text) == message);
}

TEST_CASE("policy: mistakes in [[sysfs]]") {
    const std::pair<std::string, std::string> rows[] = {
        {"[[sysfs]]\npath = \"/sys/a\"\nvalue = 1\n[[sysfs]]\npath = \"/sys/a\"\nvalue = 2",
         "p.toml:6:8: error: sysfs.path \"/sys/a\" is already written in line 3\n  hint: keep only one of "
         "the "
         "two\n"},
        {"[[sysfs]]\npath = \"/sys/../etc/shadow\"\nvalue = 1",
         "p.toml:3:8: error: sysfs.path \"/sys/../etc/shadow\" contains a \"..\" component\n"
         "  hint: name a file below /sys or /proc/sys by its full path\n"},
        {"[[sysfs]]\nvalue = 1",
         "p.toml:2:1: error: [[sysfs]] without a path\n  hint: add path = \"/sys/...\"\n"},
        {"[[sysfs]]\npath = \"/sys/a\"",
         "p.toml:2:1: error: [[sysfs]] without a value\n  hint: add value = \"...\"\n"},
        {"[[sysfs]]\npath = 1\nvalue = 1", "p.toml:3:8: error: sysfs.path takes a string, not an integer\n"},
        {"[[sysfs]]\npath = \"/sys/a\"\nvalue = 1.5",
         "p.toml:4:9: error: sysfs.value takes a string, an integer or a boolean, not a float\n"},
        {"[[sysfs]]\npath = \"/sys/a\"\nvalue = \"a\\nb\"",
         "p.toml:4:9: error: sysfs.value \"a\\n"
         "b\" contains control characters\n"
         "  hint: write a single line; hostlease adds the line end\n"},
        {"[[sysfs]]\npath = \"/sys/a\"\nvalue = \"" + std::string(4097, 'x') + "\"",
         "p.toml:4:9: error: sysfs.value is longer than 4096 characters\n"},
        {"[[sysfs]]\npath = \"/sys/a\"\nvalue = 1\nvaleu = 1",
         "p.toml:5:1: error: unknown key 'sysfs.valeu'\n  hint: did you mean 'sysfs.value'?\n"},
        {"[[sysfs]]\npath = \"/sys/a\"\nvalue = 1\nenforce = 1",
         "p.toml:5:11: error: sysfs.enforce takes \"required\" or \"best-effort\", not 1\n"},
        {"[sysfs]\npath = \"/sys/a\"", "p.toml:2:1: error: sysfs takes an array of tables, not a table\n  "
                                       "hint: write [[sysfs]] for each path and value\n"},
        {"sysfs = []", "p.toml:2:9: error: sysfs takes an array of tables, not an empty array\n"
                       "  hint: write [[sysfs]] for each path and value\n"},
        {"sysfs = [1]", "p.toml:2:10: error: sysfs takes an array of tables, not one with an integer\n"},
    };
    for (const auto& [text, message] : rows)
        CHECK(faults(text) == message);
    for (const std::string path :
         {"", "/sys", "/sys/", "/sysfs/a", "/proc/1/mem", "sys/a", "/sys//a", "/sys/a/", "/sys/./a",
          "/sys/a/..", "/proc/sys/../x", "/etc/passwd", "/sys/a\\u0000b", "/sys/a\\nb", "/sys/\\u007f"}) {
        CAPTURE(path);
        CHECK(faults("[[sysfs]]\nvalue = 1\npath = \"" + path + "\"")
                  .starts_with("p.toml:4:8: error: sysfs.path "));
    }
    CHECK(faults("[[sysfs]]\nvalue = 1\npath = \"/sys/" + std::string(4092, 'x') + "\"")
              .find("longer than 4096") != std::string::npos);
    CHECK(faults("[[sysfs]]\nvalue = 1\npath = \"/sys/" + std::string(4091, 'x') + "\"") == "fine");
}

TEST_CASE("policy: [[sysfs]] takes strings, integers and booleans") {
    for (const auto& [written, value] :
         {std::pair{"-5", "-5"}, {"true", "1"}, {"false", "0"}, {"\"a b\"", "a b"}, {"0x10", "16"}}) {
        const auto policy =
            read(std::string("version = 1\n[[sysfs]]\npath = \"/sys/a..b/c\"\nvalue = ") + written);
        REQUIRE(policy);
        CHECK(policy->sysfs.at(0).value == value);
    }
}

TEST_CASE("policy: all mistakes at once") {
    CHECK(
        read(
            "[power]\nboost = 1\ngovernor = 3\n[memori]\n[memory]\nksm = 1\n[match]\nuuid = [\"x\", \"y\"]\n")
            .error()
            .text() ==
        "p.toml:1:1: error: version is missing\n  hint: start the file with version = 1\n"
        "p.toml:2:9: error: power.boost takes true, false or \"leave\", not an integer\n"
        "p.toml:3:12: error: power.governor takes a name without blanks or '/' or \"leave\", not an integer\n"
        "p.toml:4:2: error: unknown table 'memori'\n  hint: did you mean 'memory'?\n"
        "p.toml:6:7: error: memory.ksm takes \"off\", \"on\" or \"leave\", not an integer\n"
        "p.toml:8:9: error: match.uuid takes UUIDs, not \"x\"\n  hint: `virsh domuuid NAME` prints the UUID "
        "of a domain\n"
        "p.toml:8:14: error: match.uuid takes UUIDs, not \"y\"\n  hint: `virsh domuuid NAME` prints the UUID "
        "of a domain\n");
}

TEST_CASE("policy: a scheduling is a nice value, or a real-time policy with its priority") {
    for (const char* written : {"fifo:1", "fifo:99", "rr:1", "rr:50"})
        CHECK(setting("threads", "vcpu = \"" + std::string(written) + "\"").value ==
              SettingValue(std::string(written)));
    CHECK(setting("threads", "vcpu = -20").value == SettingValue(std::int64_t{-20}));
    CHECK(faults("[threads]\nvcpu = 20")
              .starts_with("p.toml:3:8: error: threads.vcpu takes an integer from -20 to 19, a real-time "
                           "scheduling policy such as \"fifo:1\" or \"rr:50\" or \"leave\", not 20"));
    for (const char* written : {"fifo", "fifo:", "fifo:0", "rr:100", "fifo:-1", "fifo:01", "fifo:1 ",
                                "FIFO:1", "other:0", "idle:1", "5", "rr:1:2", "fifo:99999999999"}) {
        CAPTURE(written);
        CHECK(faults("[threads]\nvcpu = \"" + std::string(written) + "\"")
                  .starts_with("p.toml:3:8: error: threads.vcpu takes"));
    }
}

TEST_CASE("policy: frequencies are exact") {
    for (const auto& [written, kilohertz] : {std::pair{"800MHz", 800'000},
                                             {"3.2GHz", 3'200'000},
                                             {"1200000kHz", 1'200'000},
                                             {"2.123456GHz", 2'123'456},
                                             {"0.5MHz", 500},
                                             {"1 GHz", 1'000'000}})
        CHECK(setting("power", "min_frequency = \"" + std::string(written) + "\"").value ==
              SettingValue(std::int64_t{kilohertz}));
    for (const char* written : {"", "GHz", "3.GHz", ".2GHz", "3.2.1GHz", "1.5kHz", "3GHZ", "-1GHz", "0MHz",
                                "3,2GHz", "1e3MHz", "800", "99999999999999999999kHz", "2.1234567GHz"}) {
        CAPTURE(written);
        CHECK(faults("[power]\nmin_frequency = \"" + std::string(written) + "\"")
                  .starts_with("p.toml:3:17: error: power.min_frequency"));
    }
    CHECK(faults("[power]\nmin_frequency = \"3.2.1GHz\"").find("write a frequency such as") !=
          std::string::npos);
    CHECK(faults("[power]\nmin_frequency = \"99999999999999999999kHz\"").find("too large") !=
          std::string::npos);
}

TEST_CASE("policy: names and either-or keys") {
    CHECK(setting("power", "energy_performance = \"balance_power\"").value ==
          SettingValue(std::string("balance_power")));
    CHECK(setting("power", "energy_performance = 255").value == SettingValue(std::int64_t{255}));
    CHECK(setting("cpus", "isolate = \"pinned\"").value == SettingValue(std::string("pinned")));
    CHECK(setting("hugepages", "node = \"auto\"").value == SettingValue(std::string("auto")));
    CHECK(faults("[power]\nenergy_performance = -1") ==
          "p.toml:3:22: error: power.energy_performance takes an integer from 0 to 255, a name without "
          "blanks or '/' or \"leave\", "
          "not -1\n");
    for (const char* name : {"", "a/b", "a b", "a\\tb", "a\\u007F", "\\u0000"})
        CHECK(faults("[power]\ngovernor = \"" + std::string(name) + "\"") != "fine");
}

TEST_CASE("policy: messages stay printable and short") {
    const auto text =
        faults("\"po\\u001b[31mwer\\n\" = 1\n[power]\ngovernor = \"" + std::string(5000, ' ') + "\"\n");
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.starts_with("p.toml:2:1: error: unknown key 'po?[31mwer?'\n"));
    CHECK(text.size() < 600);
}

TEST_CASE("policy: a truncated policy is refused or read, never worse") {
    for (std::size_t length = 0; length < full.size(); ++length)
        if (const auto policy = read(full.substr(0, length)); !policy) CHECK(policy.error().has_errors());
}

TEST_CASE("policy: thousands of mutations") {
    std::mt19937 random(7);
    constexpr std::string_view spice = "[]{}=\"'.,#\n\\\r\t-_ \x00\x7F\xC3\xFF"
                                       "019eExX+:Tu";
    int fine = 0;
    for (int round = 0; round < 30000; ++round) {
        std::string text(full);
        for (auto changes = 1 + random() % 4; changes > 0; --changes) {
            const auto at = random() % text.size();
            const char byte =
                random() % 4 == 0 ? static_cast<char>(random() & 0xFF) : spice[random() % spice.size()];
            switch (random() % 3) {
            case 0: text[at] = byte; break;
            case 1: text.insert(at, 1, byte); break;
            default: text.erase(at, 1 + random() % 3); break;
            }
        }
        if (const auto policy = read(text))
            ++fine;
        else
            REQUIRE(policy.error().has_errors());
    }
    CHECK(fine > 100);
}
