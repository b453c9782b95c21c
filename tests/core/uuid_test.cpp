#include "core/uuid.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

TEST_CASE("a UUID has one form, in whichever form libvirt accepts it") {
    for (const char* text : {"4dea22b3-1d52-d8f3-2516-782e98ab3fa0", "4DEA22B31D52D8F32516782E98AB3FA0",
                             "\n 4dea22b3-1d52-d8f3-2516-782e98ab3fa0\t",
                             "--4d-ea22b31d52d8f32516782e98ab3fa0", "4dea22b3 1d52 d8f3 2516 782e98ab3fa0"}) {
        CAPTURE(text);
        CHECK(canonical_uuid(text) == "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    }
    for (const char* text :
         {"", "-", "4dea22b3", "4dea22b3-1d52-d8f3-2516-782e98ab3fa", "4dea22b3-1d52-d8f3-2516-782e98ab3fa00",
          "4dea22b3-1d52-d8f3-2516-782e98ab3fa0-", "4-dea22b31d52d8f32516782e98ab3fa0",
          "4 dea22b31d52d8f32516782e98ab3fa0", "4dea22b3-1d52-d8f3-2516-782e98ab3fag"}) {
        CAPTURE(text);
        CHECK_FALSE(canonical_uuid(text));
    }
}
