#include "base/output/stop_note.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>

namespace fluxscope {
namespace {

struct Slot {
  std::atomic<bool> taken = false;
  std::atomic<char const*> removed = nullptr;
  std::atomic<char const*> told = nullptr;
};
static_assert(std::atomic<char const*>::is_always_lock_free, "a signal handler reads it");

std::array<Slot, 64> slots;  // constant-initialized: there before any signal

/// Text that stays: a handler may still read it when its note has gone.
char const* kept(std::string const& text) {
  static std::mutex mutex;
  static std::deque<std::string> texts;
  if (text.empty()) return nullptr;
  std::lock_guard const lock(mutex);
  return texts.emplace_back(text).c_str();
}

// Async-signal-safe: unlink, write, signal and raise only.
void on_stop(int signal) {
  for (Slot& slot : slots) {
    if (char const* path = slot.removed.load()) static_cast<void>(::unlink(path));
    if (char const* text = slot.told.load()) {
      static_cast<void>(!::write(STDERR_FILENO, text, std::strlen(text)));
    }
  }
  std::signal(signal, SIG_DFL);
  static_cast<void>(::raise(signal));
}

}  // namespace

void handle_stops() {
  for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    if (std::signal(signal, on_stop) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  std::signal(SIGXFSZ, SIG_IGN);
}

StopNote::StopNote(std::string const& removed, std::string const& told) : slot_(0) {
  while (slot_ < slots.size() && slots[slot_].taken.exchange(true)) ++slot_;
  if (slot_ == slots.size()) return;
  slots[slot_].removed = kept(removed);
  slots[slot_].told = kept(told.empty() ? told : "fluxscope: stopped: " + told + '\n');
}

StopNote::~StopNote() {
  if (slot_ == slots.size()) return;
  slots[slot_].removed = nullptr;
  slots[slot_].told = nullptr;
  slots[slot_].taken = false;
}

}  // namespace fluxscope
