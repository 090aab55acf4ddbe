// Prints a device profile for the command line tests, which must not change with each calibration.
#include <iostream>

#include "tests/sim/profiles.hpp"

int main() {
  std::cout << fluxscope::sim::device_profile_text(fluxscope::sim::testing::h200_like());
}
