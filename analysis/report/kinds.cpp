#include "analysis/report/report.hpp"

namespace fluxscope::analysis {

std::vector<FileKind> report_kinds() {
  return {{.name = "a report's page",
           .begins = {"<!DOCTYPE html>"},
           .holds = "<title>fluxscope report</title>"},
          {.name = "a report's Markdown", .begins = {"# fluxscope report", "# fluxscope replay"}},
          {.name = "a report's JSON", .begins = {"{\n \"fluxscope_report\""}}};
}

}  // namespace fluxscope::analysis
