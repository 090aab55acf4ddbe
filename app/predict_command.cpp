#include <iostream>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/output_flags.hpp"
#include "base/files/config_path.hpp"
#include "sim/predict/predict_cases.hpp"

namespace fluxscope::app {
namespace {

struct PredictFlags {
  std::string cases;
  std::string gpu;
  std::string output;
  bool force = false;
};

void run_predict(PredictFlags const& flags) {
  InputLog const inputs;
  auto const profile = sim::load_device_profile(config_path("gpus", flags.gpu));
  note_input(flags.cases);
  OutputFile output(flags.output, output_rules({sim::predictions_kind()}, inputs, flags.force));
  auto const done = sim::predict_cases(flags.cases, profile, output);
  output.commit();
  std::cout << flags.output << ": " << done.rows << " rows, " << done.simulated
            << " cases simulated on " << profile.spec.name << ", " << profile.provenance << " from "
            << profile.made_from << '\n';
}

std::string columns_text() {
  std::string text = "Columns of CASES.csv, in any order (* must be there):\n";
  for (sim::CaseColumn const& column : sim::case_columns()) {
    text += "  " + std::string(column.name) + (column.required ? "*" : "");
    if (!column.meaning.empty()) text += ": " + std::string(column.meaning);
    text += '\n';
  }
  return text;
}

}  // namespace

void add_predict_command(CLI::App& root) {
  auto flags = std::make_shared<PredictFlags>();
  auto* command = root.add_subcommand(
      "predict", "predict the time of each layer in a table, with its interval");
  command->add_option("--cases", flags->cases, "the table, a row per case")
      ->type_name("CASES.csv")
      ->required();
  command->add_option("--gpu", flags->gpu, "name in configs/gpus, or a path")
      ->type_name("NAME|FILE")
      ->required();
  command->add_option("-o,--output", flags->output, "the table to write")
      ->type_name("OUT.csv")
      ->required();
  add_force_flag(*command, flags->force);
  command->footer(columns_text() +
                  "The output has these columns as given, then predicted_us, lo_us, hi_us,\n"
                  "tail_area, balance_saving_us and provenance.\n"
                  "Example:\n"
                  "  printf 'phase,kv_len,q_heads,kv_heads,head_dim\\ndecode,131072,32,8,128\\n' "
                  "> cases.csv\n"
                  "  fluxscope predict --cases cases.csv --gpu h200 -o out.csv");
  command->callback([flags] { run_predict(*flags); });
}

}  // namespace fluxscope::app
