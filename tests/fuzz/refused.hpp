#pragma once
// What every fuzz target asks of a reader: it accepts its input or says why not, in few words.

#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace fluxscope::fuzz {

/// Ends the program, so that libFuzzer keeps the input.
[[noreturn]] void fault(std::string_view what);

/// Faults for a message that a terminal or a reader could not bear: longer than 2,000 bytes beside
/// `path`, or with control bytes other than line ends.
void check_message(std::string_view message, std::string_view path);

/// While one lives, allocations count towards what largest_allocation.cpp tells at the end.
struct Counting {
  Counting();
  ~Counting();
};

/// Whether `read` accepts. InputError is its refusal; everything else it throws ends the program.
template <class Read>
[[nodiscard]] bool accepted(std::string const& path, Read&& read) {
  Counting const counting;
  try {
    std::forward<Read>(read)();
    return true;
  } catch (InputError const& refusal) {
    check_message(refusal.what(), path);
    return false;
  }
}

}  // namespace fluxscope::fuzz
