#include "workload/requests/row.hpp"

#include <charconv>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"

namespace fluxscope::workload::detail {

TraceLines::TraceLines(std::string const& path) : file_(path, limits::kRequestFileBytes) {}

bool TraceLines::next(std::string& line) {
  while (file_.next(line)) {
    if (line.find_first_not_of(" \t") != std::string::npos) return true;
  }
  return false;
}

void TraceLines::add_notes(std::vector<std::string>& notes) const {
  if (file_.number() == 0 || file_.ended()) return;
  notes.push_back("line " + std::to_string(file_.number()) +
                  ", the last, has no line end: if the file was cut off there, its last number "
                  "may be");
}

std::int32_t token_count(std::string_view text, std::string_view name, std::string const& where) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && value >= 1 && value <= limits::kTokens) return static_cast<std::int32_t>(value);
  throw InputError(where + std::string(name) + " = " + in_quotes(text) +
                   " is no whole number from 1 to " + std::to_string(limits::kTokens) +
                   " (every request reads and writes a token) mend or remove the row");
}

std::int64_t Arrivals::next(std::int64_t moment_ns, std::string_view text,
                            std::string const& where) {
  if (!first_ns_) first_ns_ = last_ns_ = moment_ns;
  if (moment_ns < last_ns_) {
    throw InputError(where + "the time runs backwards: " + in_quotes(text) + " after " +
                     in_quotes(last_text_) + " (rows are in the order of their arrival) sort them");
  }
  last_ns_ = moment_ns;
  last_text_ = text;
  return moment_ns - *first_ns_;
}

void add_request(RequestTrace& trace, Request const& request, std::string const& where) {
  if (trace.requests.size() >= limits::kTraceRequests) {
    throw InputError(where + "more than " + std::to_string(limits::kTraceRequests) +
                     " requests (all are held in memory) split the file");
  }
  trace.requests.push_back(request);
}

}  // namespace fluxscope::workload::detail
