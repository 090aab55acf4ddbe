#include <string>
#include <string_view>

#include "analysis/report/assets.hpp"
#include "analysis/report/report.hpp"
#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

/// A "</script>" or "<!--" inside a script element would end or change it.
std::string script_safe(std::string const& json) {
  std::string safe;
  safe.reserve(json.size());
  for (char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

/// Replaces the one occurrence of `mark`.
void fill(std::string& page, std::string_view mark, std::string_view text) {
  auto const at = page.find(mark);
  expects(at != std::string::npos, "the page template has every mark");
  page.replace(at, mark.size(), text);
}

}  // namespace

std::string page_html(std::span<std::string_view const> scripts, std::string const& json) {
  std::string joined;
  for (auto const name : scripts) joined += std::string(report_asset(name)) + "\n";
  std::string page(report_asset("page.html"));
  // The data comes last: nothing in it can be taken for a mark of the template.
  fill(page, "/*FLUXSCOPE_CSS*/", report_asset("page.css"));
  fill(page, "/*FLUXSCOPE_SCRIPTS*/", joined);
  fill(page, "/*FLUXSCOPE_ECHARTS*/", report_asset("echarts.min.js"));
  fill(page, "/*FLUXSCOPE_DATA*/", script_safe(json));
  return page;
}

std::string report_html(Report const& report) {
  return page_html(report_scripts(), report_json(report, JsonDetail::page));
}

}  // namespace fluxscope::analysis
