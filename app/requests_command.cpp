#include <iostream>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "workload/requests/read.hpp"
#include "workload/requests/summary.hpp"

namespace fluxscope::app {
namespace {

void run_requests(std::string const& path) {
  auto const trace = workload::read_requests(path);
  std::cout << workload::summary_text(trace);
  print_notes("requests", trace.notes);
}

}  // namespace

void add_requests_command(CLI::App& root) {
  auto const path = std::make_shared<std::string>();
  auto* command = root.add_subcommand(
      "requests", "say what a published request trace holds, and in which units");
  command
      ->add_option("file", *path,
                   "of Azure, BurstGPT, Mooncake, Qwen-Bailian, Vidur or LLMServingSim")
      ->type_name("FILE")
      ->required();
  command->footer("Example:\n  fluxscope requests requests.jsonl");
  command->callback([path] { run_requests(*path); });
}

}  // namespace fluxscope::app
