#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "analysis/format.hpp"
#include "analysis/metrics/metric.hpp"
#include "app/command.hpp"
#include "base/files/config_path.hpp"
#include "base/files/text_file.hpp"
#include "base/terminal/text_table.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"
#include "plan/decisions/model.hpp"
#include "plan/decisions/policy/table.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/profile.hpp"
#include "workload/requests/read.hpp"

namespace fluxscope::app {
namespace {

/// What a measured time may be beside the predicted one, 90 %.
std::string interval_of(sim::PhaseEvidence const& evidence) {
  return analysis::signed_percent_text(evidence.low_ratio - 1) + " to " +
         analysis::signed_percent_text(evidence.high_ratio - 1);
}

/// The interval is the profile's own. The mean error is one of held-out cases of the GPU that was
/// fitted: a transferred profile has none.
TextTable gpus() {
  TextTable table({"gpu", "chip", "SMs", "profile", "90 % interval prefill", "decode",
                   "held-out error prefill", "decode"});
  for (std::string const& name : config_names("gpus")) {
    auto const profile = sim::load_device_profile(config_path("gpus", name));
    auto const& prefill = profile.phase(plan::Phase::prefill);
    auto const& decode = profile.phase(plan::Phase::decode);
    bool const fitted = profile.provenance == "fitted";
    auto const error = [&](sim::PhaseEvidence const& evidence) {
      return fitted ? analysis::percent_text(evidence.mape_ratio) : "-";
    };
    table.add({name, profile.spec.chip, std::to_string(profile.spec.sm_count), profile.provenance,
               interval_of(prefill), interval_of(decode), error(prefill), error(decode)});
  }
  return table;
}

TextTable models() {
  TextTable table({"model", "layers", "q_heads", "kv_heads", "head_dim", "layers not reading all"});
  for (std::string const& name : config_names("models")) {
    auto const model = plan::load_model(config_path("models", name));
    table.add({name, std::to_string(model.layers), std::to_string(model.attention.q_heads),
               std::to_string(model.attention.kv_heads), std::to_string(model.attention.head_dim),
               plan::own_attention_text(model)});
  }
  return table;
}

/// The first sentence of the file's leading comment: what the file is for.
std::string about(std::string const& path) {
  LineReader file(path, limits::kConfigBytes);
  std::string text;
  for (std::string line; file.next(line) && line.starts_with("# ");) {
    text += (text.empty() ? "" : " ") + line.substr(2);
    for (std::size_t at = 0; (at = text.find_first_of(".?", at)) != std::string::npos; ++at) {
      if (at + 1 == text.size() || text[at + 1] == ' ') return text.substr(0, at + 1);
    }
  }
  return text;
}

TextTable files(std::string const& kind) {
  TextTable table({"name", "about"}, TextTable::Align::left);
  for (std::string const& name : config_names(kind)) {
    table.add({name, about(config_path(kind, name))});
  }
  return table;
}

TextTable experiments() { return files("experiments"); }
TextTable sweeps() { return files("sweeps"); }
TextTable mixes() { return files("mixes"); }

TextTable words(std::string const& title, std::vector<std::string> const& values) {
  TextTable table({title});
  for (std::string const& value : values) table.add({value});
  return table;
}

TextTable policies() {
  TextTable table({"policy", "level", "keys", "about"}, TextTable::Align::left);
  for (plan::PolicyKind const& kind : plan::policy_table()) {
    std::string keys;
    for (std::string const& key : kind.keys) keys += (keys.empty() ? "" : " ") + key;
    table.add({kind.name, plan::to_text(kind.level), keys, kind.about});
  }
  return table;
}

TextTable executions() { return words("execution", plan::execution_names()); }
TextTable schedulers() { return words("scheduler", plan::scheduler_names()); }

TextTable kernels() {
  TextTable table({"kernel", "op", "counted as"}, TextTable::Align::left);
  for (plan::OpRow const& row : plan::op_catalog()) {
    for (plan::OpKernel const& kernel : row.kernels) {
      table.add({std::string(kernel.name), std::string(row.name), plan::to_text(row.counted_as)});
    }
  }
  return table;
}

TextTable metrics() {
  TextTable table({"metric", "unit", "title", "formula"}, TextTable::Align::left);
  for (analysis::Metric const& metric : analysis::metric_table()) {
    table.add({metric.name, metric.unit, metric.title, metric.formula});
  }
  return table;
}

TextTable formats() {
  TextTable table({"format", "holds", "where its path goes"}, TextTable::Align::left);
  for (auto const& rows :
       {plan::decision_formats(), plan::model_formats(), workload::request_formats()}) {
    for (FileFormat const& row : rows) table.add({row.name, row.holds, row.use});
  }
  return table;
}

struct Topic {
  char const* name;
  TextTable (*table)();
};

constexpr std::array kTopics = {Topic{"gpus", gpus},
                                Topic{"models", models},
                                Topic{"policies", policies},
                                Topic{"executions", executions},
                                Topic{"schedulers", schedulers},
                                Topic{"kernels", kernels},
                                Topic{"experiments", experiments},
                                Topic{"sweeps", sweeps},
                                Topic{"mixes", mixes},
                                Topic{"metrics", metrics},
                                Topic{"formats", formats}};

void run_list(std::string const& name) {
  for (Topic const& topic : kTopics) {
    if (name == topic.name) std::cout << topic.table().text();
  }
}

}  // namespace

void add_list_command(CLI::App& root) {
  auto const topic = std::make_shared<std::string>();
  auto* command = root.add_subcommand("list", "what can be named in configs and on this line");
  std::vector<std::string> names;
  for (Topic const& known : kTopics) names.emplace_back(known.name);
  command->add_option("topic", *topic, "what to list")->check(CLI::IsMember(names))->required();
  command->footer("Example:\n  fluxscope list experiments");
  command->callback([topic] { run_list(*topic); });
}

}  // namespace fluxscope::app
