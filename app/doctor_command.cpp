#include <iostream>
#include <string>

#include "app/command.hpp"
#include "base/build_info.hpp"

#if FLUXSCOPE_HAVE_CUDA
#include "profiler/machine/check.hpp"
#endif

namespace fluxscope::app {
namespace {

#if FLUXSCOPE_HAVE_CUDA

char const* word(profiler::Health health) {
  switch (health) {
    case profiler::Health::works:
      return "works  ";
    case profiler::Health::limited:
      return "limited";
    case profiler::Health::missing:
      return "missing";
  }
  return "";
}

void print_machine() {
  bool all_work = true;
  for (auto const& finding : profiler::check_machine(system_libraries())) {
    std::cout << word(finding.health) << "  " << finding.topic << ": " << finding.text << '\n';
    if (!finding.remedy.empty()) std::cout << "           " << finding.remedy << '\n';
    all_work = all_work && finding.health == profiler::Health::works;
  }
  std::cout << (all_work ? "Everything that fluxscope measures works here.\n"
                         : "See the lines that do not say 'works'.\n");
}

#else

void print_machine() {
  std::cout << "missing  CUDA: this fluxscope was built without it\n"
               "           simulate, report, compare, calibrate, sweep and export work; profile "
               "does not.\n"
               "           To measure, install the CUDA toolkit (13.0 or newer) and rebuild:\n"
               "             cmake --preset gpu && cmake --build --preset gpu\n";
}

#endif

}  // namespace

void add_doctor_command(CLI::App& root) {
  CLI::App* const command = root.add_subcommand(
      "doctor", "what can be measured on this machine, who else uses its GPU, and how to mend it");
  command->footer("Example:\n  fluxscope doctor");
  command->callback([] {
    BuildInfo const& build = build_info();
    std::cout << "fluxscope " << build.version << " (" << build.git_hash << ")\n";
    print_machine();
  });
}

}  // namespace fluxscope::app
