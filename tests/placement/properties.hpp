// Runs rapidcheck properties with fixed random cases, unless RC_PARAMS selects others.
#pragma once

#include <cstdlib>
#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <sstream>
#include <string>

namespace hostlease::test {

inline unsigned below(unsigned limit) { return *rc::gen::inRange(0U, limit); }

inline bool one_in(unsigned count) { return below(count) == 0; }

/// Runs the property 1000 times. RC_PARAMS="seed=..." tries others.
template <typename Property>
void holds_always(const char* name, Property property) {
    setenv("RC_PARAMS", "seed=20240229 max_success=1000", 0);
    rc::detail::TestMetadata metadata;
    metadata.id = name;
    metadata.description = name;
    const auto result = rc::detail::checkTestable(std::move(property), metadata);
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    INFO("RC_PARAMS=\"", std::string(std::getenv("RC_PARAMS")), "\", seed ",
         rc::detail::configuration().testParams.seed, ": ", text.str());
    CHECK(result.template is<rc::detail::SuccessResult>());
}

} // namespace hostlease::test
