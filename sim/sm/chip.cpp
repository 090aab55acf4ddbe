#include "sim/sm/chip.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::int32_t kSmsPerTpc = 2;

/// CTAs that each part gets of `ctas`: [parts], in the order in which they are filled.
std::vector<std::int32_t> dealt(std::vector<ChipPart> const& parts, std::int32_t ctas) {
  std::vector<std::int32_t> counts(parts.size(), 0);
  for (std::int32_t layer = 1; layer <= kSmsPerTpc; ++layer) {
    for (bool room = true; room && ctas > 0;) {
      room = false;
      for (std::size_t i = 0; i < parts.size() && ctas > 0; ++i) {
        std::int32_t const most = layer == kSmsPerTpc ? parts[i].sms : parts[i].sms / kSmsPerTpc;
        if (counts[i] >= most) continue;
        ++counts[i];
        --ctas;
        room = true;
      }
    }
  }
  return counts;
}

}  // namespace

std::int32_t Chip::memory_groups() const {
  std::int32_t groups = 1;
  for (auto const* list : {&first, &parts}) {
    for (ChipPart const& part : *list) groups = std::max(groups, part.memory_group + 1);
  }
  return groups;
}

std::int32_t Chip::sms() const {
  std::int32_t sum = 0;
  for (auto const* list : {&first, &parts}) {
    for (ChipPart const& part : *list) sum += part.sms;
  }
  return sum;
}

std::vector<std::int32_t> groups_of_ctas(Chip const& chip, std::int32_t start, std::int32_t ctas) {
  expects(0 <= ctas && ctas <= chip.sms(), "at most a CTA per SM is placed");
  std::vector<std::int32_t> groups;
  for (ChipPart const& part : chip.first) {
    std::int32_t const count = std::min(part.sms, ctas - static_cast<std::int32_t>(groups.size()));
    groups.insert(groups.end(), static_cast<std::size_t>(count), part.memory_group);
  }
  std::vector<ChipPart> parts = chip.parts;
  if (!parts.empty()) {
    std::rotate(parts.begin(), parts.begin() + start % std::ssize(parts), parts.end());
  }
  auto const counts = dealt(parts, ctas - static_cast<std::int32_t>(groups.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    groups.insert(groups.end(), static_cast<std::size_t>(counts[i]), parts[i].memory_group);
  }
  return groups;
}

}  // namespace fluxscope::sim
