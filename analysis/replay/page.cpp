#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "analysis/replay/replay_text.hpp"
#include "analysis/report/assets.hpp"

namespace fluxscope::analysis {

std::vector<FileKind> replay_text_kinds() {
  return {{.name = "a replay's table", .begins = {"task,policy,level,execution,scheduler,mode,"}},
          {.name = "a replay's Markdown", .begins = {"# fluxscope replay"}},
          {.name = "a report's page",
           .begins = {"<!DOCTYPE html>"},
           .holds = "<title>fluxscope report</title>"}};
}

std::string replay_html(traces::Replay const& replay, std::string const& json) {
  auto data = nlohmann::ordered_json::parse(json);
  // Words that the page and the terminal share.
  for (std::size_t i = 0; i < replay.break_evens.size(); ++i) {
    data["break_evens"][i]["pays"] = break_even_text(replay.break_evens[i]);
  }
  static constexpr std::array<std::string_view, 2> kScripts = {"page.js", "replay.js"};
  return page_html(kScripts, data.dump());
}

}  // namespace fluxscope::analysis
