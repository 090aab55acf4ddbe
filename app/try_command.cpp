#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "app/command.hpp"
#include "app/replay_flags.hpp"
#include "base/build_info.hpp"
#include "base/files/config_path.hpp"
#include "base/text/printable.hpp"
#include "base/text/tokens.hpp"
#include "sim/replay/replay.hpp"
#include "workload/mix/try_mix.hpp"

namespace fluxscope::app {
namespace {

struct TryFlags {
  std::string gates;
  std::string model;
  std::string gpu;
  std::string context;
  std::int32_t batch = 1;
  std::int32_t sink_tokens = 128;
  std::int32_t local_tokens = 2048;
  ReplayFlags show;
};

void run_try(TryFlags const& flags) {
  InputLog const inputs;
  auto const mix = workload::try_mix({.gates = flags.gates,
                                      .model = plan::model_of_flag(flags.model),
                                      .context_tokens = parse_tokens(flags.context, "--context"),
                                      .batch = flags.batch,
                                      .sparse = {.kind = plan::SelectionKind::streaming,
                                                 .sink_tokens = flags.sink_tokens,
                                                 .local_tokens = flags.local_tokens}});
  auto const profile = sim::load_device_profile(config_path("gpus", flags.gpu));
  auto output = open_replay_output(flags.show, inputs);
  auto replay = sim::replay_mix(mix, profile, {.break_evens = false});
  replay.created = utc_now();
  replay.command_line =
      printable("fluxscope try " + flags.gates + " --model " + flags.model + " --gpu " + flags.gpu +
                " --context " + flags.context + " --batch " + std::to_string(flags.batch));
  show_replay(replay, flags.show, std::move(output));
}

}  // namespace

void add_try_command(CLI::App& root) {
  auto flags = std::make_shared<TryFlags>();
  auto* command = root.add_subcommand("try", "how fast are these decisions? Without a config");
  command->add_option("gates", flags->gates, "decisions: CSV, JSON lines, HDF5, or a head pattern")
      ->type_name("GATES")
      ->required();
  command
      ->add_option("--model", flags->model, "name in configs/models, a model file or a config.json")
      ->type_name("NAME|FILE")
      ->required();
  command->add_option("--gpu", flags->gpu, "name in configs/gpus, or a path")
      ->type_name("NAME|FILE")
      ->required();
  command->add_option("--context", flags->context, "tokens of the prompt: 131072, 128K, 1M")
      ->type_name("N")
      ->required();
  command->add_option("--batch", flags->batch, "requests that run together")
      ->check(CLI::Range(std::int32_t{1}, static_cast<std::int32_t>(limits::kBatch)))
      ->capture_default_str();
  command->add_option("--sink-tokens", flags->sink_tokens, "first tokens that a sparse head reads")
      ->check(CLI::Range(0, 1 << 30))
      ->capture_default_str();
  command->add_option("--local-tokens", flags->local_tokens, "last tokens that a sparse head reads")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  add_replay_flags(*command, flags->show);
  command->footer(
      "Full attention is added, and as many full heads drawn at the other level: equal KV bytes.\n"
      "Example:\n"
      "  python3 -c \"print('{\\\"full\\\": ' + str([1, 0] * 16) + '}')\" > gates.jsonl\n"
      "  fluxscope try gates.jsonl --model llama-3.1-8b --gpu h200 --context 128K");
  command->callback([flags] { run_try(*flags); });
}

}  // namespace fluxscope::app
