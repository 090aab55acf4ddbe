#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "app/replay_flags.hpp"
#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/files/config_path.hpp"
#include "base/text/printable.hpp"
#include "sim/predict/predict_cases.hpp"
#include "sim/replay/replay.hpp"

namespace fluxscope::app {
namespace {

struct PredictFlags {
  std::string mix;
  std::string cases;
  std::string gpu;
  std::string model;
  std::string gates;
  bool no_break_even = false;
  ReplayFlags show;
};

void run_mix(PredictFlags const& flags) {
  InputLog const inputs;
  if (!flags.gates.empty()) note_input(flags.gates);
  auto const mix = workload::load_mix(config_path("mixes", flags.mix),
                                      {.model = flags.model, .gates = flags.gates});
  auto const profile = sim::load_device_profile(config_path("gpus", flags.gpu));
  auto output = open_replay_output(flags.show, inputs);
  auto replay = sim::replay_mix(mix, profile, {.break_evens = !flags.no_break_even});
  replay.created = utc_now();
  replay.command_line = printable("fluxscope predict " + flags.mix + " --gpu " + flags.gpu +
                                  model_flag_text(flags.model) +
                                  (flags.gates.empty() ? "" : " --gates " + flags.gates));
  show_replay(replay, flags.show, std::move(output));
}

void run_cases(PredictFlags const& flags) {
  if (flags.show.output.empty()) {
    throw InputError("predict --cases needs -o OUT.csv (a table may be long) name the file");
  }
  InputLog const inputs;
  auto const profile = sim::load_device_profile(config_path("gpus", flags.gpu));
  note_input(flags.cases);
  OutputFile output(flags.show.output,
                    output_rules({sim::predictions_kind()}, inputs, flags.show.force));
  auto const done = sim::predict_cases(flags.cases, profile, output);
  output.commit();
  std::cout << flags.show.output << ": " << done.rows << " rows, " << done.simulated
            << " cases simulated on " << profile.spec.name << ", " << profile.provenance << " from "
            << profile.made_from << '\n';
}

void run_predict(PredictFlags const& flags) {
  if (flags.mix.empty() == flags.cases.empty()) {
    throw InputError(
        "predict needs MIX.toml or --cases CASES.csv, one of them (they are two questions) name "
        "the mix, or the table");
  }
  flags.cases.empty() ? run_mix(flags) : run_cases(flags);
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
      "predict", "replay decisions over a mix of tasks, or predict each layer of a table");
  auto* mix = command->add_option("mix", flags->mix, "name in configs/mixes, or a path")
                  ->type_name("MIX.toml");
  auto* cases =
      command
          ->add_option("--cases", flags->cases, "a table instead, a layer per row; with -o OUT.csv")
          ->type_name("CASES.csv");
  command->add_option("--gpu", flags->gpu, "name in configs/gpus, or a path")
      ->type_name("NAME|FILE")
      ->required();
  add_model_flag(*command, flags->model);
  command
      ->add_option("--gates", flags->gates,
                   "decisions for every task, in place of the mix's: CSV, JSON lines, HDF5, or a "
                   "head pattern")
      ->type_name("FILE")
      ->excludes(cases);
  command
      ->add_flag("--no-break-even", flags->no_break_even,
                 "leave out from which context a policy pays")
      ->excludes(cases);
  mix->excludes(cases);
  add_replay_flags(*command, flags->show);
  command->footer(columns_text() +
                  "The output has these columns as given, then predicted_us, lo_us, hi_us,\n"
                  "tail_area, balance_saving_us and provenance.\n"
                  "Example:\n"
                  "  fluxscope predict longbench-e --gpu a800 --no-break-even -o replay.json\n"
                  "  fluxscope report replay.json -o replay.html\n"
                  "  printf 'phase,kv_len,q_heads,kv_heads,head_dim\\ndecode,131072,32,8,128\\n' "
                  "> cases.csv\n"
                  "  fluxscope predict --cases cases.csv --gpu h200 -o out.csv");
  command->callback([flags] { run_predict(*flags); });
}

}  // namespace fluxscope::app
