#include "plan/decisions/policy/keys.hpp"

#include "base/text/near_miss.hpp"
#include "base/toml/lists.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan {
namespace {

void expect_layer_level(Gates const& gates, TomlTable const& table) {
  for (std::int32_t request = 0; request < gates.requests; ++request) {
    for (std::int32_t layer = 0; layer < gates.layers; ++layer) {
      for (std::int32_t head = 1; head < gates.kv_heads; ++head) {
        if (gates.at(request, layer, head) == gates.at(request, layer, 0)) continue;
        throw InputError(table.where("gates") + ": heads of layer " + std::to_string(layer) +
                         " of request " + std::to_string(request) + " have different decisions " +
                         "(" + table.text("name") + " decides per layer) use policy head_dynamic");
      }
    }
  }
}

/// The requests of a file that key `requests` picks.
Gates picked(TomlTable const& table, Gates const& gates) {
  if (!table.has("requests")) return gates;
  std::vector<std::int32_t> requests;
  for (std::int64_t const request : ascending_integers(table, "requests", {0, 1 << 30})) {
    if (request >= gates.requests) {
      throw InputError(table.where("requests") + ": requests holds " + std::to_string(request) +
                       " (" + table.text("gates") + " has " + std::to_string(gates.requests) +
                       ", numbered from 0) remove it");
    }
    requests.push_back(static_cast<std::int32_t>(request));
  }
  return of_requests(gates, requests);
}

}  // namespace

std::uint64_t read_seed(TomlTable const& table) {
  return static_cast<std::uint64_t>(table.integer_or("seed", 1, {0, std::int64_t{1} << 53}));
}

double read_msr(TomlTable const& table, PolicyContext const& context) {
  if (context.msr_ratio && !table.has("msr_ratio")) return *context.msr_ratio;
  return table.number("msr_ratio", {0, 1});
}

void expect_one_of(TomlTable const& table, std::string const& a, std::string const& b) {
  if (table.has(a) != table.has(b)) return;
  std::string const problem = ": policy " + table.text("name") + " needs " + a + " or " + b;
  if (table.has(a)) {
    throw InputError(table.where(a) + problem + " and has both (they may disagree) remove one");
  }
  std::string hint;
  for (std::string const& wanted : {a, b}) {
    if (auto const near = near_miss(wanted, table.keys())) {
      hint = ". Is '" + *near + "' a misspelling of " + wanted + "?";
    }
  }
  throw InputError(table.where() + problem + " (they are its decisions) add one" + hint);
}

void expect_decisions(TomlTable const& table, PolicyContext const& context) {
  if (context.msr_ratio && !table.has("msr_ratio") && !table.has("gates")) return;
  expect_one_of(table, "msr_ratio", "gates");
}

GateMaker shared(Gates gates) {
  return [gates = std::move(gates)](std::int32_t) { return gates; };
}

GateMaker gates_of_file(TomlTable const& table, PolicyContext const& context, PolicyLevel level) {
  Gates const all = read_beside(table, "gates", context, [&](std::string const& path) {
    return read_gate_file(path, context.model);
  });
  if (level == PolicyLevel::layer) expect_layer_level(all, table);
  std::string const problem = table.where("gates") + ": gates: " + table.text("gates");
  return [gates = picked(table, all), problem](std::int32_t requests) {
    if (gates.requests == 1 || gates.requests == requests) return gates;
    std::string const count = std::to_string(gates.requests);
    throw InputError(problem + " gives decisions for " + count + " requests (a batch of " +
                     std::to_string(requests) + " uses " + std::to_string(requests) +
                     ") set batches = [" + count + "], or add requests = [0]: one that all of a " +
                     "batch share, or as many as it has");
  };
}

GateMaker drawn(TomlTable const& table, PolicyContext const& context, GateDraw draw) {
  bool const each = table.boolean_or("gate_per_request", false);
  return [=, model = context.model, msr_ratio = read_msr(table, context), seed = read_seed(table)](
             std::int32_t requests) { return draw(model, msr_ratio, each ? requests : 1, seed); };
}

GateMaker in_head_order(TomlTable const& table, GateMaker gates) {
  if (!table.has("head_order")) return gates;
  if (table.choice("head_order", {"as_decided", "by_count"}) == "as_decided") return gates;
  return [gates = std::move(gates), seed = read_seed(table)](std::int32_t requests) {
    return in_count_order(gates(requests), seed);
  };
}

}  // namespace fluxscope::plan
