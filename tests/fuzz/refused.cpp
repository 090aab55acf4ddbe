#include "tests/fuzz/refused.hpp"

#include <cstdio>
#include <cstdlib>

namespace fluxscope::fuzz {
namespace {

constexpr std::size_t kLongestMessage = 2000;

bool is_control(char c) {
  auto const byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n') || byte == 0x7f;
}

}  // namespace

void fault(std::string_view what) {
  std::fprintf(stderr, "fault: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

void check_message(std::string_view message, std::string_view path) {
  if (message.size() > kLongestMessage + path.size()) fault("a message of thousands of bytes");
  for (char const c : message) {
    if (is_control(c)) fault("a message with a control byte");
  }
}

}  // namespace fluxscope::fuzz
