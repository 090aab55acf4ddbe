// Request traces: the whole input is the file, whose content tells the dialect.

#include <cstdint>

#include "tests/fuzz/input_file.hpp"
#include "tests/fuzz/refused.hpp"
#include "workload/requests/read.hpp"
#include "workload/requests/summary.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else

void check(workload::RequestTrace const& trace) {
  std::int64_t last_ns = 0;
  for (workload::Request const& request : trace.requests) {
    if (request.prompt_tokens < 1 || request.output_tokens < 1) fuzz::fault("no tokens");
    if (request.after_previous_ns.value_or(0) < 0) fuzz::fault("a time before the one before");
    if (!request.arrival_ns) continue;
    if (*request.arrival_ns < last_ns) fuzz::fault("time that runs backwards");
    last_ns = *request.arrival_ns;
  }
  if (trace.requests.empty() || workload::summary_text(trace).empty()) fuzz::fault("nothing read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::InputFile const file(".trace");
  file.write({data, size});
  static_cast<void>(
      fuzz::accepted(file.path(), [&] { check(workload::read_requests(file.path())); }));
  return 0;
}
