#pragma once

#include <string>

#include "base/error.hpp"

namespace fluxscope::testing {

/// The message of the InputError that `call` throws, or "accepted".
template <class Call>
[[nodiscard]] std::string refusal(Call const& call) {
  try {
    call();
  } catch (InputError const& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace fluxscope::testing
