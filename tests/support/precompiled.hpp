// Precompiled headers: included by nearly every test, and slower to parse than the test itself. Each test
// still includes what it uses.
#include "engine/operations.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>
