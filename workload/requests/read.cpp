#include "workload/requests/read.hpp"

#include "base/error.hpp"
#include "workload/requests/row.hpp"

namespace fluxscope::workload {
namespace {

/// Refuses what stands for a trace and is none: the few lines of a file in a clone without Git LFS,
/// an archive, a JSON list.
void expect_a_trace(std::string const& line, std::string const& where) {
  if (line.starts_with("\x1f\x8b")) {
    throw InputError(where + "is a gzip archive (traces are read as text) unpack it");
  }
  if (line.starts_with('[')) {
    throw InputError(where +
                     "is a JSON list (JSON lines have one object each, without brackets or " +
                     "commas around them) write a request per line");
  }
  if (!line.starts_with("version https://git-lfs.github.com/spec/")) return;
  throw InputError(where +
                   "is a Git-LFS pointer (the clone was made without Git LFS and has no contents) "
                   "run `git lfs pull` in it");
}

}  // namespace

RequestTrace read_requests(std::string const& path) {
  detail::TraceLines lines(path);
  std::string first;
  if (!lines.next(first)) {
    throw InputError(path + ":1: is empty (a request trace has rows) give another");
  }
  expect_a_trace(first, lines.where());
  bool const json = first.find_first_not_of(" \t") == first.find('{');
  RequestTrace trace = json ? detail::read_json_lines(path) : detail::read_csv(path);
  if (trace.failed_requests > 0) {
    trace.notes.push_back(std::to_string(trace.failed_requests) +
                          " requests failed (no output) and are left out");
  }
  if (trace.requests.empty()) {
    throw InputError(path +
                     ":1: no request that was served (nothing could be replayed) give "
                     "another file");
  }
  return trace;
}

std::vector<FileFormat> request_formats() {
  std::string const use = "fluxscope requests FILE";
  return {{"Azure 2023, 2024", "CSV: TIMESTAMP (a date, UTC), ContextTokens, GeneratedTokens", use},
          {"BurstGPT 1, 1.2", "CSV: Timestamp in s, Request tokens, Response tokens", use},
          {"Vidur", "CSV: num_prefill_tokens, num_decode_tokens; arrived_at in s, or none", use},
          {"Mooncake", "JSON lines: timestamp in ms, input_length, output_length, hash_ids of 512",
           use},
          {"Qwen-Bailian", "JSON lines: the same keys, timestamp in s, hash_ids of 16", use},
          {"LLMServingSim", "JSON lines or CSV: arrival_time_ns, input_toks, output_toks; sessions",
           use}};
}

}  // namespace fluxscope::workload
