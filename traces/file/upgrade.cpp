#include "traces/file/upgrade.hpp"

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "traces/pass.hpp"

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

}  // namespace

void upgrade(Trace& trace, int minor) {
  if (minor < 1) from_1_0(trace);
}

}  // namespace fluxscope::traces
