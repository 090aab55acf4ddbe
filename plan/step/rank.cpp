#include "plan/step/rank.hpp"

#include <fmt/format.h>

#include <array>
#include <numeric>

#include "base/error.hpp"

namespace fluxscope::plan {
namespace {

struct Divided {
  char const* key;
  std::int32_t* value;
};

std::string divisors_of(std::int32_t value) {
  std::string text;
  for (std::int32_t ranks = 1; ranks <= value; ++ranks) {
    if (value % ranks == 0) text += fmt::format("{}{}", text.empty() ? "" : ", ", ranks);
  }
  return text;
}

}  // namespace

Model rank_of(Model const& model, std::int32_t ranks) {
  Model part = model;
  std::array const divided = {Divided{"q_heads", &part.attention.q_heads},
                              Divided{"kv_heads", &part.attention.kv_heads},
                              Divided{"intermediate_size", &part.intermediate_size},
                              Divided{"vocab_size", &part.vocab_size}};
  std::int32_t common = 0;
  for (Divided const& one : divided) common = std::gcd(common, *one.value);
  for (Divided const& one : divided) {
    if (ranks < 1 || *one.value % ranks != 0) {
      throw InputError(
          fmt::format("ranks = {} ({} of {} is {}, which they do not divide) choose one "
                      "of {}",
                      ranks, one.key, model.name, *one.value, divisors_of(common)));
    }
    *one.value /= ranks;
  }
  return part;
}

}  // namespace fluxscope::plan
