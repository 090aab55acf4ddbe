#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "analysis/verdict/compare.hpp"
#include "app/command.hpp"
#include "base/error.hpp"
#include "traces/file/reader.hpp"

namespace fluxscope::app {
namespace {

struct CompareFlags {
  std::string measured;
  std::string simulated;
  std::string format = "text";
};

void run_compare(CompareFlags const& flags) {
  auto const measured = traces::read_trace(flags.measured);
  auto const simulated = traces::read_trace(flags.simulated);
  if (measured.run.source == "simulated" && simulated.run.source == "measured") {
    throw InputError(flags.measured +
                     ": is the simulated trace (errors are of the second file "
                     "against the first) swap the two files");
  }
  auto const comparison = analysis::compare(measured, simulated, flags.measured, flags.simulated);
  std::cout << (flags.format == "json" ? analysis::comparison_json(comparison)
                                       : analysis::comparison_text(comparison));
}

}  // namespace

void add_compare_command(CLI::App& root) {
  auto flags = std::make_shared<CompareFlags>();
  auto* command = root.add_subcommand(
      "compare", "a simulated trace against a measured one, or any two, case by case");
  command
      ->add_option("measured", flags->measured,
                   "the reference: the measured trace, or one of two alike")
      ->type_name("MEASURED.h5")
      ->required();
  command
      ->add_option("simulated", flags->simulated,
                   "the trace whose errors, or differences, are printed")
      ->type_name("SIMULATED.h5")
      ->required();
  command->add_option("--format", flags->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->footer("Example:\n  fluxscope compare measured.h5 simulated.h5 --format json");
  command->callback([flags] { run_compare(*flags); });
}

}  // namespace fluxscope::app
