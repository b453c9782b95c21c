#include "core/units.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace std::chrono_literals;

TEST_CASE("policy sizes") {
    CHECK(parse_size("1GiB").value() == GiB);
    CHECK(parse_size(" 512 MiB ").value() == 512 * MiB);
    CHECK(parse_size("0B").value() == 0);
    for (const char* text : {"", "1", "GiB", "1GB", "1.5GiB", "-1GiB", "1gib", "99999999999TiB", "1GiB2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_size(text));
    }
}

TEST_CASE("policy times") {
    CHECK(parse_time("20s").value() == 20s);
    CHECK(parse_time("250ms").value() == 250ms);
    CHECK(parse_time("50us").value() == 50us);
    CHECK(parse_time("2min").value() == 120s);
    CHECK(parse_time("52560000min").value() == 24h * 36500);
    for (const char* text :
         {"", "20", "s", "1h", "-1s", "1.5s", "9999999999999999s", "9223372036854775807us", "52560001min"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text));
    }
    for (const auto time : {std::chrono::microseconds(20s), std::chrono::microseconds(250ms), 50us, 0us})
        CHECK(parse_time(format_time(time)).value() == time);
}

TEST_CASE("displayed durations have three digits") {
    CHECK(format_duration(0us) == "0.00 ms");
    CHECK(format_duration(428us) == "0.42 ms");
    CHECK(format_duration(1'050us) == "1.05 ms");
    CHECK(format_duration(12'345us) == "12.3 ms");
    CHECK(format_duration(250ms) == "250.0 ms");
    CHECK(format_duration(1'250ms) == "1.25 s");
    CHECK(format_duration(20s) == "20.0 s");
}

TEST_CASE("sizes print in the largest whole unit") {
    CHECK(format_size(0) == "0 B");
    CHECK(format_size(1536) == "1536 B");
    CHECK(format_size(2 * MiB) == "2 MiB");
    CHECK(format_size(GiB) == "1 GiB");
    CHECK(format_size(1536 * MiB) == "1536 MiB");
}

TEST_CASE("displayed sizes have at most one decimal place, rounded down") {
    CHECK(format_size_short(0) == "0 B");
    CHECK(format_size_short(1023) == "1023 B");
    CHECK(format_size_short(512 * MiB) == "512 MiB");
    CHECK(format_size_short(GiB) == "1 GiB");
    CHECK(format_size_short(GiB + 512 * MiB) == "1.5 GiB");
    CHECK(format_size_short(GiB + MiB) == "1 GiB");
    CHECK(format_size_short(2 * GiB - 1) == "1.9 GiB");
}

TEST_CASE("sizes as the kernel reads them") {
    CHECK(kernel_size(2 * MiB) == "2M");
    CHECK(kernel_size(GiB) == "1G");
    CHECK(kernel_size(64 * KiB) == "64K");
    CHECK(kernel_size(512 * MiB) == "512M");
}

TEST_CASE("libvirt's units") {
    CHECK(libvirt_unit("KiB").value() == 1024);
    CHECK(libvirt_unit("k").value() == 1024);
    CHECK(libvirt_unit("KB").value() == 1000);
    CHECK(libvirt_unit("b").value() == 1);
    CHECK(libvirt_unit("bytes").value() == 1);
    CHECK(libvirt_unit("M").value() == MiB);
    CHECK(libvirt_unit("MB").value() == 1'000'000);
    CHECK(libvirt_unit("g").value() == GiB);
    CHECK(libvirt_unit("TiB").value() == 1024 * GiB);
    CHECK(libvirt_unit("EiB").value() == 1024 * 1024 * 1024 * GiB);
    for (const char* text : {"", "x", "KiBs", "bytess", "KBB", "bi"})
        CHECK_FALSE(libvirt_unit(text));
}

TEST_CASE("scaling past 2^63 is an error, not a wrap") {
    CHECK_FALSE(scale_checked(1'000'000'000'000'000'000, 1024));
    CHECK(scale_checked(3, 1024).value() == 3072);
    CHECK(scale_checked(~std::uint64_t{0}, 0).value() == 0);
}
