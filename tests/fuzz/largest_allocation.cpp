// Tells at the end of a campaign how much memory one allocation of a reader took at most.

#include <sanitizer/allocator_interface.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/refused.hpp"

namespace fluxscope::fuzz {
namespace {

std::atomic<int> counting = 0;  // libFuzzer's own allocations are none of the readers'
std::atomic<std::size_t> largest_bytes = 0;

void on_malloc(void const volatile*, std::size_t bytes) {
  if (counting == 0) return;
  std::size_t seen = largest_bytes;
  while (bytes > seen && !largest_bytes.compare_exchange_weak(seen, bytes)) {
  }
}

void on_free(void const volatile*) {}

void print() {
  std::fprintf(stderr, "stat::largest_allocation_bytes: %zu\n", largest_bytes.load());
}

[[maybe_unused]] bool const installed = [] {
  __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  return std::atexit(print) == 0;
}();

}  // namespace

Counting::Counting() { ++counting; }
Counting::~Counting() { --counting; }

}  // namespace fluxscope::fuzz
