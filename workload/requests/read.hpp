#pragma once

#include <string>
#include <vector>

#include "base/files/file_format.hpp"
#include "workload/requests/request.hpp"

namespace fluxscope::workload {

/// Reads a request trace as it is published; its columns and values tell the dialect, not its name.
///   Azure 2023, 2024  CSV: TIMESTAMP, ContextTokens, GeneratedTokens; those of 2024 state +00:00
///   BurstGPT          CSV: Timestamp in s, Request tokens, Response tokens; 0 of the latter: it
///                     failed
///   Vidur             CSV: num_prefill_tokens, num_decode_tokens; arrived_at in s, or none
///   Mooncake          JSON lines: timestamp in ms, input_length, output_length, hash_ids, each of
///                     512 tokens
///   Qwen-Bailian      the same keys, timestamp in s, blocks of 16 tokens: input_length / block is
///                     the number of hash_ids, rounded up or down, which tells it from Mooncake
///   LLMServingSim     arrival_time_ns, input_toks, output_toks: JSON lines, or columns between
///                     tabs or commas; a line with sub_requests is a session, whose later requests
///                     have after_previous_ns
/// Times are taken from their decimal text, to the nanosecond, without a double between. A trace in
/// which a request failed, or whose last line has no end (as in a file that was cut off), says so
/// in `notes`. Throws InputError with file:line for a Git-LFS pointer, a gzip archive, columns of
/// no known dialect, a row that does not fit, time running backwards, and token counts that are no
/// whole number from 1 to limits::kTokens; for more than limits::kTraceRequests requests, or none.
[[nodiscard]] RequestTrace read_requests(std::string const& path);

/// The dialects that it knows, a row each.
[[nodiscard]] std::vector<FileFormat> request_formats();

}  // namespace fluxscope::workload
