#pragma once
// The two kinds of failure. Every message reads: problem (why it is one) what to do.

#include <stdexcept>
#include <string>

namespace fluxscope {

/// The user's fault: a bad file, flag, shape or machine set-up. The program ends with exit code 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Our fault: a caller broke a documented contract. The program ends with exit code 1.
class ContractError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws ContractError with `what` unless `holds`.
inline void expects(bool holds, char const* what) {
  if (!holds) throw ContractError(std::string("broken contract: ") + what);
}

}  // namespace fluxscope
