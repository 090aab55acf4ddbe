#include "plan/step/weights.hpp"

#include "base/checked.hpp"
#include "plan/op/element.hpp"
#include "plan/step/rank.hpp"

namespace fluxscope::plan {
namespace {

constexpr char kParameters[] = "parameters";

struct Parameters {
  std::int64_t divided = 0;  ///< among the ranks: projections, MLP, LM head
  std::int64_t whole = 0;    ///< on each: embedding and norms
};

Parameters parameters_of(Model const& model) {
  auto const product = [](std::int64_t a, std::int64_t b) {
    return checked_product(a, b, kParameters);
  };
  std::int64_t const hidden = model.hidden_size;
  std::int64_t const head_dim = model.attention.head_dim;
  // Q and output projections, K and V; gate, up and down.
  std::int64_t const heads = std::int64_t{2} * (model.attention.q_heads + model.attention.kv_heads);
  std::int64_t const layer =
      product(hidden, product(heads, head_dim) + std::int64_t{3} * model.intermediate_size);
  std::int64_t const norms = 2 * hidden + (model.qk_norm ? 2 * head_dim : 0);
  std::int64_t const vocabulary = product(model.vocab_size, hidden);
  return {.divided = checked_sum(product(model.layers, layer),
                                 model.tied_embedding ? 0 : vocabulary, kParameters),
          .whole = checked_sum(vocabulary, product(model.layers, norms) + hidden, kParameters)};
}

}  // namespace

std::int64_t parameter_count(Model const& model) {
  Parameters const all = parameters_of(model);
  return checked_sum(all.divided, all.whole, kParameters);
}

std::int64_t weight_bytes(Model const& model, std::int32_t ranks) {
  static_cast<void>(rank_of(model, ranks));
  Parameters const all = parameters_of(model);
  return kElementBytes * checked_sum(all.divided / ranks, all.whole, kParameters);
}

}  // namespace fluxscope::plan
