#include "traces/file/upgrade.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "traces/pass.hpp"
#include "traces/schema/schema.hpp"

namespace fluxscope::traces {
namespace {

// Kernels of the writers of schema 1.0.
constexpr std::array<std::string_view, 6> kKernels = {
    "prefill_mma", "prefill_wgmma", "decode_split", "combine", "gather_kv", "router"};

std::string counted_as(std::string_view op) {
  if (op == "prefill" || op == "decode") return "attention";
  if (op == "gather_kv" || op == "router") return "selection";
  return "other";
}

/// The longest of the known names that `symbol` holds; empty where it holds none.
std::string kernel_in(std::string_view symbol) {
  std::string_view longest;
  for (std::string_view const name : kKernels) {
    if (name.size() > longest.size() && symbol.find(name) != std::string_view::npos) longest = name;
  }
  return std::string(longest);
}

// 1.0 wrote the demangled symbol of pass 1 into `kernel`, where pass 2 wrote the plain name.
void split_symbols(std::vector<LaunchRecord>& launches) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> probed;  // by case and index
  for (LaunchRecord const& launch : launches) {
    if (launch.pass == Pass::probe && !launch.kernel.empty())
      probed.emplace(std::pair(launch.case_id, launch.index), launch.kernel);
  }
  for (LaunchRecord& launch : launches) {
    if (!(launch.pass == Pass::activity)) continue;
    launch.symbol = std::move(launch.kernel);
    auto const found = probed.find({launch.case_id, launch.index});
    launch.kernel = found != probed.end() ? found->second : kernel_in(launch.symbol);
  }
}

void from_1_0(Trace& trace) {
  split_symbols(trace.launches);
  for (LaunchRecord& launch : trace.launches) launch.counted_as = counted_as(launch.op);
}

constexpr std::int64_t kBlockTokens = 128;

std::int64_t blocks_of(std::int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

/// Sizes that a plan of these writers can have had.
bool is_prefill_plan(CaseRecord const& one) {
  auto const in = [](std::int64_t value, std::int64_t low, std::int64_t high) {
    return value >= low && value <= high;
  };
  constexpr std::int64_t kMost = 65535;
  constexpr std::int64_t kMostTokens = std::int64_t{1} << 23;
  bool const known =
      one.sparse_kind == "none" || one.sparse_kind == "streaming" || one.sparse_kind == "triangle";
  return one.phase == "prefill" && known && in(one.batch, 1, kMost) && in(one.kv_heads, 1, kMost) &&
         in(one.head_dim, 1, 1024) && in(one.kv_len, 1, kMostTokens) &&
         in(one.q_len, 1, one.kv_len) &&
         in(one.full_kv_heads, 0, std::int64_t{one.batch} * one.kv_heads) && one.sink_tokens >= 0 &&
         one.local_tokens >= 0 && one.last_tokens >= 0;
}

/// KV blocks that any query block of a sparse head selects: the sink, and the windows from the
/// first query block's to the last one's. A triangle's last rows read everything.
std::int64_t sparse_head_blocks(CaseRecord const& one) {
  std::int64_t const blocks = blocks_of(one.kv_len);
  bool const ragged = one.q_len % kBlockTokens != 0;
  if (one.sparse_kind == "triangle" && (one.last_tokens > 0 || ragged)) return blocks;
  std::int64_t const first_visible =
      blocks_of(one.kv_len - one.q_len + std::min<std::int64_t>(one.q_len, kBlockTokens));
  std::int64_t const unseen =
      std::max<std::int64_t>(0, first_visible - blocks_of(one.local_tokens));
  return blocks - unseen + std::min(unseen, blocks_of(one.sink_tokens));
}

// Up to 1.2 kv_bytes_selected of prefill counted a block again for each query block and query head
// that read it. All requests of a case had one length.
void from_1_2(Trace& trace) {
  for (CaseRecord& one : trace.cases) {
    if (!is_prefill_plan(one)) continue;
    std::int64_t const heads = std::int64_t{one.batch} * one.kv_heads;
    std::int64_t const sparse_heads = heads - one.full_kv_heads;
    std::int64_t distinct = one.full_kv_heads * blocks_of(one.kv_len);
    if (sparse_heads > 0) distinct += sparse_heads * sparse_head_blocks(one);
    std::int64_t bytes = 0;
    std::int64_t const block_bytes = kBlockTokens * 2 * 2 * one.head_dim;
    if (!__builtin_mul_overflow(distinct, block_bytes, &bytes)) one.kv_bytes_selected = bytes;
  }
}

/// Whether a file of 1.`minor` is older than 1.`than`, where that is a version of today's.
bool before(int minor, int than) { return minor < std::min(than, kSchemaMinor); }

}  // namespace

void upgrade(Trace& trace, int minor) {
  if (before(minor, 1)) from_1_0(trace);
  if (before(minor, 3)) from_1_2(trace);
}

}  // namespace fluxscope::traces
