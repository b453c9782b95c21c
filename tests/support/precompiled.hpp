// Read once and not for each test: what nearly every test includes, and takes longer to read than the test.
// Each test still includes what it uses.
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
