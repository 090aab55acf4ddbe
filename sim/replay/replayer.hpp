#pragma once
// Steps of a model under policies on one GPU, each distinct layer simulated once.

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "plan/decisions/policy/policy.hpp"
#include "sim/replay/layer_book.hpp"
#include "sim/step/step_time.hpp"

namespace fluxscope::sim {

/// How a batch is run.
struct Variant {
  plan::Policy const* policy = nullptr;
  plan::Gates const* gates = nullptr;  ///< of the batch: [requests, layers, kv_heads]
  plan::Execution execution = plan::Execution::layer_uniform;
  plan::Scheduler scheduler = plan::Scheduler::natural;
  plan::LaunchMode mode = plan::LaunchMode::graph;
};

class Replayer {
 public:
  /// `profile` outlives it. Whole steps are predicted where the profile has all tables that the
  /// launch modes need, else attention alone.
  Replayer(plan::Model model, DeviceProfile const& profile,
           std::vector<plan::LaunchMode> const& modes);

  /// Why attention alone is predicted, with what would mend it; empty where whole steps are.
  [[nodiscard]] std::string const& attention_alone() const { return attention_alone_; }
  /// What costs time on a GPU and is not in the predictions so far, a phrase each.
  [[nodiscard]] std::vector<std::string> const& not_charged() const { return not_charged_; }
  [[nodiscard]] plan::Model const& model() const { return model_; }
  [[nodiscard]] std::size_t simulated_layers() const { return book_.size(); }

  /// The prefill of prompts of `prompt` tokens, one per request of the gates; `chunk`: tokens of a
  /// chunk, 0: whole. Throws InputError as simulate() does.
  [[nodiscard]] Replayed prefill(Variant const& variant, std::int64_t prompt, std::int32_t chunk);
  /// A decoded token of each request at one context.
  [[nodiscard]] Replayed token(Variant const& variant, std::int64_t kv_len);
  /// `count` tokens of each request, the first at `first_kv_len`: a sum over token_nodes().
  [[nodiscard]] Replayed tokens(Variant const& variant, std::int64_t first_kv_len,
                                std::int64_t count);
  /// K and V that all layers hold of the batch in a decode step at `kv_len`, bytes.
  [[nodiscard]] std::int64_t kv_bytes(Variant const& variant, std::int64_t kv_len);

 private:
  struct StepOpTime {
    plan::StepOp op;
    OpTime time;  ///< attention: none
  };
  using ShapeKey = std::tuple<plan::Phase, std::size_t, std::int32_t, bool, bool>;

  [[nodiscard]] std::vector<std::uint32_t> layers(Variant const& variant, plan::Phase phase,
                                                  std::vector<plan::SequenceShape> const& batch);
  [[nodiscard]] Replayed step(Variant const& variant, plan::StepShape const& shape);
  [[nodiscard]] Replayed whole_step(plan::LaunchMode mode, plan::StepShape const& shape,
                                    std::vector<std::uint32_t> const& layers);
  [[nodiscard]] Replayed attention_of(std::vector<std::uint32_t> const& layers) const;
  /// The operations of a step: they follow from the queries, not from contexts or gates.
  [[nodiscard]] std::vector<StepOpTime> const& ops_of(plan::StepShape const& shape);
  [[nodiscard]] bool charge_router(plan::Policy const& policy);
  void note_not_charged(std::string const& what);

  plan::Model model_;
  DeviceProfile const& profile_;
  std::string attention_alone_;
  std::vector<std::string> not_charged_;
  std::string router_problem_;  // why routed prefills are not charged; empty: they are
  LayerBook book_;
  OpTimeBook times_;
  std::map<ShapeKey, std::vector<StepOpTime>> ops_;
  std::map<std::tuple<plan::LaunchMode, ShapeKey, std::vector<std::uint32_t>>, Replayed> steps_;
};

}  // namespace fluxscope::sim
