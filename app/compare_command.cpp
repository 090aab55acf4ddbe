#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "analysis/compare/compare.hpp"
#include "app/command.hpp"
#include "app/trace_files.hpp"
#include "base/error.hpp"

namespace fluxscope::app {
namespace {

struct CompareFlags {
  bool untrusted = false;
  std::string measured;
  std::string simulated;
  std::string format = "text";
};

void run_compare(CompareFlags const& flags) {
  auto const traces = read_traces({flags.measured, flags.simulated}, flags.untrusted);
  auto const& measured = traces[0];
  auto const& simulated = traces[1];
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
  add_untrusted_flag(*command, flags->untrusted);
  command->footer("Example:\n  fluxscope compare measured.h5 simulated.h5 --format json");
  command->callback([flags] { run_compare(*flags); });
}

}  // namespace fluxscope::app
