#pragma once
// What several policies read alike. All throw InputError with file:line.
//   msr_ratio         share of sparse layers or heads; full_count() rounds it to whole ones; where
//                     it is absent, PolicyContext::msr_ratio, if there is one
//   seed              where a choice is left open; default 1
//   gate_per_request  true: request r draws with seed + r; default: all share the draw of the seed
//   gates             a file of gate_file.hpp, relative to the experiment's folder
//   requests          ascending numbers, from 0, of the requests to use (CSV: column request,
//                     JSONL: lines that are not empty, HDF5: first axis); default: all. They are
//                     one, which all of a batch share, or exactly as many as each batch has
//   head_order        "as_decided" (default), or "by_count": see in_count_order()

#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "plan/decisions/policy/policy.hpp"

namespace fluxscope::plan {

[[nodiscard]] std::uint64_t read_seed(TomlTable const& table);
[[nodiscard]] double read_msr(TomlTable const& table, PolicyContext const& context);

/// Exactly one of two keys is there.
void expect_one_of(TomlTable const& table, std::string const& a, std::string const& b);

/// Exactly one of msr_ratio and gates is there; neither needs to be where the context has an MSR.
void expect_decisions(TomlTable const& table, PolicyContext const& context);

/// The file that `key` names, read by `read(path)`; its errors also say where it was named.
template <class Read>
auto read_beside(TomlTable const& table, std::string const& key, PolicyContext const& context,
                 Read const& read) {
  std::string const path = (std::filesystem::path(context.folder) / table.text(key)).string();
  try {
    return read(path);
  } catch (InputError const& error) {
    throw InputError(table.where(key) + ": " + key + ": " + error.what());
  }
}

/// One request's decisions that all of a batch share.
[[nodiscard]] GateMaker shared(Gates gates);

/// Keys gates and requests. Level `layer`: the heads of each layer must agree.
[[nodiscard]] GateMaker gates_of_file(TomlTable const& table, PolicyContext const& context,
                                      PolicyLevel level);

/// Keys msr_ratio, seed and gate_per_request.
[[nodiscard]] GateMaker drawn(TomlTable const& table, PolicyContext const& context, GateDraw draw);

/// Keys head_order and seed: puts the heads in count order where the table asks for it.
[[nodiscard]] GateMaker in_head_order(TomlTable const& table, GateMaker gates);

}  // namespace fluxscope::plan
