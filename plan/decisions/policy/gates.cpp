#include "plan/decisions/policy/gates.hpp"

#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/error.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan {
namespace {

using GateMaker = std::function<Gates(std::int32_t requests)>;

constexpr double kMsrTolerance = 1e-3;  // of a stated MSR that only repeats what the counts say

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

/// Exactly one of two keys is there.
void expect_one_of(TomlTable const& table, std::string const& a, std::string const& b) {
  if (table.has(a) != table.has(b)) return;
  throw InputError(table.where(table.has(a) ? a : std::string()) + ": policy " +
                   table.text("name") + " needs " + a + " or " + b +
                   (table.has(a) ? " and has both (they may disagree) remove one"
                                 : " (they are its decisions) add one"));
}

std::uint64_t read_seed(TomlTable const& table) {
  return static_cast<std::uint64_t>(table.integer_or("seed", 1, {0, std::int64_t{1} << 53}));
}

double read_msr(TomlTable const& table) { return table.number("msr_ratio", {0, 1}); }

GateMaker shared(Gates gates) {
  return [gates = std::move(gates)](std::int32_t) { return gates; };
}

/// Puts the heads in count order where the table asks for it.
GateMaker in_head_order(TomlTable const& table, GateMaker gates) {
  if (!table.has("head_order")) return gates;
  if (table.choice("head_order", {"as_decided", "by_count"}) == "as_decided") return gates;
  return [gates = std::move(gates), seed = read_seed(table)](std::int32_t requests) {
    return in_count_order(gates(requests), seed);
  };
}

void expect_layer_level(Gates const& gates, std::string const& where) {
  for (std::int32_t request = 0; request < gates.requests; ++request) {
    for (std::int32_t layer = 0; layer < gates.layers; ++layer) {
      for (std::int32_t head = 1; head < gates.kv_heads; ++head) {
        if (gates.at(request, layer, head) == gates.at(request, layer, 0)) continue;
        throw InputError(where + ": heads of layer " + std::to_string(layer) + " of request " +
                         std::to_string(request) + " have different decisions " +
                         "(flux decides per layer) use policy head_dynamic");
      }
    }
  }
}

Gates read_gates(TomlTable const& table, PolicyContext const& context) {
  return read_beside(table, "gates", context,
                     [&](std::string const& path) { return read_gate_file(path, context.model); });
}

/// Decisions drawn by `draw(model, msr_ratio, requests, seed)`.
template <class Draw>
GateMaker drawn(TomlTable const& table, Model const& model, Draw draw) {
  bool const each = table.boolean_or("gate_per_request", false);
  return [=, msr_ratio = read_msr(table), seed = read_seed(table)](std::int32_t requests) {
    return draw(model, msr_ratio, each ? requests : 1, seed);
  };
}

GateMaker flux(TomlTable const& table, PolicyContext const& context) {
  expect_one_of(table, "msr_ratio", "gates");
  if (table.has("msr_ratio")) return drawn(table, context.model, layer_gates);
  auto gates = read_gates(table, context);
  expect_layer_level(gates, table.where("gates"));
  return shared(std::move(gates));
}

GateMaker head_dynamic(TomlTable const& table, PolicyContext const& context) {
  expect_one_of(table, "msr_ratio", "gates");
  return in_head_order(table, table.has("msr_ratio") ? drawn(table, context.model, head_gates)
                                                     : shared(read_gates(table, context)));
}

std::vector<std::int32_t> read_counts(TomlTable const& table, Model const& model) {
  std::string const key = "full_heads_per_layer";
  auto const counts = table.integers(key, {0, model.attention.kv_heads});
  if (counts.size() != static_cast<std::size_t>(model.layers)) {
    throw InputError(table.where(key) + ": " + key + " has " + std::to_string(counts.size()) +
                     " numbers (" + model.name + " has " + std::to_string(model.layers) +
                     " layers) give one per layer");
  }
  std::int64_t const pairs = std::int64_t{model.layers} * model.attention.kv_heads;
  double const msr_ratio =
      1 - static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0})) /
              static_cast<double>(pairs);
  if (table.has("msr_ratio") && std::abs(read_msr(table) - msr_ratio) > kMsrTolerance) {
    throw InputError(table.where("msr_ratio") + ": msr_ratio is not that of " + key +
                     " (their MSR is " + std::to_string(msr_ratio) + ") mend one or leave it out");
  }
  return {counts.begin(), counts.end()};
}

GateMaker duo(TomlTable const& table, PolicyContext const& context) {
  expect_one_of(table, "full_heads_per_layer", "pattern");
  if (table.has("full_heads_per_layer")) {
    auto const counts = read_counts(table, context.model);
    return shared(counted_gates(context.model, counts, 1, read_seed(table)));
  }
  auto const scores = read_beside(table, "pattern", context, [&](std::string const& path) {
    return read_duo_scores(path, context.model);
  });
  return in_head_order(table, shared(scored_gates(context.model, scores, read_msr(table), 1)));
}

GateMaker static_ratio(TomlTable const& table, PolicyContext const& context) {
  auto const full = static_cast<std::int32_t>(
      table.integer("full_kv_heads", {0, context.model.attention.kv_heads}));
  std::vector<std::int32_t> const counts(static_cast<std::size_t>(context.model.layers), full);
  return shared(counted_gates(context.model, counts, 1, read_seed(table)));
}

GateMaker triangle_mix(TomlTable const& table, PolicyContext const& context) {
  auto const first =
      static_cast<std::int32_t>(table.integer("first_sparse_layer", {0, context.model.layers}));
  return shared(tail_layer_gates(context.model, first, 1));
}

}  // namespace

std::function<Gates(std::int32_t)> read_policy_gates(TomlTable const& table,
                                                     std::string const& name,
                                                     PolicyContext const& context) {
  if (name == "full") return shared(full_gates(context.model, 1));
  if (name == "flux") return flux(table, context);
  if (name == "head_dynamic") return head_dynamic(table, context);
  if (name == "duo") return duo(table, context);
  if (name == "static_ratio") return static_ratio(table, context);
  if (name == "triangle_mix") return triangle_mix(table, context);
  throw ContractError("policy " + name + " has a name and no decisions");
}

}  // namespace fluxscope::plan
