#include "plan/decisions/gate_file/gate_file.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"

namespace fluxscope::plan {

Gates read_gate_file(std::string const& path, Model const& model) {
  std::string const ending = std::filesystem::path(path).extension().string();
  if (ending == ".csv") return detail::read_gate_csv(path, model);
  if (ending == ".jsonl") return detail::read_gate_jsonl(path, model);
  if (ending == ".h5" || ending == ".hdf5") return detail::read_gate_hdf5(path, model);
  throw InputError(path + ": " + in_quotes(ending) +
                   " is no known format of decisions. Use .csv, .jsonl or .h5.");
}

void detail::expect_decisions(std::int64_t decisions, std::string const& path) {
  if (decisions <= limits::kDecisions) return;
  throw InputError(path + ": more than " + std::to_string(limits::kDecisions) +
                   " decisions (requests x layers x KV heads are held in memory) give fewer " +
                   "requests");
}

}  // namespace fluxscope::plan
