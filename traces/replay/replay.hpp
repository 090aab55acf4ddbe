#pragma once
// The result of a replay: what policies gain over a mix of tasks on one GPU.

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/time_ratio.hpp"

namespace fluxscope::traces {

/// What a time is made of; the parts sum to it. Spelled by kReplayPartNames.
enum class ReplayPart : std::uint8_t {
  ideal,          ///< the quickest full attention's time x the share of blocks that is read
  rate,           ///< what the tiles take beyond that with every SM ending together
  tail,           ///< the end of each attention launch less its level end
  splits,         ///< merging the parts of split rows
  selection,      ///< choosing and copying KV: router, table, gather
  launches,       ///< when no launch runs: gaps and the host
  not_attention,  ///< every other operation of the step
  count,
};
inline constexpr auto kReplayParts = static_cast<std::size_t>(ReplayPart::count);
inline constexpr std::array<char const*, kReplayParts> kReplayPartNames = {
    "ideal", "rate", "tail", "splits", "selection", "launches", "not_attention"};

using ReplayTimes = std::array<double, kReplayParts>;  ///< ns, by ReplayPart

/// A policy over one task, or over the mix: means over its requests, weighted. Times are NaN where
/// there are none, as those of an output of one token have no time per token.
struct ReplayRow {
  std::string task;  ///< empty: the whole mix
  std::string policy;
  std::string level;  ///< "full", "layer", "head"
  std::string execution;
  std::string scheduler;
  std::string mode;   ///< "eager", "graph"; empty where only attention is predicted
  double weight = 0;  ///< of the task; those of all tasks sum to 1
  double prompt_tokens = 0;
  double output_tokens = 0;
  double msr_ratio = 0;  ///< realised
  TimeInterval first_token;
  TimeInterval per_token;  ///< of the tokens after the first
  TimeInterval latency;
  TimeRatio first_token_speedup;  ///< over the full row whose latency is lowest
  TimeRatio per_token_speedup;
  TimeRatio latency_speedup;
  double attention_ratio = std::numeric_limits<double>::quiet_NaN();  ///< share of the latency
  double kv_bytes = 0;             ///< held by a request at its end, all layers
  std::int64_t requests_fit = -1;  ///< beside the weights; -1: not known
  std::string provenance;
  ReplayTimes prefill_ns{};  ///< of a request, as first_token
  ReplayTimes decode_ns{};   ///< of a request, all its tokens after the first
};

/// A point of a break-even.
struct BreakEvenPoint {
  std::int64_t kv_len = 0;  ///< tokens
  TimeInterval time;
  TimeInterval full;
  TimeRatio speedup;
};

/// From which context a policy pays, by break_even() of base/speedup.hpp. Contexts are tokens;
/// where it is not between two of the points, the first or the last point's.
struct BreakEvenRow {
  std::string phase;  ///< "prefill": a whole prompt; "decode": a token of each request
  std::string policy;
  std::string execution;
  std::string scheduler;
  std::string mode;
  double msr_ratio = 0;
  std::string kind;  ///< "always", "from", "never"
  double kv_len_tokens = 0;
  std::string low_kind;  ///< at the high end of the speed-up's interval; empty: it has none
  double low_tokens = 0;
  std::string high_kind;  ///< at its low end
  double high_tokens = 0;
  std::vector<BreakEvenPoint> points;
  ReplayTimes longest_ns{};  ///< of the time at the last point
};

struct Replay {
  std::string name;
  std::string created;  ///< ISO 8601, UTC
  std::string version;  ///< git hash
  std::string command_line;
  std::string toml;  ///< of the mix
  std::string model;
  std::string gpu;
  std::string profile;  ///< what the predictions rest on
  std::int32_t batch = 1;
  std::string attention_alone;  ///< why only attention is predicted; empty: whole steps are
  std::vector<std::string> not_charged;
  std::vector<std::string> notes;
  std::vector<ReplayRow> rows;  ///< those of the mix first
  std::vector<BreakEvenRow> break_evens;
};

}  // namespace fluxscope::traces
