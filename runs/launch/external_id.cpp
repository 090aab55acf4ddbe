#include "runs/launch/external_id.hpp"

#include "base/error.hpp"

namespace fluxscope::runs {

std::uint64_t external_id(std::uint32_t case_id, traces::Pass pass, std::uint32_t repetition) {
  std::uint64_t const pass_number = traces::number(pass);
  expects(pass_number < 256 && repetition < 256,
          "pass and repetition fit 8 bits of the external id");
  return std::uint64_t{case_id} << 16 | pass_number << 8 | repetition;
}

}  // namespace fluxscope::runs
