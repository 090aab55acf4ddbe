#include "workload/requests/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/statistics.hpp"
#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"

namespace fluxscope::workload {
namespace {

void add_tokens(TextTable& table, RequestTrace const& trace, std::string const& name,
                std::int32_t Request::*member) {
  std::vector<std::int32_t> tokens;
  double sum = 0;
  for (Request const& request : trace.requests) {
    tokens.push_back(request.*member);
    sum += request.*member;
  }
  std::sort(tokens.begin(), tokens.end());
  auto const at = [&](double q) { return tokens[nearest_rank(q, tokens.size()) - 1]; };
  table.add({name, fmt::format("mean {:.1f}, median {}, 99 % up to {}, most {}",
                               sum / static_cast<double>(tokens.size()), at(0.5), at(0.99),
                               tokens.back())});
}

std::string span_text(RequestTrace const& trace) {
  std::int64_t last_ns = -1;
  std::int64_t arrivals = 0;
  for (Request const& request : trace.requests) {
    if (!request.arrival_ns) continue;
    last_ns = std::max(last_ns, *request.arrival_ns);
    ++arrivals;
  }
  if (arrivals == 0) return "-";
  double const seconds = static_cast<double>(last_ns) * 1e-9;
  if (last_ns == 0) return "0 s";
  return number_text("{:.9g} s", seconds) +
         number_text(", {:.4g} arrivals/s", static_cast<double>(arrivals) / seconds);
}

}  // namespace

std::string summary_text(RequestTrace const& trace) {
  TextTable table({"trace", trace.format}, TextTable::Align::left);
  table.add({"clock", trace.clock});
  table.add({"requests", std::to_string(trace.requests.size())});
  table.add({"failed, left out", std::to_string(trace.failed_requests)});
  table.add({"first to last arrival", span_text(trace)});
  add_tokens(table, trace, "prompt tokens", &Request::prompt_tokens);
  add_tokens(table, trace, "output tokens", &Request::output_tokens);
  return table.text();
}

}  // namespace fluxscope::workload
